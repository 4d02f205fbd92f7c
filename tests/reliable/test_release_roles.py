"""DeployRole and CloudFormationRole: what a release may do in an account that serves, judged by requests."""

from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import Perimeter
from mlops_stages.reliable import Batch, Capture, CloudFormationRole, DeployRole, Instances, Place, Serverless
from tests.foundation.built import NETWORK, Built, Json, built, refused, resolved
from tests.foundation.judge import Caller, Service
from tests.reliable.serving import (
    ADDRESSES,
    BATCH,
    BOUNDARY,
    CAPTURE_BUCKET,
    CAPTURE_KEY,
    FIXED,
    GROUP,
    PACKAGES,
    PRODUCTION,
    REGION,
    ROLE,
    SCALING,
    SERVED,
    TOOLING,
)

MODEL = SERVED
CAPTURE = Capture(bucket_arn=CAPTURE_BUCKET, destination="s3://captured/capture", key_arn=CAPTURE_KEY)
VOLUMES = f"arn:aws:kms:{REGION}:{PRODUCTION}:key/volumes"
SCHEDULES = f"arn:aws:kms:{REGION}:{PRODUCTION}:key/schedules"
STACKS = f"arn:aws:cloudformation:{REGION}:{PRODUCTION}:stack"
OWN_STACK = f"{STACKS}/acme-production-model-card-fraud/0a1b"
CLOUDFORMATION = f"arn:aws:iam::{PRODUCTION}:role/acme/fraud/acme-card-fraud.cloudformation-production"
PROMOTION = f"arn:aws:iam::{TOOLING}:role/acme/fraud/acme-card-fraud.promote"
SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{PRODUCTION}"
ENDPOINT = f"{SAGEMAKER}:endpoint/fraud-card-fraud-production"
CONFIG = f"{SAGEMAKER}:endpoint-config/fraud-card-fraud-v12-8f5089"
A_MODEL = f"{SAGEMAKER}:model/fraud-card-fraud-v12-8f5089"
ALARMS = f"arn:aws:cloudwatch:{REGION}:{PRODUCTION}:alarm"
DECISIONS = f"{CAPTURE_BUCKET}/capture/fraud-card-fraud-production"
BY_ROLE: Json = {"cloudformation__RoleArn": CLOUDFORMATION}
TO_OWNER: Json = {
    "cloudwatch__AlarmActions": [f"arn:aws:sns:{REGION}:{PRODUCTION}:acme-production-model-card-fraud-Owner-1"]
}
ISOLATED: Json = {
    "sagemaker__VpcSubnets": [*NETWORK.subnet_ids],
    "sagemaker__VpcSecurityGroupIds": [GROUP],
    "sagemaker__NetworkIsolation": "true",
}
HOSTED: Json = {"sagemaker__InstanceTypes": ["ml.m5.large"], "sagemaker__VolumeKmsKeyArn": VOLUMES}
SCALE: Json = {
    "application-autoscaling__service-namespace": "sagemaker",
    "application-autoscaling__scalable-dimension": "sagemaker:variant:DesiredInstanceCount",
}
TARGET = f"arn:aws:application-autoscaling:{REGION}:{PRODUCTION}:scalable-target/0a1b"


def deploying(stack: Stack, **options: Any) -> DeployRole:  # noqa: ANN401 - each test names a real option
    given: dict[str, Any] = {
        "served": SERVED,
        "runs_on": FIXED,
        "capture": CAPTURE,
        "volume_key_arn": VOLUMES,
        "is_tried": False,
        "permissions_boundary_arn": BOUNDARY,
    }
    return DeployRole(stack, "Deploy", **{**given, **options})


def making(stack: Stack, **options: Any) -> CloudFormationRole:  # noqa: ANN401 - each test names a real option
    given: dict[str, Any] = {
        "served": SERVED,
        "runs_on": SCALING,
        "volume_key_arn": VOLUMES,
        "permissions_boundary_arn": BOUNDARY,
    }
    return CloudFormationRole(stack, "Make", **{**given, **options})


