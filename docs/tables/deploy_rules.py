"""What CloudFormation's role may do, as data: where each permission of its handlers belongs, which it does without."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ROLES = ("arn:aws:iam::ACCOUNT:role/PLATFORM/*", "arn:aws:iam::ACCOUNT:role/PLATFORM-*")
PASSED_TO = (
    "chatbot.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "lambda.amazonaws.com",
    "sagemaker.amazonaws.com",
    "scheduler.amazonaws.com",
    "states.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
)
"""The services that the templates hand roles to."""
HERE: Mapping[str, Any] = {"StringEquals": {"aws:RequestedRegion": "REGION"}}

BOUNDARIES = tuple(
    f"arn:aws:iam::ACCOUNT:policy/PLATFORM-{name}"
    for name in (
        "boundary",
        "data-boundary",
        "development-boundary",
        "ledger-boundary",
        "ledger-heads-boundary",
        "production-boundary",
        "staging-boundary",
        "tooling-boundary",
    )
)


@dataclass(frozen=True, kw_only=True)
class Portion:
    """A statement of a policy, and the permissions that belong into it: those that no earlier portion took.

    Attributes:
        takes: permissions, with `*` for any characters.
    """

    policy: str
    sid: str
    takes: Sequence[str]
    resources: Sequence[str] = ("*",)
    conditions: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class Unneeded:
    """Permissions that handlers name and no deployment of ours calls.

    Attributes:
        permissions: with `*` for any characters.
        only_with: properties, as `Type.Property` or deeper, that alone make a handler call them; no template sets one.
        scope: for the stacks of the accounts, or for that of the organization.
    """

    permissions: Sequence[str]
    why: str
    only_with: Sequence[str] = ()
    scope: str = "accounts"


POLICIES: Mapping[str, str] = {
    "access": "roles, policies, keys, logs, the trail",
    "data": "the network, buckets, the catalog, shares",
    "models": "SageMaker, Studio's file system, the registries",
    "serving": "endpoints and what they are made of, their scaling, schedules; alarms, the chat, costs",
    "functions": "functions, state machines, and the queues and tables that they keep",
    "organization": "units, guardrails, permission sets: in the organization's own account",
}
"""The policies by the end of their names, and what each is for; the first five go together into every account."""

TYPES: Mapping[str, Sequence[str]] = {
    "accounts": (
        "AWS::ApplicationAutoScaling::ScalableTarget",
        "AWS::ApplicationAutoScaling::ScalingPolicy",
        "AWS::Athena::WorkGroup",
        "AWS::Budgets::Budget",
        "AWS::CE::AnomalyMonitor",
        "AWS::CE::AnomalySubscription",
        "AWS::Chatbot::SlackChannelConfiguration",
        "AWS::CloudTrail::Trail",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::CodeArtifact::Domain",
        "AWS::CodeArtifact::PackageGroup",
        "AWS::CodeArtifact::Repository",
        "AWS::CodeConnections::Connection",
        "AWS::DynamoDB::Table",
        "AWS::EC2::FlowLog",
        "AWS::EC2::RouteTable",
        "AWS::EC2::SecurityGroup",
        "AWS::EC2::SecurityGroupEgress",
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::Subnet",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPC",
        "AWS::EC2::VPCEndpoint",
        "AWS::ECR::Repository",
        "AWS::Events::Rule",
        "AWS::Glue::DataCatalogEncryptionSettings",
        "AWS::Glue::Database",
        "AWS::Glue::Table",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::OIDCProvider",
        "AWS::IAM::Role",
        "AWS::KMS::Alias",
        "AWS::KMS::Key",
        "AWS::Lambda::EventInvokeConfig",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::LayerVersion",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::Logs::MetricFilter",
        "AWS::RAM::ResourceShare",
        "AWS::S3::Bucket",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::Queue",
        "AWS::SQS::QueuePolicy",
        "AWS::SSO::ApplicationAssignment",
        "AWS::SageMaker::Domain",
        "AWS::SageMaker::Endpoint",
        "AWS::SageMaker::EndpointConfig",
        "AWS::SageMaker::FeatureGroup",
        "AWS::SageMaker::MlflowApp",
        "AWS::SageMaker::Model",
        "AWS::SageMaker::ModelPackageGroup",
        "AWS::SageMaker::Pipeline",
        "AWS::SageMaker::UserProfile",
        "AWS::Scheduler::Schedule",
        "AWS::Scheduler::ScheduleGroup",
        "AWS::StepFunctions::StateMachine",
    ),
    "organization": (
        "AWS::Organizations::OrganizationalUnit",
        "AWS::Organizations::Policy",
        "AWS::SSO::Assignment",
        "AWS::SSO::InstanceAccessControlAttributeConfiguration",
        "AWS::SSO::PermissionSet",
    ),
}
"""What the stacks of the accounts, and that of the organization, consist of."""

SPELLED: Mapping[str, str] = {
    "efs:": "elasticfilesystem:",
    "CloudTrail:": "cloudtrail:",
    "kms:GenerateDataKeyWithoutPlainText": "kms:GenerateDataKeyWithoutPlaintext",
}
"""How IAM writes what some handlers write otherwise."""

BESIDES: Mapping[str, Mapping[str, str]] = {
    "accounts": {
        "ssm:GetParameters": "CloudFormation reads the version of the bootstrap, a parameter of every template",
        "s3:GetObject": "of the bootstrap's bucket, in which the templates are",
        "ce:UntagResource": "the handlers of cost monitors tag and do not say that they take a tag away",
        "kms:GenerateDataKey": "EventBridge Scheduler encrypts a schedule for whoever creates it",
        "sagemaker:UpdateEndpointWeightsAndCapacities": "Application Auto Scaling asks for it to register a target",
        "elasticfilesystem:TagResource": "EC2 and EFS ask for it beside the creation of what has tags",
        "route53:AssociateVPCWithHostedZone": "the private names of an endpoint are a zone that AWS keeps for it",
    },
    "organization": {
        "ssm:GetParameters": "as in the accounts",
        "s3:GetObject": "as in the accounts",
    },
}
"""What no handler names, and a deployment calls; with the reason."""

UNDOCUMENTED: Mapping[str, str] = {
    "lambda:AssociateRuntimeAlias": "the handler names it; AWS's reference of actions does not",
    "sso:UpdateApplicationProfileForAWSAccountInstance": "the handler names it; AWS's reference of actions does not",
}
"""Granted though AWS's IAM data does not know it: IAM takes any name."""

