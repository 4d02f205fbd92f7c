"""The commands on the reference organization, with the real CDK CLI and the local AWS."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlops_stages import node
from mlops_stages.cli.suggestions import suggestions
from mlops_stages.local.client import inventory
from mlops_stages.platform import Stage
from tests.end_to_end.conftest import PlatformUp

ENVIRONMENTS = ("staging", "production")


def test_everything_of_the_platform_is_deployed(platform_up: PlatformUp) -> None:
    stacks, platform = platform_up.told["stacks"], platform_up.platform
    ours = ("organization", "experimentation", "tooling", "data", "development", "staging", "production")
    expected = {f"acme-{name}" for name in (*ours, "ledger", "ledger-heads")}
    expected |= {f"acme-experimentation-team-{team.name}" for team in platform.teams}
    for team in platform.teams:
        if team.stage >= Stage.REPEATABLE:
            expected |= {f"acme-{account}-team-{team.name}" for account in ("tooling", "data", "development")}
        if team.stage >= Stage.RELIABLE:
            expected |= {f"acme-{part}-team-{team.name}" for part in ("staging", "production", "promotion", "ledger")}
            expected |= {f"acme-{where}-model-{model.name}" for where in ENVIRONMENTS for model in team.models}
    assert {stack["name"] for stack in stacks} == expected
    assert {stack["state"] for stack in stacks} == {"deployed"}
    assert all(stack["resources"] > 0 for stack in stacks)
    assert platform_up.told["left_over"] == []


def test_every_account_of_the_platform_is_bootstrapped(platform_up: PlatformUp) -> None:
    for account in platform_up.platform.accounts_in_use:
        (stack,) = platform_up.root(account).client("cloudformation").describe_stacks(StackName="CDKToolkit")["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"


def test_every_stack_is_complete_in_the_words_of_cloudformation(platform_up: PlatformUp) -> None:
    for account in platform_up.platform.accounts_in_use:
        found = platform_up.root(account).client("cloudformation").describe_stacks()["Stacks"]
        assert {stack["StackStatus"] for stack in found if not is_released(stack["StackName"])} == {"CREATE_COMPLETE"}


def is_released(stack: str) -> bool:
    """Whether releases change a stack, beside deploys."""
    return "-model-" in stack


def test_the_trained_version_serves_staging_and_waits_for_a_second_person(platform_up: PlatformUp) -> None:
    (told,) = platform_up.told["promotions"]
    assert (told["team"], told["model"], told["status"]) == ("arrivals", "late-arrival", "waiting")
    assert told["waits_for"] == ["flora.king@acme.example", "zoe.martin@acme.example"]
    (model,) = platform_up.told["models"]
    assert told["version"] == model["package"]["version"]
    assert (told["approved_by"], model["package"]["approval"]) == ("hugo.stein@acme.example", "Approved")


@pytest.mark.usefixtures("promotions")
def test_a_second_up_changes_nothing_and_says_so(platform_up: PlatformUp) -> None:
    done = platform_up.run("up", "--json")
    told = json.loads(done.stdout)
    assert told["changed"] is False
    assert {stack["state"] for stack in told["stacks"]} == {"unchanged"}
    assert told["endpoint"] == platform_up.endpoint.url
    (before,), (model,) = platform_up.told["models"], told["models"]
    assert not model["trained"]
    origin = ("commit", "dataset_manifest", "dataset_manifest_sha256")
    assert [model["package"][name] for name in origin] == [before["package"][name] for name in origin]
    assert "bootstrapping" not in done.stderr


def test_up_tells_every_account_and_what_it_is_for(platform_up: PlatformUp) -> None:
    accounts = platform_up.told["accounts"]
    assert accounts["888888888888"] == ["management"]
    assert accounts["222222222222"] == ["development"]
    deployed_to = {stack["account"] for stack in platform_up.told["stacks"]}
    assert deployed_to <= accounts.keys()


def test_up_writes_nothing_into_the_home_but_what_npm_caches(platform_up: PlatformUp) -> None:
    assert {path.name for path in platform_up.home.iterdir()} <= {".npm"}


def test_cdk_diff_in_an_activated_environment_sees_no_difference(platform_up: PlatformUp) -> None:
    given = json.loads(platform_up.run("env", "--json").stdout)["variables"]
    exported = {**os.environ, **given, "JSII_NODE": str(node.binary())}
    scripts = str(Path(sys.executable).parent)
    done = subprocess.run(
        [*node.cdk(platform_up.directory), "diff", "--output", "cdk.diff.out"],
        cwd=platform_up.directory,
        env={**exported, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Number of stacks with differences: 0" in done.stdout + done.stderr


def test_what_is_suggested_works_as_it_is_printed(platform_up: PlatformUp) -> None:
    found = suggestions(platform_up.platform, inventory.live(platform_up.endpoint))
    write, refused, status = (platform_up.run(*shlex.split(item.command)[1:]) for item in found)
    assert write.returncode == 0, write.stderr
    assert refused.returncode != 0
    assert "AccessDenied" in refused.stderr
    assert "acme-experimentation" in status.stdout


def test_the_export_lines_of_a_person_are_their_own_session(platform_up: PlatformUp) -> None:
    done = platform_up.run("act-as", "fraud/ann-lee")
    shell = f'{done.stdout}\n{shlex.quote(sys.executable)} -c "{CALLER}"'
    polluted = {**os.environ, "AWS_PROFILE": "corp", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:9"}
    answer = subprocess.run(["bash", "-c", shell], env=polluted, capture_output=True, text=True, check=True)
    assert answer.stdout.startswith(f"arn:aws:sts::{platform_up.account}:assumed-role/acme-fraud-ann-lee/")


CALLER = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"


def test_status_lists_the_stacks_of_each_account(platform_up: PlatformUp) -> None:
    told = json.loads(platform_up.run("status", "--json").stdout)
    assert listed(told["stacks"]) == listed(platform_up.told["stacks"])


def listed(stacks: list[dict[str, Any]]) -> set[tuple[str, str, int | None]]:
    """Account, name and number of resources; without this number where releases change it."""
    return {
        (each["account"], each["name"], None if is_released(each["name"]) else each["resources"]) for each in stacks
    }


def test_a_preflight_of_a_deployed_platform_finds_nothing_in_the_way(platform_up: PlatformUp) -> None:
    done = platform_up.run("preflight", "--local", "--app", "cdk.out", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["not_seen"]) == (0, [])
    assert {finding["code"] for finding in told["findings"]} <= {"PRE-019", "PRE-054", "PRE-073"}, told["findings"]
    assert told["counts"]["checks"] > 150
