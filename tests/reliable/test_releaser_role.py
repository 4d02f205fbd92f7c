"""ReleaserRole: who gives the second approval moves a version on, and changes nothing else of it."""

from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import IdentityCenterSignIn, SamlSignIn
from mlops_stages.reliable import ReleaserRole
from mlops_stages.reliable.promotion import promotion_actions
from mlops_stages.repeatable.tooling_account import actions_in_use
from tests.foundation.built import Built, Json, built, refused
from tests.foundation.judge import Caller
from tests.repeatable.tooling import ADDRESSES, BOUNDARY, BUCKET, HERE, SIGN_IN, TOOLING, a_store, named

SAGEMAKER = "arn:aws:sagemaker:eu-west-1:333333333333"
VERSION = f"{SAGEMAKER}:model-package/arrivals-late-arrival/1"
UPDATE = "sagemaker:UpdateModelPackage"
SPELLINGS = (":Stage", "/Stage")
MOVES = [("Production", "Approved"), ("Production", "Rejected"), ("Production", "Restored"), ("Staging", "Requested")]


def a_role(stack: Stack, **options: Any) -> ReleaserRole:  # noqa: ANN401  # each test names a real option
    people = ["zoe@acme.example", "flora@acme.example"]
    given: dict[str, Any] = {"model": "late-arrival", "releasers": people, "sign_in": SIGN_IN, **options}
    return ReleaserRole(
        stack,
        "Release",
        perimeter=HERE,
        addresses=ADDRESSES,
        team="arrivals",
        artifacts=a_store(stack),
        permissions_boundary_arn=BOUNDARY,
        **given,
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_role)


@pytest.fixture(scope="module")
def zoe(found: Built) -> Caller:
    document: Json = named(found, found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"])
    return Caller(policies=[document], account=TOOLING)


def moved(stage: str, status: str | None, spelling: str = ":Stage") -> dict[str, Any]:
    key = f"sagemaker__ModelLifeCycle{spelling}"
    return {key: stage, **({} if status is None else {f"{key}Status": status})}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(("stage", "status"), MOVES)
@pytest.mark.usefixtures("either_spelling")
def test_each_move_is_theirs_in_whichever_spelling_aws_supplies_the_keys(
    zoe: Caller, stage: str, status: str, spelling: str
) -> None:
    assert zoe.may(UPDATE, VERSION, **moved(stage, status, spelling))


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("stage", "status"),
    [
        ("Production", None),
        ("Production", "Requested"),
        ("Production", "Ready"),
        ("Staging", "Approved"),
        ("Test", "Approved"),
    ],
)
def test_no_other_stage_or_status_is(zoe: Caller, stage: str, status: str | None, spelling: str) -> None:
    assert not zoe.may(UPDATE, VERSION, **moved(stage, status, spelling))


@pytest.mark.parametrize(
    "beside",
    [
        {"sagemaker__ModelApprovalStatus": "Approved"},
        {"sagemaker__CustomerMetadataProperties/commit": "another"},
        {"sagemaker__CustomerMetadataProperties/model-sha256": "another"},
        {"sagemaker__CustomerMetadataPropertiesToRemove": ["note"]},
    ],
)
@pytest.mark.parametrize(("stage", "status"), MOVES)
def test_nothing_else_is_changed_in_the_same_request(
    zoe: Caller, stage: str, status: str, beside: dict[str, Any]
) -> None:
    assert not zoe.may(UPDATE, VERSION, **moved(stage, status), **beside)


def test_they_approve_nothing_and_register_nothing(zoe: Caller) -> None:
    assert not zoe.may(UPDATE, VERSION, sagemaker__ModelApprovalStatus="Approved")
    assert not zoe.may(UPDATE, VERSION)
    assert not zoe.may("sagemaker:CreateModelPackage", VERSION)
    assert not zoe.may("states:StartExecution", "*")
    assert not zoe.may("lambda:InvokeFunction", "*")


def test_they_release_one_model(zoe: Caller) -> None:
    for other in ("arrivals-crew-demand", "arrivals-late-arrival-2", "fraud-card-fraud"):
        assert not zoe.may(UPDATE, VERSION.replace("arrivals-late-arrival", other), **moved("Production", "Approved"))


def test_they_compare_with_what_was_registered(zoe: Caller) -> None:
    assert zoe.may("sagemaker:DescribeModelPackage", VERSION)
    assert zoe.may("s3:GetObject", f"{BUCKET}/models/late-arrival/model.tar.gz")
    assert not zoe.may("s3:PutObject", f"{BUCKET}/models/late-arrival/model.tar.gz")


def test_the_session_bears_the_address_of_whoever_takes_it_on(found: Built) -> None:
    (trust,) = found.one("AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    assert found.one("AWS::IAM::Role")["RoleName"] == "acme-late-arrival.release"
    equals = trust["Condition"]["StringEquals"]
    assert equals["aws:PrincipalTag/email"] == ["flora@acme.example", "zoe@acme.example"]
    assert equals["sts:RoleSessionName"] == "${aws:PrincipalTag/email}"


def test_so_does_one_from_identity_center_and_a_company_directory_names_it_itself() -> None:
    def trust(sign_in: SamlSignIn | IdentityCenterSignIn) -> Json:
        role = built(lambda stack: a_role(stack, sign_in=sign_in)).one("AWS::IAM::Role")
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        return statement["Condition"]["StringEquals"]

    assert trust(IdentityCenterSignIn())["sts:RoleSessionName"] == "${aws:PrincipalTag/email}"
    saml = trust(SamlSignIn(provider_arn="arn:aws:iam::111111111111:saml-provider/acme"))
    assert saml["SAML:sub"] == ["flora@acme.example", "zoe@acme.example"]


def test_without_anybody_it_is_refused_before_anything_is_created() -> None:
    message, created = refused(lambda stack: a_role(stack, releasers=[]))
    assert message.startswith("REL-048: Release: ")
    assert not [path for path in created if path.startswith("Alone/Release")]


def test_all_that_they_do_is_within_the_accounts_boundary(found: Built) -> None:
    statements = found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert {action for each in statements for action in each["Action"]} <= {*actions_in_use(), *promotion_actions()}


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
