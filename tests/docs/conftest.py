"""The deployed reference organization, for the examples that talk to it."""

from tests.end_to_end.conftest import platform_up

__all__ = ["platform_up"]
