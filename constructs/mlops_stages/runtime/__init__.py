"""Code that runs inside AWS: the standard library, and no CDK."""
