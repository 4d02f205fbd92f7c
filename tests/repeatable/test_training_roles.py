"""TrainerRole, DeliverRole and StartRetrainingRole: who starts pipelines, and what they cannot do."""

from dataclasses import replace

import pytest

from mlops_stages.foundation import IamSignIn
from mlops_stages.platform import DataClassification
from mlops_stages.repeatable import DeliverRole, StartRetrainingRole, TrainerRole
from tests.foundation.built import Built, Json, built, refused
from tests.foundation.judge import Caller
from tests.repeatable.development import (
    ADDRESSES,
    ALONE,
    BOUNDARY,
    DEVELOPMENT,
    HERE,
    LATE_ARRIVAL,
    TRAINERS,
    a_team,
)

SAGEMAKER = f"arn:aws:sagemaker:eu-west-1:{DEVELOPMENT}"
OURS, THEIRS = f"{SAGEMAKER}:pipeline/arrivals-late-arrival", f"{SAGEMAKER}:pipeline/fraud-card-fraud"
PACKAGE = "arn:aws:sagemaker:eu-west-1:333333333333:model-package/arrivals-late-arrival/1"
CI = "arn:aws:iam::333333333333:role/acme/arrivals/acme-arrivals.ci"
STREAMS = "arn:aws:logs:eu-west-1:222222222222:log-group:/aws/sagemaker/TrainingJobs:log-stream"


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_team)


def role_of(found: Built, name: str) -> Json:
    (role,) = [each for each in found.all("AWS::IAM::Role") if each["RoleName"] == name]
    return role


def caller(found: Built, name: str) -> Caller:
    policies = found.resources("AWS::IAM::ManagedPolicy")
    arns = role_of(found, name)["ManagedPolicyArns"]
    return Caller(policies=[policies[arn["Ref"]]["Properties"]["PolicyDocument"] for arn in arns], account=DEVELOPMENT)


@pytest.mark.parametrize("name", ["acme-arrivals.train", "acme-arrivals.deliver"])
def test_they_follow_and_stop_the_teams_pipelines(found: Built, name: str) -> None:
    who = caller(found, name)
    assert who.may("sagemaker:DescribePipeline", OURS)
    assert who.may("sagemaker:StopPipelineExecution", f"{OURS}/execution/abc")
    assert who.may("sagemaker:ListPipelineExecutionSteps", f"{OURS}/execution/abc")
    assert not who.may("sagemaker:DescribePipelineExecution", f"{THEIRS}/execution/abc")


def test_ci_alone_starts_runs_because_whoever_does_names_the_commit(found: Built) -> None:
    start = "sagemaker:StartPipelineExecution"
    assert caller(found, "acme-arrivals.deliver").may(start, OURS)
    assert not caller(found, "acme-arrivals.deliver").may(start, THEIRS)
    assert not caller(found, "acme-arrivals.deliver").may(start, OURS, sagemaker__PipelineVersionId="1")
    assert not caller(found, "acme-arrivals.train").may(start, OURS)


@pytest.mark.parametrize("name", ["acme-arrivals.train", "acme-arrivals.deliver"])
@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("sagemaker:CreatePipeline", OURS),
        ("sagemaker:UpdatePipeline", OURS),
        ("sagemaker:DeletePipeline", OURS),
        ("sagemaker:CreateTrainingJob", f"{SAGEMAKER}:training-job/arrivals-mine"),
        ("sagemaker:CreateProcessingJob", f"{SAGEMAKER}:processing-job/arrivals-mine"),
        ("iam:PassRole", "arn:aws:iam::222222222222:role/acme/arrivals/acme-late-arrival.pipeline"),
        ("s3:GetObject", "arn:aws:s3:::acme-arrivals-pipelines-222222222222/late-arrival/run/train/a"),
        ("s3:PutObject", "arn:aws:s3:::acme-arrivals-artifacts-333333333333/code/abc/train.py"),
        ("sagemaker:UpdateModelPackage", PACKAGE),
    ],
)  # fmt: skip
def test_they_change_no_pipeline_start_no_job_and_touch_no_data(
    found: Built, name: str, action: str, resource: str
) -> None:
    assert not caller(found, name).may(action, resource, iam__PassedToService="sagemaker.amazonaws.com")


def test_people_see_the_jobs_and_logs_of_their_own_team(found: Built) -> None:
    who = caller(found, "acme-arrivals.train")
    assert who.may("sagemaker:RetryPipelineExecution", f"{OURS}/execution/abc")
    assert who.may("sagemaker:DescribeTrainingJob", f"{SAGEMAKER}:training-job/arrivals-late-arrival-abc-k-0")
    assert who.may("logs:GetLogEvents", f"{STREAMS}:arrivals-late-arrival-abc-k-0/algo-1")
    assert not who.may("sagemaker:DescribeTrainingJob", f"{SAGEMAKER}:training-job/fraud-card-fraud-abc-k-0")
    assert not who.may("logs:GetLogEvents", f"{STREAMS}:fraud-card-fraud-abc-k-0/algo-1")
    assert who.may("logs:DescribeLogGroups")
    assert not who.may("logs:FilterLogEvents", STREAMS.removesuffix(":log-stream"))


def test_only_the_named_people_take_on_the_duty(found: Built) -> None:
    (trust,) = role_of(found, "acme-arrivals.train")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["StringEquals"]["aws:PrincipalTag/email"] == sorted(TRAINERS)


