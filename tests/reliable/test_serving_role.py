"""ServingRole: what SageMaker may do to serve a model, judged by requests."""

from dataclasses import replace
from typing import Any

import pytest

from mlops_stages.reliable import Capture, serving_actions
from tests.foundation.built import NETWORK, Built, Json, built, refused, resolved
from tests.foundation.judge import Caller, Service
from tests.reliable.serving import (
    ADDRESSES,
    BOUNDARY,
    CAPTURE_BUCKET,
    CAPTURE_KEY,
    GROUP,
    PRODUCTION,
    REGION,
    SERVED,
    TOOLING,
    a_role,
)

ARTEFACTS = f"arn:aws:s3:::acme-fraud-artifacts-{TOOLING}"
IMAGES = f"arn:aws:ecr:{REGION}:{TOOLING}:repository/acme/fraud"
LOGS = f"arn:aws:logs:{REGION}:{PRODUCTION}:log-group:/aws/sagemaker/Endpoints"
ALARMS = f"arn:aws:cloudwatch:{REGION}:{PRODUCTION}:alarm"
EC2 = f"arn:aws:ec2:{REGION}:{PRODUCTION}"
VOLUMES = f"arn:aws:kms:{REGION}:{PRODUCTION}:key/volumes"
TOOLING_KEY = f"arn:aws:kms:{REGION}:{TOOLING}:key/0a1b"
THROUGH_S3 = {"kms__ViaService": f"s3.{REGION}.amazonaws.com"}
ALIAS: Json = {"kms__ResourceAliases": ["alias/acme/fraud/artifacts"]}
DECISIONS = f"{CAPTURE_BUCKET}/capture"
SUBNET = {"ec2__Subnet": f"{EC2}:subnet/{NETWORK.subnet_ids[0]}"}


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_role)


@pytest.fixture(scope="module")
def serving(found: Built) -> Caller:
    (bucket,) = found.resources("AWS::S3::Bucket")
    (key,) = found.resources("AWS::KMS::Key")
    policies = [each["PolicyDocument"] for each in found.all("AWS::IAM::ManagedPolicy")]
    names = {f"{bucket}.Arn": CAPTURE_BUCKET, f"{key}.Arn": CAPTURE_KEY}
    return Caller(policies=resolved(policies, names), account=PRODUCTION)


@pytest.fixture(scope="module")
def role(found: Built) -> Json:
    return found.one("AWS::IAM::Role")


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_it_has_the_name_that_others_know_under_the_boundary(role: Json) -> None:
    assert role["RoleName"] == "acme-card-fraud.serve-production"
    assert role["Path"] == "/acme/fraud/"
    assert role["PermissionsBoundary"] == BOUNDARY
    assert {"Key": "team", "Value": "fraud"} in role["Tags"]


