"""The reference's own model, as `up` trained and registered it, serves in the local AWS under SageMaker's contract."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from mlops_stages.local import refusals
from tests.callers import Caller
from tests.end_to_end.arrivals import Arrivals
from tests.end_to_end.conftest import PlatformUp
from tests.local.laboratory import TRUST, until

NAME = "late-arrival"


@pytest.fixture
def arrivals(platform_up: PlatformUp) -> Arrivals:
    return Arrivals(platform_up)


@pytest.fixture
def serving(arrivals: Arrivals) -> Iterator[Caller]:
    """The root of an account outside of the organization, in which the registered model serves as an endpoint."""
    root = arrivals.up.root(str(100_000_000_000 + secrets.randbelow(800_000_000_000)))
    (container,) = arrivals.registration()["InferenceSpecification"]["Containers"]
    s3, sagemaker, bucket = root.client("s3"), root.client("sagemaker"), f"models-{secrets.token_hex(6)}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": arrivals.up.platform.region})
    s3.put_object(Bucket=bucket, Key="model.tar.gz", Body=arrivals.read(container["ModelDataUrl"]))
    model = {
        "Image": container["Image"],
        "ModelDataUrl": f"s3://{bucket}/model.tar.gz",
        "Environment": {"MODEL_PACKAGE_ARN": arrivals.package["arn"]},
    }
    sagemaker.create_model(
        ModelName=NAME, PrimaryContainer=model, ExecutionRoleArn=role(root), EnableNetworkIsolation=True
    )
    variant = {"VariantName": "main", "ModelName": NAME, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(EndpointConfigName=NAME, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)
    found = until(lambda: settled(sagemaker))
    assert found["EndpointStatus"] == "InService", found.get("FailureReason")
    yield root
    sagemaker.delete_endpoint(EndpointName=NAME)


def settled(sagemaker: Any) -> dict[str, Any] | None:  # noqa: ANN401  # a boto3 client
    found: dict[str, Any] = sagemaker.describe_endpoint(EndpointName=NAME)
    return None if found["EndpointStatus"] == "Creating" else found


def role(who: Caller) -> str:
    """A role that SageMaker may take, and that may do everything in its account."""
    iam, name = who.client("iam"), f"serving-{secrets.token_hex(4)}"
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    trust, policy = (json.dumps({"Version": "2012-10-17", "Statement": [each]}) for each in (TRUST, everything))
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy)
    return str(arn)


def test_its_golden_records_get_their_registered_scores_and_a_wrong_row_is_refused_by_field(
    arrivals: Arrivals, serving: Caller
) -> None:
    evaluation = str(arrivals.package["evaluation"])
    golden = [json.loads(each) for each in arrivals.read(f"{evaluation.rpartition('/')[0]}/golden.jsonl").splitlines()]
    records = "".join(json.dumps(each["record"]) + "\n" for each in golden).encode()
    runtime = serving.client("sagemaker-runtime")
    given = {"EndpointName": NAME, "ContentType": "application/jsonlines", "InferenceId": "0190"}
    answer = runtime.invoke_endpoint(**given, Body=records)
    rows = [json.loads(each) for each in answer["Body"].read().splitlines()]
    assert [row["score"] for row in rows] == pytest.approx([each["score"] for each in golden], abs=1e-6)
    assert answer["CustomAttributes"] == f"model-package={arrivals.package['arn']}"
    wrong = json.dumps({**golden[0]["record"], "distance": "far"}).encode()
    with pytest.raises(refusals.ClientError) as refused:
        runtime.invoke_endpoint(**given, Body=wrong)
    said = refusals.response(refused.value)
    assert (said["Error"]["Code"], said["OriginalStatusCode"]) == ("ModelError", 400)
    assert "distance" in said["OriginalMessage"]
