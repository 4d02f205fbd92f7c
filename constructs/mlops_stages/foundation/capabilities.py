"""What people may do in an experimentation account, in reviewable portions.

Each function gives the statements of one capability; a persona is a set of capabilities (`persona.py`). The teams are
kept apart by names: what a team makes in SageMaker starts with the team's name, and `${aws:PrincipalTag/team}` of the
caller's role says which team that is. Roles cannot change their own tags.

Sources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html (actions,
resources and condition keys),
https://docs.aws.amazon.com/sagemaker/latest/dg/security_iam_id-based-policy-examples.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mlops_stages.foundation.isolated_network import Network
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.statement import Statement

TEAM = "${aws:PrincipalTag/team}"
PERSON = "${aws:PrincipalTag/person}"
JOB_KINDS = ("training-job", "processing-job", "transform-job", "hyper-parameter-tuning-job")
MADE = (*JOB_KINDS, "model")


@dataclass(frozen=True, kw_only=True)
class Account:
    """What the statements of an experimentation account refer to.

    Attributes:
        platform: the organization's name, which starts the names of roles.
        instance_types: the SageMaker instance types that people may start.
        key_arn: encrypts the volumes of apps and jobs.
    """

    platform: str
    perimeter: Perimeter
    network: Network
    instance_types: Sequence[str]
    key_arn: str

    def sagemaker(self, *resources: str) -> list[str]:
        """The ARNs of SageMaker's resources."""
        return [self.perimeter.arn("sagemaker", resource) for resource in resources]

    @property
    def own_role(self) -> str:
        """The ARN of the caller's own role."""
        return self.perimeter.global_arn("iam", f"role/{self.platform}/{TEAM}/{self.platform}-{TEAM}-{PERSON}")

    @property
    def allowed_instances(self) -> dict[str, list[str]]:
        """The condition that a request starts no other instance type."""
        return {"sagemaker:InstanceTypes": list(self.instance_types)}

    @property
    def own_network(self) -> dict[str, list[str]]:
        """The condition that a request names no other network."""
        return {
            "sagemaker:VpcSubnets": list(self.network.subnet_ids),
            "sagemaker:VpcSecurityGroupIds": [self.network.workload_security_group_id],
        }


def use_studio(account: Account) -> tuple[Statement, ...]:
    """Open one's own Studio, and run private spaces in it."""
    own_spaces = account.sagemaker(f"space/*/{TEAM}-{PERSON}-*")
    own_apps = account.sagemaker(f"app/*/{TEAM}-{PERSON}-*/*")
    owned = {"sagemaker:OwnerUserProfileArn": account.sagemaker(f"user-profile/*/{TEAM}-{PERSON}")[0]}
    private = {
        "StringEquals": {"sagemaker:SpaceSharingType": "Private"},
        "ArnLike": owned,
        "ForAllValues:StringEquals": account.allowed_instances,
    }
    return (
        Statement(
            sid="OpenOnesOwnStudio",
            actions=["sagemaker:CreatePresignedDomainUrl"],
            resources=account.sagemaker(f"user-profile/*/{TEAM}-{PERSON}"),
            why="the caller's own profile, in whichever domain of the account",
        ),
        Statement(
            sid="SeeStudio",
            actions=[
                "sagemaker:DescribeApp",
                "sagemaker:DescribeDomain",
                "sagemaker:DescribeSpace",
                "sagemaker:DescribeUserProfile",
                "sagemaker:ListTags",
            ],
            resources=account.sagemaker("*"),
            why="how apps and profiles are set is no secret inside the account",
        ),
        _list_studio(),
        Statement(
            sid="RunPrivateSpacesOfOnesOwn",
            actions=["sagemaker:CreateApp", "sagemaker:CreateSpace", "sagemaker:UpdateSpace"],
            resources=[*own_spaces, *own_apps],
            conditions=private,
            why="a shared space would run everybody's code under one role",
        ),
        Statement(
            sid="EndOnesOwnSpaces",
            actions=["sagemaker:DeleteApp", "sagemaker:DeleteSpace"],
            resources=[*own_spaces, *own_apps],
            conditions={"ArnLike": owned},
            why="the caller's own; the owner is asked for too, as ann-lee's spaces are named like ann's, and longer",
        ),
        Statement(
            sid="TagWhatOneCreates",
            actions=["sagemaker:AddTags"],
            resources=account.sagemaker(f"space/*/{TEAM}-*", f"app/*/{TEAM}-*/*", *(f"{k}/{TEAM}-*" for k in MADE)),
            conditions={"Null": {"sagemaker:TaggingAction": "false"}},
            why="tags are set while creating, never changed afterwards",
        ),
    )