def test_only_sagemaker_for_this_account_takes_it_on(role: Json) -> None:
    trust = role["AssumeRolePolicyDocument"]
    source = {"aws__SourceArn": f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:endpoint/fraud-card-fraud-production"}
    here = Service(principal="sagemaker.amazonaws.com", account=PRODUCTION)
    assert here.passes(trust, "sts:AssumeRole", **source) == "Allow"
    strange = Service(principal="sagemaker.amazonaws.com", account="999999999999")
    assert strange.passes(trust, "sts:AssumeRole", **source) != "Allow"
    elsewhere = {"aws__SourceArn": "arn:aws:sagemaker:eu-west-1:999999999999:endpoint/theirs"}
    assert here.passes(trust, "sts:AssumeRole", **elsewhere) != "Allow"
    assert Service(principal="lambda.amazonaws.com", account=PRODUCTION).passes(trust, "sts:AssumeRole") != "Allow"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("ecr:GetAuthorizationToken", "*"),
        ("ecr:BatchGetImage", f"{IMAGES}/card-fraud"),
        ("ecr:GetDownloadUrlForLayer", f"{IMAGES}/card-fraud"),
        ("s3:GetObject", f"{ARTEFACTS}/models/card-fraud/run/output/model.tar.gz"),
        ("s3:PutObject", f"{DECISIONS}/fraud-card-fraud-production/champion/2026/11/27/10/a.jsonl"),
        ("s3:PutObject", f"{DECISIONS}/fraud-card-fraud-production/challenger/2026/11/27/10/a.jsonl"),
        ("logs:CreateLogStream", f"{LOGS}/fraud-card-fraud-production:log-stream:champion/i-0a1b"),
        ("logs:PutLogEvents", f"{LOGS}/fraud-card-fraud-production:log-stream:champion/i-0a1b"),
        ("cloudwatch:DescribeAlarms", f"{ALARMS}:fraud-card-fraud-v12-8f5089-5xx"),
        ("cloudwatch:DescribeAlarms", f"{ALARMS}:fraud-card-fraud-v12-2-8f5089-latency"),
    ],
)
def test_it_fetches_its_model_and_writes_what_is_told_of_it(serving: Caller, action: str, resource: str) -> None:
    assert serving.may(action, resource)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("ecr:BatchGetImage", f"{IMAGES}/refunds"),
        ("ecr:PutImage", f"{IMAGES}/card-fraud"),
        ("s3:GetObject", f"{ARTEFACTS}/models/refunds/run/output/model.tar.gz"),
        ("s3:GetObject", f"{ARTEFACTS}/models/card-fraud-2/run/output/model.tar.gz"),
        ("s3:GetObject", f"{ARTEFACTS}/code/3f2a/train.py"),
        ("s3:GetObject", f"{ARTEFACTS}/evaluations/card-fraud/run/evaluation.json"),
        ("s3:PutObject", f"{ARTEFACTS}/models/card-fraud/run/output/model.tar.gz"),
        ("s3:GetObject", f"{DECISIONS}/fraud-card-fraud-production/champion/2026/11/27/10/a.jsonl"),
        ("s3:DeleteObject", f"{DECISIONS}/fraud-card-fraud-production/champion/2026/11/27/10/a.jsonl"),
        ("s3:PutObject", f"{DECISIONS}/fraud-refunds-production/champion/2026/11/27/10/a.jsonl"),
        ("s3:PutObject", f"{DECISIONS}/fraud-card-fraud-staging/champion/2026/11/27/10/a.jsonl"),
        ("logs:PutLogEvents", f"{LOGS}/fraud-refunds-production:log-stream:champion/i-0a1b"),
        ("logs:PutLogEvents", f"{LOGS}/fraud-card-fraud-production2:log-stream:champion/i-0a1b"),
        ("logs:GetLogEvents", f"{LOGS}/fraud-card-fraud-production:log-stream:champion/i-0a1b"),
        ("cloudwatch:DescribeAlarms", f"{ALARMS}:acme-RootUsed"),
        ("cloudwatch:DescribeAlarms", "*"),
        ("cloudwatch:DisableAlarmActions", f"{ALARMS}:fraud-card-fraud-v12-8f5089-5xx"),
        ("cloudwatch:PutMetricAlarm", f"{ALARMS}:fraud-card-fraud-v12-8f5089-5xx"),
        ("sagemaker:InvokeEndpoint", f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:endpoint/fraud-card-fraud-production"),
        ("sagemaker:UpdateEndpoint", f"arn:aws:sagemaker:{REGION}:{PRODUCTION}:endpoint/fraud-card-fraud-production"),
        ("sagemaker:DescribeModelPackage", f"arn:aws:sagemaker:{REGION}:{TOOLING}:model-package/fraud-card-fraud/1"),
        ("iam:PassRole", f"arn:aws:iam::{PRODUCTION}:role/acme/fraud/acme-card-fraud.serve-production"),
        ("sts:AssumeRole", f"arn:aws:iam::{PRODUCTION}:role/acme/fraud/acme-card-fraud.serve-production"),
    ],
)
def test_it_does_nothing_else(serving: Caller, action: str, resource: str) -> None:
    assert not serving.may(action, resource)


def test_it_decrypts_the_teams_artefacts_through_s3_alone(serving: Caller) -> None:
    assert serving.may("kms:Decrypt", TOOLING_KEY, **THROUGH_S3, **ALIAS)
    assert not serving.may("kms:Decrypt", TOOLING_KEY, **ALIAS)
    assert not serving.may("kms:Decrypt", TOOLING_KEY, **THROUGH_S3)
    others: Json = {"kms__ResourceAliases": ["alias/acme/refunds/artifacts"]}
    assert not serving.may("kms:Decrypt", TOOLING_KEY, **THROUGH_S3, **others)
    assert not serving.may("kms:GenerateDataKey", TOOLING_KEY, **THROUGH_S3, **ALIAS)


