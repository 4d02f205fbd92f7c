"""An organization with guardrails, deployed by the real `up`: what protects it does not stop it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from mlops_stages import node
from mlops_stages.cli.init import initialize
from mlops_stages.local import process
from mlops_stages.platform import Purpose, load
from tests.end_to_end.conftest import ROOT, PlatformUp, home_of, run
from tests.local.clients import refusal

# The accounts alone: how a team's stacks get on is seen with the reference organization.
PLATFORM = """\
name: quay
region: eu-west-1
organization_id: o-quay01234567
stage: repeatable
owner: platform@quay.example
cost_center: Q-1
accounts:
  experimentation: "131313131313"
  development: "232323232323"
  tooling: "333333333333"
  data: "434343434343"
guardrails: {management_account: "939393939393", root_id: r-qy01}
people: {platform_engineers: [pia@quay.example]}
"""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlatformUp]:
    directory = tmp_path_factory.mktemp("guarded") / "quay"
    initialize(directory, None)
    home_of(directory).mkdir()
    if node.is_installed(ROOT):
        (directory / "node_modules").symlink_to(ROOT / "node_modules")
    (directory / "platform.yaml").write_text(PLATFORM, encoding="utf-8")
    done = run(directory, "up", "--json")
    try:
        assert done.returncode == 0, done.stderr
        yield PlatformUp(directory, load(directory / "platform.yaml"), json.loads(done.stdout))
    finally:
        process.stop(directory)


def test_the_management_account_holds_the_policies_and_trusts_no_other(guarded: PlatformUp) -> None:
    assert guarded.platform.guardrails is not None
    management = guarded.root(guarded.platform.guardrails.management_account)
    policies = management.client("organizations").list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    assert {policy["Name"] for policy in policies} == {
        "FullAWSAccess",
        "quay-audit",
        "quay-data",
        "quay-exploring",
        "quay-operating",
    }
    name = f"cdk-hnb659fds-deploy-role-{guarded.platform.guardrails.management_account}-eu-west-1"
    trust = management.client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    assert guarded.platform.account(Purpose.TOOLING) not in json.dumps(trust)


@pytest.mark.parametrize("purpose", [Purpose.EXPERIMENTATION, Purpose.DEVELOPMENT, Purpose.DATA, Purpose.TOOLING])
def test_the_trail_of_each_account_is_there_and_its_root_cannot_stop_it(guarded: PlatformUp, purpose: Purpose) -> None:
    trails = guarded.root(guarded.platform.account(purpose)).client("cloudtrail")
    (trail,) = trails.describe_trails()["trailList"]
    assert trails.get_trail_status(Name=trail["TrailARN"])["IsLogging"]
    message = refusal(lambda: trails.stop_logging(Name=trail["TrailARN"]))
    assert "with an explicit deny in a service control policy" in message


def test_a_second_up_changes_nothing(guarded: PlatformUp) -> None:
    done = guarded.run("up", "--json")
    assert done.returncode == 0, done.stderr
    assert {stack["state"] for stack in json.loads(done.stdout)["stacks"]} == {"unchanged"}


def test_what_the_platform_changes_is_deployed_with_the_guardrails_on(guarded: PlatformUp) -> None:
    changed = PLATFORM.replace("stage: repeatable", "stage: repeatable\ntags: {business-unit: port}")
    (guarded.directory / "platform.yaml").write_text(changed, encoding="utf-8")
    done = guarded.run("up", "--json")
    assert done.returncode == 0, done.stderr
    assert {stack["state"] for stack in json.loads(done.stdout)["stacks"]} == {"deployed"}
