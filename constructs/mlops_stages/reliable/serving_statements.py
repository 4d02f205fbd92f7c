"""What happens to serve a model, as statements: it is fetched, its endpoint or its jobs run, decisions are captured.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
"""

from mlops_stages.foundation import Statement
from mlops_stages.foundation.capabilities import attach_jobs_to_network, encrypt_volumes, write_logs_of_jobs
from mlops_stages.reliable.capture_store import CAPTURE, Capture
from mlops_stages.reliable.served_model import ServedModel
from mlops_stages.repeatable.artifact_store import MODELS, READ_OBJECTS
from mlops_stages.repeatable.image_registry import PULL
from mlops_stages.serving.batch import TRIED_IN, TRIED_OUT, Batch

SIGN_IN = "the action takes no resource; what may be pulled is named beside it"
_WRITE = ("s3:AbortMultipartUpload", "s3:PutObject")


def trust_in_hosting(served: ServedModel) -> Statement:
    """SageMaker, acting for this account."""
    return Statement(
        sid="SageMakerForThisAccount",
        principals={"Service": ["sagemaker.amazonaws.com"]},
        actions=["sts:AssumeRole"],
        conditions={
            **served.perimeter.from_this_account,
            "ArnLike": {"aws:SourceArn": served.perimeter.arn("sagemaker", "*")},
        },
        why="which of its resources SageMaker names for an endpoint, AWS does not say",
    )


def fetch_model(served: ServedModel) -> tuple[Statement, ...]:
    """Pull the model's images, and read and decrypt its artefacts, in the tooling account."""
    addresses = served.addresses
    bucket = addresses.bucket_arn(addresses.artifacts_bucket(served.team))
    own = f"{MODELS}/{served.model}"
    return (
        Statement(sid="SignInToRegistries", actions=["ecr:GetAuthorizationToken"], why=SIGN_IN),
        Statement(
            sid="PullModelImages",
            actions=PULL,
            resources=[addresses.image_repository(served.team, served.model)],
        ),
        Statement(
            sid="ReadModelArtefacts",
            actions=READ_OBJECTS,
            resources=[f"{bucket}/{own}/*"],
            why="each run of the model's pipeline has a prefix of its own there",
        ),
        Statement(
            sid="ListModelArtefacts",
            actions=["s3:ListBucket"],
            resources=[bucket],
            conditions={"StringLike": {"s3:prefix": [own, f"{own}/*"]}},
        ),
        Statement(sid="FindArtefactBucket", actions=["s3:GetBucketLocation"], resources=[bucket]),
        Statement(
            sid="DecryptModelArtefacts",
            actions=["kms:Decrypt"],
            resources=[addresses.keys(addresses.tooling)],
            conditions={
                "StringEquals": {"kms:ViaService": f"s3.{addresses.region}.amazonaws.com"},
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": addresses.artifacts_key_alias(served.team)},
            },
            why="a key of another account has an id that nobody here knows; its alias names it",
        ),
    )


def serve_endpoint(served: ServedModel) -> tuple[Statement, ...]:
    """Write the endpoint's own logs, tell of its instances, and look at the alarms that decide on a rollback."""
    group = served.perimeter.arn("logs", f"log-group:{served.log_group_name}")
    return (
        Statement(
            sid="WriteEndpointLogs",
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            # IAM knows a log group with and without what follows its name, by action.
            resources=[group, f"{group}:*"],
            why="the streams of this endpoint's own log group",
        ),
        Statement(
            sid="PublishInstanceMetrics",
            actions=["cloudwatch:PutMetricData"],
            conditions={"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints"}},
            why="PutMetricData takes no resource; the namespace narrows it",
        ),
        Statement(
            sid="DescribeRollbackAlarms",
            actions=["cloudwatch:DescribeAlarms"],
            resources=[served.perimeter.arn("cloudwatch", f"alarm:{served.config_prefix}*")],
            why="each version has alarms of its own, whose names start with the model's and the version's",
        ),
    )


def capture_decisions(served: ServedModel, capture: Capture | None) -> tuple[Statement, ...]:
    """Write into the endpoint's own part of the capture store; nothing where nothing is captured."""
    if capture is None:
        return ()
    return (
        Statement(
            sid="CaptureDecisions",
            actions=_WRITE,
            resources=[f"{capture.bucket_arn}/{CAPTURE}/{served.endpoint_name}/*"],
            why="this endpoint's own part, where SageMaker makes a folder an hour",
        ),
        Statement(sid="FindCaptureBucket", actions=["s3:GetBucketLocation"], resources=[capture.bucket_arn]),
        Statement(
            sid="EncryptDecisions",
            # Decrypt, since a large file is written in parts; without GetObject there is nothing to read with it.
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[capture.key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"s3.{served.perimeter.region}.amazonaws.com"}},
        ),
    )


def equip_instances(served: ServedModel, volume_key_arn: str | None) -> tuple[Statement, ...]:
    """Give the instances interfaces in the network, and volumes under the key; nothing where there are none."""
    network = () if served.network is None else attach_jobs_to_network(served.perimeter, served.network)
    return (*network, *(() if volume_key_arn is None else encrypt_volumes(volume_key_arn)))


def transform(served: ServedModel, batch: Batch, *, is_tried: bool) -> tuple[Statement, ...]:
    """Read what is to be scored, and write the answers; tell of both. Where versions are tested, the same of tests."""
    logs = write_logs_of_jobs(served.perimeter, ["TransformJobs"], [f"TransformJobs:log-stream:{served.jobs_prefix}*"])
    given, made, tried = batch.given, batch.made, batch.tried
    read = [given, *([tried.below(TRIED_IN)] if is_tried else [])]
    written = [made, *([tried.below(TRIED_OUT)] if is_tried else [])]
    partition, through_s3 = served.perimeter.partition, f"s3.{served.perimeter.region}.amazonaws.com"
    return (
        *logs,
        Statement(
            sid="PublishInstanceMetrics",
            actions=["cloudwatch:PutMetricData"],
            conditions={"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/TransformJobs"}},
            why="PutMetricData takes no resource; the namespace narrows it",
        ),
        Statement(
            sid="ReadBatchInput",
            actions=READ_OBJECTS,
            resources=[each.objects(partition) for each in read],
            why="all that lies there is scored",
        ),
        *(
            Statement(
                sid=sid,
                actions=["s3:ListBucket"],
                resources=[each.bucket_arn(partition)],
                conditions={"StringLike": {"s3:prefix": [each.prefix, f"{each.prefix}/*"]}},
            )
            for sid, each in zip(("ListBatchInput", "ListTriedInput"), read, strict=False)
        ),
        Statement(
            sid="FindBatchBuckets",
            actions=["s3:GetBucketLocation"],
            resources=sorted({given.bucket_arn(partition), made.bucket_arn(partition)}),
        ),
        Statement(
            sid="DecryptBatchInput",
            actions=["kms:Decrypt"],
            resources=sorted({each.key_arn for each in read}),
            conditions={"StringEquals": {"kms:ViaService": through_s3}},
        ),
        Statement(
            sid="WriteBatchOutput",
            actions=_WRITE,
            resources=[each.objects(partition) for each in written],
            why="each run has a prefix of its own there",
        ),
        Statement(
            sid="EncryptBatchOutput",
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[made.key_arn],
            conditions={"StringEquals": {"kms:ViaService": through_s3}},
        ),
    )
