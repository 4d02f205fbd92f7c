import json
from pathlib import Path

from mlops_stages.cloud_assembly import SynthesizedStack, synthesized_stacks

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