def caller(found: Built) -> Caller:
    return Caller(
        policies=resolved([each["PolicyDocument"] for each in found.all("AWS::IAM::ManagedPolicy")]),
        account=PRODUCTION,
    )


@pytest.fixture(scope="module")
def production() -> Built:
    return built(deploying)


@pytest.fixture(scope="module")
def deploys(production: Built) -> Caller:
    return caller(production)


@pytest.fixture(scope="module")
def tries() -> Caller:
    return caller(built(lambda stack: deploying(stack, is_tried=True)))


@pytest.fixture(scope="module")
def cloudformation() -> Built:
    return built(making)


@pytest.fixture(scope="module")
def makes(cloudformation: Built) -> Caller:
    return caller(cloudformation)


def trust_of(found: Built) -> Json:
    return found.one("AWS::IAM::Role")["AssumeRolePolicyDocument"]


def test_the_packs_find_nothing(production: Built, cloudformation: Built) -> None:
    assert production.findings == ()
    assert cloudformation.findings == ()


def test_both_have_the_names_that_others_know_under_the_boundary(production: Built, cloudformation: Built) -> None:
    for found, duty in ((production, "deploy"), (cloudformation, "cloudformation")):
        role = found.one("AWS::IAM::Role")
        assert role["RoleName"] == f"acme-card-fraud.{duty}-production"
        assert role["Path"] == "/acme/fraud/"
        assert role["PermissionsBoundary"] == BOUNDARY


def test_only_the_models_promotion_takes_on_the_one(production: Built) -> None:
    trust = trust_of(production)
    promotion = Caller(account=TOOLING)
    assert promotion.passes(trust, "sts:AssumeRole", aws__PrincipalArn=PROMOTION) == "Allow"
    for other in ("acme-refunds.promote", "acme-card-fraud.approve", "acme-fraud.ci"):
        arn = PROMOTION.replace("acme-card-fraud.promote", other)
        assert promotion.passes(trust, "sts:AssumeRole", aws__PrincipalArn=arn) != "Allow"
    stranger = Caller(account=TOOLING, organization="o-another")
    assert stranger.passes(trust, "sts:AssumeRole", aws__PrincipalArn=PROMOTION) != "Allow"


def test_only_cloudformation_takes_on_the_other(cloudformation: Built) -> None:
    trust, service = trust_of(cloudformation), "cloudformation.amazonaws.com"
    assert Service(principal=service, account=PRODUCTION).passes(trust, "sts:AssumeRole") == "Allow"
    assert Service(principal=service, account=None).passes(trust, "sts:AssumeRole") == "Allow"
    assert Service(principal=service, account="999999999999").passes(trust, "sts:AssumeRole") != "Allow"
    assert Service(principal="sagemaker.amazonaws.com", account=PRODUCTION).passes(trust, "sts:AssumeRole") != "Allow"


@pytest.mark.parametrize("action", ["DescribeChangeSet", "ExecuteChangeSet", "DescribeStacks", "DeleteChangeSet"])
def test_a_promotion_changes_the_models_one_stack(deploys: Caller, action: str) -> None:
    assert deploys.may(f"cloudformation:{action}", OWN_STACK)
    for other in ("acme-production-model-refunds", "acme-production-team-fraud", "acme-staging-model-card-fraud"):
        assert not deploys.may(f"cloudformation:{action}", f"{STACKS}/{other}/0a1b")


