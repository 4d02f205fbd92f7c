import json
from pathlib import Path

import pytest

from mlops_stages.cloud_assembly import SynthesizedStack, synthesized_stacks
from mlops_stages.files import UnfitFileError
from tests.unfit_files import UNFIT

MANIFEST = {
    "version": "55.0.0",
    "artifacts": {
        "acme.assets": {"type": "cdk:asset-manifest", "properties": {"file": "acme.assets.json"}},
        "Team": {
            "type": "aws:cloudformation:stack",
            "environment": "aws://111111111111/eu-west-1",
            "properties": {"templateFile": "Team.template.json", "stackName": "acme-team"},
            "displayName": "Team",
        },
        "acme": {
            "type": "aws:cloudformation:stack",
            "environment": "aws://222222222222/eu-west-1",
            "properties": {"templateFile": "acme.template.json"},
        },
        "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
    },
}


def test_the_stacks_of_an_assembly_are_read_with_their_accounts(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    assert synthesized_stacks(tmp_path) == (
        SynthesizedStack(
            label="Team",
            name="acme-team",
            account="111111111111",
            region="eu-west-1",
            template=tmp_path / "Team.template.json",
        ),
        SynthesizedStack(
            label="acme",
            name="acme",
            account="222222222222",
            region="eu-west-1",
            template=tmp_path / "acme.template.json",
        ),
    )


@pytest.mark.parametrize("name", ["../secret.json", "/etc/passwd", "nested/Team.template.json", "..", 7])
def test_a_template_outside_of_the_assembly_is_refused(tmp_path: Path, name: object) -> None:
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": name}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"a": artifact}}), encoding="utf-8")
    with pytest.raises((ValueError, TypeError)):
        synthesized_stacks(tmp_path)


@pytest.mark.parametrize("kind", UNFIT)
def test_a_manifest_that_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    UNFIT[kind](tmp_path / "manifest.json")
    with pytest.raises(UnfitFileError):
        synthesized_stacks(tmp_path)
