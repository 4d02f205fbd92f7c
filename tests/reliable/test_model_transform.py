"""ModelTransform: what is scored when, by whom, and that a run that fails is told of."""

import json
from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from mlops_stages.reliable import Batch, Capture, serving_actions
from tests.foundation.built import Built, Json, built, refused, resolved
from tests.foundation.judge import Caller, Service
from tests.reliable.deployed import Deployed, api_faults
from tests.reliable.serving import (
    BATCH,
    BOUNDARY,
    CAPTURE_BUCKET,
    CAPTURE_KEY,
    GIVEN,
    KEYS,
    OWNER,
    PACKAGES,
    PRODUCTION,
    REGION,
    ROLE,
    SERVED,
    a_role,
    a_store,
    a_transform,
    an_endpoint,
)

pytestmark = pytest.mark.usefixtures("either_spelling")

RELEASE = {"ModelPackageArn": f"{PACKAGES}/12", "ConfigName": "fraud-card-fraud-v12"}
SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{PRODUCTION}"
STREAMS = f"arn:aws:logs:{REGION}:{PRODUCTION}:log-group:/aws/sagemaker/TransformJobs:log-stream"
JOB, MODEL = (
    f"{SAGEMAKER}:transform-job/fraud-card-fraud-Pd32c5kddcf5bb8c3",
    f"{SAGEMAKER}:model/fraud-card-fraud-v12-8f",
)


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_transform)


@pytest.fixture(scope="module")
def job(found: Built) -> Json:
    """The request of a run, as Scheduler sends it."""
    target = Deployed(found.body, RELEASE).one("AWS::Scheduler::Schedule")["Target"]
    text = target["Input"].replace("<aws.scheduler.execution-id>", "d32c5kddcf5bb8c3")
    return json.loads(text.replace("<aws.scheduler.scheduled-time>", "2026-11-28T05:00:00Z"))


@pytest.fixture(scope="module")
def starter(found: Built) -> Caller:
    (key,) = [name for name in found.resources("AWS::KMS::Key") if name.startswith("TransformKey")]
    (policy,) = found.all("AWS::IAM::ManagedPolicy")
    return Caller(policies=[resolved(policy["PolicyDocument"], {f"{key}.Arn": f"{KEYS}/told"})], account=PRODUCTION)


@pytest.fixture(scope="module")
def worker() -> Caller:
    return _worker()


def _worker(**options: Any) -> Caller:  # noqa: ANN401 - real options
    role = built(lambda stack: a_role(stack, batch=BATCH, **options))
    (bucket,) = role.resources("AWS::S3::Bucket")
    (key,) = role.resources("AWS::KMS::Key")
    documents = [each["PolicyDocument"] for each in role.all("AWS::IAM::ManagedPolicy")]
    assert role.findings == ()
    return Caller(
        policies=resolved(documents, {f"{bucket}.Arn": CAPTURE_BUCKET, f"{key}.Arn": CAPTURE_KEY}), account=PRODUCTION
    )


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_cfn_lint_finds_nothing_in_a_release(found: Built) -> None:
    sets: Any = [RELEASE]
    assert lint(json.dumps(found.body), None, [REGION], ManualArgs(regions=[REGION], parameters=sets)) == []


def test_nothing_is_scored_before_a_release(found: Built) -> None:
    before = Deployed(found.body, {})
    assert before.refused() == []
    assert before.resources("AWS::Scheduler::Schedule") == before.resources("AWS::SageMaker::Model") == {}


def test_it_is_released_by_two_parameters_alone(found: Built) -> None:
    assert {*found.body["Parameters"]} - {"BootstrapVersion"} == {"ModelPackageArn", "ConfigName"}


def test_a_release_is_an_isolated_model_that_stays(found: Built) -> None:
    model = Deployed(found.body, RELEASE).one("AWS::SageMaker::Model")
    assert model["EnableNetworkIsolation"] is True
    assert model["PrimaryContainer"]["ModelPackageName"] == f"{PACKAGES}/12"
    assert model["ModelName"].startswith("fraud-card-fraud-v12-")
    (resource,) = found.resources("AWS::SageMaker::Model").values()
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_sagemakers_own_model_takes_the_request_of_a_run(job: Json) -> None:
    assert api_faults("CreateTransformJob", job) == []


