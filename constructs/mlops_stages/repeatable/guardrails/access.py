"""Who may reach what is deployed: by roles of the platform, and such access changes by deployment alone.

The platform's roles are known by their path, `/PLATFORM/`, or a name that begins with the platform's.
"""

from collections.abc import Mapping, Sequence

from mlops_stages.repeatable.guardrails.denial import Denial, Guarded

CHANGED_BY_DEPLOYMENT: Mapping[str, Sequence[str]] = {
    "roles: whom they trust, what they may do, and the tags that tell teams apart": (
        "iam:AttachRolePolicy",
        "iam:CreateRole",
        "iam:DeleteRole*",
        "iam:DetachRolePolicy",
        "iam:PutRole*",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
    ),
    "policies of roles, and permissions boundaries, by a new version too": (
        "iam:CreatePolicy*",
        "iam:DeletePolicy*",
        "iam:SetDefaultPolicyVersion",
    ),
    "aliases of keys, by which policies know them": ("kms:*Alias",),
    "logs: what is kept, where it goes, what alarms are raised by": (
        "logs:DeleteLog*",
        "logs:DeleteMetricFilter",
        "logs:DisassociateKmsKey",
        "logs:PutMetricFilter",
        "logs:PutRetentionPolicy",
        "logs:PutSubscriptionFilter",
    ),
    "alarms, and who is told": (
        "cloudwatch:DeleteAlarms",
        "cloudwatch:DisableAlarmActions",
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:SetAlarmState",
        "sns:AddPermission",
        "sns:DeleteTopic",
        "sns:SetTopicAttributes",
        "sns:Unsubscribe",
    ),
    "registries: who reads and writes images, packages and models": (
        "codeartifact:DeletePackage*",
        "codeartifact:Put*PermissionsPolicy",
        "codeartifact:PutPackageOriginConfiguration",
        "codeartifact:UpdateRepository",
        "ecr:BatchDeleteImage",
        "ecr:DeleteRepository*",
        "ecr:Put*Mutability",
        "ecr:PutLifecyclePolicy",
        "ecr:SetRepositoryPolicy",
        "sagemaker:DeleteModelPackage*",
        "sagemaker:PutModelPackageGroupPolicy",
    ),
    "other doors to buckets: access points and grants, which bring names and rights of their own": (
        "s3:CreateAccess*",
    ),
    "Studio: how the domain and the profiles are set": (
        "sagemaker:DeleteDomain",
        "sagemaker:DeleteUserProfile",
        "sagemaker:UpdateDomain",
        "sagemaker:UpdateUserProfile",
    ),
    "networks: ways to the internet and to other networks, and what watches them": (
        "ec2:AcceptVpcPeeringConnection",
        "ec2:AttachInternetGateway",
        "ec2:AttachVpnGateway",
        "ec2:CreateEgressOnlyInternetGateway",
        "ec2:CreateNatGateway",
        "ec2:CreateTransitGatewayVpcAttachment",
        "ec2:CreateVpcPeeringConnection",
        "ec2:DeleteFlowLogs",
        "ec2:DeleteVpcEndpoints",
        "ec2:ModifyVpcEndpoint",
    ),
}
"""What no one changes by hand, by the subject; each is on what is named for the platform, where it has names."""


def keep_access(guarded: Guarded) -> tuple[Denial, ...]:
    """Roles, policies, aliases, logs, alarms, registries and networks change by a reviewed deployment.

    One statement for all, as the names of exempt roles would take more room than what it denies.
    """
    name = guarded.platform
    return (
        Denial(
            sid="AccessAndRecordsChangeByDeployment",
            actions=[action for actions in CHANGED_BY_DEPLOYMENT.values() for action in actions],
            resources=[
                f"arn:{guarded.partition}:{rest}"
                for rest in (
                    f"iam::*:role/{name}/*",
                    f"iam::*:role/{name}-*",
                    f"iam::*:policy/{name}-*",
                    f"kms:*:*:alias/{name}/*",
                    f"kms:*:*:alias/{name}-*",
                    f"logs:*:*:log-group:{name}-*",
                    "logs:*:*:log-group:/aws/sagemaker/*",
                    f"cloudwatch:*:*:alarm:{name}-*",
                    f"sns:*:*:{name}-*",
                    f"codeartifact:*:*:domain/{name}",
                    f"codeartifact:*:*:repository/{name}/*",
                    f"codeartifact:*:*:package/{name}/*",
                    f"ecr:*:*:repository/{name}/*",
                    "sagemaker:*:*:domain/*",
                    "sagemaker:*:*:model-package/*",
                    "sagemaker:*:*:model-package-group/*",
                    "sagemaker:*:*:user-profile/*",
                    "s3:*:*:accesspoint/*",
                    "s3:*:*:access-grants/*",
                    "ec2:*:*:*",
                )
            ],
            conditions=guarded.unless_deployed,
            why="whatever is named for the platform; networks, access points and parts of SageMaker have no such names",
        ),
    )


def only_for_the_platform(guarded: Guarded) -> tuple[Denial, ...]:
    """Teams' data, models and Studio are for the platform's own roles: no administrator reads, decides or poses as one.

    Nor does one release a model beside its promotion, or read what a model was asked.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    name = guarded.platform
    # The names of `Addresses` end with an account's id; those that CloudFormation gives hold the start of a logical id.
    named = ("public", "internal", "confidential", "restricted", "artifacts", "pipelines")
    buckets = [
        *(f"{name}-*-{kind}-{'?' * 12}" for kind in named),
        *(f"{name}-*-team{kind}*" for kind in ("data", "capture", "decisions")),
    ]
    return (
        Denial(
            sid="DataAndModelsAreForThePlatformsRoles",
            actions=[
                "athena:GetQueryResults*",
                "iam:PassRole",
                "s3:*Object*",
                "sagemaker:CallMlflowAppApi",
                "sagemaker:CreateEndpoint*",
                "sagemaker:CreateModelPackage",
                "sagemaker:CreatePresigned*Url",
                "sagemaker:DeleteEndpoint*",
                "sagemaker:StartPipelineExecution",
                "sagemaker:UpdateEndpoint*",
                "sagemaker:UpdateModelPackage",
                "sagemaker:UpdatePipeline*",
            ],
            resources=[
                *(f"arn:{guarded.partition}:s3:::{bucket}/*" for bucket in buckets),
                f"arn:{guarded.partition}:iam::*:role/{name}/*",
                f"arn:{guarded.partition}:iam::*:role/{name}-*",
                f"arn:{guarded.partition}:athena:*:*:workgroup/{name}-*",
                f"arn:{guarded.partition}:sagemaker:*:*:*",
            ],
            conditions=guarded.unless_of_the_platform,
            why="buckets of teams by their names, in experimentation and where models serve by those of their stacks; "
            "results of queries by their workgroups'; "
            "a role of the platform is taken on by whom it trusts, and handed to jobs by itself; a model is released "
            "by its promotion, and whoever calls it is not asked here",
        ),
    )
