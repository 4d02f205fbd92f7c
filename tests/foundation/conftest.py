"""The policies of an account's people, synthesized once."""

import pytest

from tests.foundation.built import Json
from tests.foundation.personas import documents


@pytest.fixture(scope="session")
def people() -> dict[str, Json]:
    """The managed policies by their names; tests read them only."""
    return documents()[1]
