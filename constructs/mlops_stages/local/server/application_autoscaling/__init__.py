"""Application Auto Scaling: records, which moto keeps. Nothing scales."""
