"""What the monitors of a model may do, but for reading its labels in the data account; and who sees what they found."""

from mlops_stages.foundation import Statement
from mlops_stages.reliable.decisions.decision_store import monitored_parts_of
from mlops_stages.reliable.scheduled_function import keep_what_failed
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.runtime.decisions.hours import DECISIONS, MANIFESTS, QUARANTINE
from mlops_stages.runtime.labels.source import LABELS
from mlops_stages.runtime.monitor_runs import publishing
from mlops_stages.runtime.monitor_runs.days import MONITORS


def run_monitors(
    served: ServedModel, bucket_name: str, data_key_arn: str, failed_arn: str, key_arn: str
) -> tuple[Statement, ...]:
    """Read decisions, keep labels and figures beside them, and publish the figures."""
    store = f"arn:{served.perimeter.partition}:s3:::{bucket_name}"
    return (
        Statement(
            sid="ReadDecisions",
            actions=["s3:GetObject"],
            resources=[f"{store}/{DECISIONS}/endpoint={served.endpoint_name}/*"],
            why="a folder for each variant, day and hour",
        ),
        Statement(
            sid="KeepLabelsAndFigures",
            actions=["s3:GetObject", "s3:PutObject"],
            resources=monitored_parts_of(store, served.endpoint_name),
            why="what the function itself names: a folder for each day",
        ),
        Statement(
            # S3 says that an object is not there only to whoever may list: without it, every first look is refused.
            sid="ListDecisionsLabelsAndFigures",
            actions=["s3:ListBucket"],
            resources=[store],
        ),
        Statement(
            sid="UseTheKeyOfTheData",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[data_key_arn],
        ),
        *keep_what_failed(failed_arn, key_arn),
        Statement(
            sid="PublishFigures",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": publishing.NAMESPACE}},
            why="metrics are no resources of IAM's; the namespace is this toolkit's",
        ),
    )


def see_model(served: ServedModel, bucket_name: str, data_key_arn: str) -> tuple[Statement, ...]:
    """See what the monitors found, how much was captured and labelled, which lines were refused, and what alarms say.

    No decision and no label: lists of refused lines name file, line and code, and hold no value of the line.
    """
    store = f"arn:{served.perimeter.partition}:s3:::{bucket_name}"
    manifests = (MANIFESTS, f"{MANIFESTS}/{LABELS}", f"{MANIFESTS}/{MONITORS}")
    own = [f"{folder}/endpoint={served.endpoint_name}/*" for folder in (MONITORS, *manifests)]
    refused = [f"{folder}/endpoint={served.endpoint_name}/*" for folder in (QUARANTINE, f"{QUARANTINE}/{LABELS}")]
    addresses, perimeter = served.addresses, served.perimeter
    team_stack, model_stack = (
        perimeter.arn("cloudformation", f"stack/{name}/*")
        for name in (
            addresses.team_stack_name(served.team, served.environment),
            addresses.model_stack_name(served.model, served.environment),
        )
    )
    alarms = (served.config_prefix, *(f"{each}-" for each in (served.endpoint_name, *_names_of_functions(served))))
    return (
        Statement(
            sid="ReadFiguresAndManifests",
            actions=["s3:GetObject"],
            resources=[f"{store}/{each}" for each in own],
            why="a folder for each day; no rows of decisions, and none of labels",
        ),
        Statement(
            sid="ReadWhichLinesWereRefused",
            actions=["s3:GetObject"],
            resources=[f"{store}/{each}" for each in refused],
            why="a list for each day or hour, of places and codes; else nobody could say which line is to be corrected",
        ),
        Statement(
            sid="ListFiguresAndManifests",
            actions=["s3:ListBucket"],
            resources=[store],
            conditions={"StringLike": {"s3:prefix": own}},
        ),
        Statement(
            sid="DecryptThem",
            actions=["kms:Decrypt"],
            resources=[data_key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"s3.{served.perimeter.region}.amazonaws.com"}},
        ),
        Statement(
            sid="FindTheBucket",
            actions=["cloudformation:DescribeStacks"],
            resources=[team_stack],
            why="CloudFormation chooses the bucket's name, and the id at the stack's end",
        ),
        Statement(
            sid="FindAlarms",
            actions=["cloudformation:ListStackResources"],
            resources=[team_stack, model_stack],
            why="names of the alarms there are to be; CloudWatch lists alarms only to who may see all of the account",
        ),
        Statement(
            sid="SeeAlarms",
            actions=["cloudwatch:DescribeAlarms"],
            resources=[perimeter.arn("cloudwatch", f"alarm:{each}*") for each in alarms],
            why="the model's names start those of its alarms",
        ),
    )


def judge_earlier_days(served: ServedModel) -> tuple[Statement, ...]:
    """Have the monitors run a day: which one is all that a caller chooses."""
    return (
        Statement(
            sid="RunMonitorsOfEarlierDays",
            actions=["lambda:InvokeFunction"],
            resources=[served.perimeter.arn("lambda", f"function:{served.monitors_name}")],
        ),
    )


def _names_of_functions(served: ServedModel) -> tuple[str, str]:
    return served.decisions_name, served.monitors_name
