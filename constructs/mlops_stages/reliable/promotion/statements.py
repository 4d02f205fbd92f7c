"""What a promotion does, as statements: its functions' role, and the state machine's.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/lambda-iam.html,
https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

from collections.abc import Sequence

from mlops_stages.foundation import Perimeter, Statement, actions_of, run_functions
from mlops_stages.platform import Addresses
from mlops_stages.reliable.ledger import send_to_ledger
from mlops_stages.repeatable.artifact_store import CODE, EVALUATIONS, MODELS
from mlops_stages.runtime.retraining.settings import partition

ENVIRONMENTS = ("staging", "production")
SERVICES = ("dynamodb", "sns", "sqs", "states")
"""Through which a promotion uses its key."""


def promote(
    addresses: Addresses,
    team: str,
    model: str,
    *,
    key_arn: str,
    topic_arns: Sequence[str],
    queue_arn: str,
    reads_runs: bool = False,
) -> list[Statement]:
    """What the functions do in the tooling account, and whom they become in the accounts that the model serves in.

    `reads_runs` where versions go by what retraining remembers: then these functions read that, and cannot write it.
    """
    return [
        *_read_versions(addresses, team, model),
        *_remember(addresses, model, reads_runs=reads_runs),
        *_keep_and_tell(addresses, model, key_arn, topic_arns, queue_arn),
        *send_to_ledger(addresses, team, model),
        Statement(
            sid="BecomeTheDeployers",
            actions=["sts:AssumeRole"],
            resources=[addresses.deploy_role(team, model, environment) for environment in ENVIRONMENTS],
        ),
    ]


def _read_versions(addresses: Addresses, team: str, model: str) -> list[Statement]:
    bucket = addresses.bucket_arn(addresses.artifacts_bucket(team))
    return [
        Statement(
            sid="ReadVersionsOfTheModel",
            actions=["sagemaker:DescribeModelPackage"],
            resources=[addresses.packages(team, model)],
            why="the versions of the one model",
        ),
        Statement(
            sid="ReadWhatIsRegistered",
            actions=["s3:GetObject"],
            resources=[f"{bucket}/{prefix}/*" for prefix in (CODE, f"{EVALUATIONS}/{model}", f"{MODELS}/{model}")],
            why="what is compared with the registered digests; code is the team's, under its commit",
        ),
        Statement(sid="ListWhatIsRegistered", actions=["s3:ListBucket"], resources=[bucket]),
        Statement(
            sid="DecryptWhatIsRegistered",
            actions=["kms:Decrypt"],
            resources=[addresses.keys(addresses.tooling)],
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{addresses.region}.amazonaws.com"},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": addresses.artifacts_key_alias(team)},
            },
            why="a key of another stack has an id that this one does not know; its alias names it",
        ),
        Statement(
            sid="LookUpTheImagesOfCommits",
            actions=["ecr:DescribeImages"],
            resources=[addresses.image_repository(team, model)],
        ),
    ]


def _remember(addresses: Addresses, model: str, *, reads_runs: bool) -> list[Statement]:
    table = addresses.releases_table(model)
    remember = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
    if not reads_runs:
        return [Statement(sid="RememberPromotions", actions=remember, resources=[table])]
    return [
        Statement(sid=sid, actions=actions, resources=[table], conditions=_in_partition(name))
        for sid, actions, name in (
            ("RememberPromotions", remember, model),
            ("ReadRunsOfRetraining", ["dynamodb:GetItem", "dynamodb:Query"], partition(model)),
        )
    ]


def _in_partition(name: str) -> dict[str, dict[str, str | list[str]]]:
    """The conditions of requests that name one partition of a table."""
    return {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [name]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def _keep_and_tell(
    addresses: Addresses, model: str, key_arn: str, topic_arns: Sequence[str], queue_arn: str
) -> list[Statement]:
    machine = addresses.promotion(model)
    return [
        Statement(sid="StartPromotions", actions=["states:StartExecution"], resources=[machine]),
        Statement(
            sid="SeeWhetherPromotionsRun",
            actions=["states:DescribeExecution"],
            resources=[f"{machine.replace(':stateMachine:', ':execution:')}:*"],
            why="the executions of the one machine",
        ),
        Statement(
            sid="AnswerWaitingPromotions",
            actions=["states:SendTaskFailure", "states:SendTaskSuccess"],
            why="the actions take no resource; whoever answers needs the token, which the model's own table alone has",
        ),
        Statement(sid="TellTheOwner", actions=["sns:Publish"], resources=topic_arns),
        Statement(sid="KeepWhatFailed", actions=["sqs:SendMessage"], resources=[queue_arn]),
        Statement(
            sid="UseThePromotionsKey",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={
                "StringEquals": {"kms:ViaService": [f"{name}.{addresses.region}.amazonaws.com" for name in SERVICES]}
            },
        ),
    ]


def run_machine(addresses: Addresses, model: str, *, functions: Sequence[str], key_arn: str) -> list[Statement]:
    """What the state machine does: call its functions, and write its log and its history."""
    return [
        Statement(
            sid="CallTheFunctions",
            actions=["lambda:InvokeFunction"],
            resources=list(functions),
        ),
        Statement(
            sid="DeliverLogs",
            actions=[
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:UpdateLogDelivery",
            ],
            why="the API of log deliveries takes no resource; Step Functions asks for these to log at all",
        ),
        Statement(
            sid="TraceExecutions",
            actions=[
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ],
            why="X-Ray's actions take no resource",
        ),
        Statement(
            sid="EncryptTheHistory",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[key_arn],
            conditions={
                "StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": addresses.promotion(model)}
            },
        ),
    ]


def promotion_actions() -> tuple[str, ...]:
    """Every action of a promotion's roles: the boundary of their account must have them."""
    nowhere = Perimeter(partition="", account="", region="")
    names = Addresses(
        platform="", partition="", region="", experimentation="", development="", tooling="", data="", staging="",
        production="",
    )  # fmt: skip
    return actions_of(
        [
            *run_functions(nowhere, [""], log_group_arn="", key_arn=""),
            *promote(names, "", "", key_arn="", topic_arns=[""], queue_arn=""),
            *run_machine(names, "", functions=[""], key_arn=""),
        ]
    )
