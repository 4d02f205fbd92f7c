"""Names that are taken: what exists under a planned name, and is in none of the platform's own stacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mlops_stages.preflight.aws import Account, Unseen
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.deployed import ASKS, Deployed, deployed
from mlops_stages.preflight.findings import Reason, Severity
from mlops_stages.preflight.plan import Plan, Planned

Existing = Callable[[Account, frozenset[str]], Iterable[str]]
"""Gives the names that exist, at least those among the wanted ones."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """A type whose names are unique in an account. `name` reads a planned one's, None where AWS makes it."""

    type: str
    noun: str
    name: Callable[[Planned], str | None]
    asks: tuple[str, ...]
    existing: Existing


def _listing(type: str, noun: str, property: str, call: str, member: str, key: str, **parameters: Any) -> Named:  # noqa: ANN401  # as boto3 has it
    """A type whose names one call lists."""
    return Named(
        type=type,
        noun=noun,
        name=lambda planned: planned.text(property),
        asks=(call,),
        existing=lambda account, _: [item[key] for item in account.items(call, member, **parameters)],
    )


def _log_groups(account: Account, wanted: frozenset[str]) -> Iterable[str]:
    for name in sorted(wanted):
        for group in account.items("logs.describe_log_groups", "logGroups", logGroupNamePrefix=name):
            yield group["logGroupName"]


def _budgets(account: Account, wanted: frozenset[str]) -> Iterable[str]:
    del wanted
    return [item["BudgetName"] for item in account.items("budgets.describe_budgets", "Budgets", AccountId=account.id)]


def _tables(account: Account, wanted: frozenset[str]) -> Iterable[str]:
    del wanted
    return account.items("dynamodb.list_tables", "TableNames")


def _queues(account: Account, wanted: frozenset[str]) -> Iterable[str]:
    for name in sorted(wanted):
        for url in account.items("sqs.list_queues", "QueueUrls", QueueNamePrefix=name):
            yield url.rpartition("/")[2]


def _units(account: Account, wanted: frozenset[str]) -> Iterable[str]:
    del wanted
    for root in account.items("organizations.list_roots", "Roots"):
        call = "organizations.list_organizational_units_for_parent"
        for unit in account.items(call, "OrganizationalUnits", ParentId=root["Id"]):
            yield unit["Name"]


def _below_root(planned: Planned) -> str | None:
    """The name of a unit below the root; those below a unit of our own are new with it."""
    return planned.text("Name") if planned.text("ParentId") is not None else None


def _permission_sets(account: Account, wanted: frozenset[str]) -> Iterable[str]:
    del wanted
    for instance in account.items("sso-admin.list_instances", "Instances"):
        arn = instance["InstanceArn"]
        for found in account.items("sso-admin.list_permission_sets", "PermissionSets", InstanceArn=arn):
            described = account.call("sso-admin.describe_permission_set", InstanceArn=arn, PermissionSetArn=found) or {}
            yield described.get("PermissionSet", {}).get("Name", "")


