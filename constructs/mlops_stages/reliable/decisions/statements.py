"""What the reader of a model's decisions may do."""

from mlops_stages.foundation import Statement
from mlops_stages.reliable.decisions.decision_store import parts_of
from mlops_stages.reliable.scheduled_function import keep_what_failed
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.runtime.decisions import metrics
from mlops_stages.runtime.decisions.settings import Settings


def read_decisions(
    served: ServedModel, told: Settings, data_key_arn: str, queue_arn: str, failed_arn: str, key_arn: str
) -> tuple[Statement, ...]:
    """List and read what was captured, write rows, manifests and quarantine, and say how much there is."""
    partition = served.perimeter.partition
    captures, store = (f"arn:{partition}:s3:::{name}" for name in (told.capture_bucket, told.bucket))
    captured = f"{told.capture_prefix}/{told.endpoint}"
    return (
        Statement(
            sid="ListWhatWasCaptured",
            actions=["s3:ListBucket"],
            resources=[captures],
            conditions={"StringLike": {"s3:prefix": f"{captured}/*"}},
        ),
        Statement(
            sid="ReadWhatWasCaptured",
            actions=["s3:GetObject"],
            resources=[f"{captures}/{captured}/*"],
            why="SageMaker names the files, a folder for each variant and hour",
        ),
        Statement(
            sid="KeepDecisions",
            actions=["s3:GetObject", "s3:PutObject"],
            resources=parts_of(store, told.endpoint),
            why="a folder for each variant, day and hour",
        ),
        Statement(
            # S3 says that an object is not there only to whoever may list: without it, every first look is refused.
            sid="SeeWhichHoursAreThere",
            actions=["s3:ListBucket"],
            resources=[store],
        ),
        Statement(
            sid="UseTheKeyOfTheData",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[data_key_arn],
        ),
        Statement(
            sid="TakeAndSendHours",
            actions=["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "sqs:SendMessage"],
            resources=[queue_arn],
        ),
        *keep_what_failed(failed_arn, key_arn),
        Statement(
            sid="CountRequests",
            actions=["cloudwatch:GetMetricData"],
            resources=["*"],
            why="metrics are no resources of IAM's; it reads what is counted",
        ),
        Statement(
            sid="SayHowMuchThereIs",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": metrics.NAMESPACE}},
            why="metrics are no resources of IAM's; the namespace is this toolkit's",
        ),
    )
