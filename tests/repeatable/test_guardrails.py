"""What the guardrails forbid and what stays possible, request by request, as the local AWS decides it."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from mlops_stages.condition_keys import Spelling, supplied
from mlops_stages.local.server.engine import limits
from mlops_stages.platform import Purpose
from tests.foundation.built import Built, built, resolved
from tests.repeatable.guarded import ACCOUNTS, GUARDED_REGION, TYPES, guardrails

_evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")  # by name, because it has no types to check

KMS = "arn:aws:kms:eu-west-1:222222222222:key/0123"
SUBNETS = ["subnet-0123456789abcdef0"]
EXPLORING, DEVELOPMENT = ACCOUNTS[Purpose.EXPERIMENTATION], ACCOUNTS[Purpose.DEVELOPMENT]
ADMINISTRATOR = "role/Administrator"
DEPLOYMENT = f"role/cdk-hnb659fds-cfn-exec-role-{DEVELOPMENT}-eu-west-1"
WAY_IN = "role/OrganizationAccountAccessRole"
ROOT = "root"

IN_NETWORK = {"sagemaker:VpcSubnets": SUBNETS, "sagemaker:VpcSecurityGroupIds": ["sg-0123456789abcdef0"]}
ENCRYPTED = {"sagemaker:VolumeKmsKey": KMS, "sagemaker:OutputKmsKey": KMS}
SMALL = {"sagemaker:InstanceTypes": ["ml.m5.large"]}
LOCAL_STORAGE = {"sagemaker:InstanceTypes": ["ml.g4dn.xlarge"]}
NOTEBOOK = {
    **IN_NETWORK,
    **ENCRYPTED,
    **SMALL,
    "sagemaker:DirectInternetAccess": "Disabled",
    "sagemaker:RootAccess": "Disabled",
}
STUDIO = {**IN_NETWORK, **ENCRYPTED, **SMALL, "sagemaker:AppNetworkAccessType": "VpcOnly"}
OURS = "arn:aws:s3:::acme-development-trail-0a1b2c"
TRAIL = f"arn:aws:cloudtrail:eu-west-1:{DEVELOPMENT}:trail/acme-audit"
TERRAFORM = "role/automation/terraform-deploy"
CONTROL_TOWER = "role/AWSControlTowerExecution"
ANOTHER = "arn:aws:s3:::another-teams-own"
EXEC_ROLE = f"arn:aws:iam::{DEVELOPMENT}:role/cdk-hnb659fds-cfn-exec-role-{DEVELOPMENT}-eu-west-1"

TEAM_ROLE = f"arn:aws:iam::{DEVELOPMENT}:role/acme/fraud/acme-fraud.train"
PLATFORMS = "role/acme/fraud/acme-fraud.train"
SERVICE_ROLE = "role/acme-development-AccountNetworkFlowLogRole-0A1B2C"
BOUNDARY = f"arn:aws:iam::{DEVELOPMENT}:policy/acme-development-boundary"
ALIAS = f"arn:aws:kms:eu-west-1:{DEVELOPMENT}:alias/acme/fraud/pipelines"
LOG_GROUP = f"arn:aws:logs:eu-west-1:{DEVELOPMENT}:log-group:acme-development-AccountNetworkFlowLogGroup-0A1B2C"
ENDPOINT = f"arn:aws:ec2:eu-west-1:{DEVELOPMENT}:vpc-endpoint/vpce-0123"
PIPELINE = f"arn:aws:sagemaker:eu-west-1:{DEVELOPMENT}:pipeline/fraud-card-fraud"
SERVING = f"arn:aws:sagemaker:eu-west-1:{DEVELOPMENT}:endpoint/fraud-card-fraud-production"
CONFIG = f"arn:aws:sagemaker:eu-west-1:{DEVELOPMENT}:endpoint-config/fraud-card-fraud-v12-8f5089"
RELEASE = "role/acme/fraud/acme-card-fraud.cloudformation-production"
PACKAGE = f"arn:aws:sagemaker:eu-west-1:{DEVELOPMENT}:model-package/fraud-card-fraud/7"
PROFILE = f"arn:aws:sagemaker:eu-west-1:{EXPLORING}:user-profile/d-1/fraud-ann"
DATA = (
    "arn:aws:s3:::acme-fraud-confidential-444444444444",
    "arn:aws:s3:::acme-fraud-artifacts-333333333333",
    "arn:aws:s3:::acme-fraud-pipelines-222222222222",
    "arn:aws:s3:::acme-experimentation-tea-teamdatainternalbucketb-0a1b2c3d4e5f",
    "arn:aws:s3:::acme-production-team-fra-teamcaptureconfidential-0a1b2c3d4e5f",
    "arn:aws:s3:::acme-production-team-fra-teamdecisionsstoreconfid-0a1b2c3d4e5f",
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that an administrator's own policies allow, and what the organization says to it."""

    action: str
    resource: str = "*"
    who: str = ADMINISTRATOR
    account: str = DEVELOPMENT
    region: str = GUARDED_REGION
    context: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __str__(self) -> str:
        told = ",".join(f"{key.partition(':')[2]}={value}" for key, value in self.context.items())
        where = "" if self.region == GUARDED_REGION else f"-in-{self.region}"
        return f"{self.who}-{self.action}{where}-{self.account[:1]}-{told}".replace(" ", "")[:120]