NAMED = (
    _listing("AWS::IAM::Role", "role", "RoleName", "iam.list_roles", "Roles", "RoleName"),
    _listing(
        "AWS::IAM::ManagedPolicy",
        "policy",
        "ManagedPolicyName",
        "iam.list_policies",
        "Policies",
        "PolicyName",
        Scope="Local",
    ),
    _listing("AWS::KMS::Alias", "key alias", "AliasName", "kms.list_aliases", "Aliases", "AliasName"),
    Named(
        type="AWS::Logs::LogGroup",
        noun="log group",
        name=lambda planned: planned.text("LogGroupName"),
        asks=("logs.describe_log_groups",),
        existing=_log_groups,
    ),
    _listing(
        "AWS::CloudWatch::Alarm",
        "alarm",
        "AlarmName",
        "cloudwatch.describe_alarms",
        "MetricAlarms",
        "AlarmName",
    ),
    _listing(
        "AWS::ECR::Repository",
        "image repository",
        "RepositoryName",
        "ecr.describe_repositories",
        "repositories",
        "repositoryName",
    ),
    _listing(
        "AWS::CodeArtifact::Domain",
        "package domain",
        "DomainName",
        "codeartifact.list_domains",
        "domains",
        "name",
    ),
    Named(
        type="AWS::Glue::Database",
        noun="catalog database",
        name=lambda planned: planned.properties.get("DatabaseInput", {}).get("Name"),
        asks=("glue.get_databases",),
        existing=lambda account, _: [item["Name"] for item in account.items("glue.get_databases", "DatabaseList")],
    ),
    _listing(
        "AWS::Athena::WorkGroup",
        "workgroup",
        "Name",
        "athena.list_work_groups",
        "WorkGroups",
        "Name",
    ),
    _listing(
        "AWS::SageMaker::Domain",
        "Studio domain",
        "DomainName",
        "sagemaker.list_domains",
        "Domains",
        "DomainName",
    ),
    _listing(
        "AWS::SageMaker::MlflowApp",
        "MLflow app",
        "Name",
        "sagemaker.list_mlflow_apps",
        "Summaries",
        "Name",
    ),
    _listing(
        "AWS::SageMaker::ModelPackageGroup",
        "model package group",
        "ModelPackageGroupName",
        "sagemaker.list_model_package_groups",
        "ModelPackageGroupSummaryList",
        "ModelPackageGroupName",
    ),
    _listing(
        "AWS::SageMaker::Pipeline",
        "pipeline",
        "PipelineName",
        "sagemaker.list_pipelines",
        "PipelineSummaries",
        "PipelineName",
    ),
    _listing(
        "AWS::SageMaker::FeatureGroup",
        "feature group",
        "FeatureGroupName",
        "sagemaker.list_feature_groups",
        "FeatureGroupSummaries",
        "FeatureGroupName",
    ),
    _listing(
        "AWS::SageMaker::Endpoint",
        "endpoint",
        "EndpointName",
        "sagemaker.list_endpoints",
        "Endpoints",
        "EndpointName",
    ),
    _listing(
        "AWS::Lambda::Function",
        "function",
        "FunctionName",
        "lambda.list_functions",
        "Functions",
        "FunctionName",
    ),
    _listing(
        "AWS::StepFunctions::StateMachine",
        "state machine",
        "StateMachineName",
        "stepfunctions.list_state_machines",
        "stateMachines",
        "name",
    ),
    _listing(
        "AWS::Scheduler::ScheduleGroup",
        "schedule group",
        "Name",
        "scheduler.list_schedule_groups",
        "ScheduleGroups",
        "Name",
    ),
    Named(
        type="AWS::DynamoDB::Table",
        noun="table",
        name=lambda planned: planned.text("TableName"),
        asks=("dynamodb.list_tables",),
        existing=_tables,
    ),
    Named(
        type="AWS::SQS::Queue",
        noun="queue",
        name=lambda planned: planned.text("QueueName"),
        asks=("sqs.list_queues",),
        existing=_queues,
    ),
    Named(
        type="AWS::Budgets::Budget",
        noun="budget",
        name=lambda planned: planned.properties.get("Budget", {}).get("BudgetName"),
        asks=("budgets.describe_budgets",),
        existing=_budgets,
    ),
    _listing(
        "AWS::CodeConnections::Connection",
        "code connection",
        "ConnectionName",
        "codeconnections.list_connections",
        "Connections",
        "ConnectionName",
    ),
    Named(
        type="AWS::Organizations::OrganizationalUnit",
        noun="organizational unit",
        name=_below_root,
        asks=("organizations.list_roots", "organizations.list_organizational_units_for_parent"),
        existing=_units,
    ),
    _listing(
        "AWS::Organizations::Policy",
        "service control policy",
        "Name",
        "organizations.list_policies",
        "Policies",
        "Name",
        Filter="SERVICE_CONTROL_POLICY",
    ),
    Named(
        type="AWS::SSO::PermissionSet",
        noun="permission set",
        name=lambda planned: planned.text("Name"),
        asks=("sso-admin.list_instances", "sso-admin.list_permission_sets", "sso-admin.describe_permission_set"),
        existing=_permission_sets,
    ),
)
"""Every type with names that two cannot have; buckets, whose names are the world's, stand by themselves below."""

