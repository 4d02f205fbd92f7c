"""The stage of a running platform is raised: what it holds stays, and the next deploy changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_stages import node
from mlops_stages.cli.init import initialize
from mlops_stages.local.client import inventory, process
from mlops_stages.platform import Stage, load
from tests.conftest import ROOT
from tests.end_to_end.conftest import PlatformUp, home_of, run

STATEFUL = (
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SageMaker::Domain",
    "AWS::SageMaker::UserProfile",
    "AWS::IAM::Role",
)


def up(directory: Path) -> PlatformUp:
    """Deploy what the directory's file says now."""
    done = run(directory, "up", "--json")
    assert done.returncode == 0, done.stderr
    return PlatformUp(directory, load(directory / "platform.yaml"), json.loads(done.stdout))


def ids(platform: PlatformUp) -> dict[tuple[str, str], str]:
    """The physical ids of what must not be replaced."""
    found = (live for live in inventory.live(platform.endpoint) if live.type in STATEFUL)
    return {(live.stack, live.logical_id): live.physical_id for live in found}


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A new platform: one account and one team, at stage initial."""
    directory = tmp_path / "platform"
    initialize(directory, None)
    home_of(directory).mkdir()
    if node.is_installed(ROOT):
        (directory / "node_modules").symlink_to(ROOT / "node_modules")
    yield directory
    process.stop(directory)


def test_what_a_platform_holds_outlives_the_raise_of_its_stage(directory: Path) -> None:
    initial = up(directory)
    before = ids(initial)
    bucket = next(name for (stack, _), name in before.items() if "team" in stack and name.startswith(stack))
    s3 = initial.root().client("s3")
    s3.put_object(Bucket=bucket, Key="experiment", Body=b"of weeks")

    file = directory / "platform.yaml"
    text = file.read_text("utf-8").replace("stage: initial", "stage: repeatable")
    file.write_text(re.sub(r"^#   (?=(development|tooling|data):)", "  ", text, flags=re.MULTILINE), encoding="utf-8")
    raised = up(directory)
    assert raised.platform.stage is Stage.REPEATABLE
    after = ids(raised)
    assert {place: after.get(place) for place in before} == before
    assert len({stack for stack, _ in after}) > len({stack for stack, _ in before})
    assert s3.get_object(Bucket=bucket, Key="experiment")["Body"].read() == b"of weeks"

    assert not up(directory).told["changed"]