def test_a_promotion_proposes_changes_under_cloudformations_role_alone(deploys: Caller) -> None:
    assert deploys.may("cloudformation:CreateChangeSet", OWN_STACK, **BY_ROLE)
    assert not deploys.may("cloudformation:CreateChangeSet", OWN_STACK)
    wrong: Json = {"cloudformation__RoleArn": ROLE}
    assert not deploys.may("cloudformation:CreateChangeSet", OWN_STACK, **wrong)
    assert not deploys.may("cloudformation:CreateChangeSet", f"{STACKS}/acme-production/0a1b", **BY_ROLE)
    to_it: Json = {"iam__PassedToService": "cloudformation.amazonaws.com"}
    assert deploys.may("iam:PassRole", CLOUDFORMATION, **to_it)
    assert not deploys.may("iam:PassRole", CLOUDFORMATION, iam__PassedToService="lambda.amazonaws.com")
    assert not deploys.may("iam:PassRole", ROLE, **to_it)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("cloudformation:UpdateStack", OWN_STACK),
        ("cloudformation:DeleteStack", OWN_STACK),
        ("cloudformation:SetStackPolicy", OWN_STACK),
        ("sagemaker:CreateModel", A_MODEL),
        ("sagemaker:UpdateEndpoint", ENDPOINT),
        ("sagemaker:DeleteEndpoint", ENDPOINT),
        ("cloudwatch:PutMetricAlarm", f"{ALARMS}:fraud-card-fraud-v12-8f5089-5xx"),
        ("cloudwatch:DisableAlarmActions", f"{ALARMS}:fraud-card-fraud-v12-8f5089-5xx"),
        ("s3:PutObject", f"{DECISIONS}/champion/2026/11/27/10/a.jsonl"),
        ("s3:DeleteObject", f"{DECISIONS}/champion/2026/11/27/10/a.jsonl"),
    ],
)
def test_a_promotion_makes_and_deletes_nothing_itself(deploys: Caller, action: str, resource: str) -> None:
    assert not deploys.may(action, resource, **BY_ROLE)


def test_a_promotion_verifies_what_serves(deploys: Caller, tries: Caller) -> None:
    for each in (deploys, tries):
        assert each.may("sagemaker:DescribeEndpoint", ENDPOINT)
        assert each.may("sagemaker:DescribeEndpointConfig", CONFIG)
        assert each.may("cloudwatch:DescribeAlarms", f"{ALARMS}:fraud-card-fraud-v12-8f5089-latency")
        assert each.may("cloudwatch:DescribeAlarms", f"{ALARMS}:fraud-card-fraud-production-silence")
        assert not each.may("sagemaker:DescribeEndpoint", ENDPOINT.replace("card-fraud", "refunds"))
        assert not each.may("cloudwatch:DescribeAlarms", "*")


def test_versions_are_called_where_they_are_tried_and_decisions_read_where_they_serve(
    deploys: Caller, tries: Caller
) -> None:
    record = f"{DECISIONS}/champion/2026/11/27/10/a.jsonl"
    through: Json = {"kms__ViaService": f"s3.{REGION}.amazonaws.com"}
    assert tries.may("sagemaker:InvokeEndpoint", ENDPOINT)
    assert not tries.may("sagemaker:InvokeEndpoint", ENDPOINT.replace("card-fraud", "refunds"))
    assert not tries.may("s3:GetObject", record)
    assert not deploys.may("sagemaker:InvokeEndpoint", ENDPOINT)
    assert deploys.may("s3:GetObject", record)
    assert not deploys.may("s3:GetObject", record.replace("card-fraud", "refunds"))
    assert deploys.may("s3:ListBucket", CAPTURE_BUCKET, s3__prefix="capture/fraud-card-fraud-production/champion/")
    assert not deploys.may("s3:ListBucket", CAPTURE_BUCKET, s3__prefix="capture/")
    assert deploys.may("kms:Decrypt", CAPTURE_KEY, **through)
    assert not deploys.may("kms:Decrypt", CAPTURE_KEY)


def test_nothing_is_read_of_an_endpoint_that_captures_nothing() -> None:
    serverless = Serverless(unprotected_because="public timetables, in and out")
    found = built(
        lambda stack: deploying(
            stack, served=replace(SERVED, network=None), runs_on=serverless, capture=None, volume_key_arn=None
        )
    )
    assert not caller(found).may("s3:GetObject", f"{DECISIONS}/champion/2026/11/27/10/a.jsonl")


