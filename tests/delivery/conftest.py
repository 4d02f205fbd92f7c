"""An account of the local AWS that the stacks of an environment are deployed to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.delivery.staging import Staging, with_account
from tests.local.clients import LocalAws
from tests.local.conftest import account, local_aws

__all__ = ["account", "local_aws"]


@pytest.fixture(name="staging")
def an_environment(local_aws: LocalAws, account: str, tmp_path: Path) -> Staging:
    """The reference organization with an account of its own for all that is looked at."""
    return with_account(local_aws, account, tmp_path)
