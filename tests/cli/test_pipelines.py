"""What platform.yaml names is checked with it: a pipeline definition that a synth would refuse is told at once."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from mlops_stages.cli.init import initialize
from mlops_stages.local.client import process
from tests.cli.conftest import Done, Project, run

MISTAKES = (
    ("ml.m5.large", "ml.p5.48xlarge"),
    ('"StoppingCondition"', '"StopingCondition"'),
)


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """A copy of the reference organization."""
    initialize(tmp_path / "acme", None, reference=True)
    return tmp_path / "acme"


def spoil(directory: Path) -> None:
    """Write two mistakes into the one definition of the reference."""
    file = directory / "pipelines" / "late-arrival.json"
    text = file.read_text("utf-8")
    for right, wrong in MISTAKES:
        assert right in text
        text = text.replace(right, wrong, 1)
    file.write_text(text, encoding="utf-8")


def mlops_stages(directory: Path, *arguments: str) -> Done:
    return run([sys.executable, "-m", "mlops_stages.cli.main", *arguments], directory)


def test_every_mistake_in_a_definition_is_told_with_its_step_and_field(acme: Path) -> None:
    spoil(acme)
    done = mlops_stages(acme, "validate")
    assert (done.code, done.out) == (2, "")
    assert "step Prepare: Arguments.ProcessingResources.ClusterConfig.InstanceType\n" in done.err
    assert "step Prepare: Arguments.StopingCondition\n" in done.err
    assert "'ml.p5.48xlarge'" in done.err
    assert done.err.count("  fix: ") >= len(MISTAKES)
    assert "Traceback" not in done.err


def test_mistakes_in_a_definition_are_told_as_json(acme: Path) -> None:
    spoil(acme)
    done = mlops_stages(acme, "validate", "--json")
    told = json.loads(done.out)
    assert (done.code, told["valid"], told["more"]) == (2, False, False)
    assert {"code", "file", "step", "field", "message", "fix"} == set(told["errors"][0])
    assert {error["step"] for error in told["errors"]} == {"Prepare"}


def test_a_definition_that_is_missing_is_told(acme: Path) -> None:
    (acme / "pipelines" / "late-arrival.json").unlink()
    done = mlops_stages(acme, "validate")
    assert done.code == 2
    assert done.err.startswith("PIP-001: pipelines/late-arrival.json\n")


def test_definitions_are_looked_for_beside_the_platform_file(acme: Path, tmp_path: Path) -> None:
    assert mlops_stages(tmp_path, "validate", str(acme / "platform.yaml")).code == 0


def test_checking_definitions_loads_neither_botocore_nor_the_cdk(acme: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from mlops_stages.cli.validate import validate;"
        "assert validate(Path('platform.yaml'), as_json=False) == 0;"
        "print([name for name in ('aws_cdk', 'boto3', 'botocore', 'jsii', 'moto') if name in sys.modules])"
    )
    done = run([sys.executable, "-c", code], acme)
    assert done.out.endswith("[]\n")


def test_up_refuses_a_wrong_definition_before_it_starts_anything(project: Project, acme: Path) -> None:
    (project.directory / "platform.yaml").write_text((acme / "platform.yaml").read_text("utf-8"), "utf-8")
    done = project.run("up")
    assert done.code == 2
    assert done.err.startswith("PIP-001: pipelines/late-arrival.json\n")
    assert not (project.directory / "calls.jsonl").exists()
    assert process.status(project.directory) is None


def test_the_app_tells_a_wrong_definition_without_a_traceback(acme: Path) -> None:
    spoil(acme)
    done = run([sys.executable, "app.py"], acme, {"CDK_OUTDIR": str(acme / "cdk.out")})
    assert done.code == 2
    assert done.err.startswith("PIP-")
    assert "step Prepare" in done.err
    assert "Traceback" not in done.err
    assert not (acme / "cdk.out" / "manifest.json").exists()
