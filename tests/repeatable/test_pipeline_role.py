"""PipelineRole: what a model's pipeline may do, judged by requests."""

from dataclasses import replace
from typing import Any

import pytest

from mlops_stages.pipeline_definition import registration
from tests.foundation.built import NETWORK, Built, Json, built, refused, resolved
from tests.foundation.judge import Caller, Service
from tests.repeatable.development import ADDRESSES, DEVELOPMENT, LATE_ARRIVAL, a_team

pytestmark = pytest.mark.usefixtures("either_spelling")

SAGEMAKER = f"arn:aws:sagemaker:eu-west-1:{DEVELOPMENT}"
REGISTRY = "arn:aws:sagemaker:eu-west-1:333333333333"
KEY = f"arn:aws:kms:eu-west-1:{DEVELOPMENT}:key/pipelines"
ARTIFACTS_KEY = "arn:aws:kms:eu-west-1:333333333333:alias/acme/arrivals/artifacts"
ROLE = f"arn:aws:iam::{DEVELOPMENT}:role/acme/arrivals/acme-late-arrival.pipeline"
PIPELINES, ARTIFACTS = (
    "arn:aws:s3:::acme-arrivals-pipelines-222222222222",
    "arn:aws:s3:::acme-arrivals-artifacts-333333333333",
)
JOB = f"{SAGEMAKER}:training-job/arrivals-late-arrival-abc123def456-k9-0"
ASKED: Json = {
    "sagemaker__VpcSubnets": list(NETWORK.subnet_ids),
    "sagemaker__VpcSecurityGroupIds": [NETWORK.workload_security_group_id],
    "sagemaker__VolumeKmsKey": KEY,
    "sagemaker__OutputKmsKey": KEY,
    "sagemaker__NetworkIsolation": "true",
    "sagemaker__InterContainerTrafficEncryption": "true",
    "sagemaker__InstanceTypes": ["ml.m5.large"],
    "aws__RequestTag/team": "arrivals",
    "aws__RequestTag/model": "late-arrival",
}
ORIGIN: Json = {
    "sagemaker__ModelApprovalStatus": "PendingManualApproval",
    **{f"sagemaker__CustomerMetadataProperties/{key}": "known" for key in registration.ORIGIN},
}


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_team)


@pytest.fixture(scope="module")
def role(found: Built) -> Json:
    (role,) = [each for each in found.all("AWS::IAM::Role") if each["RoleName"] == "acme-late-arrival.pipeline"]
    return role


@pytest.fixture(scope="module")
def pipeline(found: Built, role: Json) -> Caller:
    (key,) = found.resources("AWS::KMS::Key")
    policies = found.resources("AWS::IAM::ManagedPolicy")
    documents = [policies[arn["Ref"]]["Properties"]["PolicyDocument"] for arn in role["ManagedPolicyArns"]]
    return Caller(policies=resolved(documents, {f"{key}.Arn": KEY}), account=DEVELOPMENT)


def test_only_sagemaker_for_this_account_takes_it_on(role: Json) -> None:
    trust = role["AssumeRolePolicyDocument"]
    source = {"aws__SourceArn": f"{SAGEMAKER}:pipeline/arrivals-late-arrival"}
    here = Service(principal="sagemaker.amazonaws.com", account=DEVELOPMENT)
    assert here.passes(trust, "sts:AssumeRole", **source) == "Allow"
    strange = Service(principal="sagemaker.amazonaws.com", account="999999999999")
    assert strange.passes(trust, "sts:AssumeRole", **source) != "Allow"
    assert Service(principal="lambda.amazonaws.com", account=DEVELOPMENT).passes(trust, "sts:AssumeRole") != "Allow"


def test_it_is_the_teams_under_the_boundary(role: Json) -> None:
    assert role["Path"] == "/acme/arrivals/"
    assert role["PermissionsBoundary"].endswith("acme-development-boundary")