def test_a_run_scores_all_that_lies_there_and_writes_under_the_time_that_it_was_due(job: Json) -> None:
    assert job["TransformInput"]["DataSource"]["S3DataSource"] == {
        "S3DataType": "S3Prefix",
        "S3Uri": "s3://requests-bucket/card-fraud/today/",
    }
    assert job["TransformOutput"]["S3OutputPath"] == "s3://answers-bucket/card-fraud/2026-11-28T05:00:00Z"
    assert job["TransformJobName"] == "fraud-card-fraud-Pd32c5kddcf5bb8c3"


def test_volumes_answers_and_what_is_captured_are_under_keys(job: Json) -> None:
    assert job["TransformResources"]["VolumeKmsKeyId"].startswith("TransformKey")
    assert job["TransformOutput"]["KmsKeyId"] == f"{KEYS}/made"
    capture = job["DataCaptureConfig"]
    assert capture["DestinationS3Uri"].endswith("/capture/fraud-card-fraud-production")
    assert capture["GenerateInferenceId"] is True
    assert capture["KmsKeyId"].startswith("CaptureKey")


def test_a_job_is_tagged_for_its_team_and_model(job: Json) -> None:
    assert {each["Key"]: each["Value"] for each in job["Tags"]}.items() >= {
        "team": "fraud",
        "model": "card-fraud",
    }.items()


def test_the_longest_names_fit() -> None:
    team, model = "t" * 20, "m" * 24
    served = replace(SERVED, team=team, model=model)

    def make(stack: Stack) -> object:
        return a_transform(stack, served=served, capture=a_store(stack, team=team, models=[model]).capture())

    package = PACKAGES.replace("fraud-card-fraud", f"{team}-{model}")
    deployed = Deployed(
        built(make).body, {"ModelPackageArn": f"{package}/999", "ConfigName": f"{team}-{model}-v999-123"}
    )
    text = deployed.one("AWS::Scheduler::Schedule")["Target"]["Input"].replace("<aws.scheduler.execution-id>", "d" * 16)
    assert api_faults("CreateTransformJob", json.loads(text)) == []
    assert len(deployed.one("AWS::Scheduler::Schedule")["Name"]) <= 64


# Who starts a run


def test_only_scheduler_for_this_group_takes_the_role_on(found: Built) -> None:
    (role,) = found.all("AWS::IAM::Role")
    trust = role["AssumeRolePolicyDocument"]
    source = f"arn:aws:scheduler:{REGION}:{PRODUCTION}:schedule-group/acme-card-fraud-production-transform"
    here = Service(principal="scheduler.amazonaws.com", account=PRODUCTION)
    assert here.passes(trust, "sts:AssumeRole", aws__SourceArn=source) == "Allow"
    assert here.passes(trust, "sts:AssumeRole", aws__SourceArn=source.replace("card-fraud", "refunds")) != "Allow"
    strange = Service(principal="scheduler.amazonaws.com", account="999999999999")
    assert strange.passes(trust, "sts:AssumeRole", aws__SourceArn=source) != "Allow"
    assert role["PermissionsBoundary"] == BOUNDARY


ASKED: Json = {
    "sagemaker__ModelArn": MODEL,
    "sagemaker__InstanceTypes": ["ml.m5.xlarge"],
    "sagemaker__VolumeKmsKey": f"{KEYS}/told",
}


def test_it_starts_jobs_of_this_model_as_declared(starter: Caller) -> None:
    assert starter.may("sagemaker:CreateTransformJob", JOB, **ASKED)


@pytest.mark.parametrize(
    "other",
    [
        {"sagemaker__ModelArn": MODEL.replace("card-fraud", "refunds")},
        {"sagemaker__ModelArn": f"{SAGEMAKER}:model/fraud-card-fraud-2-v1-8f"},
        {"sagemaker__InstanceTypes": ["ml.p3.2xlarge"]},
        {"sagemaker__VolumeKmsKey": f"{KEYS}/other"},
    ],
)
def test_it_starts_no_other(starter: Caller, other: Json) -> None:
    assert not starter.may("sagemaker:CreateTransformJob", JOB, **{**ASKED, **other})


def test_it_starts_none_without_a_key_or_under_another_name(starter: Caller) -> None:
    without = {name: each for name, each in ASKED.items() if "Kms" not in name}
    assert not starter.may("sagemaker:CreateTransformJob", JOB, **without)
    assert not starter.may("sagemaker:CreateTransformJob", JOB.replace("card-fraud", "refunds"), **ASKED)


