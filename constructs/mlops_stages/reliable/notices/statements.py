"""What the function of a model's notices may do, and what it takes to acknowledge an alarm."""

from collections.abc import Sequence

from mlops_stages.foundation import Statement
from mlops_stages.reliable.scheduled_function import keep_what_failed
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.runtime.decisions.hours import MANIFESTS
from mlops_stages.runtime.monitor_runs.days import MONITORS
from mlops_stages.runtime.notices.incidents import ACKNOWLEDGED, HELD, NOTICES, OVER, TOLD, TOLD_ON


def notify(
    served: ServedModel,
    *,
    bucket_name: str,
    data_key_arn: str,
    topic_arns: Sequence[str],
    schedule_role_arn: str,
    failed_arn: str,
    key_arn: str,
) -> tuple[Statement, ...]:
    """Read what monitors found, keep what is told, tell, and have it looked at again."""
    perimeter, name = served.perimeter, served.notices_name
    store = f"arn:{perimeter.partition}:s3:::{bucket_name}"
    endpoint = f"endpoint={served.endpoint_name}"
    return (
        Statement(
            sid="ReadFigures",
            actions=["s3:GetObject"],
            resources=[f"{store}/{folder}/{endpoint}/*" for folder in (MONITORS, f"{MANIFESTS}/{MONITORS}")],
            why="a folder for each day, and files in it",
        ),
        Statement(
            sid="KeepWhatIsTold",
            actions=["s3:GetObject", "s3:PutObject"],
            resources=[f"{store}/{NOTICES}/{endpoint}/*/{each}" for each in (HELD, TOLD, TOLD_ON, OVER)],
            why="a folder for each time that an alarm goes off",
        ),
        Statement(
            # S3 says that an object is not there only to whoever may list: without it, every first look is refused.
            sid="SeeWhatIsToldAndAcknowledged",
            actions=["s3:ListBucket"],
            resources=[store],
        ),
        Statement(
            sid="UseTheKeyOfTheData",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[data_key_arn],
        ),
        Statement(sid="TellOwnerAndOthers", actions=["sns:Publish"], resources=topic_arns),
        Statement(
            sid="LookAgainLater",
            actions=["scheduler:CreateSchedule", "scheduler:DeleteSchedule"],
            resources=[perimeter.arn("scheduler", f"schedule/{name}/look-*")],
            why="a schedule for each time that an alarm goes off",
        ),
        Statement(
            sid="HandTheScheduleItsRole",
            actions=["iam:PassRole"],
            resources=[schedule_role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        ),
        Statement(
            sid="EncryptTheSchedule",
            actions=["kms:DescribeKey"],
            resources=[key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"scheduler.{perimeter.region}.amazonaws.com"}},
        ),
        # They are what topics and schedules take, too.
        *keep_what_failed(failed_arn, key_arn),
        Statement(
            sid="SeeWhetherAnAlarmIsOver",
            actions=["cloudwatch:DescribeAlarms"],
            resources=[perimeter.arn("cloudwatch", f"alarm:{each}*") for each in served.alarms_begin_with],
            why="the model's names start those of its alarms",
        ),
        Statement(
            sid="SeeWhetherAVersionIsBeingDeployed",
            actions=["sagemaker:DescribeEndpoint"],
            resources=[perimeter.arn("sagemaker", f"endpoint/{served.endpoint_name}")],
        ),
    )


def acknowledge_alarms(served: ServedModel, bucket_name: str, data_key_arn: str) -> tuple[Statement, ...]:
    """See what was told, and say under one's own name that one takes care of it.

    `aws:userid` is ROLE-ID:SESSION, and the session's name is the person's address: nobody writes another's.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    store = f"arn:{served.perimeter.partition}:s3:::{bucket_name}"
    own = f"{NOTICES}/endpoint={served.endpoint_name}"
    through = {"StringEquals": {"kms:ViaService": f"s3.{served.perimeter.region}.amazonaws.com"}}
    return (
        Statement(
            sid="ReadWhatIsTold",
            actions=["s3:GetObject"],
            resources=[f"{store}/{own}/*"],
            why="a folder for each time that an alarm goes off",
        ),
        Statement(
            sid="ListWhatIsTold",
            actions=["s3:ListBucket"],
            resources=[store],
            conditions={"StringLike": {"s3:prefix": f"{own}/*"}},
        ),
        Statement(
            sid="AcknowledgeUnderOnesOwnName",
            actions=["s3:PutObject"],
            resources=[f"{store}/{own}/*/{ACKNOWLEDGED}/${{aws:userid}}.json"],
            why="a folder for each time that an alarm goes off, and in it one name",
        ),
        Statement(
            sid="EncryptWhatIsAcknowledged",
            actions=["kms:GenerateDataKey"],
            resources=[data_key_arn],
            conditions=through,
        ),
    )
