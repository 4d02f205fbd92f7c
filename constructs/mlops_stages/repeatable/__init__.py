"""The Repeatable stage: the same work, done twice, by someone else, with the same result."""

from mlops_stages.repeatable.shared_data import read_shared_data

__all__ = ["read_shared_data"]
