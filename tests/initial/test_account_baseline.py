"""AccountBaseline: what an account of any purpose has, each under names of its own, its trail once."""

from aws_cdk import Stack
from constructs import Construct

from mlops_stages.initial import AccountBaseline, GivenFromOutside
from tests.foundation.built import HERE, built

ACTIONS = ("s3:GetObject", "sts:GetCallerIdentity")


def baseline(
    scope: Construct, purpose: str, *, trail: str | None = None, given: GivenFromOutside | None = None
) -> AccountBaseline:
    return AccountBaseline(
        scope,
        platform="acme",
        owner="platform@acme.example",
        perimeter=HERE,
        boundary_name=f"acme-{purpose}-boundary",
        operations_alias=f"acme/{purpose}/operations",
        actions=ACTIONS,
        trail_name=trail,
        given=given,
    )


def both(stack: Stack) -> None:
    baseline(Construct(stack, "Tooling"), "tooling", trail="acme-audit")
    baseline(Construct(stack, "Data"), "data")


def test_two_purposes_in_one_account_share_the_trail_and_no_name() -> None:
    found = built(both)
    assert found.findings == ()
    assert found.types["AWS::CloudTrail::Trail"] == 1
    assert {a["AliasName"] for a in found.all("AWS::KMS::Alias")} >= {
        "alias/acme/tooling/operations",
        "alias/acme/data/operations",
    }
    names = {p["ManagedPolicyName"] for p in found.all("AWS::IAM::ManagedPolicy") if "ManagedPolicyName" in p}
    assert names == {"acme-tooling-boundary", "acme-data-boundary"}


def test_without_a_trail_there_is_nothing_to_be_alarmed_by() -> None:
    found = built(lambda stack: baseline(stack, "data"))
    assert "AWS::CloudWatch::Alarm" not in found.types
    assert found.one("AWS::SNS::Subscription")["Endpoint"] == "platform@acme.example"


def test_what_is_given_from_outside_is_not_made_again() -> None:
    given = GivenFromOutside(
        permissions_boundary_arn="arn:aws:iam::111111111111:policy/corp", access_log_bucket="corp-logs"
    )
    found = built(lambda stack: baseline(stack, "data", given=given))
    assert found.types.get("AWS::S3::Bucket", 0) == 0
    assert "acme-data-boundary" not in str(found.body)
