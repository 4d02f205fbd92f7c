"""MLOps platforms on AWS in four stages: Initial, Repeatable, Reliable, Scalable."""
