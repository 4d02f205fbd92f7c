"""ExperimentTracking: one MLflow app, its artifacts in one prefix of one bucket."""

import pytest
from aws_cdk import Stack

from mlops_stages.initial import ExperimentTracking
from tests.foundation.built import BOUNDARY, HERE, Built, Json, built, resolved
from tests.foundation.judge import Caller, Service
from tests.initial.given import a_bucket

BUCKET = "arn:aws:s3:::team"
KEY = "arn:aws:kms:eu-west-1:111111111111:key/k"


def tracking(stack: Stack) -> ExperimentTracking:
    return ExperimentTracking(
        stack, "Tracking", perimeter=HERE, name="acme-fraud", bucket=a_bucket(stack), permissions_boundary_arn=BOUNDARY
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(tracking)


@pytest.fixture(scope="module")
def app(found: Built) -> Caller:
    """The app, as it acts on S3."""
    (bucket,), (key,) = found.resources("AWS::S3::Bucket"), found.resources("AWS::KMS::Key")
    document: Json = resolved(
        found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"], {f"{bucket}.Arn": BUCKET, f"{key}.Arn": KEY}
    )
    return Caller(policies=[document])


def test_the_app_keeps_its_artifacts_in_the_given_bucket(found: Built) -> None:
    properties = found.one("AWS::SageMaker::MlflowApp")
    (bucket,) = found.resources("AWS::S3::Bucket")
    assert properties["Name"] == "acme-fraud"
    assert resolved(properties["ArtifactStoreUri"], {bucket: "team"}) == "s3://team/mlflow"


def test_it_registers_no_model(found: Built) -> None:
    assert found.one("AWS::SageMaker::MlflowApp")["ModelRegistrationMode"] == "AutoModelRegistrationDisabled"


def test_it_reads_and_writes_its_own_prefix_only(app: Caller) -> None:
    for action in ("s3:GetObject", "s3:PutObject"):
        assert app.may(action, f"{BUCKET}/mlflow/run/model.pkl")
        assert not app.may(action, f"{BUCKET}/raw/customers.parquet")
        assert not app.may(action, "arn:aws:s3:::other/mlflow/x")
    assert not app.may("s3:DeleteObjectVersion", f"{BUCKET}/mlflow/x")
    assert not app.may("s3:DeleteBucket", BUCKET)


def test_it_uses_the_buckets_key_and_no_other(app: Caller) -> None:
    assert app.may("kms:GenerateDataKey", KEY)
    assert not app.may("kms:GenerateDataKey", KEY.replace("key/k", "key/other"))


def test_only_sagemaker_of_this_account_takes_its_role_if_it_says_for_whom_it_acts(found: Built) -> None:
    role = found.one("AWS::IAM::Role")
    own = {"aws__SourceArn": "arn:aws:sagemaker:eu-west-1:111111111111:mlflow-app/app-x"}
    sagemaker = Service(principal="sagemaker.amazonaws.com")
    trust = role["AssumeRolePolicyDocument"]
    assert role["PermissionsBoundary"] == BOUNDARY
    assert sagemaker.passes(trust, "sts:AssumeRole", **own) == "Allow"
    any_of_the_account = {"aws__SourceArn": "arn:aws:sagemaker:eu-west-1:111111111111:*"}
    assert sagemaker.passes(trust, "sts:AssumeRole", **any_of_the_account) == "Allow"
    assert Service(principal="sagemaker.amazonaws.com", account=None).passes(trust, "sts:AssumeRole") == "Allow"
    strange = {"aws__SourceArn": "arn:aws:sagemaker:eu-west-1:999999999999:mlflow-app/app-x"}
    assert sagemaker.passes(trust, "sts:AssumeRole", **strange) == "ImplicitDeny"
    stranger = Service(principal="sagemaker.amazonaws.com", account="999999999999")
    assert stranger.passes(trust, "sts:AssumeRole") == "ImplicitDeny"
    assert Service(principal="glue.amazonaws.com").passes(trust, "sts:AssumeRole", **own) == "ImplicitDeny"


def test_it_waits_for_the_buckets_policy(found: Built) -> None:
    (app,) = found.resources("AWS::SageMaker::MlflowApp").values()
    assert set(found.resources("AWS::S3::BucketPolicy")) <= set(app["DependsOn"])


def test_its_users_are_allowed_this_app_only() -> None:
    def make(stack: Stack) -> None:
        made = tracking(stack)
        (statement,) = made.use()
        assert statement.resources == [made.app_arn]
        assert set(statement.actions) == {
            "sagemaker:CallMlflowAppApi",
            "sagemaker:CreatePresignedMlflowAppUrl",
            "sagemaker:DescribeMlflowApp",
        }

    built(make)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
