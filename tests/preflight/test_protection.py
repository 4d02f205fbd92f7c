"""`mlops-stages protect`: only stacks that have been created are listed, and nothing is guessed."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_stages.cli.protect import protection
from mlops_stages.preflight import LocalAccess
from mlops_stages.preflight.aws import Account, Unseen
from mlops_stages.preflight.findings import Reason
from tests import commands
from tests.local.stacks import RefusedStackError, Stack, resource
from tests.preflight.world import World

TOPIC = {"Topic": resource("AWS::SNS::Topic")}
BROKEN = {"Group": resource("AWS::SageMaker::ModelPackageGroup", ModelPackageGroupName="no name!")}


@pytest.fixture
def several(world: Callable[[str], World]) -> World:
    """An organization of several accounts and stacks."""
    return world("several_accounts")


def stacks(world: World) -> list[Stack]:
    return [Stack(world.aws, stack.account, stack.name) for stack in world.plan.stacks]


def access(world: World) -> LocalAccess:
    return LocalAccess(world.aws.endpoint.url, world.aws.endpoint.secret, world.plan.region, world.plan.accounts[0])


def test_a_stack_is_listed_once_it_has_been_created_and_no_longer_when_it_is_gone(several: World) -> None:
    first, second, *_ = stacks(several)
    assert protection(several.plan, access(several), frozenset()).stacks == set()
    first.create(TOPIC)
    with pytest.raises(RefusedStackError, match="ROLLBACK_COMPLETE"):
        second.create(BROKEN)
    found = protection(several.plan, access(several), frozenset())
    assert (found.stacks, found.added, found.not_seen) == ({first.name}, [first.name], {})
    first.delete()
    found = protection(several.plan, access(several), frozenset({first.name}))
    assert (found.stacks, found.removed) == (set(), [first.name])


def test_a_stack_whose_update_failed_stays_listed(several: World) -> None:
    first, *_ = stacks(several)
    first.create(TOPIC)
    with pytest.raises(RefusedStackError, match="UPDATE_ROLLBACK_COMPLETE"):
        first.update({**TOPIC, **BROKEN})
    assert protection(several.plan, access(several), frozenset()).stacks == {first.name}


def test_stacks_of_another_app_are_not_listed(several: World) -> None:
    Stack(several.aws, several.plan.accounts[0]).create(TOPIC)
    assert protection(several.plan, access(several), frozenset()).stacks == set()


class Denied(LocalAccess):
    """An account that nobody may look into."""

    def account(self, id: str) -> Account:
        raise Unseen(Reason.DENIED, f"no way into {id}")


def test_what_is_not_seen_stays_as_it_was(several: World) -> None:
    first, *_ = stacks(several)
    here = several.aws.endpoint
    denied = Denied(here.url, here.secret, several.plan.region, several.plan.accounts[0])
    found = protection(several.plan, denied, frozenset({first.name, "of-a-team-that-left"}))
    assert found.stacks == {first.name}
    assert found.removed == ["of-a-team-that-left"]
    assert list(found.not_seen) == list(several.plan.accounts)


def run(directory: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nobody = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    variables = {**clean, **nobody, "AWS_EC2_METADATA_DISABLED": "true", **variables}
    return commands.run(directory, ["protect", "--app", "cdk.out", *arguments], variables)


def test_without_credentials_the_file_stays_and_the_command_says_so(several: World) -> None:
    directory = several.file.parent
    name = several.plan.stacks[0].name
    file = directory / "protected-stacks.txt"
    file.write_text(f"{name}\n", "utf-8")
    done = run(directory, "--json")
    assert done.returncode == 3, done.stderr
    told = json.loads(done.stdout)
    assert (told["protected"], told["added"], told["removed"]) == ([name], [], [])
    assert told["not_seen"][0]["message"].startswith("Unable to locate credentials")
    assert file.read_text("utf-8") == f"{name}\n"


def test_a_shell_that_leads_to_the_local_aws_is_refused(several: World) -> None:
    done = run(several.file.parent, AWS_ENDPOINT_URL="http://127.0.0.1:4599")
    assert done.returncode == 2
    assert done.stderr.startswith("LOC-092 AWS_ENDPOINT_URL\n")
    assert "unset AWS_ENDPOINT_URL" in done.stderr
