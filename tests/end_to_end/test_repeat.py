"""A first deploy that failed, through the real CDK CLI: `up` again is all that it takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.cli.init import initialize
from mlops_stages.local.client import process
from mlops_stages.local.endpoint import environment
from mlops_stages.platform import Purpose, load
from tests.callers import Caller
from tests.conftest import ORGANIZATIONS, ROOT
from tests.end_to_end.conftest import home_of, run

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]}
TAKEN = "clinic-triage-max"
"""A role of the team's stack."""


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """The directory of an organization with an account's and a team's stack; its local AWS runs and is empty."""
    directory = tmp_path / "platform"
    initialize(directory, None)
    (directory / "platform.yaml").write_bytes((ORGANIZATIONS / "identity_center.yaml").read_bytes())
    home_of(directory).mkdir()
    (directory / "node_modules").symlink_to(ROOT / "node_modules")
    process.start(directory, 0)
    yield directory
    process.stop(directory)


def test_up_succeeds_once_the_cause_is_gone(directory: Path) -> None:
    platform = load(directory / "platform.yaml")
    running = process.status(directory)
    assert running is not None
    root = Caller(environment(running.endpoint, platform.account(Purpose.EXPERIMENTATION), platform.region))
    iam, formation = root.client("iam"), root.client("cloudformation")

    # A name of the team's stack is taken: the account's stack is made, the team's is rolled back.
    iam.create_role(RoleName=TAKEN, AssumeRolePolicyDocument=json.dumps(TRUST))
    failed = run(directory, "up")
    assert failed.returncode == 1
    assert "LOC-032" in failed.stderr
    assert TAKEN in failed.stderr
    assert "run `mlops-stages up` again" in failed.stderr
    states = {s["StackName"]: (s["StackStatus"], s["EnableTerminationProtection"]) for s in ours(formation)}
    assert states == {
        "clinic-experimentation": ("CREATE_COMPLETE", True),
        "clinic-experimentation-team-triage": ("ROLLBACK_COMPLETE", False),
    }

    iam.delete_role(RoleName=TAKEN)
    repeated = run(directory, "up", "--json")
    assert repeated.returncode == 0, repeated.stderr
    assert {s["name"]: s["state"] for s in json.loads(repeated.stdout)["stacks"]} == {
        "clinic-experimentation": "unchanged",
        "clinic-experimentation-team-triage": "deployed",
    }
    assert {s["EnableTerminationProtection"] for s in ours(formation)} == {True}
    with pytest.raises(Exception, match="TerminationProtection is enabled"):
        formation.delete_stack(StackName="clinic-experimentation-team-triage")


def ours(formation: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # boto3's client
    return [stack for stack in formation.describe_stacks()["Stacks"] if stack["StackName"].startswith("clinic-")]
