"""Jobs that truly run: SageMaker's container contract with a Python environment instead of an image, and no Docker."""
