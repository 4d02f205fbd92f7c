"""Train, process and transform, in isolation."""

from collections.abc import Sequence
from typing import Any

from mlops_stages.condition_keys import in_both_spellings
from mlops_stages.foundation.capabilities.account import TEAM, Account
from mlops_stages.foundation.capabilities.seeing import list_log_groups, read_metrics, see_jobs
from mlops_stages.foundation.isolated_network import Network
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.statement import Statement

JOB_KINDS = ("training-job", "processing-job", "transform-job", "hyper-parameter-tuning-job")
MADE = (*JOB_KINDS, "model")


_IN_NETWORK = {"sagemaker:VpcSubnets": "false", "sagemaker:VpcSecurityGroupIds": "false"}
_EVERY_JOB = ("sagemaker:Create*Job",)


def isolated(account: Account) -> dict[str, dict[str, Any]]:
    """The conditions of a job in the account's network, without a way out for its code.

    `Null` refuses a request that leaves a setting out, which `ForAllValues` alone would let through.
    """
    return {
        "Null": _IN_NETWORK,
        "ForAllValues:StringEquals": {**account.own_network, **account.allowed_instances},
        "Bool": {"sagemaker:NetworkIsolation": "true", "sagemaker:InterContainerTrafficEncryption": "true"},
    }


def deny_other_volume_keys(keys: Sequence[str], jobs: Sequence[str] = _EVERY_JOB) -> Statement:
    """Deny jobs whose volumes are under another key than these, or under none."""
    return _deny_other_keys("DenyVolumesUnderOtherKeys", "sagemaker:VolumeKmsKey", keys, jobs)


def deny_other_output_keys(keys: Sequence[str], jobs: Sequence[str] = _EVERY_JOB) -> Statement:
    """Deny jobs whose output is under another key than these, or under none."""
    return _deny_other_keys("DenyOutputsUnderOtherKeys", "sagemaker:OutputKmsKey", keys, jobs)


def _deny_other_keys(sid: str, condition_key: str, keys: Sequence[str], jobs: Sequence[str]) -> Statement:
    """A Deny, since it alone is right whichever spelling of the condition key AWS supplies.

    A condition of an Allow on both spellings would demand both at once. A negated operator holds where its key is
    missing, so this one denies what names no key, or a wrong one, in either spelling.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    return Statement(
        sid=sid,
        effect="Deny",
        actions=jobs,
        conditions={"ArnNotLike": in_both_spellings({condition_key: list(keys)})},
        why="any job; AWS supplies the condition key in one of its two spellings",
    )


def run_isolated_jobs(account: Account) -> tuple[Statement, ...]:
    """Train, process and transform: only inside the network, encrypted, without a way out for the code."""
    jobs = [f"{kind}/{TEAM}-*" for kind in JOB_KINDS]
    our_keys = [account.perimeter.arn("kms", "key/*")]
    return (
        Statement(
            sid="RunJobsOnlyIsolated",
            actions=[
                "sagemaker:CreateHyperParameterTuningJob",
                "sagemaker:CreateProcessingJob",
                "sagemaker:CreateTrainingJob",
            ],
            resources=account.sagemaker(*(job for job in jobs if not job.startswith("transform"))),
            conditions=isolated(account),
            why="jobs whose names start with the caller's team; `Null` refuses a request that leaves a setting out, "
            "which `ForAllValues` alone would let through",
        ),
        Statement(
            sid="RunTransformJobs",
            actions=["sagemaker:CreateTransformJob"],
            resources=account.sagemaker(f"transform-job/{TEAM}-*"),
            conditions={"ForAllValues:StringEquals": account.allowed_instances},
            why="jobs whose names start with the caller's team; a transform job runs in its model's network",
        ),
        deny_other_volume_keys(our_keys),
        deny_other_output_keys(our_keys),
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
        list_log_groups(),
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
