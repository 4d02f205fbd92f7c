"""Names that are taken: each type of resource, made under a planned name by somebody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mlops_stages.preflight.checks.names import NAMED
from tests.local.archives import zipped
from tests.local.clients import policy
from tests.local.hosting import SERVING_IMAGE
from tests.preflight.cases import Fine, Found, Steps, case
from tests.preflight.world import World

_ANYONE = policy({"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"})
_STATES = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
_NOTHING = policy({"Effect": "Deny", "Action": "*", "Resource": "*"})

CASES: dict[str, tuple[str, str, Callable[[World], Any]]] = {
    "AWS::IAM::Role": (
        "data",
        "acme-arrivals.data-jobs-internal",
        # AWS knows no capitals apart in names of roles
        lambda w: w.client("iam", "data").create_role(
            RoleName="ACME-arrivals.data-jobs-internal", AssumeRolePolicyDocument=_ANYONE
        ),
    ),
    "AWS::IAM::ManagedPolicy": (
        "data",
        "acme-data-boundary",
        lambda w: w.client("iam", "data").create_policy(
            PolicyName="acme-data-boundary", Path="/theirs/", PolicyDocument=_NOTHING
        ),
    ),
    "AWS::KMS::Alias": ("data", "alias/acme/arrivals/data/public", lambda w: _alias(w)),
    "AWS::CloudWatch::Alarm": (
        "data",
        "acme-RootUsed",
        lambda w: w.client("cloudwatch", "data").put_metric_alarm(
            AlarmName="acme-RootUsed",
            MetricName="Anything",
            Namespace="Theirs",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            Period=300,
            Statistic="Sum",
            Threshold=1,
        ),
    ),
    "AWS::ECR::Repository": (
        "tooling",
        "acme/arrivals/late-arrival",
        lambda w: w.client("ecr", "tooling").create_repository(repositoryName="acme/arrivals/late-arrival"),
    ),
    "AWS::CodeArtifact::Domain": (
        "tooling",
        "acme",
        lambda w: w.client("codeartifact", "tooling").create_domain(domain="acme"),
    ),
    "AWS::Glue::Database": (
        "data",
        "acme_arrivals_public",
        lambda w: w.client("glue", "data").create_database(DatabaseInput={"Name": "acme_arrivals_public"}),
    ),
    "AWS::Athena::WorkGroup": (
        "production",
        "acme-late-arrival-production-queries",
        lambda w: w.client("athena", "production").create_work_group(Name="acme-late-arrival-production-queries"),
    ),
    "AWS::SageMaker::Domain": ("experimentation", "acme-experimentation", lambda w: _domain(w)),
    "AWS::SageMaker::MlflowApp": (
        "experimentation",
        "acme-arrivals",
        lambda w: w.client("sagemaker", "experimentation").create_mlflow_app(
            Name="acme-arrivals",
            ArtifactStoreUri="s3://anywhere/mlflow",
            RoleArn=w.aws.role(w.account("experimentation")),
        ),
    ),
    "AWS::SageMaker::ModelPackageGroup": (
        "tooling",
        "arrivals-late-arrival",
        lambda w: w.client("sagemaker", "tooling").create_model_package_group(
            ModelPackageGroupName="arrivals-late-arrival"
        ),
    ),
    "AWS::SageMaker::Pipeline": (
        "development",
        "arrivals-late-arrival",
        lambda w: w.client("sagemaker", "development").create_pipeline(
            PipelineName="arrivals-late-arrival",
            RoleArn=w.aws.role(w.account("development")),
            PipelineDefinition='{"Version": "2020-12-01", "Steps": [{"Name": "No", "Type": "Fail", "Arguments": '
            '{"ErrorMessage": "no"}}]}',
        ),
    ),
    "AWS::SageMaker::FeatureGroup": (
        "data",
        "arrivals-airport-weather",
        lambda w: w.client("sagemaker", "data").create_feature_group(
            FeatureGroupName="arrivals-airport-weather",
            RecordIdentifierFeatureName="a",
            EventTimeFeatureName="t",
            FeatureDefinitions=[
                {"FeatureName": "a", "FeatureType": "String"},
                {"FeatureName": "t", "FeatureType": "String"},
            ],
            OnlineStoreConfig={"EnableOnlineStore": True},
        ),
    ),
    "AWS::SageMaker::Endpoint": ("staging", "arrivals-late-arrival-staging", lambda w: _endpoint(w)),
    "AWS::Lambda::Function": ("tooling", "acme-late-arrival-request", lambda w: _function(w)),
    "AWS::StepFunctions::StateMachine": (
        "tooling",
        "acme-late-arrival-promotion",
        lambda w: w.client("stepfunctions", "tooling").create_state_machine(
            name="acme-late-arrival-promotion",
            definition='{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
            roleArn=w.aws.role(w.account("tooling"), trust=_STATES),
        ),
    ),
    "AWS::Scheduler::ScheduleGroup": (
        "tooling",
        "acme-ledger-heads",
        lambda w: w.client("scheduler", "tooling").create_schedule_group(Name="acme-ledger-heads"),
    ),
    "AWS::DynamoDB::Table": (
        "tooling",
        "acme-late-arrival-releases",
        lambda w: w.client("dynamodb", "tooling").create_table(
            TableName="acme-late-arrival-releases",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        ),
    ),
    "AWS::SQS::Queue": (
        "tooling",
        "acme-late-arrival-promotion-failed",
        lambda w: w.client("sqs", "tooling").create_queue(QueueName="acme-late-arrival-promotion-failed"),
    ),
    "AWS::Budgets::Budget": ("experimentation", "acme-arrivals-", lambda w: _budget(w)),
    "AWS::CodeConnections::Connection": (
        "tooling",
        "acme-github",
        lambda w: w.client("codeconnections", "tooling").create_connection(
            ConnectionName="acme-github", ProviderType="GitHub"
        ),
    ),
    "AWS::Organizations::OrganizationalUnit": ("management", "acme", lambda w: _unit(w)),
    "AWS::Organizations::Policy": (
        "management",
        "acme-audit",
        lambda w: w.client("organizations", "management").create_policy(
            Name="acme-audit", Description="", Type="SERVICE_CONTROL_POLICY", Content=_NOTHING
        ),
    ),
}
"""The purpose of the account, the planned name, and how it is made there, by type."""

UNNAMED = {
    "AWS::Logs::LogGroup": "no template of an example gives a log group a name",
    "AWS::SSO::PermissionSet": "has a test of its own, in an organization with an instance",
}
"""Types that have no case here, and why."""


def _alias(world: World) -> None:
    kms = world.client("kms", "data")
    kms.create_alias(AliasName="alias/acme/arrivals/data/public", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])


def _domain(world: World) -> None:
    ec2 = world.client("ec2", "experimentation")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    world.client("sagemaker", "experimentation").create_domain(
        DomainName="acme-experimentation",
        AuthMode="IAM",
        VpcId=vpc,
        SubnetIds=[subnet],
        DefaultUserSettings={"ExecutionRole": world.aws.role(world.account("experimentation"))},
    )


def _budget(world: World) -> None:
    (planned, *_) = world.plan.of_type("AWS::Budgets::Budget")
    account = world.account("experimentation")
    budget = {**planned.properties["Budget"], "BudgetLimit": {"Amount": "800", "Unit": "USD"}}
    for each in world.plan.of_type("AWS::Budgets::Budget"):
        if each.properties["Budget"]["BudgetName"].startswith("acme-arrivals-"):
            budget["BudgetName"] = each.properties["Budget"]["BudgetName"]
    world.client("budgets", "experimentation").create_budget(AccountId=account, Budget=budget)


def _unit(world: World) -> None:
    guardrails = world.plan.platform.guardrails
    assert guardrails is not None
    world.client("organizations", "management").create_organizational_unit(ParentId=guardrails.root_id, Name="acme")


def _endpoint(world: World) -> None:
    sagemaker, role = world.client("sagemaker", "staging"), world.aws.role(world.account("staging"))
    sagemaker.create_model(ModelName="m", PrimaryContainer={"Image": SERVING_IMAGE}, ExecutionRoleArn=role)
    variant = {"VariantName": "main", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName="arrivals-late-arrival-staging", EndpointConfigName="c")


def _function(world: World) -> None:
    world.client("lambda", "tooling").create_function(
        FunctionName="acme-late-arrival-request",
        Runtime="python3.13",
        Role=world.aws.role(world.account("tooling")),
        Handler="index.handler",
        Code={"ZipFile": zipped({"index.py": "def handler(event, context): return None"})},
    )


def _add(type: str, noun: str) -> None:
    purpose, name, make = CASES[type]

    def steps(world: World) -> Steps:
        world.join()
        yield Fine()
        make(world)
        yield Found(purpose=purpose, place=f"{noun} {name}", message="exists already, and is not in stack")

    steps.__name__ = f"a_taken_{noun.replace(' ', '_')}"
    case("PRE-090", only=f"`{type}`")(steps)


for _named in NAMED:
    if _named.type not in UNNAMED:
        _add(_named.type, _named.noun)


def _bucket(world: World, purpose: str) -> None:
    where = {"LocationConstraint": world.plan.region}
    name = f"acme-arrivals-public-{world.account('data')}"
    world.client("s3", purpose).create_bucket(Bucket=name, CreateBucketConfiguration=where)


@case("PRE-091")
def a_bucket_left_over(world: World) -> Steps:
    yield Fine()
    _bucket(world, "data")
    yield Found(purpose="data", place="bucket acme-arrivals-public-", message="exists already, and is not in stack")


@case("PRE-092")
def a_bucket_of_somebody_else(world: World) -> Steps:
    yield Fine()
    _bucket(world, "tooling")
    yield Found(purpose="data", place="bucket acme-arrivals-public-", message="another account has a bucket")