def test_a_batch_model_is_tried_by_jobs_of_its_own() -> None:
    tries = caller(built(lambda stack: deploying(stack, runs_on=BATCH, schedule_key_arn=SCHEDULES, is_tried=True)))
    job = f"{SAGEMAKER}:transform-job/fraud-card-fraud-P-try-12-1-gold"
    asked: Json = {
        "sagemaker__ModelArn": A_MODEL,
        "sagemaker__InstanceTypes": ["ml.m5.xlarge"],
        "sagemaker__VolumeKmsKeyArn": VOLUMES,
    }
    assert tries.may("sagemaker:CreateTransformJob", job, **asked)
    wrong: Json
    for wrong in (
        {"sagemaker__ModelArn": A_MODEL.replace("card-fraud", "refunds")},
        {"sagemaker__InstanceTypes": ["ml.p5.48xlarge"]},
        {"sagemaker__VolumeKmsKeyArn": SCHEDULES},
    ):
        assert not tries.may("sagemaker:CreateTransformJob", job, **{**asked, **wrong})
    assert tries.may("sagemaker:StopTransformJob", job)
    run = f"{SAGEMAKER}:transform-job/fraud-card-fraud-Pd32c5kddcf5bb8c3"
    assert not tries.may("sagemaker:CreateTransformJob", run, **asked)
    assert not tries.may("sagemaker:StopTransformJob", run)
    tests, answers = "arn:aws:s3:::answers-bucket/card-fraud-tried", "arn:aws:s3:::answers-bucket"
    assert tries.may("s3:PutObject", f"{tests}/in/v12-1/gold/000000")
    assert tries.may("s3:GetObject", f"{tests}/out/v12-1/gold/000000.out")
    assert tries.may("s3:ListBucket", answers, s3__prefix="card-fraud-tried/out/v12-1/gold/")
    assert not tries.may("s3:PutObject", f"{tests}/out/v12-1/gold/000000.out")
    assert not tries.may("s3:PutObject", "arn:aws:s3:::requests-bucket/card-fraud/today/000000")
    assert not tries.may("s3:GetObject", f"{answers}/card-fraud/2026-11-28T05:00:00Z/part-0.csv.out")
    assert not tries.may("s3:ListBucket", answers, s3__prefix="card-fraud/")
    serves = caller(built(lambda stack: deploying(stack, runs_on=BATCH, schedule_key_arn=SCHEDULES)))
    assert not serves.may("sagemaker:CreateTransformJob", job, **asked)
    assert not serves.may("s3:PutObject", f"{tests}/in/v12-1/gold/000000")


@pytest.mark.parametrize("is_tried", [True, False])
def test_a_batch_model_is_verified_by_its_schedule_and_the_model_that_it_names(is_tried: bool) -> None:
    looks = caller(built(lambda stack: deploying(stack, runs_on=BATCH, schedule_key_arn=SCHEDULES, is_tried=is_tried)))
    name = SERVED.transform_name
    schedule = f"arn:aws:scheduler:{REGION}:{PRODUCTION}:schedule/{name}/{name}"
    assert looks.may("scheduler:GetSchedule", schedule)
    assert looks.may("kms:Decrypt", SCHEDULES, kms__ViaService=f"scheduler.{REGION}.amazonaws.com")
    assert looks.may("sagemaker:DescribeModel", A_MODEL)
    assert not looks.may("scheduler:UpdateSchedule", schedule)
    assert not looks.may("sagemaker:DeleteModel", A_MODEL)


