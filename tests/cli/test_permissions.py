"""`mlops-stages permissions`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_stages.cli.permissions import permissions
from tests.conftest import Assembly


def test_a_platform_that_stays_is_quiet_and_another_teams_stacks_are_told(
    assembly: Callable[[str], Assembly], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    after = assembly("reference").directory
    assert permissions(after, after, as_json=False) == 0
    assert capsys.readouterr().out == "Nobody may do more than before.\n"
    manifest = json.loads((after / "manifest.json").read_text("utf-8"))
    stacks = {name for name, each in manifest["artifacts"].items() if each["type"] == "aws:cloudformation:stack"}
    team = {name for name in stacks if name.endswith("-team-pricing")}
    assert team
    for name in stacks - team:
        template = manifest["artifacts"][name]["properties"]["templateFile"]
        (tmp_path / template).write_bytes((after / template).read_bytes())
    manifest["artifacts"] = {name: each for name, each in manifest["artifacts"].items() if name not in team}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert permissions(tmp_path, after, as_json=True) == 1
    told = json.loads(capsys.readouterr().out)["broader"]
    assert {each["where"].split(":")[0] for each in told} == team


def test_what_is_broader_is_told_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, resources in (("before", {}), ("after", {"G": {"Type": "AWS::EC2::InternetGateway"}})):
        (tmp_path / f"{name}.json").write_text(json.dumps({"Resources": resources}))
    assert permissions(tmp_path / "before.json", tmp_path / "after.json", as_json=False) == 1
    assert "after: AWS::EC2::InternetGateway G\n  RVW-105 way in:" in capsys.readouterr().out
