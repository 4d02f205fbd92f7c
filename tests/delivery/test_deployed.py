"""What is deployed, written as an assembly that the gate compares with."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlops_stages.delivery import write_deployed
from mlops_stages.errors import UserError
from mlops_stages.preflight.access import Caller
from mlops_stages.preflight.aws import Account, Unseen
from mlops_stages.preflight.findings import Reason
from mlops_stages.review.permissions import compare, read
from tests.delivery.staging import ROLE, Staging, role


def test_nobody_may_do_more_than_what_is_deployed_already_lets_them(staging: Staging, tmp_path: Path) -> None:
    staging.deploy("staging", {"Role": role("s3:GetObject", "s3:ListBucket")})
    plan = staging.synthesize(staging={"Role": role("s3:GetObject")})
    found = write_deployed(plan, staging.access, tmp_path / "before")
    assert (found.deployed, found.new) == (("acme-staging",), ())
    assert compare(read(tmp_path / "before"), read(staging.directory)) == []


def test_a_change_of_one_stack_and_a_stack_that_is_new_are_both_told(staging: Staging, tmp_path: Path) -> None:
    staging.deploy("staging", {"Role": role("s3:GetObject")})
    plan = staging.synthesize(
        staging={"Role": role("s3:GetObject", "s3:PutObject")}, data_team_fraud={"Role": role("s3:ListBucket")}
    )
    found = write_deployed(plan, staging.access, tmp_path / "before")
    assert found.new == ("acme-data-team-fraud",)
    told = compare(read(tmp_path / "before"), read(staging.directory))
    assert {each.where.split(":")[0] for each in told} == {"acme-staging", "acme-data-team-fraud"}


class Silent:
    """Accounts that are there, and say nothing."""

    def __init__(self, *, denied: bool) -> None:
        self._denied = denied

    def caller(self) -> Caller:
        raise AssertionError

    def account(self, id: str) -> Account:
        if self._denied:
            raise Unseen(Reason.DENIED, "denied: nobody is let in", "sts:AssumeRole")
        return Account(id, "eu-west-1", _no_client)


def _no_client(service: str, region: str) -> object:
    raise OSError(f"no way to {service} in {region}")


@pytest.mark.parametrize("denied", [True, False], ids=["no way in", "no answer"])
def test_an_account_that_does_not_say_is_never_taken_for_unchanged(
    staging: Staging, tmp_path: Path, denied: bool
) -> None:
    plan = staging.synthesize(staging={"Role": role("s3:GetObject")})
    with pytest.raises(UserError) as refused:
        write_deployed(plan, Silent(denied=denied), tmp_path / "before")
    assert (refused.value.code, refused.value.exit_code) == ("DLV-002", 2)
    assert refused.value.where == f"stack acme-staging in account {staging.account}"
    assert not (tmp_path / "before").exists()


def test_a_directory_that_is_there_is_left_as_it_is(staging: Staging, tmp_path: Path) -> None:
    target = tmp_path / "before"
    target.mkdir()
    (target / "theirs").write_text("theirs")
    with pytest.raises(UserError) as refused:
        write_deployed(staging.synthesize(staging={ROLE: role()}), staging.access, target)
    assert refused.value.code == "DLV-001"
    assert [path.name for path in target.iterdir()] == ["theirs"]


def test_a_directory_that_cannot_be_made_is_said(staging: Staging, tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        write_deployed(staging.synthesize(staging={ROLE: role()}), staging.access, tmp_path / "missing" / "before")
    assert refused.value.code == "DLV-003"


def test_a_template_of_another_tool_is_refused(staging: Staging, tmp_path: Path) -> None:
    cloudformation = staging.aws.client("cloudformation", staging.account)
    body = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n"
    cloudformation.create_stack(StackName="acme-staging", TemplateBody=body)
    with pytest.raises(UserError) as refused:
        write_deployed(staging.synthesize(staging={ROLE: role()}), staging.access, tmp_path / "before")
    assert refused.value.code == "DLV-004"
