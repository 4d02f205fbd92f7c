"""Transform jobs: a model's own container scores what lies in S3, looked at as on AWS."""

from __future__ import annotations

import json
import secrets
from typing import Any

import pytest

from tests.local.clients import allow, refusal
from tests.local.hosting import Hosting, named, server
from tests.local.laboratory import TRUST, until

Json = dict[str, Any]
SCORES = "self.send(200, b'\\n'.join(b'0.5,' + line for line in body.split()), 'text/csv')"
SAID = "import os; self.send(200, repr((os.environ['SAGEMAKER_BATCH'], os.environ['MINE'], len(body))).encode())"


def job(hosting: Hosting, program: str, **more: Any) -> Json:  # noqa: ANN401  # JSON-like
    """The parameters of a transform of `in/` into `out/`, line by line; a member of them that is None is left out."""
    transformed = {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{hosting.bucket}/in/"}},
        "ContentType": "text/csv",
        "SplitType": "Line",
        **more.pop("given", {}),
    }
    made = {"S3OutputPath": f"s3://{hosting.bucket}/out", "Accept": "text/csv", "AssembleWith": "Line"}
    request = {
        "TransformJobName": f"job-{secrets.token_hex(4)}",
        "ModelName": hosting.model(program),
        "TransformInput": transformed,
        "TransformOutput": {**made, **more.pop("made", {})},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }
    return {name: value for name, value in request.items() if value is not None}


def ended(hosting: Hosting, request: Json) -> Json:
    """Run a job to its end; its description."""
    hosting.sagemaker.create_transform_job(**request)
    hosting.wait()

    def done() -> Json | None:
        found: Json = hosting.sagemaker.describe_transform_job(TransformJobName=request["TransformJobName"])
        return None if found["TransformJobStatus"] in ("InProgress", "Stopping") else found

    return until(done)


def put(hosting: Hosting, **files: str) -> None:
    for name, content in files.items():
        hosting.s3.put_object(Bucket=hosting.bucket, Key=f"in/{name.replace('__', '/')}.csv", Body=content.encode())


def read(hosting: Hosting, prefix: str = "out/") -> dict[str, str]:
    objects = hosting.s3.list_objects_v2(Bucket=hosting.bucket, Prefix=prefix).get("Contents", [])
    keys = [each["Key"] for each in objects]
    return {
        key.removeprefix(prefix): hosting.s3.get_object(Bucket=hosting.bucket, Key=key)["Body"].read().decode()
        for key in keys
    }


def test_each_file_is_scored_by_the_models_own_code_into_one_beside_it(hosting: Hosting) -> None:
    put(hosting, one="1\n2\n", deep__two="3\n")
    key = hosting.aws.client("kms", hosting.account).create_key()["KeyMetadata"]["Arn"]
    found = ended(hosting, job(hosting, server(SCORES), made={"KmsKeyId": key}))
    assert found["TransformJobStatus"] == "Completed", found.get("FailureReason")
    assert read(hosting) == {"one.csv.out": "0.5,1\n0.5,2\n", "deep/two.csv.out": "0.5,3\n"}
    head = hosting.s3.head_object(Bucket=hosting.bucket, Key="out/one.csv.out")
    assert head["SSEKMSKeyId"] == key
    listed = hosting.sagemaker.list_transform_jobs(StatusEquals="Completed")["TransformJobSummaries"]
    assert [each["TransformJobName"] for each in listed] == [found["TransformJobName"]]


def test_a_batch_is_told_that_it_is_one_and_gets_as_much_as_it_may(hosting: Hosting) -> None:
    put(hosting, one="1\n2\n3\n")
    request = job(hosting, server(SAID), Environment={"MINE": "x"}, BatchStrategy="SingleRecord")
    assert ended(hosting, request)["TransformJobStatus"] == "Completed"
    assert read(hosting)["one.csv.out"] == "('true', 'x', 1)\n" * 3
    whole = job(hosting, server(SAID), Environment={"MINE": "x"}, given={"SplitType": "None"})
    assert ended(hosting, whole)["TransformJobStatus"] == "Completed"
    assert read(hosting)["one.csv.out"] == "('true', 'x', 6)\n"