def without(context: Mapping[str, Any], *prefixes: str) -> dict[str, Any]:
    """The context of a request that leaves something out."""
    return {key: value for key, value in context.items() if not key.startswith(prefixes)}


JOB = {**IN_NETWORK, **ENCRYPTED, **SMALL}
ON_STRANGE_MACHINES = {**JOB, "sagemaker:InstanceTypes": ["ml.p4d.24xlarge"]}

DENIED: Sequence[Asked] = (
    # stay in the organization
    Asked(action="organizations:LeaveOrganization"),
    Asked(action="organizations:LeaveOrganization", who=ROOT),
    Asked(action="account:CloseAccount", who=ROOT),
    Asked(action="organizations:LeaveOrganization", who=DEPLOYMENT),
    # keep the audit trail
    Asked(action="cloudtrail:StopLogging", resource=TRAIL),
    Asked(action="cloudtrail:StopLogging", resource=TRAIL, who=ROOT),
    Asked(action="cloudtrail:StopLogging", resource=TRAIL, who=DEPLOYMENT),
    Asked(action="cloudtrail:StopLogging", resource=TRAIL, who=WAY_IN),
    Asked(action="cloudtrail:DeleteTrail", resource=TRAIL),
    Asked(action="cloudtrail:DeleteTrail", resource=TRAIL, who=ROOT),
    Asked(action="cloudtrail:UpdateTrail", resource=TRAIL),
    Asked(action="cloudtrail:PutEventSelectors", resource=TRAIL, account=EXPLORING),
    # keep what is deployed
    Asked(action="s3:DeleteBucketPolicy", resource=OURS),
    Asked(action="s3:PutBucketPolicy", resource=OURS, who=ROOT),
    Asked(action="s3:PutBucketVersioning", resource=OURS),
    Asked(action="s3:PutLifecycleConfiguration", resource=OURS),
    Asked(action="s3:PutEncryptionConfiguration", resource=OURS),
    Asked(action="s3:BypassGovernanceRetention", resource=f"{OURS}/AWSLogs/one.json.gz"),
    Asked(action="s3:DeleteBucket", resource="arn:aws:s3:::acme-fraud-internal-444444444444"),
    Asked(action="kms:ScheduleKeyDeletion", resource=KMS),
    Asked(action="kms:DisableKey", resource=KMS, who=ROOT),
    Asked(action="iam:UpdateAssumeRolePolicy", resource=EXEC_ROLE),
    Asked(action="iam:CreateRole", resource=EXEC_ROLE.replace("eu-west-1", "eu-west-9")),
    # data, models and Studio are for the platform's own roles
    *(
        Asked(action=action, resource=f"{data}/a", who=who)
        for data in DATA
        for action in ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:RestoreObject")
        for who in (ADMINISTRATOR, ROOT, "role/acme", "role/not-acme/fraud/mine", "user/acme-mine")
    ),
    Asked(action="iam:PassRole", resource=TEAM_ROLE),
    Asked(action="sagemaker:UpdateModelPackage", resource=PACKAGE, who=ROOT),
    Asked(action="sagemaker:StartPipelineExecution", resource=PIPELINE),
    *(Asked(action=f"sagemaker:{does}Endpoint", resource=SERVING) for does in ("Create", "Delete", "Update")),
    Asked(action="sagemaker:CreateEndpointConfig", resource=CONFIG, context={**ENCRYPTED, **SMALL}),
    Asked(action="sagemaker:UpdateEndpointWeightsAndCapacities", resource=SERVING),
    Asked(action="sagemaker:CreatePresignedDomainUrl", resource=PROFILE, account=EXPLORING),
    # access, records and networks change by deployment
    Asked(action="iam:CreateRole", resource=TEAM_ROLE),
    Asked(action="iam:CreateRole", resource=TEAM_ROLE, who=PLATFORMS),
    Asked(action="iam:UpdateAssumeRolePolicy", resource=TEAM_ROLE, who=ROOT),
    Asked(action="iam:TagRole", resource=f"arn:aws:iam::{DEVELOPMENT}:{SERVICE_ROLE}"),
    Asked(action="iam:CreatePolicyVersion", resource=BOUNDARY),
    Asked(action="iam:SetDefaultPolicyVersion", resource=BOUNDARY, who=PLATFORMS),
    Asked(action="kms:PutKeyPolicy", resource=KMS),
    Asked(action="kms:UpdateAlias", resource=ALIAS, who=ROOT),
    Asked(action="logs:PutRetentionPolicy", resource=LOG_GROUP),
    Asked(action="logs:DeleteLogStream", resource=f"{LOG_GROUP}:log-stream:1"),
    Asked(action="ec2:ModifyVpcEndpoint", resource=ENDPOINT),
    Asked(action="s3:CreateAccessPoint", resource=f"arn:aws:s3:eu-west-1:{DEVELOPMENT}:accesspoint/mine"),
    Asked(
        action="s3:CreateAccessGrant", resource=f"arn:aws:s3:eu-west-1:{DEVELOPMENT}:access-grants/default/location/1"
    ),
    # nobody makes or takes over a role that is exempt, and a name that is alike is not
    Asked(action="iam:CreateRole", resource=f"arn:aws:iam::{DEVELOPMENT}:{TERRAFORM}"),
    Asked(action="iam:CreateRole", resource=f"arn:aws:iam::{DEVELOPMENT}:role/automation/terraform-mine"),
    Asked(action="iam:UpdateAssumeRolePolicy", resource=f"arn:aws:iam::{DEVELOPMENT}:{CONTROL_TOWER}", who=ROOT),
    Asked(action="iam:PutRolePolicy", resource=f"arn:aws:iam::{DEVELOPMENT}:{CONTROL_TOWER}"),
    Asked(action="s3:PutBucketPolicy", resource=OURS, who="role/terraform-deploy"),
    Asked(action="s3:PutBucketPolicy", resource=OURS, who="role/automation/other"),
    Asked(action="s3:PutBucketPolicy", resource=OURS, who="role/AWSControlTowerExecution2"),
    # what is exempt may deploy, and no more
    Asked(action="s3:PutObject", resource=f"{OURS}/a", who=TERRAFORM, context={"s3:x-amz-acl": "public-read"}),
    Asked(action="ec2:RunInstances", region="us-east-1", who=TERRAFORM),
    Asked(action="cloudtrail:StopLogging", resource=TRAIL, who=CONTROL_TOWER),
    # only allowed regions
    Asked(action="ec2:RunInstances", region="us-east-1"),
    Asked(action="sagemaker:CreateTrainingJob", region="eu-west-2", context=JOB),
    Asked(action="s3:CreateBucket", region="ap-south-1"),
    Asked(action="kms:CreateKey", region="us-east-1", who=DEPLOYMENT),
    Asked(action="kms:ReplicateKey", resource=KMS, region="us-east-1"),
    Asked(action="s3:CreateMultiRegionAccessPoint", region="us-west-2"),
    Asked(action="ecr-public:PutImage", region="us-east-1"),
    Asked(action="importexport:CreateJob", region="us-east-1"),
    Asked(action="cloudtrail:CreateTrail", region="us-east-1"),
    Asked(action="a-service-to-come:Start", region="us-west-2"),
    # encrypted storage
    Asked(action="s3:PutObject", resource=f"{OURS}/a", context={"s3:x-amz-server-side-encryption": "AES256"}),
    Asked(
        action="s3:PutObject",
        resource="arn:aws:s3:::anything/a",
        context={"s3:x-amz-server-side-encryption-customer-algorithm": "AES256"},
    ),
    Asked(action="ec2:CreateVolume", context={"ec2:Encrypted": "false"}),
    Asked(action="ec2:RunInstances", context={"ec2:Encrypted": "false"}),
    Asked(action="elasticfilesystem:CreateFileSystem", context={"elasticfilesystem:Encrypted": "false"}),
    Asked(action="ec2:DisableEbsEncryptionByDefault"),
    # nothing public
    Asked(action="s3:PutBucketPublicAccessBlock", resource=OURS),
    Asked(action="s3:PutBucketOwnershipControls", resource=OURS, who=ROOT),
    Asked(action="s3:PutAccountPublicAccessBlock"),
    Asked(action="s3:PutAccountPublicAccessBlock", who=ROOT),
    Asked(action="s3:PutBucketAcl", resource=OURS, context={"s3:x-amz-acl": "public-read"}),
    Asked(action="s3:PutObject", resource=f"{OURS}/a", context={"s3:x-amz-acl": "public-read-write"}),
    Asked(action="s3:CreateBucket", resource=OURS, who=DEPLOYMENT, context={"s3:x-amz-acl": "authenticated-read"}),
    Asked(action="ec2:ModifySnapshotAttribute", context={"ec2:Add/group": "all"}),
    # SageMaker in the network, encrypted, on approved machines
    Asked(action="sagemaker:CreateTrainingJob", context=without(JOB, "sagemaker:Vpc")),
    Asked(action="sagemaker:CreateTrainingJob", context=without(JOB, "sagemaker:Vpc"), account=EXPLORING),
    Asked(action="sagemaker:CreateTrainingJob", context=without(JOB, "sagemaker:Vpc"), who=DEPLOYMENT),
    Asked(action="sagemaker:CreateProcessingJob", context=without(JOB, "sagemaker:Vpc")),
    Asked(action="sagemaker:CreateHyperParameterTuningJob", context=without(JOB, "sagemaker:Vpc")),
    Asked(action="sagemaker:CreateAutoMLJobV2", context=without(JOB, "sagemaker:Vpc")),
    Asked(action="sagemaker:CreateModel"),
    Asked(action="sagemaker:CreateDataQualityJobDefinition", context=without(JOB, "sagemaker:Vpc")),
    Asked(action="sagemaker:CreateTrainingJob", context=without(JOB, "sagemaker:VolumeKmsKey")),
    Asked(action="sagemaker:CreateEndpointConfig", context=SMALL),
    Asked(action="sagemaker:CreateDomain", account=EXPLORING, context=without(STUDIO, "sagemaker:VolumeKmsKey")),
    Asked(action="sagemaker:CreateTrainingJob", context=ON_STRANGE_MACHINES),
    Asked(action="sagemaker:CreateTrainingJob", context={**JOB, "sagemaker:InstanceTypes": ["ml.m5.large", "ml.x.y"]}),
    Asked(
        action="sagemaker:CreateEndpointConfig", context={**ENCRYPTED, "sagemaker:InstanceTypes": ["ml.m5.24xlarge"]}
    ),
    Asked(action="sagemaker:UpdateSpace", account=EXPLORING, context={"sagemaker:InstanceTypes": ["ml.p5.48xlarge"]}),
    # notebooks: none with internet or root where people explore, none at all elsewhere
    Asked(
        action="sagemaker:CreateNotebookInstance",
        account=EXPLORING,
        context={**NOTEBOOK, "sagemaker:DirectInternetAccess": "Enabled"},
    ),
    Asked(
        action="sagemaker:CreateNotebookInstance",
        account=EXPLORING,
        context=without(NOTEBOOK, "sagemaker:DirectInternetAccess"),
    ),
    Asked(
        action="sagemaker:CreateNotebookInstance",
        account=EXPLORING,
        context={**NOTEBOOK, "sagemaker:RootAccess": "Enabled"},
    ),
    Asked(
        action="sagemaker:CreateNotebookInstance", account=EXPLORING, context=without(NOTEBOOK, "sagemaker:RootAccess")
    ),
    Asked(action="sagemaker:CreateNotebookInstance", account=EXPLORING, context=without(NOTEBOOK, "sagemaker:Vpc")),
    Asked(action="sagemaker:UpdateNotebookInstance", account=EXPLORING, context={"sagemaker:RootAccess": "Enabled"}),
    Asked(
        action="sagemaker:CreateDomain",
        account=EXPLORING,
        context={**STUDIO, "sagemaker:AppNetworkAccessType": "PublicInternetOnly"},
    ),
    Asked(
        action="sagemaker:UpdateDomain",
        account=EXPLORING,
        context={"sagemaker:AppNetworkAccessType": "PublicInternetOnly"},
    ),
    Asked(action="sagemaker:CreateNotebookInstance", context=NOTEBOOK),
    Asked(action="sagemaker:CreateDomain", context=STUDIO, who=DEPLOYMENT),
    Asked(action="sagemaker:CreatePresignedDomainUrl", account=ACCOUNTS[Purpose.PRODUCTION]),
    Asked(action="sagemaker:CreateSpace", account=ACCOUNTS[Purpose.DATA]),
)