@pytest.mark.parametrize("kind", ["Training", "Processing"])
def test_it_runs_jobs_that_are_isolated_and_encrypted(pipeline: Caller, kind: str) -> None:
    job = f"{SAGEMAKER}:{kind.lower()}-job/arrivals-late-arrival-abc123def456-k9-0"
    assert pipeline.may(f"sagemaker:Create{kind}Job", job, **ASKED)
    # Whether AWS supplies a key of another account by the alias that the request names or by its id.
    for key in (ARTIFACTS_KEY, "arn:aws:kms:eu-west-1:333333333333:key/artifacts"):
        assert pipeline.may(f"sagemaker:Create{kind}Job", job, **{**ASKED, "sagemaker__OutputKmsKey": key})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sagemaker__VpcSubnets", ["subnet-elsewhere"]),
        ("sagemaker__VpcSecurityGroupIds", ["sg-elsewhere"]),
        ("sagemaker__VolumeKmsKey", "arn:aws:kms:eu-west-1:222222222222:key/another"),
        ("sagemaker__OutputKmsKey", "arn:aws:kms:eu-west-1:333333333333:alias/acme/fraud/artifacts"),
        ("sagemaker__OutputKmsKey", "arn:aws:kms:eu-west-1:222222222222:key/another"),
        ("sagemaker__OutputKmsKey", "arn:aws:kms:eu-west-1:999999999999:key/theirs"),
        ("sagemaker__NetworkIsolation", "false"),
        ("sagemaker__InterContainerTrafficEncryption", "false"),
        ("sagemaker__InstanceTypes", ["ml.p5.48xlarge"]),
        ("aws__RequestTag/team", "fraud"),
        ("aws__RequestTag/model", "crew-demand"),
    ],
)
def test_a_job_that_is_set_otherwise_or_not_at_all_is_refused(pipeline: Caller, key: str, value: Any) -> None:  # noqa: ANN401
    assert not pipeline.may("sagemaker:CreateTrainingJob", JOB, **{**ASKED, key: value})
    without = {name: each for name, each in ASKED.items() if name != key}
    # An instance type is a must of the API itself.
    assert key == "sagemaker__InstanceTypes" or not pipeline.may("sagemaker:CreateTrainingJob", JOB, **without)


def test_jobs_of_another_name_are_not_its_own(pipeline: Caller) -> None:
    for name in ("pipelines-abc-train-x", "fraud-card-fraud-abc-x-0"):
        job = f"{SAGEMAKER}:training-job/{name}"
        assert not pipeline.may("sagemaker:CreateTrainingJob", job, **ASKED)
        assert not pipeline.may("sagemaker:StopTrainingJob", job)
        assert not pipeline.may("sagemaker:DescribeTrainingJob", job)


def test_it_describes_the_images_of_its_model_when_it_registers(pipeline: Caller) -> None:
    images = "arn:aws:ecr:eu-west-1:333333333333:repository/acme/arrivals"
    for action in ("ecr:BatchGetImage", "ecr:DescribeImages"):
        assert pipeline.may(action, f"{images}/late-arrival")
        assert not pipeline.may(action, f"{images}/crew-demand")


def test_it_passes_itself_to_sagemaker_and_nothing_else(pipeline: Caller) -> None:
    assert pipeline.may("iam:PassRole", ROLE, iam__PassedToService="sagemaker.amazonaws.com")
    assert not pipeline.may("iam:PassRole", ROLE, iam__PassedToService="ec2.amazonaws.com")
    other = ROLE.replace("late-arrival", "crew-demand")
    assert not pipeline.may("iam:PassRole", other, iam__PassedToService="sagemaker.amazonaws.com")


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", f"{ARTIFACTS}/code/3f2a/train.py"),
        ("s3:PutObject", f"{ARTIFACTS}/models/late-arrival/job/output/model.tar.gz"),
        ("s3:GetObject", f"{ARTIFACTS}/models/late-arrival/job/output/model.tar.gz"),
        ("s3:PutObject", f"{ARTIFACTS}/evaluations/late-arrival/run/evaluation.json"),
        ("s3:PutObject", f"{PIPELINES}/late-arrival/run/train/part.parquet"),
        ("s3:GetObject", "arn:aws:s3:::acme-arrivals-internal-444444444444/curated/flights/v1/a.parquet"),
        ("s3:GetObject", "arn:aws:s3:::acme-arrivals-public-444444444444/manifests/flights/v1.json"),
    ],
)
def test_it_reads_code_and_data_and_writes_its_own_part(pipeline: Caller, action: str, resource: str) -> None:
    assert pipeline.may(action, resource)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:PutObject", f"{ARTIFACTS}/code/3f2a/train.py"),
        ("s3:DeleteObject", f"{ARTIFACTS}/models/late-arrival/job/output/model.tar.gz"),
        ("s3:PutObject", f"{ARTIFACTS}/models/crew-demand/job/output/model.tar.gz"),
        ("s3:PutObject", f"{ARTIFACTS}/models/late-arrival2/x"),
        ("s3:PutObject", f"{ARTIFACTS}/evaluations/crew-demand/run/evaluation.json"),
        ("s3:GetObject", f"{PIPELINES}/crew-demand/run/train/part.parquet"),
        ("s3:GetObject", "arn:aws:s3:::acme-fraud-artifacts-333333333333/code/3f2a/train.py"),
        ("s3:GetObject", "arn:aws:s3:::acme-arrivals-confidential-444444444444/curated/x"),
        ("s3:GetObject", "arn:aws:s3:::acme-arrivals-internal-444444444444/landing/x"),
        ("s3:PutObject", "arn:aws:s3:::acme-arrivals-internal-444444444444/curated/x"),
        ("s3:GetObject", "arn:aws:s3:::acme-fraud-internal-444444444444/curated/x"),
    ],
)
def test_nothing_of_others_nor_anything_more_sensitive(pipeline: Caller, action: str, resource: str) -> None:
    assert not pipeline.may(action, resource)