def test_ids_and_manifests_tell_what_was_decided(hosting: Hosting) -> None:
    put(hosting, one="1\n2\n")
    capture = {"DestinationS3Uri": f"s3://{hosting.bucket}/capture", "GenerateInferenceId": True}
    assert ended(hosting, job(hosting, server(SCORES), DataCaptureConfig=capture))["TransformJobStatus"] == "Completed"
    rows = [line.split(",") for line in read(hosting)["one.csv.out"].splitlines()]
    assert [row[:2] for row in rows] == [["0.5", "1"], ["0.5", "2"]]
    assert len({row[2] for row in rows}) == 2
    for kind, prefix, name in (("input", "in", "one.csv"), ("output", "out", "one.csv.out")):
        (manifest,) = read(hosting, f"capture/{kind}/").values()
        assert json.loads(manifest) == [{"prefix": f"s3://{hosting.bucket}/{prefix}/"}, name]


def test_a_record_that_the_model_refuses_fails_the_job_and_its_file_alone(hosting: Hosting) -> None:
    put(hosting, one="1\n", three="3\n", two="2\nbad\n")
    program = server("self.send(400, b'no such column') if b'bad' in body else self.send(200, body)")
    found = ended(hosting, job(hosting, program))
    assert found["TransformJobStatus"] == "Failed"
    assert found["FailureReason"] == "AlgorithmError: two.csv: status 400: no such column"
    assert read(hosting) == {"one.csv.out": "1\n", "three.csv.out": "3\n"}


def test_a_fault_of_the_server_is_tried_again(hosting: Hosting) -> None:
    put(hosting, one="1\n")
    counts = "type(self).n = getattr(type(self), 'n', 0) + 1; self.send(200 if self.n > 2 else 500, b'ok')"
    assert ended(hosting, job(hosting, server(counts)))["TransformJobStatus"] == "Completed"
    once = {"InvocationsMaxRetries": 0}
    assert ended(hosting, job(hosting, server(counts), ModelClientConfig=once))["TransformJobStatus"] == "Failed"


def test_a_container_that_does_not_come_up_input_that_is_not_there_and_a_role_that_may_not_fail_it(
    hosting: Hosting,
) -> None:
    put(hosting, one="1\n")
    assert "ping health check" in ended(hosting, job(hosting, "raise SystemExit(1)"))["FailureReason"]
    nowhere = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{hosting.bucket}/none/"}}}
    assert "No S3 objects found" in ended(hosting, job(hosting, named("x"), given=nowhere))["FailureReason"]
    may = hosting.aws.role(hosting.account, allow("s3:GetObject", "s3:ListBucket"), trust=TRUST)
    model = hosting.model(named("x"), ExecutionRoleArn=may)
    assert "s3:PutObject" in ended(hosting, job(hosting, named("x"), ModelName=model))["FailureReason"]


def test_a_job_can_be_stopped(hosting: Hosting) -> None:
    put(hosting, one="1\n" * 200)
    request = job(hosting, server("import time; time.sleep(.2); self.send(200, b'x')"), BatchStrategy="SingleRecord")
    hosting.sagemaker.create_transform_job(**request)
    name = {"TransformJobName": request["TransformJobName"]}
    hosting.sagemaker.stop_transform_job(**name)
    until(lambda: hosting.sagemaker.describe_transform_job(**name)["TransformJobStatus"] == "Stopped")
    assert read(hosting) == {}
    refusal(lambda: hosting.sagemaker.stop_transform_job(**name), code="ValidationException")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ModelName": "none"}, "Could not find model"),
        ({"BatchStrategy": "SingleRecord", "given": {"SplitType": "None"}}, "needs a SplitType"),
        ({"MaxPayloadInMB": 60, "MaxConcurrentTransforms": 2}, "must not be above 100 MB"),
        ({"given": {"CompressionType": "Gzip"}}, "does not run: CompressionType Gzip"),
        ({"given": {"SplitType": "RecordIO"}}, "does not run: SplitType RecordIO"),
        ({"DataProcessing": {"JoinSource": "Input"}}, "does not run: DataProcessing"),
    ],
)
def test_what_cannot_be_is_refused(hosting: Hosting, changes: Json, said: str) -> None:
    request = job(hosting, named("x"), **changes)
    assert said in refusal(lambda: hosting.sagemaker.create_transform_job(**request), code="ValidationException")