ALLOWED: Sequence[Asked] = (
    # what deployments do
    Asked(action="cloudtrail:CreateTrail", resource=TRAIL, who=DEPLOYMENT),
    Asked(action="cloudtrail:UpdateTrail", resource=TRAIL, who=DEPLOYMENT),
    Asked(action="cloudtrail:PutEventSelectors", resource=TRAIL, who=DEPLOYMENT),
    Asked(action="cloudtrail:StartLogging", resource=TRAIL),
    # what a deployment takes back when a create fails, and what an administrator removes that is left nevertheless
    *(
        Asked(action=action, resource=resource, who=who)
        for who in (DEPLOYMENT, WAY_IN)
        for action, resource in (
            ("cloudtrail:DeleteTrail", TRAIL),
            ("s3:DeleteBucket", OURS),
            ("s3:DeleteBucketPolicy", OURS),
            ("kms:ScheduleKeyDeletion", KMS),
            ("logs:DeleteLogGroup", "*"),
            ("ec2:DeleteVpc", "*"),
            ("sagemaker:DeleteDomain", "*"),
            ("codeartifact:DeleteDomain", "*"),
            ("ecr:DeleteRepository", "*"),
            ("glue:DeleteDatabase", "*"),
        )
    ),
    Asked(action="cloudtrail:LookupEvents"),
    Asked(action="s3:PutBucketPolicy", resource=OURS, who=DEPLOYMENT),
    Asked(action="s3:PutBucketPublicAccessBlock", resource=OURS, who=DEPLOYMENT),
    Asked(action="s3:PutEncryptionConfiguration", resource=OURS, who=DEPLOYMENT),
    Asked(action="kms:ScheduleKeyDeletion", resource=KMS, who=DEPLOYMENT),
    Asked(action="s3:PutBucketPublicAccessBlock", resource=OURS, who=WAY_IN),
    Asked(action="iam:UpdateAssumeRolePolicy", resource=EXEC_ROLE, who=WAY_IN),
    Asked(action="iam:CreateRole", resource=TEAM_ROLE, who=DEPLOYMENT),
    Asked(action="iam:UpdateAssumeRolePolicy", resource=TEAM_ROLE, who=WAY_IN),
    Asked(action="iam:CreatePolicyVersion", resource=BOUNDARY, who=DEPLOYMENT),
    Asked(action="iam:PassRole", resource=TEAM_ROLE, who=DEPLOYMENT),
    Asked(action="iam:PassRole", resource=TEAM_ROLE, who=PLATFORMS),
    Asked(action="kms:CreateAlias", resource=ALIAS, who=DEPLOYMENT),
    Asked(action="kms:PutKeyPolicy", resource=KMS, who=DEPLOYMENT),
    Asked(action="ec2:ModifyVpcEndpoint", resource=ENDPOINT, who=DEPLOYMENT),
    Asked(action="logs:PutRetentionPolicy", resource=LOG_GROUP, who=DEPLOYMENT),
    *(
        Asked(action="s3:GetObject", resource=f"{data}/a", who=who)
        for data in DATA
        for who in (PLATFORMS, SERVICE_ROLE)
    ),
    # others' roles, policies, aliases, logs, alarms and repositories are theirs
    Asked(action="iam:CreateRole", resource=f"arn:aws:iam::{DEVELOPMENT}:role/another"),
    Asked(action="iam:TagRole", resource=f"arn:aws:iam::{DEVELOPMENT}:role/acmeanother"),
    Asked(action="iam:PassRole", resource=f"arn:aws:iam::{DEVELOPMENT}:role/another"),
    Asked(action="iam:CreatePolicyVersion", resource=f"arn:aws:iam::{DEVELOPMENT}:policy/another"),
    Asked(action="kms:CreateAlias", resource=ALIAS.replace("acme/", "another/")),
    Asked(action="logs:DeleteLogGroup", resource=LOG_GROUP.replace("acme-", "another-")),
    Asked(action="cloudwatch:DeleteAlarms", resource=f"arn:aws:cloudwatch:eu-west-1:{DEVELOPMENT}:alarm:another"),
    Asked(action="ecr:BatchDeleteImage", resource=f"arn:aws:ecr:eu-west-1:{DEVELOPMENT}:repository/another/app"),
    Asked(action="s3:GetObject", resource=f"{ANOTHER}/tfstate"),
    Asked(action="s3:PutObject", resource="arn:aws:s3:::acme-web-site/index.html"),
    Asked(action="s3:PutObject", resource="arn:aws:s3:::acme-web-public-assets/index.html"),
    Asked(action="sts:AssumeRole", resource=EXEC_ROLE.replace("cfn-exec", "deploy")),
    Asked(action="iam:PassRole", resource=EXEC_ROLE, who=EXEC_ROLE.rpartition(":")[2].replace("cfn-exec", "deploy")),
    # what is global stays so
    Asked(action="iam:CreateRole", region="us-east-1"),
    Asked(action="sts:AssumeRole", region="us-east-1"),
    Asked(action="organizations:DescribeOrganization", region="us-east-1"),
    Asked(action="budgets:ModifyBudget", region="us-east-1"),
    Asked(action="ce:GetCostAndUsage", region="us-east-1"),
    Asked(action="s3:ListAllMyBuckets", region="us-east-1"),
    Asked(action="s3:GetBucketLocation", resource=OURS, region="us-east-1"),
    Asked(action="cloudtrail:LookupEvents", region="us-east-1"),
    Asked(action="ec2:DescribeRegions", region="us-east-1"),
    Asked(action="acm:RequestCertificate", region="us-east-1"),
    Asked(action="wafv2:CreateWebACL", region="us-east-1"),
    Asked(action="config:PutConfigurationRecorder", region="ap-south-1", who=CONTROL_TOWER),
    Asked(action="ecr-public:GetAuthorizationToken", region="us-east-1"),
    Asked(action="access-analyzer:ListFindings", region="us-east-1"),
    Asked(action="sso:ListInstances", region="us-east-1"),
    # others work in these accounts too: their buckets are theirs
    Asked(action="s3:CreateBucket", resource=ANOTHER),
    Asked(action="s3:PutBucketOwnershipControls", resource=ANOTHER),
    Asked(action="s3:PutBucketPublicAccessBlock", resource=ANOTHER),
    Asked(action="s3:PutEncryptionConfiguration", resource=ANOTHER),
    Asked(action="s3:PutObject", resource=f"{ANOTHER}/tfstate", context={"s3:x-amz-server-side-encryption": "AES256"}),
    Asked(action="s3:PutBucketPolicy", resource=OURS, who=TERRAFORM),
    Asked(action="s3:PutBucketPublicAccessBlock", resource=OURS, who=CONTROL_TOWER),
    Asked(action="cloudtrail:UpdateTrail", resource=TRAIL, who=TERRAFORM),
    Asked(action="kms:ScheduleKeyDeletion", resource=KMS, who=TERRAFORM),
    Asked(action="iam:UpdateAssumeRolePolicy", resource=f"arn:aws:iam::{DEVELOPMENT}:{TERRAFORM}", who=TERRAFORM),
    Asked(action="s3:CreateBucket", region="eu-central-1"),
    # encrypted storage
    Asked(action="s3:PutObject", resource=f"{OURS}/a"),
    Asked(action="s3:PutObject", resource=f"{OURS}/a", context={"s3:x-amz-server-side-encryption": "aws:kms"}),
    Asked(action="s3:PutObject", resource=f"{OURS}/a", context={"s3:x-amz-server-side-encryption": "aws:kms:dsse"}),
    Asked(action="s3:PutObject", resource=f"{OURS}/a", context={"s3:x-amz-acl": "bucket-owner-full-control"}),
    Asked(action="s3:GetObject", resource=f"{OURS}/a"),
    Asked(action="s3:DeleteObject", resource=f"{OURS}/a"),
    Asked(action="s3:PutBucketPolicy", resource="arn:aws:s3:::another-teams-own"),
    Asked(action="ec2:CreateVolume", context={"ec2:Encrypted": "true"}),
    Asked(action="ec2:RunInstances"),
    Asked(action="elasticfilesystem:CreateFileSystem", context={"elasticfilesystem:Encrypted": "true"}),
    Asked(action="ec2:ModifySnapshotAttribute", context={"ec2:Add/userId": "222222222222"}),
    # the right way to work in SageMaker
    Asked(action="sagemaker:CreateTrainingJob", context=JOB),
    Asked(action="sagemaker:CreateTrainingJob", context=JOB, account=EXPLORING),
    Asked(action="sagemaker:CreateProcessingJob", context=JOB),
    Asked(action="sagemaker:CreateTrainingJob", context={**IN_NETWORK, **LOCAL_STORAGE}),
    Asked(action="sagemaker:CreateModel", context=IN_NETWORK),
    Asked(action="sagemaker:CreateTransformJob", context={**ENCRYPTED, **SMALL}),
    Asked(action="sagemaker:CreateEndpointConfig", context={**ENCRYPTED, **SMALL}),
    Asked(action="sagemaker:CreateEndpointConfig", context={"sagemaker:ServerlessMaxConcurrency": "5"}),
    Asked(action="sagemaker:CreatePipeline"),
    Asked(action="sagemaker:StartPipelineExecution", resource=PIPELINE, who=PLATFORMS),
    *(
        Asked(action=f"sagemaker:{does}Endpoint", resource=SERVING, who=who)
        for does in ("Create", "Delete", "Update")
        for who in (RELEASE, DEPLOYMENT)
    ),
    Asked(action="sagemaker:CreateEndpointConfig", resource=CONFIG, who=RELEASE, context={**ENCRYPTED, **SMALL}),
    Asked(action="sagemaker:CreateModel", who=RELEASE, context=IN_NETWORK),
    Asked(action="iam:PassRole", resource=TEAM_ROLE, who=RELEASE),
    Asked(action="sagemaker:InvokeEndpoint", resource=SERVING, who="role/checkout"),  # callers are the owner's own
    Asked(action="sagemaker:CreateModelPackage", resource=PACKAGE, who=PLATFORMS),
    Asked(action="sagemaker:CreateFeatureGroup", account=ACCOUNTS[Purpose.DATA]),
    Asked(action="sagemaker:CreateNotebookInstance", account=EXPLORING, context=NOTEBOOK),
    Asked(action="sagemaker:UpdateNotebookInstance", account=EXPLORING),
    Asked(action="sagemaker:CreateDomain", account=EXPLORING, context=STUDIO, who=DEPLOYMENT),
    Asked(action="sagemaker:UpdateDomain", account=EXPLORING, who=DEPLOYMENT),
    Asked(action="sagemaker:CreateSpace", account=EXPLORING, context=SMALL),
    Asked(action="sagemaker:CreateApp", account=EXPLORING, context={"sagemaker:InstanceTypes": ["system"]}),
    Asked(action="sagemaker:CreatePresignedDomainUrl", resource=PROFILE, account=EXPLORING, who=PLATFORMS),
)


