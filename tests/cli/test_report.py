"""What `up` counts and tells: every account, the time of all of it, and models only where it trained some."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from mlops_stages.cli.details import print_details
from mlops_stages.cli.report import Report
from mlops_stages.cli.summary import print_summary
from mlops_stages.local.client import process
from mlops_stages.local.client.deploy import Deployment
from mlops_stages.local.client.honesty import Report as Fidelity
from mlops_stages.local.client.inventory import Live, studio_profiles
from mlops_stages.local.client.process import Running
from mlops_stages.local.endpoint import Endpoint
from mlops_stages.platform import loads
from mlops_stages.platform.reference import SMALLEST
from tests.cli.conftest import Project
from tests.cli.test_train import REPEATABLE

GUARDED = f"{REPEATABLE}guardrails: {{management_account: '888888888888', root_id: r-ac12}}\n"


def test_the_account_that_guards_the_others_is_told_first(project: Project) -> None:
    (project.directory / "platform.yaml").write_text(GUARDED, encoding="utf-8")
    done = project.run("up", "--json")
    assert done.code == 0, done.err
    assert list(json.loads(done.out)["accounts"].items())[:2] == [
        ("888888888888", ["management"]),
        ("111111111111", ["experimentation"]),
    ]
    assert re.search(r"888888888888 +management", project.run("up").out)


def test_the_time_told_is_that_of_everything(project: Project) -> None:
    began = time.monotonic()
    done = project.run("up")
    took = time.monotonic() - began
    (seconds,) = re.findall(r"Done in (\d+\.\d) s\.", done.out)
    steps = re.findall(r"(?m)^ *(\d+\.\d) s  ", done.err)
    assert float(steps[-1]) <= float(seconds) <= took


def test_the_cdk_gets_the_credentials_of_every_account_by_what_is_exported(project: Project) -> None:
    project.run("up")
    told = json.loads(project.run("env", "--json").out)
    assert told["variables"]["CDK_PLUGIN"].endswith("/credentials.js")
    assert "AWS_PROFILE" in told["unset"]


def test_the_secret_of_a_start_is_in_no_report_and_in_no_log(project: Project) -> None:
    printed = project.run("up", "--json").out + project.run("up", "--details").out
    printed += project.run("status", "--details").out + project.run("status", "--json", "--details").out
    running = process.status(project.directory)
    assert running is not None
    assert running.endpoint.secret not in printed + repr(running) + f"{running.endpoint}"
    state = project.directory / process.STATE_DIRECTORY
    holders = [path.name for path in state.rglob("*") if path.is_file() and running.endpoint.secret in path.read_text()]
    assert holders == ["local.json"]


def test_what_stands_for_an_imported_network_is_named(project: Project) -> None:
    network = "network: {vpc_id: vpc-0a1b2c3d, subnet_ids: [subnet-0a1b2c3d, subnet-0a1b2c3e]}\n"
    with (project.directory / "platform.yaml").open("a", encoding="utf-8") as file:
        file.write(network)
    told = json.loads(project.run("up", "--json").out)["stand_ins"]
    assert [each["id"] for each in told] == ["vpc-0a1b2c3d", "subnet-0a1b2c3d", "subnet-0a1b2c3e"]
    assert "Stand-ins for what exists on AWS only: vpc-0a1b2c3d, " in project.run("up").out
    assert "endpoints and routes of the real one are not known here" in " ".join(
        project.run("up", "--details").out.split()
    )


def test_a_platform_without_pipelines_trains_nothing(project: Project) -> None:
    (project.directory / "platform.yaml").write_text(REPEATABLE, encoding="utf-8")
    done = project.run("up", "--json")
    assert json.loads(done.out)["models"] == []
    assert "Models" not in project.run("up").out


def test_models_are_not_trained_where_that_is_not_wanted(reference: Project) -> None:
    done = reference.run("up", "--no-train", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["models"] == []
    assert "the image" not in done.err
    assert not (reference.directory / ".mlops-stages" / "models").exists()


def test_a_model_that_cannot_be_trained_is_told_after_what_was_deployed(reference: Project) -> None:
    """The stand-in of the CDK deploys nothing, so that nobody has a role to take on."""
    done = reference.run("up")
    assert done.code == 1
    assert "acme runs in this machine" in done.out
    assert "LOC-041" in done.err
    assert "Traceback" not in done.err
    assert process.status(reference.directory) is not None


def report(*gone: str) -> Report:
    running = Running(pid=1, port=4599, endpoint=Endpoint("http://127.0.0.1:4599", "s3cret"), started=False)
    return Report(
        platform=loads(SMALLEST),
        deployment=Deployment(running=running, stacks=(), left_over=(), live=(), gone=gone),
        truth=Fidelity(resources=0, held={}, accepted=(), unchecked=(), behaviours=()),
        details=Path("up.txt"),
        seconds=1.0,
    )


@pytest.mark.parametrize("show", [print_summary, print_details])
def test_people_whose_profile_went_are_told_with_what_aws_asks_for_first(
    show: Callable[[Console, Report], None],
) -> None:
    told = StringIO()
    show(Console(file=told, width=300), report("fraud-ann-lee", "fraud-ben"))
    assert "Deleted with their roles: Studio profiles fraud-ann-lee, fraud-ben." in told.getvalue()
    assert "docs/removing.md" in told.getvalue()
    assert report("fraud-ben").to_json()["profiles_gone"] == ["fraud-ben"]


def test_nothing_is_told_of_people_where_nobody_left() -> None:
    told = StringIO()
    print_summary(Console(file=told), report())
    assert "Deleted" not in told.getvalue()


def test_profiles_are_known_by_team_and_person() -> None:
    def made(kind: str, name: str) -> Live:
        return Live(account="1", region="r", stack="s", logical_id=name, type=kind, physical_id=name, properties={})

    found = studio_profiles([made("AWS::SageMaker::UserProfile", "fraud-ann|d-1"), made("AWS::IAM::Role", "x|y")])
    assert found == {"fraud-ann"}