def test_it_encrypts_decisions_through_s3_alone(serving: Caller) -> None:
    assert serving.may("kms:GenerateDataKey", CAPTURE_KEY, **THROUGH_S3)
    assert not serving.may("kms:GenerateDataKey", CAPTURE_KEY)


def test_it_lists_its_own_artefacts_alone(serving: Caller) -> None:
    assert serving.may("s3:ListBucket", ARTEFACTS, s3__prefix="models/card-fraud/run/")
    for prefix in ("models/refunds/", "models/card-fraud-2/", "code/", ""):
        assert not serving.may("s3:ListBucket", ARTEFACTS, s3__prefix=prefix)


def test_it_has_interfaces_in_its_own_group_and_its_own_subnets_alone(serving: Caller) -> None:
    assert serving.may("ec2:CreateNetworkInterface", f"{EC2}:security-group/{GROUP}")
    assert serving.may("ec2:CreateNetworkInterface", f"{EC2}:subnet/{NETWORK.subnet_ids[1]}")
    assert not serving.may("ec2:CreateNetworkInterface", f"{EC2}:security-group/{NETWORK.workload_security_group_id}")
    assert not serving.may("ec2:CreateNetworkInterface", f"{EC2}:subnet/subnet-elsewhere")
    assert serving.may("ec2:DeleteNetworkInterface", f"{EC2}:network-interface/eni-0a1b", **SUBNET)
    assert not serving.may("ec2:DeleteNetworkInterface", f"{EC2}:network-interface/eni-0a1b")


def test_volumes_are_under_the_one_key(serving: Caller) -> None:
    grant = {"kms__GrantIsForAWSResource": "true"}
    assert serving.may("kms:CreateGrant", VOLUMES, **grant)
    assert not serving.may("kms:CreateGrant", VOLUMES)
    assert not serving.may("kms:CreateGrant", CAPTURE_KEY, **grant)


def test_its_metrics_are_those_of_instances(serving: Caller) -> None:
    assert serving.may("cloudwatch:PutMetricData", cloudwatch__namespace="/aws/sagemaker/Endpoints")
    assert not serving.may("cloudwatch:PutMetricData", cloudwatch__namespace="AWS/SageMaker")
    assert not serving.may("cloudwatch:PutMetricData", cloudwatch__namespace="acme/Security")


def test_a_boundary_of_its_actions_takes_nothing_from_it(found: Built) -> None:
    capture = Capture(bucket_arn=CAPTURE_BUCKET, destination="s3://captured/capture", key_arn=CAPTURE_KEY)
    told = set(serving_actions(SERVED, capture=capture, volume_key_arn=VOLUMES))
    statements = [s for each in found.all("AWS::IAM::ManagedPolicy") for s in each["PolicyDocument"]["Statement"]]
    assert told == {action for each in statements for action in each["Action"]}
    assert not [action for action in told if "*" in action]


def test_a_serverless_models_role_has_no_interfaces_and_captures_nothing() -> None:
    served = replace(SERVED, network=None)
    actions = serving_actions(served)
    assert not [action for action in actions if action.startswith("ec2:") or action == "s3:PutObject"]
    found = built(lambda stack: a_role(stack, served=served, capture=None, volume_key_arn=None))
    assert found.findings == ()
    assert len(found.all("AWS::IAM::ManagedPolicy")) == 1


@pytest.mark.parametrize(
    "names",
    [
        *({"environment": each} for each in ("", "Production", "pre-prod", "x" * 11, "*", "prod\n")),
        *({"team": each} for each in ("", "Fraud", "fr", "t" * 21, "fraud-", "fraud--x", ".*", "fraud\n")),
        *({"model": each} for each in ("", "Card", "m" * 25, "card.fraud", "card|.*", "*", "${aws:username}")),
        *(
            {"addresses": replace(ADDRESSES, tooling=each)}
            for each in ("", "3" * 11, "${Token[AWS.AccountId.1]}", ".*")
        ),
        {"addresses": replace(ADDRESSES, region="${Token[AWS.Region.2]}")},
        {"addresses": replace(ADDRESSES, partition="${Token[AWS.Partition.3]}")},
    ],
)
def test_what_no_name_can_hold_or_a_pattern_would_take_for_more_is_refused(names: dict[str, Any]) -> None:
    message, made = refused(lambda stack: a_role(stack, served=replace(SERVED, **names)))
    assert message.startswith("REL-032: Serve: ")
    assert "Alone/Serve" not in made
