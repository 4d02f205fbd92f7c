"""Every code means one thing, is raised somewhere, and is on the page for model teams."""

import json
import re
from pathlib import Path

import mlops_stages.pipeline_definition
from mlops_stages.pipeline_definition import CODES, faults_of_text
from mlops_stages.pipeline_definition.errors import errors_of
from tests.pipeline_definition.given import INJECTED, ROOT, SOURCE, Json, arguments, changed

PACKAGE = Path(mlops_stages.pipeline_definition.__file__).parent


def test_every_code_of_the_sources_is_known_and_every_known_one_is_used() -> None:
    sources = (path.read_text("utf-8") for path in PACKAGE.glob("*.py") if path.name != "codes.py")
    used = {code for text in sources for code in re.findall(r"\"(PIP-\d{3})\"", text)}
    assert used == set(CODES)


def test_every_code_stands_on_the_page_with_its_meaning() -> None:
    page = (ROOT / "docs" / "pipelines.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| (PIP-\d{3}) \| (.+?) \| .+ \|$", page, re.MULTILINE))
    assert rows == {code: cause.meaning for code, cause in CODES.items()}


def test_the_errors_that_the_page_shows_are_those_that_are_told() -> None:
    def change(document: Json) -> None:
        arguments(document, "Train")["VpcConfg"] = {}
        arguments(document, "Prepare")["RoleArn"] = "arn:aws:iam::222222222222:role/admin"

    errors = errors_of(SOURCE, faults_of_text(json.dumps(changed(change)), INJECTED))
    assert f"```\n{errors}\n```" in (ROOT / "docs" / "pipelines.md").read_text("utf-8")


def test_the_package_loads_without_the_cdk_and_without_botocore() -> None:
    import subprocess
    import sys

    script = (
        "import sys, mlops_stages.pipeline_definition as p\n"
        f"p.PipelineDefinition.read(__import__('pathlib').Path({str(ROOT / 'pipelines' / 'late-arrival.json')!r}))\n"
        "print([m for m in ('aws_cdk', 'botocore', 'boto3', 'jsii') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