def test_only_the_teams_own_ci_delivers(found: Built) -> None:
    trust = role_of(found, "acme-arrivals.deliver")["AssumeRolePolicyDocument"]
    ci = Caller(account="333333333333")
    assert ci.passes(trust, "sts:AssumeRole", aws__PrincipalArn=CI) == "Allow"
    for other in (
        CI.replace("arrivals", "fraud"),
        CI.replace("arrivals.ci", "late-arrival.approve"),
        CI.replace("3333", "9999"),
    ):
        assert ci.passes(trust, "sts:AssumeRole", aws__PrincipalArn=other) != "Allow"
    strange = Caller(account="333333333333", organization="o-stranger99")
    assert strange.passes(trust, "sts:AssumeRole", aws__PrincipalArn=CI) != "Allow"


def test_a_duty_of_nobody_is_refused() -> None:
    message, created = refused(
        lambda stack: TrainerRole(
            stack,
            "Train",
            perimeter=HERE,
            addresses=ADDRESSES,
            team="arrivals",
            trainers=[],
            sign_in=IamSignIn(account=DEVELOPMENT),
            permissions_boundary_arn=BOUNDARY,
        )
    )
    assert message.startswith("REP-082: ")
    assert created == []


def test_ci_of_another_account_needs_an_organization() -> None:
    message, created = refused(
        lambda stack: DeliverRole(
            stack, "Deliver", perimeter=ALONE, addresses=ADDRESSES, team="arrivals", permissions_boundary_arn=BOUNDARY
        )
    )
    assert message.startswith("REP-083: ")
    assert created == []


# The retraining of a model

START = "acme-late-arrival.start-retraining"
DATA = "arn:aws:s3:::acme-arrivals-internal-444444444444"
RETRAIN = "arn:aws:iam::333333333333:role/acme/arrivals/acme-late-arrival.retrain"


@pytest.fixture(scope="module")
def retrained() -> Built:
    addresses = replace(ADDRESSES, production="666666666666")
    return built(lambda stack: a_team(stack, addresses=addresses, models=[replace(LATE_ARRIVAL, is_retrained=True)]))


def test_only_a_model_that_is_retrained_has_who_starts_its_pipeline(found: Built, retrained: Built) -> None:
    of = {each["RoleName"] for each in retrained.all("AWS::IAM::Role")}
    assert of - {each["RoleName"] for each in found.all("AWS::IAM::Role")} == {START}


def test_retraining_starts_the_models_own_pipeline_and_sees_how_it_ends(retrained: Built) -> None:
    who = caller(retrained, START)
    assert who.may("sagemaker:StartPipelineExecution", OURS)
    assert not who.may("sagemaker:StartPipelineExecution", OURS, sagemaker__PipelineVersionId="1")
    assert not who.may("sagemaker:StartPipelineExecution", f"{OURS}-2")
    assert who.may("sagemaker:ListPipelineExecutions", OURS)
    for action in ("sagemaker:DescribePipelineExecution", "sagemaker:ListPipelineExecutionSteps"):
        assert who.may(action, f"{OURS}/execution/abc")
        assert not who.may(action, f"{THEIRS}/execution/abc")
    for action in ("sagemaker:StopPipelineExecution", "sagemaker:RetryPipelineExecution", "sagemaker:UpdatePipeline"):
        assert not who.may(action, OURS)
        assert not who.may(action, f"{OURS}/execution/abc")


def test_retraining_reads_which_versions_of_datasets_there_are_and_no_row(retrained: Built) -> None:
    who, key = caller(retrained, START), "arn:aws:kms:eu-west-1:444444444444:key/0123"
    through = {"kms__ViaService": "s3.eu-west-1.amazonaws.com"}
    assert who.may("s3:ListBucket", DATA, s3__prefix="manifests/flights/")
    assert who.may("s3:GetObject", f"{DATA}/manifests/flights/0123456789abcdef.json")
    assert who.may("kms:Decrypt", key, kms__ResourceAliases=["alias/acme/arrivals/data/internal"], **through)
    assert not who.may("kms:Decrypt", key, kms__ResourceAliases=["alias/acme/arrivals/data/internal"])
    assert not who.may("s3:ListBucket", DATA)
    for place in ("curated/flights/0123456789abcdef/a.csv", "labels/late-arrival/a.jsonl", "landing/flights/a.csv"):
        assert not who.may("s3:GetObject", f"{DATA}/{place}")
    assert not who.may("s3:PutObject", f"{DATA}/manifests/flights/0123456789abcdef.json")


def test_only_the_models_own_retraining_takes_it_on(retrained: Built) -> None:
    trust = role_of(retrained, START)["AssumeRolePolicyDocument"]
    function = Caller(account="333333333333")
    assert function.passes(trust, "sts:AssumeRole", aws__PrincipalArn=RETRAIN) == "Allow"
    for other in (RETRAIN.replace("late-arrival", "other"), RETRAIN.replace(".retrain", ".promote"), CI):
        assert function.passes(trust, "sts:AssumeRole", aws__PrincipalArn=other) != "Allow"
    strange = Caller(account="333333333333", organization="o-stranger99")
    assert strange.passes(trust, "sts:AssumeRole", aws__PrincipalArn=RETRAIN) != "Allow"


def test_retraining_from_another_account_needs_an_organization() -> None:
    message, created = refused(
        lambda stack: StartRetrainingRole(
            stack,
            "Retraining",
            perimeter=ALONE,
            addresses=ADDRESSES,
            team="arrivals",
            model="late-arrival",
            classifications=[DataClassification.INTERNAL],
            permissions_boundary_arn=BOUNDARY,
        )
    )
    assert message.startswith("REP-087: ")
    assert created == []
