"""Train, process and transform, in isolation."""

from collections.abc import Sequence
from typing import Any

from mlops_stages.condition_keys import in_both_spellings
from mlops_stages.foundation.capabilities.account import TEAM, Account
from mlops_stages.foundation.capabilities.seeing import list_log_groups, read_metrics, see_jobs
from mlops_stages.foundation.isolated_network import Network
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.sagemaker_registries import images_of_sagemaker
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


def tagged_for(team: str) -> dict[str, dict[str, Any]]:
    """The conditions of a request that puts what it starts on a team's budget, which knows the tag `team` alone.

    IAM takes `Team` in a condition for `team` too, and budgets do not; the values of `aws:TagKeys` it compares by case.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html#access_tags_control-tag-keys
    """
    return {"StringEquals": {"aws:RequestTag/team": team}, "ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}}


def deny_file_systems(jobs: Sequence[str]) -> Statement:
    """Deny jobs that read a file system: the home directories of Studio are one, in the same network."""
    return Statement(
        sid="DenyFileSystems",
        effect="Deny",
        actions=jobs,
        conditions={"Null": {"sagemaker:FileSystemId": "false"}},
        why="any job; data comes from S3, where policies tell teams apart",
    )


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
            conditions={**isolated(account), **tagged_for(TEAM)},
            why="jobs whose names start with the caller's team, on its budget; `Null` refuses a request that leaves a "
            "setting out, which `ForAllValues` alone would let through",
        ),
        Statement(
            sid="RunTransformJobsOfOnesModels",
            actions=["sagemaker:CreateTransformJob"],
            resources=account.sagemaker(f"transform-job/{TEAM}-*"),
            conditions={
                "ForAllValues:StringEquals": account.allowed_instances,
                **tagged_for(TEAM),
                "ArnLike": {"sagemaker:ModelArn": account.sagemaker(f"model/{TEAM}-*")},
            },
            why="jobs whose names start with the caller's team; a transform job takes no role: it runs under its "
            "model's, and in its network",
        ),
        deny_file_systems(["sagemaker:CreateHyperParameterTuningJob", "sagemaker:CreateTrainingJob"]),
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
            sid="LetJobsRunUnderOnesOwnRole",
            actions=["iam:PassRole"],
            resources=[account.own_role],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        Statement(sid="SeeOnesOwnRole", actions=["iam:GetRole"], resources=[account.own_role]),
    )


def follow_jobs(account: Account) -> tuple[Statement, ...]:
    """Follow and stop the jobs of one's team."""
    return (
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
            resources=account.sagemaker(*(f"{kind}/{TEAM}-*" for kind in MADE)),
            why="jobs and models whose names start with the caller's team",
        ),
        *see_jobs(),
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
    interfaces = perimeter.arn("ec2", "network-interface/*")
    return (
        Statement(
            sid="AttachJobsToTheNetwork",
            actions=["ec2:CreateNetworkInterface"],
            resources=[interfaces, *subnets, group],
            why="interfaces have no name before they exist; the subnets and the group are named",
        ),
        Statement(
            sid="LendAndDeleteInterfacesOfTheNetwork",
            actions=[
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            resources=[interfaces],
            conditions={"ArnEquals": {"ec2:Subnet": subnets}},
            why="the interfaces in the subnets of jobs; AWS does not tell to which account SageMaker lends them, "
            "which `ec2:AuthorizedUser` would need",
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


def write_logs_of_jobs(perimeter: Perimeter, groups: Sequence[str], streams: Sequence[str]) -> tuple[Statement, ...]:
    """Write into log groups, each under `/aws/sagemaker/`, the streams of these names: a job's start with its own."""
    return (
        Statement(
            sid="MakeLogGroupsOfSageMaker",
            actions=["logs:CreateLogGroup", "logs:DescribeLogStreams"],
            resources=[
                perimeter.arn("logs", f"log-group:/aws/sagemaker/{group}{end}")
                for group in groups
                for end in (("",) if group.endswith("*") else ("", ":*"))
            ],
            why="SageMaker names its log groups, and IAM knows them with and without their end, by action",
        ),
        Statement(
            sid="WriteLogsOfOnesTeam",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[perimeter.arn("logs", f"log-group:/aws/sagemaker/{stream}") for stream in streams],
            why="a stream's name starts with the job's, which starts with the team's: nobody writes into another's",
        ),
    )


def _job_traces(account: Account) -> tuple[Statement, ...]:
    streams = [f"*:log-stream:{TEAM}-*", f"studio:log-stream:*/{TEAM}-*"]
    return (
        *write_logs_of_jobs(account.perimeter, ["*"], streams),
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
        *pull_images("PullImagesOfSageMaker", images_of_sagemaker(account.perimeter)),
    )


def pull_images(sid: str, repositories: Sequence[str]) -> tuple[Statement, ...]:
    """Pull from these repositories; nothing where there are none."""
    if not repositories:
        return ()
    return (
        Statement(
            sid=sid,
            actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources=repositories,
            why="the team's own images, and SageMaker's, which lie in registries of AWS's accounts",
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