def test_in_one_account_staging_touches_nothing_that_production_serves() -> None:
    staging = replace(SERVED, environment="staging")
    its_own = A_MODEL.replace("card-fraud-v", "card-fraud-sv")
    endpoint = caller(built(lambda stack: making(stack, served=staging)))
    batch = {"served": staging, "runs_on": BATCH, "schedule_key_arn": SCHEDULES}
    scheduled = caller(built(lambda stack: making(stack, **batch)))
    assert endpoint.may("sagemaker:DeleteModel", its_own)
    assert scheduled.may("sagemaker:DeleteModel", its_own)
    alarm = f"arn:aws:cloudwatch:{REGION}:{PRODUCTION}:alarm:fraud-card-fraud"
    assert endpoint.may("cloudwatch:DeleteAlarms", f"{alarm}-sv12-8f5089-5xx")
    name = SERVED.transform_name
    for action, resource in (
        ("sagemaker:DeleteModel", A_MODEL),
        ("sagemaker:DeleteEndpointConfig", f"{SAGEMAKER}:endpoint-config/fraud-card-fraud-v12-8f5089"),
        ("sagemaker:DeleteEndpoint", f"{SAGEMAKER}:endpoint/fraud-card-fraud-production"),
        ("sagemaker:UpdateEndpoint", f"{SAGEMAKER}:endpoint/fraud-card-fraud-production"),
        ("cloudwatch:DeleteAlarms", f"{alarm}-v12-8f5089-5xx"),
        ("cloudwatch:PutMetricAlarm", f"{alarm}-v12-8f5089-5xx"),
        ("scheduler:UpdateSchedule", f"arn:aws:scheduler:{REGION}:{PRODUCTION}:schedule/{name}/{name}"),
    ):
        assert not endpoint.may(action, resource), action
        assert not scheduled.may(action, resource), action


def test_in_one_account_production_touches_nothing_that_is_tried_in_staging(makes: Caller) -> None:
    assert makes.may("sagemaker:DeleteModel", A_MODEL)
    assert not makes.may("sagemaker:DeleteModel", A_MODEL.replace("card-fraud-v", "card-fraud-sv"))


def test_cloudformation_makes_models_of_the_models_versions_isolated(makes: Caller) -> None:
    assert makes.may("sagemaker:CreateModel", A_MODEL, **ISOLATED)
    assert makes.may("sagemaker:CreateModel", f"{PACKAGES}/12")
    assert not makes.may("sagemaker:CreateModel", f"{PACKAGES.replace('card-fraud', 'refunds')}/12")
    assert not makes.may("sagemaker:CreateModel", A_MODEL.replace("card-fraud", "refunds"), **ISOLATED)
    for left_out in ISOLATED:
        rest: Json = {key: value for key, value in ISOLATED.items() if key != left_out}
        assert not makes.may("sagemaker:CreateModel", A_MODEL, **rest)
    assert not makes.may("sagemaker:CreateModel", A_MODEL, **{**ISOLATED, "sagemaker__NetworkIsolation": "false"})
    elsewhere: Json = {**ISOLATED, "sagemaker__VpcSecurityGroupIds": ["sg-1"]}
    assert not makes.may("sagemaker:CreateModel", A_MODEL, **elsewhere)
    to_sagemaker: Json = {"iam__PassedToService": "sagemaker.amazonaws.com"}
    assert makes.may("iam:PassRole", ROLE, **to_sagemaker)
    assert not makes.may("iam:PassRole", CLOUDFORMATION, **to_sagemaker)


@pytest.mark.usefixtures("either_spelling")
def test_cloudformation_configures_the_declared_instances_under_the_key(makes: Caller) -> None:
    assert makes.may("sagemaker:CreateEndpointConfig", CONFIG, **HOSTED)
    wrong: Json
    for wrong in (
        {"sagemaker__InstanceTypes": ["ml.p5.48xlarge"]},
        {"sagemaker__InstanceTypes": ["ml.m5.large", "ml.p5.48xlarge"]},
        {"sagemaker__VolumeKmsKeyArn": SCHEDULES},
    ):
        assert not makes.may("sagemaker:CreateEndpointConfig", CONFIG, **{**HOSTED, **wrong})
    assert not makes.may("sagemaker:CreateEndpointConfig", CONFIG, sagemaker__VolumeKmsKeyArn=VOLUMES)
    assert not makes.may("sagemaker:CreateEndpointConfig", CONFIG.replace("card-fraud", "refunds"), **HOSTED)


