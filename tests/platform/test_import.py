"""Importing the model stays cheap."""

import json
import subprocess
import sys
from pathlib import Path

import mlops_stages

DEAR = ("aws_cdk", "jsii", "constructs", "botocore", "boto3", "ruamel", "email_validator", "dns", "typer", "rich")


def modules_after(statement: str) -> set[str]:
    code = f"import json, sys; {statement}; print(json.dumps(sorted(sys.modules)))"
    path = str(Path(mlops_stages.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path}, capture_output=True, check=True)
    return {name.split(".")[0] for name in json.loads(done.stdout)}


def test_importing_the_model_loads_nothing_dear() -> None:
    assert not modules_after("import mlops_stages.platform") & set(DEAR)


def test_reading_a_platform_loads_neither_the_cdk_nor_boto(organizations: Path) -> None:
    file = organizations / "comprehensive.yaml"
    loaded = modules_after(f"import pathlib, mlops_stages.platform as p; p.load(pathlib.Path({str(file)!r}))")
    assert not loaded & {"aws_cdk", "jsii", "constructs", "botocore", "boto3", "dns"}
