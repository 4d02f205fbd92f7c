"""`logs` on the reference organization: what the last run printed, to those whose work it is and to nobody else."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.end_to_end.conftest import PlatformUp

MODEL = "arrivals/late-arrival"
STEPS = ["Prepare", "Train", "Evaluate"]


@pytest.fixture
def run(platform_up: PlatformUp) -> str:
    """The run that `up` began; other tests may begin further ones at any moment."""
    addresses = platform_up.platform.addresses
    sagemaker = platform_up.root(addresses.development).client("sagemaker")
    found = sagemaker.list_pipeline_executions(PipelineName=addresses.pipeline_name(*MODEL.split("/")))
    summaries: list[Any] = found["PipelineExecutionSummaries"]
    return str(min(summaries, key=lambda each: each["StartTime"])["PipelineExecutionArn"])


def test_the_logs_of_a_run_are_told_step_by_step(platform_up: PlatformUp, run: str) -> None:
    done = platform_up.run("logs", MODEL, "--execution", run)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"(?m)^(\w+)  arrivals-\S+  /aws/sagemaker/\w+Jobs$", done.stdout) == STEPS
    assert "on AWS: https://eu-west-1.console.aws.amazon.com/cloudwatch/" in done.stdout
    assert done.stdout.endswith("\nSucceeded\n")


def test_the_last_run_is_told_where_none_is_named(platform_up: PlatformUp) -> None:
    done = platform_up.run("logs", MODEL)
    assert done.returncode == 0, done.stderr
    assert ":pipeline/arrivals-late-arrival/execution/" in done.stdout.splitlines()[0]


def test_following_a_run_that_has_ended_ends(platform_up: PlatformUp, run: str) -> None:
    done = platform_up.run("logs", MODEL, "--execution", run, "--follow", "--step", "Train", "--json")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["step"] for line in told} == {"Train"}
    assert all(line["message"] for line in told)


def test_a_step_that_the_run_does_not_have_is_told_with_those_it_has(platform_up: PlatformUp, run: str) -> None:
    done = platform_up.run("logs", MODEL, "--execution", run, "--step", "Nothing")
    assert (done.returncode, done.stderr.split()[0]) == (2, "CLI-037")
    assert "Prepare, Train, Evaluate" in done.stderr


def test_an_execution_that_is_not_there_is_told(platform_up: PlatformUp) -> None:
    done = platform_up.run("logs", MODEL, "--execution", "abcdefghijkl")
    assert (done.returncode, done.stderr.split()[0]) == (1, "CLI-037")


def as_someone(up: PlatformUp, duty: str, person: str, *words: str) -> tuple[int, str, str]:
    """Run `logs --aws` with the credentials that a person has for a duty, as one would on AWS."""
    command = ("python", "-m", "mlops_stages.cli.main", "logs", "--aws", *words)
    done = up.run("act-as", "--duty", duty, person, "--", *command)
    return done.returncode, done.stdout, done.stderr


def test_who_trains_reads_the_logs_of_the_team_with_their_own_credentials(platform_up: PlatformUp, run: str) -> None:
    code, told, error = as_someone(platform_up, "train", "arrivals/zoe-martin", MODEL, "--execution", run)
    assert code == 0, error
    assert told == platform_up.run("logs", MODEL, "--execution", run).stdout


def test_another_team_is_refused(platform_up: PlatformUp) -> None:
    code, told, error = as_someone(platform_up, "train", "fraud/mia-rossi", MODEL)
    assert (code, told, error.split()[0]) == (1, "", "CLI-036")


def test_credentials_of_another_account_are_told_before_anything_is_asked(platform_up: PlatformUp) -> None:
    code, told, error = as_someone(platform_up, "approve", "arrivals/flora-king", MODEL)
    assert (code, told, error.split()[0]) == (2, "", "CLI-035")
    assert "333333333333" in error


def test_a_data_engineer_reads_the_logs_of_the_teams_data_jobs(platform_up: PlatformUp) -> None:
    curate = platform_up.root(platform_up.platform.addresses.data).client("sagemaker")
    job = next(
        each["ProcessingJobName"]
        for each in curate.list_processing_jobs()["ProcessingJobSummaries"]
        if each["ProcessingJobName"].startswith("arrivals-")
    )
    done = platform_up.run("logs", "arrivals", "--duty", "curate", "--job", job)
    assert done.returncode == 0, done.stderr
    assert job in done.stdout
    refused = platform_up.run("logs", "fraud", "--duty", "curate", "--job", job)
    assert (refused.returncode, refused.stderr.split()[0]) == (1, "CLI-036")