@pytest.mark.parametrize(
    "action", ["sagemaker:CreateModel", "sagemaker:StopTransformJob", "iam:PassRole", "s3:GetObject"]
)
def test_it_does_nothing_else(starter: Caller, action: str) -> None:
    assert not starter.may(action, JOB)
    assert not starter.may(action, ROLE, iam__PassedToService="sagemaker.amazonaws.com")


# What the jobs may do


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::requests-bucket/card-fraud/today/part-0.csv"),
        ("s3:PutObject", "arn:aws:s3:::answers-bucket/card-fraud/2026-11-28T05:00:00Z/part-0.csv.out"),
        ("s3:PutObject", f"{CAPTURE_BUCKET}/capture/fraud-card-fraud-production/input/2026/11/28/05/x.json"),
        ("logs:PutLogEvents", f"{STREAMS}:fraud-card-fraud-Pd32c/i"),
    ],
)
def test_jobs_read_what_is_given_and_write_the_answers(worker: Caller, action: str, resource: str) -> None:
    assert worker.may(action, resource)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::requests-bucket/refunds/today/part-0.csv"),
        ("s3:GetObject", "arn:aws:s3:::requests-bucket/card-fraud/today-too/part-0.csv"),
        ("s3:PutObject", "arn:aws:s3:::requests-bucket/card-fraud/today/part-0.csv"),
        ("s3:GetObject", "arn:aws:s3:::answers-bucket/card-fraud/2026-11-28T05:00:00Z/part-0.csv.out"),
        ("s3:DeleteObject", "arn:aws:s3:::answers-bucket/card-fraud/2026-11-28T05:00:00Z/part-0.csv.out"),
        ("logs:PutLogEvents", f"{STREAMS}:fraud-refunds-Pd32c/i"),
        # Staging's, which may be in this account; and those of a model whose name starts with this one's.
        ("logs:PutLogEvents", f"{STREAMS}:fraud-card-fraud-Sd32c/i"),
        ("logs:PutLogEvents", f"{STREAMS}:fraud-card-fraud-people-Pd32c/i"),
        (
            "cloudwatch:DescribeAlarms",
            f"arn:aws:cloudwatch:{REGION}:{PRODUCTION}:alarm:fraud-card-fraud-v12-8f5089-5xx",
        ),
        ("sagemaker:CreateTransformJob", JOB),
    ],
)
def test_jobs_do_nothing_else(worker: Caller, action: str, resource: str) -> None:
    assert not worker.may(action, resource)


def test_where_versions_are_tested_jobs_score_what_tests_put_there_as_well() -> None:
    tested = _worker(is_tried=True)
    tests = "arn:aws:s3:::answers-bucket/card-fraud-tried"
    assert tested.may("s3:GetObject", f"{tests}/in/v12-1/gold/000000")
    assert tested.may("s3:ListBucket", "arn:aws:s3:::answers-bucket", s3__prefix="card-fraud-tried/in/v12-1/gold/")
    assert tested.may("s3:PutObject", f"{tests}/out/v12-1/gold/000000.out")
    assert not tested.may("s3:PutObject", f"{tests}/in/v12-1/gold/000000")
    assert not tested.may("s3:GetObject", f"{tests}/out/v12-1/gold/000000.out")


def test_where_versions_serve_nothing_is_tested(worker: Caller) -> None:
    tests = "arn:aws:s3:::answers-bucket/card-fraud-tried"
    assert not worker.may("s3:GetObject", f"{tests}/in/v12-1/gold/000000")
    assert not worker.may("s3:PutObject", f"{tests}/out/v12-1/gold/000000.out")


def test_a_boundary_of_its_actions_takes_nothing_from_it(worker: Caller) -> None:
    capture = Capture(bucket_arn=CAPTURE_BUCKET, destination="s3://captured/capture", key_arn=CAPTURE_KEY)
    told = set(serving_actions(SERVED, capture=capture, volume_key_arn=f"{KEYS}/volumes", batch=BATCH))
    assert told == {action for each in worker.policies for s in each["Statement"] for action in s["Action"]}


# Who is told


