"""An organization with guardrails, deployed by the real `up`: what protects it does not stop it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from mlops_stages import node
from mlops_stages.cli.init import initialize
from mlops_stages.local.client import process
from mlops_stages.platform import Purpose, load
from tests.end_to_end.arrivals import JOB, Arrivals
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
    initialize(directory, None, reference=True)
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
        "quay-access",
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


def test_what_the_platform_changes_is_deployed_with_the_guardrails_on(guarded: PlatformUp) -> None:
    changed = PLATFORM.replace("stage: repeatable", "stage: repeatable\ntags: {business-unit: port}")
    (guarded.directory / "platform.yaml").write_text(changed, encoding="utf-8")
    done = guarded.run("up", "--json")
    assert done.returncode == 0, done.stderr
    assert {stack["state"] for stack in json.loads(done.stdout)["stacks"]} == {"deployed"}


def test_no_administrator_trains_outside_the_network_or_with_what_is_not_approved(platform_up: PlatformUp) -> None:
    """Of the reference organization: what a role that may do everything asks for, the guardrails still refuse."""
    arrivals = Arrivals(platform_up)
    administrator = arrivals.administrator(Purpose.DEVELOPMENT).client("sagemaker")
    (made,) = administrator.list_training_jobs(StatusEquals="Completed", SortOrder="Ascending", MaxResults=1)[
        "TrainingJobSummaries"
    ]
    job = administrator.describe_training_job(TrainingJobName=made["TrainingJobName"])
    asked = {name: job[name] for name in JOB}

    def refused(**changes: Any) -> None:  # noqa: ANN401 - any API's
        request = {name: value for name, value in {**asked, **changes}.items() if value is not None}
        name = f"arrivals-by-hand-{uuid4()}"
        message = refusal(lambda: administrator.create_training_job(TrainingJobName=name, **request))
        assert "with an explicit deny in a service control policy" in message

    refused(VpcConfig=None)
    refused(ResourceConfig={**job["ResourceConfig"], "InstanceType": "ml.p5.48xlarge"})


@pytest.mark.parametrize("purpose", [Purpose.EXPERIMENTATION, Purpose.DEVELOPMENT, Purpose.DATA, Purpose.TOOLING])
def test_no_administrator_stops_or_deletes_the_audit_trail(platform_up: PlatformUp, purpose: Purpose) -> None:
    trails = Arrivals(platform_up).administrator(purpose).client("cloudtrail")
    (trail,) = trails.describe_trails()["trailList"]
    for call in (trails.stop_logging, trails.delete_trail):
        message = refusal(lambda call=call: call(Name=trail["TrailARN"]))
        assert "with an explicit deny in a service control policy" in message
    assert trails.get_trail_status(Name=trail["TrailARN"])["IsLogging"]