_NAMED = ("arn:aws:s3:::PLATFORM-*",)
_SAGEMAKER = "arn:aws:sagemaker:REGION:ACCOUNT:"
_EC2 = "arn:aws:ec2:REGION:ACCOUNT:"
_CODE = "arn:aws:codeartifact:REGION:ACCOUNT:"

PORTIONS: Sequence[Portion] = (
    # access: identities
    Portion(
        policy="access",
        sid="WritePolicies",
        takes=["iam:*Polic*Version*", "iam:CreatePolicy", "iam:DeletePolicy", "iam:GetPolicy", "iam:ListEntitiesFor*"],
        resources=["arn:aws:iam::ACCOUNT:policy/PLATFORM-*"],
    ),
    Portion(
        policy="access",
        sid="GiveRolesRightsOnlyUnderTheBoundary",
        takes=["iam:AttachRolePolicy", "iam:CreateRole", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary"],
        resources=ROLES,
        conditions={"StringEquals": {"iam:PermissionsBoundary": list(BOUNDARIES)}},
    ),
    Portion(
        policy="access",
        sid="PassRolesToTheirServices",
        takes=["iam:PassRole"],
        resources=ROLES,
        conditions={"StringEquals": {"iam:PassedToService": list(PASSED_TO)}},
    ),
    Portion(
        policy="access",
        sid="CreateServiceLinkedRoles",
        takes=["iam:CreateServiceLinkedRole"],
        resources=["arn:aws:iam::ACCOUNT:role/aws-service-role/*"],
    ),
    Portion(
        policy="access",
        sid="TrustCodeHosts",
        takes=["iam:*OpenIDConnectProvider*"],
        resources=[
            "arn:aws:iam::ACCOUNT:oidc-provider/gitlab.com",
            "arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com",
        ],
    ),
    Portion(policy="access", sid="ChangeRoles", takes=["iam:*"], resources=ROLES),
    # access: keys, records, costs
    Portion(policy="access", sid="CreateAndListKeys", takes=["kms:CreateKey", "kms:ListAliases"], conditions=HERE),
    Portion(
        policy="access",
        sid="NameKeys",
        takes=["kms:*Alias"],
        resources=[
            "arn:aws:kms:REGION:ACCOUNT:alias/PLATFORM-*",
            "arn:aws:kms:REGION:ACCOUNT:alias/PLATFORM/*",
            "arn:aws:kms:REGION:ACCOUNT:key/*",
        ],
    ),
    Portion(
        policy="access",
        sid="GrantKeysToServices",
        takes=["kms:CreateGrant"],
        resources=["arn:aws:kms:REGION:ACCOUNT:key/*"],
        conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
    ),
    Portion(policy="access", sid="ChangeKeys", takes=["kms:*"], resources=["arn:aws:kms:REGION:ACCOUNT:key/*"]),
    Portion(
        policy="access",
        sid="LookAtRecords",
        takes=["cloudtrail:DescribeTrails", "logs:*LogDelivery", "logs:Describe[ILR]*"],
        conditions=HERE,
    ),
    Portion(
        policy="access",
        sid="KeepRecords",
        takes=["cloudtrail:*", "events:*", "logs:*", "sns:*"],
        resources=[
            "arn:aws:cloudtrail:REGION:ACCOUNT:trail/PLATFORM-*",
            "arn:aws:events:REGION:ACCOUNT:rule/PLATFORM-*",
            "arn:aws:logs:REGION:ACCOUNT:log-group:/aws/sagemaker/Endpoints/*",
            "arn:aws:logs:REGION:ACCOUNT:log-group:/aws/vendedlogs/states/PLATFORM-*",
            "arn:aws:logs:REGION:ACCOUNT:log-group:PLATFORM-*",
            "arn:aws:sns:REGION:ACCOUNT:PLATFORM-*",
        ],
    ),
    Portion(
        policy="serving",
        sid="WatchCosts",
        takes=["billing:*", "budgets:*", "ce:*"],
        # Some of these take no resource, and a request for the others may be on any billing view.
    ),
    Portion(
        policy="access",
        sid="ReadBootstrapVersion",
        takes=["ssm:GetParameters"],
        resources=["arn:aws:ssm:REGION:ACCOUNT:parameter/cdk-bootstrap/*"],
    ),
    # data: network, buckets, catalog
    Portion(policy="data", sid="DescribeTheNetwork", takes=["ec2:Describe*"], conditions=HERE),
    Portion(
        policy="data",
        sid="BuildTheNetwork",
        takes=["ec2:*"],
        resources=[
            f"{_EC2}{kind}/*"
            for kind in (
                "route-table",
                "security-group",
                "security-group-rule",
                "subnet",
                "vpc",
                "vpc-endpoint",
                "vpc-flow-log",
            )
        ],
    ),
    Portion(
        policy="data",
        sid="NameEndpoints",
        takes=["route53:AssociateVPCWithHostedZone"],
        resources=["arn:aws:route53:::hostedzone/*"],
    ),
    Portion(
        policy="data",
        sid="ReadTemplates",
        takes=["s3:GetObject"],
        resources=["arn:aws:s3:::cdk-QUALIFIER-assets-ACCOUNT-REGION/*"],
    ),
    Portion(policy="data", sid="KeepBuckets", takes=["s3:*"], resources=_NAMED, conditions=HERE),
    Portion(
        policy="data",
        sid="KeepTheCatalog",
        takes=["glue:*"],
        resources=[
            f"arn:aws:glue:REGION:ACCOUNT:{each}"
            for each in ("catalog", "connection/*", "database/PLATFORM_*", "table/PLATFORM_*/*")
        ],
    ),
    Portion(
        policy="data",
        sid="LookAtLakeFormation",
        takes=["lakeformation:*"],
        conditions=HERE,
    ),
    Portion(
        policy="data",
        sid="CreateShares",
        takes=["ram:CreateResourceShare", "ram:GetResourceShare*"],
        conditions=HERE,
    ),
    Portion(
        policy="data",
        sid="KeepShares",
        takes=["ram:*"],
        resources=["arn:aws:ram:REGION:ACCOUNT:resource-share/*", "arn:aws:ram::aws:permission/*"],
    ),
    # serving: what endpoints are made of, whose names start with teams'
    Portion(
        policy="serving",
        sid="MakeModelsOfPackages",
        takes=["sagemaker:CreateModel"],
        resources=[f"{_SAGEMAKER}model/*", "arn:aws:sagemaker:REGION:*:model-package/*/*"],
    ),
    Portion(
        policy="serving",
        sid="ServeModels",
        takes=["sagemaker:*Endpoint*", "sagemaker:DeleteModel", "sagemaker:DescribeModel"],
        resources=[f"{_SAGEMAKER}{kind}/*" for kind in ("endpoint", "endpoint-config", "model")],
    ),
    Portion(
        policy="serving",
        sid="SeeHowEndpointsScale",
        takes=["application-autoscaling:Describe*"],
        conditions=HERE,
    ),
    Portion(
        policy="serving",
        sid="ScaleEndpoints",
        takes=["application-autoscaling:*"],
        resources=["arn:aws:application-autoscaling:REGION:ACCOUNT:scalable-target/*"],
    ),
    Portion(
        policy="serving",
        sid="KeepSchedules",
        takes=["scheduler:*"],
        resources=[
            "arn:aws:scheduler:REGION:ACCOUNT:schedule-group/PLATFORM-*",
            "arn:aws:scheduler:REGION:ACCOUNT:schedule/PLATFORM-*/PLATFORM-*",
        ],
    ),
    Portion(
        policy="serving",
        sid="KeepWorkgroupsOfQueries",
        takes=["athena:*"],
        resources=["arn:aws:athena:REGION:ACCOUNT:workgroup/PLATFORM-*"],
    ),
    Portion(
        policy="serving",
        sid="KeepDashboards",
        takes=["cloudwatch:*Dashboard*"],
        # The ARN of a dashboard has no region.
        resources=["arn:aws:cloudwatch::ACCOUNT:dashboard/*"],
    ),
    Portion(
        policy="serving",
        sid="MakeAndSeeChatChannels",
        # The service is global, and these are on no resource.
        takes=["chatbot:CreateSlackChannelConfiguration", "chatbot:Describe*", "chatbot:ListTagsForResource"],
    ),
    Portion(
        policy="serving",
        sid="KeepChatChannels",
        takes=["chatbot:*"],
        resources=["arn:aws:chatbot::ACCOUNT:chat-configuration/slack-channel/PLATFORM-*"],
    ),
    Portion(
        policy="serving",
        sid="KeepCompositeAlarms",
        takes=["cloudwatch:PutCompositeAlarm"],
        # CloudWatch refuses whoever may do it to some alarms alone:
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
        conditions=HERE,
    ),
    Portion(
        policy="serving",
        sid="KeepAlarms",
        takes=["cloudwatch:*"],
        resources=["arn:aws:cloudwatch:REGION:ACCOUNT:alarm:*"],
    ),
    # functions: what works by itself, and what it keeps
    Portion(
        policy="functions",
        sid="JoinFunctionsToQueues",
        takes=["lambda:*EventSourceMapping", "lambda:ListEventSourceMappings"],
        conditions=HERE,
    ),
    Portion(
        policy="functions",
        sid="KeepLayers",
        takes=["lambda:*LayerVersion*"],
        resources=["arn:aws:lambda:REGION:ACCOUNT:layer:PLATFORM-*"],
    ),
    Portion(
        policy="functions",
        sid="KeepFunctions",
        takes=["lambda:*"],
        resources=["arn:aws:lambda:REGION:ACCOUNT:function:PLATFORM-*"],
    ),
    Portion(
        policy="functions",
        sid="KeepStateMachines",
        takes=["states:*"],
        resources=["arn:aws:states:REGION:ACCOUNT:stateMachine:PLATFORM-*"],
    ),
    Portion(
        policy="functions",
        sid="KeepQueues",
        takes=["sqs:*"],
        resources=["arn:aws:sqs:REGION:ACCOUNT:PLATFORM-*", "arn:aws:sqs:REGION:ACCOUNT:PLATFORM_*"],
    ),
    Portion(
        policy="functions",
        sid="KeepTables",
        takes=["dynamodb:*"],
        resources=["arn:aws:dynamodb:REGION:ACCOUNT:table/PLATFORM-*"],
    ),
    # models: SageMaker, registries
    Portion(
        policy="models",
        sid="BuildStudioAndRegistries",
        takes=["sagemaker:*"],
        resources=[
            f"{_SAGEMAKER}{kind}/*"
            for kind in (
                "app",
                "domain",
                "endpoint",
                "endpoint-config",
                "feature-group",
                "image",
                "image-version",
                "mlflow-app",
                "model",
                "model-package-group",
                "pipeline",
                "user-profile",
            )
        ],
    ),
    Portion(
        policy="models",
        sid="CreateHomesOfStudio",
        takes=["elasticfilesystem:CreateFileSystem"],
        conditions=HERE,
    ),
    Portion(
        policy="models",
        sid="KeepHomesOfStudio",
        takes=["elasticfilesystem:*"],
        resources=["arn:aws:elasticfilesystem:REGION:ACCOUNT:file-system/*"],
    ),
    Portion(
        policy="models",
        sid="KeepImages",
        takes=["ecr:*"],
        resources=["arn:aws:ecr:REGION:ACCOUNT:repository/PLATFORM/*"],
    ),
    Portion(
        policy="models",
        sid="CreatePackageRegistries",
        takes=["codeartifact:Create*", "codeconnections:CreateConnection"],
        conditions=HERE,
    ),
    Portion(
        policy="models",
        sid="KeepPackages",
        takes=["codeartifact:*"],
        resources=[
            f"{_CODE}domain/PLATFORM",
            f"{_CODE}package-group/PLATFORM/*",
            f"{_CODE}repository/PLATFORM/*",
        ],
    ),
    Portion(
        policy="models",
        sid="ConnectRepositories",
        takes=["codeconnections:*"],
        resources=["arn:aws:codeconnections:REGION:ACCOUNT:connection/*"],
    ),
    Portion(
        policy="models",
        sid="AssignPeopleToStudio",
        takes=["sso:*ApplicationAssignment"],
        resources=["arn:aws:sso::*:application/*"],
    ),
    Portion(
        policy="models",
        sid="FindPeopleInIdentityCenter",
        takes=["identitystore:*", "sso:DescribeInstance", "sso:ListInstances"],
    ),
    # organization
    Portion(
        policy="organization",
        sid="ReadBootstrapVersion",
        takes=["ssm:GetParameters"],
        resources=["arn:aws:ssm:REGION:ACCOUNT:parameter/cdk-bootstrap/*"],
    ),
    Portion(
        policy="organization",
        sid="ReadTemplates",
        takes=["s3:GetObject"],
        resources=["arn:aws:s3:::cdk-QUALIFIER-assets-ACCOUNT-REGION/*"],
    ),
    Portion(
        policy="organization",
        sid="KeepGuardrails",
        takes=["organizations:*Policy", "organizations:ListPolicies"],
        conditions={"StringEquals": {"organizations:PolicyType": "SERVICE_CONTROL_POLICY"}},
    ),
    Portion(policy="organization", sid="KeepUnits", takes=["organizations:*"]),
    Portion(policy="organization", sid="KeepPermissionSets", takes=["sso:*"]),
)
"""Every statement, the more particular first."""

UNNEEDED: Sequence[Unneeded] = (
    Unneeded(
        permissions=["chatbot:AssociateToConfiguration", "chatbot:DisassociateFromConfiguration"],
        only_with=["AWS::Chatbot::SlackChannelConfiguration.CustomizationResourceArns"],
        why="no channel has a button or another action",
    ),
    Unneeded(permissions=["lambda:*ProvisionedConcurrencyConfig"], why="endpoints scale, and no function does"),
    Unneeded(
        permissions=["lambda:GetCodeSigningConfig", "lambda:PutFunctionCodeSigningConfig"],
        only_with=["AWS::Lambda::Function.CodeSigningConfigArn"],
        why="an archive is named by its hash, and no function asks for a signature",
    ),
    Unneeded(
        permissions=["lambda:PassCapacityProvider"],
        only_with=["AWS::Lambda::Function.CapacityProviderConfig"],
        why="no function runs on instances",
    ),
    Unneeded(
        permissions=["s3files:*"], only_with=["AWS::Lambda::Function.FileSystemConfigs"], why="no function has files"
    ),
    Unneeded(
        permissions=["dynamodb:BatchWriteItem", "dynamodb:*Item", "dynamodb:Query", "dynamodb:Scan"],
        why="a deployment makes tables and touches no item in them",
    ),
    Unneeded(
        permissions=["dynamodb:*Import*", "s3:GetObjectMetadata"],
        only_with=["AWS::DynamoDB::Table.ImportSourceSpecification"],
        why="no table begins with what lies elsewhere",
    ),
    Unneeded(
        permissions=["kinesis:*"],
        only_with=["AWS::DynamoDB::Table.KinesisStreamSpecification"],
        why="no table streams its changes",
    ),
    Unneeded(permissions=["dynamodb:*TableReplica"], why="data stays in its region"),
    Unneeded(
        permissions=["application-autoscaling:DeleteScheduledAction", "application-autoscaling:PutScheduledAction"],
        only_with=["AWS::ApplicationAutoScaling::ScalableTarget.ScheduledActions"],
        why="no endpoint scales by the clock",
    ),
    Unneeded(
        permissions=["cloudwatch:GetMetricData"],
        only_with=["AWS::ApplicationAutoScaling::ScalingPolicy.PredictiveScalingPolicyConfiguration"],
        why="no endpoint scales by a forecast",
    ),
    Unneeded(
        permissions=["ec2:CreateVpcEncryptionControl"],
        only_with=["AWS::EC2::VPC.VpcEncryptionControl"],
        why="no VPC has it",
    ),
    Unneeded(
        permissions=["ec2:ModifyVpcTenancy"], only_with=["AWS::EC2::VPC.InstanceTenancy"], why="tenancy is the default"
    ),
    Unneeded(
        permissions=["ec2:*SubnetCidrBlock"],
        only_with=["AWS::EC2::Subnet.Ipv6CidrBlock"],
        why="no subnet has a second address range",
    ),
    Unneeded(
        permissions=["vpc-lattice:*", "vpce:AllowMultiRegion"],
        only_with=[
            "AWS::EC2::VPCEndpoint.ResourceConfigurationArn",
            "AWS::EC2::VPCEndpoint.ServiceNetworkArn",
            "AWS::EC2::VPCEndpoint.ServiceRegion",
        ],
        why="endpoints are of AWS's services in the same region",
    ),
    Unneeded(
        permissions=["autoscaling:DescribeTags"],
        only_with=["AWS::EC2::FlowLog.TagFieldSpecifications"],
        why="flow logs hold no tags",
    ),
    Unneeded(
        permissions=[
            "firehose:TagDeliveryStream",
            "logs:PutDataProtectionPolicy",
            "s3:REST.PUT.OBJECT",
        ],
        only_with=["AWS::Logs::LogGroup.DataProtectionPolicy"],
        why="no log group masks data or reports it elsewhere",
    ),
    Unneeded(
        permissions=["logs:DeleteIndexPolicy", "logs:PutIndexPolicy"],
        only_with=["AWS::Logs::LogGroup.FieldIndexPolicies"],
        why="no log group has an index",
    ),
    Unneeded(
        permissions=["logs:PutBearerTokenAuthentication"],
        only_with=["AWS::Logs::LogGroup.BearerTokenAuthenticationEnabled"],
        why="no log group takes bearer tokens",
    ),
    Unneeded(
        permissions=["logs:PutLogGroupDeletionProtection"],
        only_with=["AWS::Logs::LogGroup.DeletionProtectionEnabled"],
        why="log groups are retained by their stacks",
    ),
    Unneeded(
        permissions=["logs:DeleteResourcePolicy", "logs:PutResourcePolicy"],
        only_with=["AWS::Logs::LogGroup.ResourcePolicyDocument"],
        why="no log group has a policy",
    ),
    Unneeded(
        permissions=["cloudtrail:PutInsightSelectors"],
        only_with=["AWS::CloudTrail::Trail.InsightSelectors"],
        why="the trail has no insights",
    ),
    Unneeded(
        permissions=["cloudtrail:PutEventConfiguration"],
        only_with=["AWS::CloudTrail::Trail.AggregationConfigurations"],
        why="the trail aggregates nothing",
    ),
    Unneeded(
        permissions=["organizations:DescribeOrganization", "organizations:ListAWSServiceAccessForOrganization"],
        only_with=["AWS::CloudTrail::Trail.IsOrganizationTrail"],
        why="each account has a trail of its own",
    ),
    Unneeded(permissions=["cloudtrail:StopLogging"], why="a trail is never stopped, and the guardrails forbid it"),
    Unneeded(
        permissions=["iam:*GroupPolicy", "iam:*UserPolicy"],
        only_with=["AWS::IAM::ManagedPolicy.Groups", "AWS::IAM::ManagedPolicy.Users"],
        why="policies are attached to roles alone, by the roles",
    ),
    Unneeded(
        permissions=["iam:DeleteRolePolicy", "iam:PutRolePolicy"],
        only_with=["AWS::IAM::Role.Policies"],
        why="no role has an inline policy",
    ),
    Unneeded(
        permissions=["iam:DeleteRolePermissionsBoundary"],
        why="every role keeps a boundary: taking one off would be the way around all of them",
    ),
    Unneeded(
        permissions=["kms:DisableKey", "kms:DisableKeyRotation", "kms:EnableKey"],
        only_with=["AWS::KMS::Key.Enabled"],
        why="every key is enabled and rotates, from its creation on",
    ),
    Unneeded(
        permissions=["sns:PutDataProtectionPolicy"],
        only_with=["AWS::SNS::Topic.DataProtectionPolicy"],
        why="no topic masks data",
    ),
    Unneeded(
        permissions=[
            "glue:CreateConnection",
            "glue:DeleteConnection",
            "glue:UpdateConnection",
        ],
        only_with=["AWS::Glue::Database.DatabaseInput.FederatedDatabase"],
        why="no database is another system's",
    ),
    Unneeded(permissions=["glue:PassConnection"], why="no database and no table is another system's"),
    Unneeded(
        permissions=["glue:GetSchemaVersion"],
        only_with=["AWS::Glue::Table.TableInput.StorageDescriptor.SchemaReference"],
        why="tables say their columns themselves",
    ),
    Unneeded(
        permissions=[
            "s3:AbortMultipartUpload",
            "s3:ListBucketMultipartUploads",
            "s3:ListMultipartUploadParts",
            "s3:PutObject",
        ],
        only_with=[
            "AWS::Athena::WorkGroup.WorkGroupConfiguration.ResultConfiguration",
            "AWS::Glue::Table.OpenTableFormatInput",
        ],
        why="Athena itself keeps results of queries, and no table is in Iceberg's format",
    ),
    Unneeded(
        permissions=["s3:DeleteObject", "s3:PutObjectAcl"],
        why="a deployment makes buckets and touches no object in them",
    ),
    Unneeded(permissions=["s3:PutBucketAbac"], only_with=["AWS::S3::Bucket.AbacStatus"], why="no bucket is set so"),
    Unneeded(
        permissions=["s3:PutAccelerateConfiguration"],
        only_with=["AWS::S3::Bucket.AccelerateConfiguration"],
        why="no bucket is accelerated",
    ),
    Unneeded(permissions=["s3:PutBucketAcl"], only_with=["AWS::S3::Bucket.AccessControl"], why="no bucket has a list"),
    Unneeded(
        permissions=["s3:PutAnalyticsConfiguration"],
        only_with=["AWS::S3::Bucket.AnalyticsConfigurations"],
        why="no bucket is analysed",
    ),
    Unneeded(
        permissions=["s3:PutBucketCORS"], only_with=["AWS::S3::Bucket.CorsConfiguration"], why="none serves a site"
    ),
    Unneeded(
        permissions=["s3:PutIntelligentTieringConfiguration"],
        only_with=["AWS::S3::Bucket.IntelligentTieringConfigurations"],
        why="no bucket has it",
    ),
    Unneeded(
        permissions=["s3:PutInventoryConfiguration"],
        only_with=["AWS::S3::Bucket.InventoryConfigurations"],
        why="no bucket has an inventory",
    ),
    Unneeded(
        permissions=[
            "s3:CreateBucketMetadataTableConfiguration",
            "s3:DeleteBucketMetadataTableConfiguration",
            "s3:UpdateBucketMetadata*",
            "s3tables:*",
        ],
        only_with=["AWS::S3::Bucket.MetadataConfiguration", "AWS::S3::Bucket.MetadataTableConfiguration"],
        why="no bucket has tables of its metadata",
    ),
    Unneeded(
        permissions=["s3:PutMetricsConfiguration"],
        only_with=["AWS::S3::Bucket.MetricsConfigurations"],
        why="no bucket has request metrics",
    ),
    Unneeded(
        permissions=["s3:PutBucketNotification"],
        only_with=["AWS::S3::Bucket.NotificationConfiguration"],
        why="no bucket notifies",
    ),
    Unneeded(
        permissions=["s3:PutReplicationConfiguration"],
        only_with=["AWS::S3::Bucket.ReplicationConfiguration"],
        why="data stays in its region",
    ),
    Unneeded(
        permissions=["s3:DeleteBucketWebsite", "s3:PutBucketWebsite"],
        only_with=["AWS::S3::Bucket.WebsiteConfiguration"],
        why="no bucket is a site",
    ),
    Unneeded(
        permissions=["sagemaker:CreateApp", "sagemaker:DeleteApp"],
        only_with=["AWS::SageMaker::Domain.DomainSettings.RStudioServerProDomainSettings"],
        why="CloudFormation starts RStudio's app alone; people start theirs",
    ),
    Unneeded(
        permissions=[
            "sso:*CustomerManagedPolicyReference*PermissionSet",
            "sso:*ManagedPolicy*PermissionSet",
            "sso:DeletePermissionsBoundaryFromPermissionSet",
            "sso:PutPermissionsBoundaryToPermissionSet",
        ],
        only_with=[
            "AWS::SSO::PermissionSet.CustomerManagedPolicyReferences",
            "AWS::SSO::PermissionSet.ManagedPolicies",
            "AWS::SSO::PermissionSet.PermissionsBoundary",
        ],
        scope="organization",
        why="a permission set has an inline policy alone",
    ),
    Unneeded(
        permissions=["iam:*"],
        scope="organization",
        why="for an assignment to the organization's own account; in others Identity Center acts by its own role",
    ),
)
"""What handlers name and is not granted, with the reason."""

LISTS = "only listing what an account has calls it, which a deployment does not do"
"""Why what is named by the handlers for `list` alone is not granted."""

NOT_ACTIONS: Mapping[str, str] = {
    "lakeformation:CreateTable": "glue:CreateTable",
    "s3:DeleteBucketAnalyticsConfiguration": "s3:PutAnalyticsConfiguration",
    "s3:DeleteBucketCors": "s3:PutBucketCORS",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketMetricsConfiguration": "s3:PutMetricsConfiguration",
    "s3:DeleteBucketReplication": "s3:PutReplicationConfiguration",
    "s3:PutBucketReplication": "s3:PutReplicationConfiguration",
    "s3:PutObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration",
}
"""Names of API calls that handlers give for actions, and the action that IAM asks for."""
