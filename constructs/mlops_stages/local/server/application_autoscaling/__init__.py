"""Application Auto Scaling: records, which moto keeps, and what calls are judged on. Nothing scales."""
