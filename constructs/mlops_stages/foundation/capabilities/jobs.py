"""Train, process and transform, in isolation."""

from collections.abc import Sequence
from typing import Any

from mlops_stages.foundation.capabilities.account import TEAM, Account
from mlops_stages.foundation.capabilities.seeing import read_metrics, see_jobs
from mlops_stages.foundation.isolated_network import Network
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.statement import Statement

JOB_KINDS = ("training-job", "processing-job", "transform-job", "hyper-parameter-tuning-job")
MADE = (*JOB_KINDS, "model")


_IN_NETWORK = {"sagemaker:VpcSubnets": "false", "sagemaker:VpcSecurityGroupIds": "false"}
_ENCRYPTED = {"sagemaker:VolumeKmsKey": "false", "sagemaker:OutputKmsKey": "false"}


def isolated_and_encrypted(
    account: Account, *, volume_keys: str | Sequence[str], output_keys: str | Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The conditions of a job in the account's network, under these keys, without a way out for its code.

    `Null` refuses a request that leaves a setting out, which `ForAllValues` alone would let through.
    """
    return {
        "Null": {**_IN_NETWORK, **_ENCRYPTED},
        "ForAllValues:StringEquals": {**account.own_network, **account.allowed_instances},
        "ArnLike": {"sagemaker:VolumeKmsKey": volume_keys, "sagemaker:OutputKmsKey": output_keys},
        "Bool": {"sagemaker:NetworkIsolation": "true", "sagemaker:InterContainerTrafficEncryption": "true"},
    }


def run_isolated_jobs(account: Account) -> tuple[Statement, ...]:
    """Train, process and transform: only inside the network, encrypted, without a way out for the code."""
    jobs = [f"{kind}/{TEAM}-*" for kind in JOB_KINDS]
    our_keys = account.perimeter.arn("kms", "key/*")
    return (
        Statement(
            sid="RunJobsOnlyIsolatedAndEncrypted",
            actions=[
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateTrainingJob",
            ],
            resources=account.sagemaker(*(job for job in jobs if not job.startswith("transform"))),
            conditions=isolated_and_encrypted(account, volume_keys=our_keys, output_keys=our_keys),
            why="jobs whose names start with the caller's team; `Null` refuses a request that leaves a setting out, "
            "which `ForAllValues` alone would let through",
        ),
        Statement(
            sid="TransformOnlyEncrypted",
            actions=["sagemaker:CreateTransformJob"],
            resources=account.sagemaker(f"transform-job/{TEAM}-*"),
            conditions={
                "Null": _ENCRYPTED,
                "ForAllValues:StringEquals": account.allowed_instances,
                "ArnLike": {"sagemaker:VolumeKmsKey": our_keys, "sagemaker:OutputKmsKey": our_keys},
            },
            why="jobs whose names start with the caller's team; a transform job runs in its model's network",
        ),
        Statement(
            sid="MakeModelsOnlyIsolated",
            actions=["sagemaker:CreateModel"],
            resources=account.sagemaker(f"model/{TEAM}-*"),
            conditions={
                "Null": _IN_NETWORK,
                "ForAllValues:StringEquals": account.own_network,
                "Bool": {"sagemaker:NetworkIsolation": "true"},
            },
            why="models whose names start with the caller's team",
        ),
        Statement(
            sid="FollowAndStopJobsOfOnesTeam",
            actions=[
                "sagemaker:DeleteModel",
                "sagemaker:DescribeHyperParameterTuningJob",
                "sagemaker:DescribeModel",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:DescribeTrainingJob",
                "sagemaker:DescribeTransformJob",
                "sagemaker:ListTrainingJobsForHyperParameterTuningJob",
                "sagemaker:StopHyperParameterTuningJob",
                "sagemaker:StopProcessingJob",
                "sagemaker:StopTrainingJob",
                "sagemaker:StopTransformJob",
            ],
            resources=account.sagemaker(*jobs, f"model/{TEAM}-*"),
            why="jobs and models whose names start with the caller's team",
        ),
        *see_jobs(),
        Statement(
            sid="LetJobsRunUnderOnesOwnRole",
            actions=["iam:PassRole"],
            resources=[account.own_role],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        Statement(sid="SeeOnesOwnRole", actions=["iam:GetRole"], resources=[account.own_role]),
    )


def equip_jobs(account: Account) -> tuple[Statement, ...]:
    """Give jobs and apps what they run on: network, logs, images and the key of volumes."""
    return (
        *attach_jobs_to_network(account.perimeter, account.network),
        *_job_traces(account),
        *_job_images(account),
        *encrypt_volumes(account.key_arn),
    )


def attach_jobs_to_network(perimeter: Perimeter, network: Network) -> tuple[Statement, ...]:
    """Give jobs an interface in the network, and nowhere else."""
    subnets = [perimeter.arn("ec2", f"subnet/{subnet}") for subnet in network.subnet_ids]
    group = perimeter.arn("ec2", f"security-group/{network.workload_security_group_id}")
    return (
        Statement(
            sid="AttachJobsToTheNetwork",
            actions=[
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            resources=[perimeter.arn("ec2", "network-interface/*"), *subnets, group],
            why="interfaces have no name before they exist; the subnets and the group are named",
        ),
        Statement(
            sid="DescribeTheNetwork",
            actions=[
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcEndpoints",
                "ec2:DescribeVpcs",
            ],
            why="EC2's describe actions take no resource",
        ),
    )


def _job_traces(account: Account) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="WriteSageMakerLogs",
            actions=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[account.perimeter.arn("logs", "log-group:/aws/sagemaker/*")],
            why="SageMaker names its log groups; all lie under this prefix",
        ),
        Statement(
            sid="ReadLogsOfOnesTeam",
            actions=["logs:GetLogEvents"],
            resources=[account.perimeter.arn("logs", f"log-group:/aws/sagemaker/*:log-stream:{TEAM}-*")],
            why="a log may quote the data, so it is the team's own; its streams start with the job's name",
        ),
        Statement(
            sid="PublishJobMetrics",
            actions=["cloudwatch:PutMetricData"],
            conditions={"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", f"{account.platform}/{TEAM}/*"]}},
            why="PutMetricData takes no resource; the team's namespace narrows it: security alarms cannot be hushed",
        ),
        read_metrics(),
    )


def _job_images(account: Account) -> tuple[Statement, ...]:
    return (
        Statement(sid="SignInToRegistries", actions=["ecr:GetAuthorizationToken"], why="takes no resource"),
        Statement(
            sid="PullImages",
            actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources=[f"arn:{account.perimeter.partition}:ecr:{account.perimeter.region}:*:repository/*"],
            why="the images of SageMaker lie in accounts of AWS, one a region",
        ),
    )


def encrypt_volumes(key_arn: str) -> tuple[Statement, ...]:
    """Let the volumes of apps and jobs be under a key."""
    return (
        Statement(
            sid="UseTheKeyOfVolumes",
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext"],
            resources=[key_arn],
        ),
        Statement(
            sid="LetVolumesHoldGrants",
            actions=["kms:CreateGrant"],
            resources=[key_arn],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )
