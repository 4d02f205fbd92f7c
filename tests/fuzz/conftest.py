"""The session's local AWS, for hostile requests."""

from tests.local.conftest import local_aws

__all__ = ["local_aws"]
