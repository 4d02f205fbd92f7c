"""The ledger, its heads and a model's queue, each synthesized once; and who asks of them."""

from collections.abc import Mapping, Sequence
from functools import cache

from aws_cdk import Stack

from mlops_stages.foundation import IamSignIn, Perimeter
from mlops_stages.platform import Addresses
from mlops_stages.reliable.ledger import Ledger, LedgerHeads, ModelLedger
from tests.foundation.built import ORGANIZATION, REGION, Built, Json, built, resolved
from tests.foundation.judge import Caller

TOOLING, GOVERNANCE = "333333333333", "777777777777"
ADDRESSES = Addresses(
    platform="acme",
    partition="aws",
    region=REGION,
    experimentation="111111111111",
    development="222222222222",
    tooling=TOOLING,
    data="444444444444",
    staging="555555555555",
    production="666666666666",
    governance=GOVERNANCE,
    organization_id=ORGANIZATION,
)
AUDITOR = "audit@acme.example"


def perimeter(account: str) -> Perimeter:
    return Perimeter(partition="aws", account=account, region=REGION, organization_id=ORGANIZATION)


def deploying(account: str) -> str:
    return f"arn:aws:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-{account}-{REGION}"


def a_ledger(
    stack: Stack,
    *auditors: str,
    retrains: bool = False,
    one_approval: Mapping[str, Sequence[str]] | None = None,
) -> None:
    Ledger(
        stack,
        "Ledger",
        owner="platform@acme.example",
        perimeter=perimeter(GOVERNANCE),
        addresses=ADDRESSES,
        auditors=auditors,
        sign_in=IamSignIn(account="111111111111"),
        deployed_by=[deploying(GOVERNANCE)],
        retrains=retrains,
        one_approval=one_approval,
    )


def some_heads(stack: Stack) -> None:
    LedgerHeads(
        stack,
        "Heads",
        owner="platform@acme.example",
        perimeter=perimeter(TOOLING),
        addresses=ADDRESSES,
        auditors=True,
        deployed_by=[deploying(TOOLING)],
    )


def a_model(stack: Stack, *, is_retrained: bool = False) -> None:
    ModelLedger(
        stack,
        "Model",
        team="arrivals",
        model="late-arrival",
        perimeter=perimeter(GOVERNANCE),
        addresses=ADDRESSES,
        topic_arn=f"arn:aws:sns:{REGION}:{GOVERNANCE}:owner",
        deployed_by=[deploying(GOVERNANCE)],
        is_retrained=is_retrained,
    )


@cache
def ledger(*auditors: str, retrains: bool = False) -> Built:
    return built(lambda stack: a_ledger(stack, *auditors, retrains=retrains))


@cache
def heads() -> Built:
    return built(some_heads)


@cache
def model(*, is_retrained: bool = False) -> Built:
    return built(lambda stack: a_model(stack, is_retrained=is_retrained))


def as_role(arn: str) -> tuple[Caller, dict[str, str]]:
    """Who asks under a role, and the context that says so."""
    return Caller(account=arn.split(":")[4], role=arn.rsplit("/", 1)[-1]), {"aws__PrincipalArn": arn}


def verdict(policy: Json, role: str, action: str, resource: str, **context: str) -> str:
    caller, who = as_role(role)
    return caller.passes(policy, action, resource, **who, **context)


def bucket_policy(found: Built, name: str) -> Json:
    """The policy of the bucket of that name, references to it replaced by its ARN."""
    ((logical, _),) = [
        each for each in found.resources("AWS::S3::Bucket").items() if each[1]["Properties"].get("BucketName") == name
    ]
    (policy,) = [each for each in found.all("AWS::S3::BucketPolicy") if each["Bucket"] == {"Ref": logical}]
    return resolved(policy["PolicyDocument"], {f"{logical}.Arn": f"arn:aws:s3:::{name}"})


def key_policy(found: Built, alias: str) -> Json:
    """The policy of the key of that alias."""
    (target,) = [each["TargetKeyId"]["Ref"] for each in found.all("AWS::KMS::Alias") if each["AliasName"] == alias]
    return resolved(found.body["Resources"][target]["Properties"]["KeyPolicy"])


def policy_of(found: Built, role: str) -> Json:
    """The managed policy of a role, references replaced by logical ids."""
    (made,) = [each for each in found.all("AWS::IAM::Role") if each.get("RoleName") == role.rsplit("/", 1)[-1]]
    (reference,) = made["ManagedPolicyArns"]
    return resolved(found.body["Resources"][reference["Ref"]]["Properties"]["PolicyDocument"])
