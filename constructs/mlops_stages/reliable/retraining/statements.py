"""What the function of a model's retraining may do, as statements."""

from collections.abc import Mapping, Sequence

from mlops_stages.foundation import Statement, actions_of
from mlops_stages.platform import Addresses
from mlops_stages.reliable.ledger import send_to_ledger
from mlops_stages.reliable.scheduled_function import call
from mlops_stages.repeatable import read_findings
from mlops_stages.repeatable.model_package_group import DECIDE, REJECTED, decides_only
from mlops_stages.runtime.retraining.settings import partition

_USED_THROUGH = ("dynamodb", "sns", "sqs")
SERVICES = ("scheduler",)
"""Through which retraining uses the promotions' key, besides those of promotions."""


def retrain(
    addresses: Addresses, team: str, model: str, *, topic_arns: Sequence[str], failed_arn: str, key_arn: str
) -> Mapping[str, Sequence[Statement]]:
    """Read what production found, start the pipeline in development, reject what is not better; by subject."""
    packages = addresses.packages(team, model)
    return {
        "Policy": (
            *read_findings(addresses, team, model),
            Statement(
                sid="BecomeWhoStartsThePipeline",
                actions=["sts:AssumeRole"],
                resources=[addresses.start_retraining_role(team, model)],
            ),
            Statement(
                sid="ReadVersionsOfTheModel",
                actions=["sagemaker:DescribeModelPackage"],
                resources=[packages],
                why="the versions of the one model",
            ),
            Statement(
                sid="RejectCandidates",
                actions=DECIDE,
                resources=[packages],
                conditions=decides_only([REJECTED]),
                why="the versions of the one model",
            ),
            *send_to_ledger(addresses, team, model),
        ),
        "Memory": (
            Statement(
                sid="RememberRuns",
                actions=["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
                resources=[addresses.releases_table(model)],
                conditions={
                    # No item of a promotion: those are in a partition of their own.
                    "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [partition(model)]},
                    "Null": {"dynamodb:LeadingKeys": "false"},
                },
            ),
            Statement(sid="TellTheOwner", actions=["sns:Publish"], resources=topic_arns),
            Statement(sid="KeepWhatFailed", actions=["sqs:SendMessage"], resources=[failed_arn]),
            Statement(
                sid="UseThePromotionsKey",
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[key_arn],
                conditions={
                    "StringEquals": {
                        "kms:ViaService": [f"{name}.{addresses.region}.amazonaws.com" for name in _USED_THROUGH]
                    }
                },
            ),
        ),
    }


def retraining_actions() -> tuple[str, ...]:
    """Every action of these roles: the boundary of their account must have them."""
    names = Addresses(
        platform="", partition="", region="", experimentation="", development="", tooling="", data="", staging="",
        production="",
    )  # fmt: skip
    portions = retrain(names, "", "", topic_arns=[""], failed_arn="", key_arn="")
    return actions_of([*(each for portion in portions.values() for each in portion), *call("", "", "")])