@pytest.fixture(scope="module")
def made() -> Built:
    return built(guardrails)


@pytest.fixture(scope="module")
def policies(made: Built) -> Mapping[str, Mapping[str, Any]]:
    """The policies attached to each account, by account."""
    over: dict[str, list[Any]] = {account: [] for account in ACCOUNTS.values()}
    for policy in made.all("AWS::Organizations::Policy"):
        for target in resolved(policy["TargetIds"]):
            if target in over:
                over[target].append(resolved(policy["Content"]))
    return {account: {"policies": contents} for account, contents in over.items()}


def decision(asked: Asked, policies: Mapping[str, Mapping[str, Any]], spelling: Spelling = Spelling.NEWER) -> str:
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    over = (everything, *policies[asked.account]["policies"])
    request = _evaluator.EvalContext(
        principal_arn=f"arn:aws:iam::{asked.account}:{asked.who}",
        principal_type="AssumedRole",
        principal_account=asked.account,
        action=asked.action,
        resource_arn=asked.resource,
        region=asked.region,
        secure_transport=True,
        service_context={key.lower(): value for key, value in supplied(asked.context, spelling).items()},
    )
    return limits.decide(request, ((json.dumps(everything),), tuple(json.dumps(policy) for policy in over)))


@pytest.mark.parametrize("asked", DENIED, ids=str)
@pytest.mark.parametrize("spelling", Spelling)
def test_it_is_denied(asked: Asked, policies: Mapping[str, Mapping[str, Any]], spelling: Spelling) -> None:
    assert decision(asked, policies, spelling) == "Deny"