_IN_ANY_CASE = frozenset({"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"})
"""Types of which two names that differ in capitals are one."""


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names that exist, and what is deployed."""

    existing: frozenset[str]
    deployed: Deployed


def _spelled(named: Named, name: str) -> str:
    return name.lower() if named.type in _IN_ANY_CASE else name


def _taken(named: Named) -> Check[Names]:
    def ask(account: Account, plan: Plan) -> Names:
        wanted = frozenset(filter(None, (named.name(each) for each in plan.of_type(named.type, account.id))))
        found = named.existing(account, wanted) if wanted else ()
        return Names(existing=frozenset(_spelled(named, name) for name in found), deployed=deployed(account, plan))

    def judge(plan: Plan, account: str, names: Names) -> Iterable[Fault]:
        for planned in names.deployed.missing(plan, named.type, account):
            name = named.name(planned)
            if name is not None and _spelled(named, name) in names.existing:
                yield Fault(
                    place=f"{named.noun} {name}",
                    message=f"it exists already, and is not in stack {planned.stack}",
                    fix=f"if it is the platform's, left by a failed deploy or a removed stack, adopt it (`cdk deploy "
                    f"{planned.stack} --import-existing-resources`) or delete it; else give the other one another name",
                )

    return Check(
        code="PRE-090",
        severity=Severity.ERROR,
        looks_at=f"another {named.noun} of the same name (`{named.type}`)",
        breaks="the stack fails half-way (AlreadyExists)",
        asks=(*named.asks, *ASKS),
        where=lambda plan: plan.accounts_with(named.type),
        ask=ask,
        judge=judge,
    )


# Buckets

_BUCKET = "AWS::S3::Bucket"
_HEAD = "s3.head_bucket"
_BUCKETS = "s3.list_buckets"
_FREE = ("404", "NoSuchBucket")


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """The account's own buckets, wanted names that others have, and what is deployed."""

    own: frozenset[str]
    elsewhere: frozenset[str]
    deployed: Deployed


def _buckets(account: Account, plan: Plan) -> Buckets:
    own = frozenset(bucket["Name"] for bucket in account.items(_BUCKETS, "Buckets"))
    wanted = {each.text("BucketName") for each in plan.of_type(_BUCKET, account.id)} - {None}
    there = deployed(account, plan)
    elsewhere = [name for name in sorted(filter(None, wanted)) if name not in own and _exists(account, name)]
    return Buckets(own=own, elsewhere=frozenset(elsewhere), deployed=there)


def _exists(account: Account, bucket: str) -> bool:
    try:
        return account.call(_HEAD, missing=_FREE, Bucket=bucket) is not None
    except Unseen as why:
        if why.reason is Reason.DENIED:  # S3 says so of a bucket that exists; of one that does not it says 404
            return True
        raise


def _own_bucket(plan: Plan, account: str, found: Buckets) -> Iterable[Fault]:
    for planned in found.deployed.missing(plan, _BUCKET, account):
        name = planned.text("BucketName")
        if name in found.own:
            yield Fault(
                place=f"bucket {name}",
                message=f"it exists already, and is not in stack {planned.stack}",
                fix=f"adopt it (`cdk deploy {planned.stack} --import-existing-resources`), or delete it if it is empty",
            )


def _bucket_elsewhere(plan: Plan, account: str, found: Buckets) -> Iterable[Fault]:
    for planned in found.deployed.missing(plan, _BUCKET, account):
        name = planned.text("BucketName")
        if name in found.elsewhere:
            yield Fault(
                place=f"bucket {name}",
                message="another account has a bucket of this name",
                fix="find out whose it is, for its name has your account's id in it; else choose another `name`",
            )


def _of_buckets(code: str, looks_at: str, breaks: str, judge: Any) -> Check[Any]:  # noqa: ANN401  # a judge
    return Check(
        code=code,
        severity=Severity.ERROR,
        looks_at=looks_at,
        breaks=breaks,
        asks=(_BUCKETS, _HEAD, *ASKS),
        where=lambda plan: plan.accounts_with(_BUCKET),
        ask=_buckets,
        judge=judge,
    )


CHECKS: tuple[Check[Any], ...] = (
    *map(_taken, NAMED),
    _of_buckets(
        "PRE-091",
        f"buckets of the same name in the account (`{_BUCKET}`)",
        "the stack fails half-way (BucketAlreadyOwnedByYou)",
        _own_bucket,
    ),
    _of_buckets(
        "PRE-092",
        f"buckets of the same name in other accounts (`{_BUCKET}`)",
        "the stack fails half-way (BucketAlreadyExists); what is written by that name goes to somebody else",
        _bucket_elsewhere,
    ),
)