def test_a_failed_job_is_told_to_the_owner(found: Built) -> None:
    rule = found.one("AWS::Events::Rule")
    assert rule["EventPattern"]["detail"] == {
        "TransformJobStatus": ["Failed", "Stopped"],
        "ModelName": [{"prefix": "fraud-card-fraud-v"}],
        # Those are a test's, one of which is to fail; its promotion tells.
        "TransformJobName": [{"anything-but": {"prefix": "fraud-card-fraud-P-try-"}}],
    }
    assert f"rule/{rule['Name']}" == SERVED.transform_rule_arn.rpartition(":")[2]
    (target,) = rule["Targets"]
    assert OWNER in target["InputTransformer"]["InputTemplate"]
    topic = found.one("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    assert SERVED.transform_rule_arn in json.dumps(topic)


def test_a_run_that_does_not_start_and_a_notice_that_does_not_arrive_are_alarms(found: Built) -> None:
    seen = {each["MetricName"]: each["Dimensions"][0]["Name"] for each in found.all("AWS::CloudWatch::Alarm")}
    assert seen == {"InvocationDroppedCount": "ScheduleGroup", "FailedInvocations": "RuleName"}
    for alarm in found.all("AWS::CloudWatch::Alarm"):
        assert OWNER in alarm["AlarmDescription"]
        assert alarm["AlarmActions"]


# What is refused


def refusal(**options: Any) -> str:  # noqa: ANN401 - real options
    message, made = refused(lambda stack: a_transform(stack, **options))
    assert not [path for path in made if path.startswith("Alone/Transform/")]
    code, _, rest = message.partition(": Transform: ")
    assert rest, message
    return code


@pytest.mark.parametrize(
    "batch",
    [
        *(replace(BATCH, given=replace(GIVEN, prefix=each)) for each in ("", "/a", "a/", "a//b", "*", "a/../*", "a\n")),
        replace(BATCH, made=replace(GIVEN, prefix="card-fraud/today/out")),
        replace(BATCH, made=replace(GIVEN, prefix="card-fraud")),
        replace(BATCH, made=GIVEN),
        # What tests put beside the answers would be scored as well.
        replace(BATCH, given=replace(GIVEN, prefix="nightly-tried"), made=replace(GIVEN, prefix="nightly")),
    ],
)
def test_answers_among_what_is_scored_and_prefixes_that_are_none_are_refused(batch: Batch) -> None:
    assert refusal(batch=batch) == "REL-039"


def test_places_that_only_begin_alike_are_two() -> None:
    replace(BATCH, made=replace(GIVEN, prefix="card-fraud/today-too")).check("Transform")


@pytest.mark.parametrize(
    "options",
    [
        {"schedule": "daily"},
        {"schedule": "at(2026-11-28T05:00:00)"},
        {"time_zone": ""},
        {"instance_type": "m5.large"},
        {"instances": 0},
        {"instances": 101},
        {"payload_mb": 0},
        {"payload_mb": 101},
    ],
)
def test_schedules_and_sizes_out_of_bounds_are_refused(options: dict[str, Any]) -> None:
    assert refusal(batch=replace(BATCH, **options)) == "REL-040"


def test_no_network_and_a_key_that_does_not_go_with_the_instances_are_refused() -> None:
    assert refusal(served=replace(SERVED, network=None)) == "REL-041"
    assert refusal(volume_key_arn=None) == "REL-041"
    assert refusal(batch=replace(BATCH, instance_type="ml.g5.xlarge")) == "REL-041"


def test_machines_that_encrypt_themselves_take_no_key() -> None:
    gpu = built(lambda s: a_transform(s, batch=replace(BATCH, instance_type="ml.g5.xlarge"), volume_key_arn=None))
    assert gpu.findings == ()
    text = Deployed(gpu.body, RELEASE).one("AWS::Scheduler::Schedule")["Target"]["Input"]
    assert "VolumeKmsKeyId" not in text


def test_a_runbook_longer_than_a_description_takes_is_refused() -> None:
    assert refusal(runbook="x" * 500) == "REL-038"


def test_an_endpoint_and_a_transform_do_not_share_a_stack() -> None:
    def make(stack: Stack) -> None:
        capture = a_store(stack).capture()
        an_endpoint(stack, capture=capture)
        a_transform(stack, capture=capture)

    assert refused(make)[0].startswith("REL-037: Transform: ")