def _list_studio() -> Statement:
    return Statement(
        sid="ListStudio",
        actions=[
            "sagemaker:ListApps",
            "sagemaker:ListDomains",
            "sagemaker:ListMlflowApps",
            "sagemaker:ListSpaces",
            "sagemaker:ListUserProfiles",
        ],
        why="these lists take no resource; names are no secret inside the account",
    )


def run_isolated_jobs(account: Account) -> tuple[Statement, ...]:
    """Train, process and transform: only inside the network, encrypted, without a way out for the code."""
    jobs = [f"{kind}/{TEAM}-*" for kind in JOB_KINDS]
    in_network = {"sagemaker:VpcSubnets": "false", "sagemaker:VpcSecurityGroupIds": "false"}
    encrypted = {"sagemaker:VolumeKmsKey": "false", "sagemaker:OutputKmsKey": "false"}
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
            conditions={
                "Null": {**in_network, **encrypted},
                "ForAllValues:StringEquals": {**account.own_network, **account.allowed_instances},
                "ArnLike": {"sagemaker:VolumeKmsKey": our_keys, "sagemaker:OutputKmsKey": our_keys},
                "Bool": {
                    "sagemaker:NetworkIsolation": "true",
                    "sagemaker:InterContainerTrafficEncryption": "true",
                },
            },
            why="jobs whose names start with the caller's team; `Null` refuses a request that leaves a setting out, "
            "which `ForAllValues` alone would let through",
        ),
        Statement(
            sid="TransformOnlyEncrypted",
            actions=["sagemaker:CreateTransformJob"],
            resources=account.sagemaker(f"transform-job/{TEAM}-*"),
            conditions={
                "Null": encrypted,
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
                "Null": in_network,
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
        *_job_network(account),
        *_job_traces(account),
        *_job_images(account),
        *_job_volumes(account),
    )


def see_jobs() -> tuple[Statement, ...]:
    """List what runs; the names of jobs are no secret inside the account."""
    return (
        Statement(
            sid="SeeWhatRuns",
            actions=[
                "sagemaker:ListHyperParameterTuningJobs",
                "sagemaker:ListModels",
                "sagemaker:ListProcessingJobs",
                "sagemaker:ListTrainingJobs",
                "sagemaker:ListTransformJobs",
            ],
            why="SageMaker's list actions take no resource",
        ),
    )


def _job_network(account: Account) -> tuple[Statement, ...]:
    subnets = [account.perimeter.arn("ec2", f"subnet/{subnet}") for subnet in account.network.subnet_ids]
    group = account.perimeter.arn("ec2", f"security-group/{account.network.workload_security_group_id}")
    return (
        Statement(
            sid="AttachJobsToTheNetwork",
            actions=[
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            resources=[account.perimeter.arn("ec2", "network-interface/*"), *subnets, group],
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


def read_metrics() -> Statement:
    """Look at metrics and alarms."""
    return Statement(
        sid="ReadMetrics",
        actions=["cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:ListMetrics"],
        why="reading metrics takes no resource",
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


def _job_volumes(account: Account) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="UseTheKeyOfVolumes",
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext"],
            resources=[account.key_arn],
        ),
        Statement(
            sid="LetVolumesHoldGrants",
            actions=["kms:CreateGrant"],
            resources=[account.key_arn],
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )


def lead_team(account: Account) -> tuple[Statement, ...]:
    """Clean up after one's team: end the spaces of those who left them running."""
    return (
        Statement(
            sid="EndSpacesOfOnesTeam",
            actions=["sagemaker:DeleteApp", "sagemaker:DeleteSpace"],
            resources=account.sagemaker(f"space/*/{TEAM}-*", f"app/*/{TEAM}-*/*"),
            why="spaces and apps whose names start with the caller's team",
        ),
    )


def operate_platform(account: Account) -> tuple[Statement, ...]:
    """Keep the account running without seeing anyone's data."""
    return (
        Statement(
            sid="SeeSageMaker",
            actions=[
                "sagemaker:DescribeApp",
                "sagemaker:DescribeDomain",
                "sagemaker:DescribeMlflowApp",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:DescribeSpace",
                "sagemaker:DescribeTrainingJob",
                "sagemaker:DescribeUserProfile",
                "sagemaker:ListTags",
            ],
            resources=account.sagemaker("*"),
            why="the platform's engineers keep every domain of the account running",
        ),
        _list_studio(),
        Statement(
            sid="EndWhatRunsAway",
            actions=[
                "sagemaker:DeleteApp",
                "sagemaker:StopProcessingJob",
                "sagemaker:StopTrainingJob",
                "sagemaker:StopTransformJob",
            ],
            resources=account.sagemaker("app/*", "processing-job/*", "training-job/*", "transform-job/*"),
            why="whoever answers for the account's costs can stop any job in it",
        ),
        *see_jobs(),
        read_metrics(),
        Statement(
            sid="ReadLogs",
            actions=["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"],
            resources=[account.perimeter.arn("logs", "log-group:*")],
            why="the platform's engineers look into any log group of the account",
        ),
        Statement(sid="ListLogGroups", actions=["logs:DescribeLogGroups"], why="takes no resource"),
        *follow_costs(account),
        Statement(
            sid="FollowTheAuditTrail",
            actions=["cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:LookupEvents"],
            why="these take no resource",
        ),
    )


def follow_costs(account: Account) -> tuple[Statement, ...]:
    """Look at budgets and costs."""
    return (
        Statement(
            sid="ViewBudgets",
            actions=["budgets:ViewBudget"],
            resources=[account.perimeter.global_arn("budgets", "budget/*")],
            why="the budgets of this account",
        ),
        Statement(
            sid="ReadCosts",
            actions=["ce:GetAnomalies", "ce:GetCostAndUsage", "ce:GetCostForecast"],
            why="cost and usage take no resource",
        ),
    )


def follow_business(account: Account) -> tuple[Statement, ...]:
    """See what a team's models cost and how they do; change nothing, read no data."""
    return (
        *follow_costs(account),
        read_metrics(),
        *see_jobs(),
        Statement(
            sid="SeeJobsOfOnesTeam",
            actions=["sagemaker:DescribeModel", "sagemaker:DescribeTrainingJob"],
            resources=account.sagemaker(f"model/{TEAM}-*", f"training-job/{TEAM}-*"),
            why="jobs and models whose names start with the caller's team",
        ),
    )


def audit_account(account: Account) -> tuple[Statement, ...]:
    """Read who may do what and who did what; neither data nor keys."""
    return (
        Statement(
            sid="ReadWhoMayDoWhat",
            actions=[
                "iam:GetAccountAuthorizationDetails",
                "iam:GetPolicy",
                "iam:GetPolicyVersion",
                "iam:GetRole",
                "iam:ListAttachedRolePolicies",
                "iam:ListRoles",
                "kms:DescribeKey",
                "kms:GetKeyPolicy",
                "kms:GetKeyRotationStatus",
                "kms:ListAliases",
                "kms:ListKeys",
            ],
            why="an auditor must see every role and key",
        ),
        Statement(
            sid="ReadHowBucketsAreSet",
            actions=[
                "s3:GetBucketLogging",
                "s3:GetBucketObjectLockConfiguration",
                "s3:GetBucketPolicy",
                "s3:GetBucketPublicAccessBlock",
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetEncryptionConfiguration",
                "s3:GetLifecycleConfiguration",
                "s3:ListAllMyBuckets",
            ],
            why="an auditor must see every bucket's settings, and no object",
        ),
        Statement(
            sid="ReadWhoDidWhat",
            actions=[
                "cloudtrail:DescribeTrails",
                "cloudtrail:GetEventSelectors",
                "cloudtrail:GetTrailStatus",
                "cloudtrail:LookupEvents",
            ],
            why="these take no narrower resource than the account",
        ),
        *(s for s in operate_platform(account) if s.sid in ("SeeSageMaker", "ListStudio")),
        read_metrics(),
    )