@pytest.mark.parametrize("asked", ALLOWED, ids=str)
@pytest.mark.parametrize("spelling", Spelling)
def test_it_stays_allowed(asked: Asked, policies: Mapping[str, Mapping[str, Any]], spelling: Spelling) -> None:
    assert decision(asked, policies, spelling) == "Allow"


def test_every_statement_denies_something_in_the_table(policies: Mapping[str, Mapping[str, Any]]) -> None:
    """Without any one statement, some row of the table would be allowed, or another statement denies it too."""
    effective: set[str] = set()
    for asked in DENIED:
        for policy in policies[asked.account]["policies"]:
            for statement in policy["Statement"]:
                alone = {asked.account: {"policies": [{**policy, "Statement": [statement]}]}}
                if decision(asked, alone) == "Deny":
                    effective.add(statement["Sid"])
    every = {s["Sid"] for each in policies.values() for policy in each["policies"] for s in policy["Statement"]}
    assert every == effective


def test_each_statement_has_a_name_of_its_own(policies: Mapping[str, Mapping[str, Any]]) -> None:
    sids = [s["Sid"] for policy in policies[DEVELOPMENT]["policies"] for s in policy["Statement"]]
    assert len(sids) == len(set(sids))
    assert all(re.fullmatch(r"[A-Z][A-Za-z]{10,}", sid) for sid in sids)


def test_every_approved_type_is_let_through(policies: Mapping[str, Mapping[str, Any]]) -> None:
    for approved in TYPES:
        context = {**JOB, "sagemaker:InstanceTypes": [approved]}
        assert decision(Asked(action="sagemaker:CreateTrainingJob", context=context), policies) == "Allow", approved