def test_cloudformation_serves_by_the_one_endpoint(makes: Caller) -> None:
    for action in ("CreateEndpoint", "UpdateEndpoint"):
        assert makes.may(f"sagemaker:{action}", ENDPOINT)
        assert makes.may(f"sagemaker:{action}", CONFIG)
        assert not makes.may(f"sagemaker:{action}", ENDPOINT.replace("card-fraud", "refunds"))
    assert makes.may("sagemaker:DescribeEndpoint", ENDPOINT)
    assert not makes.may("sagemaker:InvokeEndpoint", ENDPOINT)
    assert makes.may("sagemaker:AddTags", CONFIG, sagemaker__TaggingAction="CreateEndpointConfig")
    assert not makes.may("sagemaker:AddTags", CONFIG)


def test_cloudformations_alarms_tell_the_owner_or_call_what_tells_of_them(makes: Caller) -> None:
    alarm = f"{ALARMS}:fraud-card-fraud-v12-8f5089-5xx"
    assert makes.may("cloudwatch:PutMetricAlarm", alarm, **TO_OWNER)
    notices: Json = {
        "cloudwatch__AlarmActions": [
            f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:acme-card-fraud-production-notices"
        ]
    }
    assert makes.may("cloudwatch:PutMetricAlarm", alarm, **notices)
    elsewhere: Json = {"cloudwatch__AlarmActions": [f"arn:aws:lambda:{REGION}:{PRODUCTION}:function:mine"]}
    assert not makes.may("cloudwatch:PutMetricAlarm", alarm, **elsewhere)
    assert not makes.may("cloudwatch:PutMetricAlarm", f"{ALARMS}:acme-RootUsed", **TO_OWNER)
    assert not makes.may("cloudwatch:DisableAlarmActions", alarm)
    assert makes.may("cloudwatch:DeleteAlarms", alarm)


def test_cloudformation_lets_an_endpoint_scale_only_where_it_does(makes: Caller) -> None:
    tracking = f"{ALARMS}:TargetTracking-endpoint/fraud-card-fraud-production/variant/champion-AlarmHigh-1"
    assert makes.may("application-autoscaling:RegisterScalableTarget", TARGET, **SCALE)
    other: Json = {**SCALE, "application-autoscaling__service-namespace": "ecs"}
    assert not makes.may("application-autoscaling:RegisterScalableTarget", TARGET, **other)
    assert makes.may("cloudwatch:PutMetricAlarm", tracking)
    fixed = caller(built(lambda stack: making(stack, runs_on=FIXED)))
    assert not fixed.may("application-autoscaling:RegisterScalableTarget", TARGET, **SCALE)
    assert not fixed.may("cloudwatch:PutMetricAlarm", tracking)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreateRole", f"arn:aws:iam::{PRODUCTION}:role/acme/fraud/acme-card-fraud.serve-production"),
        ("kms:PutKeyPolicy", VOLUMES),
        ("kms:Decrypt", VOLUMES),
        ("s3:GetObject", f"{DECISIONS}/champion/2026/11/27/10/a.jsonl"),
        ("logs:DeleteLogGroup", f"arn:aws:logs:{REGION}:{PRODUCTION}:log-group:/aws/sagemaker/Endpoints/fraud-x"),
        ("sagemaker:UpdateModelPackage", f"{PACKAGES}/12"),
        ("sagemaker:CreateTrainingJob", f"{SAGEMAKER}:training-job/fraud-card-fraud-1"),
        ("ssm:GetParameters", f"arn:aws:ssm:{REGION}:{PRODUCTION}:parameter/cdk-bootstrap/hnb659fds/version"),
    ],
)
def test_cloudformation_makes_nothing_else(makes: Caller, action: str, resource: str) -> None:
    assert not makes.may(action, resource)