def test_it_lists_only_where_it_works(pipeline: Caller) -> None:
    assert pipeline.may("s3:ListBucket", PIPELINES, s3__prefix="late-arrival/run/train")
    assert not pipeline.may("s3:ListBucket", PIPELINES, s3__prefix="crew-demand/")
    assert not pipeline.may("s3:ListBucket", PIPELINES, s3__prefix="")
    assert pipeline.may("s3:ListBucket", ARTIFACTS, s3__prefix="code/3f2a/")


def test_it_uses_the_key_of_its_own_teams_artifacts(pipeline: Caller) -> None:
    key = "arn:aws:kms:eu-west-1:333333333333:key/unknown"
    assert pipeline.may("kms:GenerateDataKey", key, kms__ResourceAliases=["alias/acme/arrivals/artifacts"])
    assert not pipeline.may("kms:GenerateDataKey", key, kms__ResourceAliases=["alias/acme/fraud/artifacts"])
    assert not pipeline.may("kms:Decrypt", key)


def test_it_registers_its_own_model_with_its_origin_and_pending(pipeline: Caller) -> None:
    for resource in ("model-package-group/arrivals-late-arrival", "model-package/arrivals-late-arrival/1"):
        assert pipeline.may("sagemaker:CreateModelPackage", f"{REGISTRY}:{resource}", **ORIGIN)
        for key in ORIGIN:
            lacking = {name: value for name, value in ORIGIN.items() if name != key}
            assert not pipeline.may("sagemaker:CreateModelPackage", f"{REGISTRY}:{resource}", **lacking)
        approved = {**ORIGIN, "sagemaker__ModelApprovalStatus": "Approved"}
        assert not pipeline.may("sagemaker:CreateModelPackage", f"{REGISTRY}:{resource}", **approved)
    other = f"{REGISTRY}:model-package-group/fraud-card-fraud"
    assert not pipeline.may("sagemaker:CreateModelPackage", other, **ORIGIN)
    version = f"{REGISTRY}:model-package/arrivals-late-arrival/1"
    for stage in ("sagemaker__ModelLifeCycle/Stage", "sagemaker__ModelLifeCycle:Stage"):
        in_production: Json = {**ORIGIN, stage: "Production"}
        assert not pipeline.may("sagemaker:CreateModelPackage", version, **in_production)


def test_it_approves_and_changes_nothing(pipeline: Caller) -> None:
    package = f"{REGISTRY}:model-package/arrivals-late-arrival/1"
    assert not pipeline.may("sagemaker:UpdateModelPackage", package, sagemaker__ModelApprovalStatus="Approved")
    assert not pipeline.may("sagemaker:UpdatePipeline", f"{SAGEMAKER}:pipeline/arrivals-late-arrival")
    assert not pipeline.may("sagemaker:StartPipelineExecution", f"{SAGEMAKER}:pipeline/arrivals-late-arrival")


def test_it_pulls_images_of_its_model_only(pipeline: Caller) -> None:
    repository = "arn:aws:ecr:eu-west-1:333333333333:repository/acme/arrivals"
    assert pipeline.may("ecr:BatchGetImage", f"{repository}/late-arrival")
    assert not pipeline.may("ecr:BatchGetImage", f"{repository}/crew-demand")


def test_more_instance_types_than_a_policy_holds_are_refused() -> None:
    many = ["ml.m5.large", *(f"ml.m{n}.24xlarge" for n in range(200))]
    message, _ = refused(lambda stack: a_team(stack, models=[replace(LATE_ARRIVAL)], instance_types=many))
    assert message.startswith("REP-086: ")


REQUESTS = "challenges/endpoint=arrivals-late-arrival-production/utc_day=2026-11-27/requests.csv.gz"


def test_where_candidates_are_judged_it_reads_requests_of_production_and_else_none(pipeline: Caller) -> None:
    store = "arn:aws:s3:::acme-arrivals-challenges-666666666666"
    addresses = replace(ADDRESSES, production="666666666666")
    models = [replace(LATE_ARRIVAL, is_retrained=True)]
    retrained = built(lambda stack: a_team(stack, models=models, addresses=addresses))
    documents = [
        each["PolicyDocument"]
        for name, each in ((n, r["Properties"]) for n, r in retrained.resources("AWS::IAM::ManagedPolicy").items())
        if "ReadRequests" in name
    ]
    reader = Caller(policies=documents, account=DEVELOPMENT)
    assert reader.may("s3:GetObject", f"{store}/{REQUESTS}")
    assert not reader.may("s3:GetObject", f"{store}/{REQUESTS.replace('late-arrival', 'crew-demand')}")
    assert not pipeline.may("s3:GetObject", f"{store}/{REQUESTS}")
    assert retrained.findings == ()