def test_cloudformation_keeps_a_batch_models_schedule() -> None:
    found = built(lambda stack: making(stack, runs_on=BATCH, schedule_key_arn=SCHEDULES))
    makes, name = caller(found), "acme-card-fraud-production-transform"
    schedule = f"arn:aws:scheduler:{REGION}:{PRODUCTION}:schedule/{name}/{name}"
    role = f"arn:aws:iam::{PRODUCTION}:role/acme/fraud/acme-card-fraud.schedule-production"
    assert found.findings == ()
    for action in ("CreateSchedule", "UpdateSchedule", "DeleteSchedule", "GetSchedule"):
        assert makes.may(f"scheduler:{action}", schedule)
        assert not makes.may(f"scheduler:{action}", schedule.replace("card-fraud", "refunds"))
    assert makes.may("iam:PassRole", role, iam__PassedToService="scheduler.amazonaws.com")
    assert not makes.may("iam:PassRole", ROLE, iam__PassedToService="scheduler.amazonaws.com")
    assert not makes.may("sagemaker:CreateEndpoint", ENDPOINT)


def test_a_model_of_an_endpoint_without_servers_has_no_network() -> None:
    serverless = Serverless(unprotected_because="public timetables, in and out")
    served = replace(SERVED, network=None)
    makes = caller(built(lambda stack: making(stack, served=served, runs_on=serverless, volume_key_arn=None)))
    assert makes.may("sagemaker:CreateModel", A_MODEL)
    limits: Json = {"sagemaker__ServerlessMaxConcurrency": "10"}
    assert makes.may("sagemaker:CreateEndpointConfig", CONFIG, **limits)
    assert not makes.may("sagemaker:CreateEndpointConfig", CONFIG, **HOSTED)


def test_instances_that_encrypt_their_own_volumes_take_no_key() -> None:
    gpu = Instances(type="ml.g5.xlarge", minimum=2)
    makes = caller(built(lambda stack: making(stack, runs_on=gpu, volume_key_arn=None)))
    assert makes.may("sagemaker:CreateEndpointConfig", CONFIG, sagemaker__InstanceTypes=["ml.g5.xlarge"])
    assert not makes.may("kms:CreateGrant", VOLUMES, kms__GrantIsForAWSResource="true")


def test_in_one_account_for_all_nobody_is_of_an_organization() -> None:
    alone = Perimeter(partition="aws", account=TOOLING, region=REGION)
    here = replace(ADDRESSES, production=TOOLING)
    served = replace(SERVED, perimeter=alone, addresses=here)
    trust = trust_of(built(lambda stack: deploying(stack, served=served)))
    assert Caller(account=TOOLING).passes(trust, "sts:AssumeRole", aws__PrincipalArn=PROMOTION) == "Allow"


def test_a_promotion_of_another_account_without_an_organization_is_refused() -> None:
    alone = replace(SERVED, perimeter=Perimeter(partition="aws", account=PRODUCTION, region=REGION))
    message, created = refused(lambda stack: deploying(stack, served=alone))
    assert message.startswith("REL-042: ")
    assert created == []


@pytest.mark.parametrize("options", [{"runs_on": BATCH}, {"schedule_key_arn": SCHEDULES}])
def test_a_schedules_key_goes_with_a_schedule(options: dict[str, Any]) -> None:
    message, created = refused(lambda stack: making(stack, **options))
    assert message.startswith("REL-043: ")
    assert created == []


def test_a_name_that_no_pattern_can_hold_is_refused() -> None:
    for make in (deploying, making):
        message, created = refused(lambda stack, make=make: make(stack, served=replace(SERVED, model="*")))
        assert message.startswith("REL-032: ")
        assert created == []


def test_a_batch_and_its_places_fit_the_policies() -> None:
    long = Place(bucket_name="b" * 63, prefix="given/" + "m" * 24, key_arn=VOLUMES)
    batch = Batch(
        given=long, made=replace(long, prefix="made/" + "m" * 24), schedule="rate(1 day)", instance_type="ml.m5.xlarge"
    )
    assert (
        built(lambda stack: deploying(stack, runs_on=batch, schedule_key_arn=SCHEDULES, is_tried=True)).findings == ()
    )
