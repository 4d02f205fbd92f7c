"""Data capture: SageMaker's layout, SageMaker's form, under the serving role and the capture's key."""

from __future__ import annotations

import base64
import json
import re
import uuid
from typing import Any

from mlops_stages.local.server.api.records import Scope
from mlops_stages.local.server.sagemaker.hosting.capture import Body, Capture, Exchange
from mlops_stages.local.server.sagemaker.hosting.serving_role import ServingRole
from tests.local.clients import allow
from tests.local.hosting import Hosting, named, server
from tests.local.laboratory import TRUST, until

MOMENT = 1771464870.683  # of a genuine file: 2026-02-19T01:34:30.683Z
CSV = Body(content=b"5,UA\n", content_type="text/csv")
ANSWER = Body(content=b"0.02", content_type="text/csv; charset=utf-8")
GENUINE = (
    '{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"5,UA\\n","encoding":"CSV"},'
    '"endpointOutput":{"observedContentType":"text/csv; charset=utf-8","mode":"OUTPUT","data":"0.02",'
    '"encoding":"CSV"}},'
    '"eventMetadata":{"eventId":"EVENT","inferenceTime":"2026-02-19T01:34:30Z"},"eventVersion":"0"}\n'
)
EVENT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
Json = dict[str, Any]


def capture(*modes: str, **more: Any) -> Capture:  # noqa: ANN401  # JSON-like
    config = {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://decisions/capture/",
        "CaptureOptions": [{"CaptureMode": mode} for mode in modes or ("Input", "Output")],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"], "JsonContentTypes": ["application/json"]},
        **more,
    }
    scope = Scope(account="111111111111", region="eu-west-1")
    return Capture(config, "fraud", ServingRole("arn:aws:iam::111111111111:role/r", scope, "arn"))


def told(line: bytes) -> Json:
    found: Json = json.loads(line)
    return found


def test_a_line_is_what_sagemaker_writes_to_the_byte() -> None:
    line = capture().line(Exchange(moment=MOMENT, given=CSV, answered=ANSWER)).decode()
    assert EVENT.sub("EVENT", line) == GENUINE
    assert uuid.UUID(told(line.encode())["eventMetadata"]["eventId"]).version == 4


def test_what_the_caller_gave_stands_among_the_metadata() -> None:
    exchange = Exchange(moment=MOMENT, given=CSV, answered=ANSWER, inference_id="0190-a", attributes="trace=7")
    found = told(capture().line(exchange))["eventMetadata"]
    assert list(found) == ["eventId", "customAttributes", "inferenceId", "inferenceTime"]
    assert (found["customAttributes"], found["inferenceId"]) == (["trace=7"], "0190-a")


def test_types_that_are_not_named_broken_text_and_errors_are_base64() -> None:
    binary = Body(content=b"\xff\xfe", content_type="text/csv")
    other = Body(content=b"<x/>", content_type="application/xml")
    found = told(capture().line(Exchange(moment=MOMENT, given=binary, answered=other)))["captureData"]
    for part, content in ((found["endpointInput"], binary), (found["endpointOutput"], other)):
        assert (part["encoding"], base64.b64decode(part["data"])) == ("BASE64", content.content)
    failed = told(capture().line(Exchange(moment=MOMENT, given=CSV, answered=ANSWER, failed=True)))["captureData"]
    assert (failed["endpointInput"]["encoding"], failed["endpointOutput"]["encoding"]) == ("CSV", "BASE64")


def test_json_is_text_and_only_what_is_asked_for_is_kept() -> None:
    body = Body(content='{"a": "é"}'.encode(), content_type="application/json")
    found = told(capture("Input").line(Exchange(moment=MOMENT, given=body, answered=ANSWER)))["captureData"]
    assert found == {
        "endpointInput": {
            "observedContentType": "application/json",
            "mode": "INPUT",
            "data": '{"a": "é"}',
            "encoding": "JSON",
        }
    }
    assert list(
        told(capture("InputAndOutput").line(Exchange(moment=MOMENT, given=body, answered=ANSWER)))["captureData"]
    ) == [
        "endpointInput",
        "endpointOutput",
    ]


def lines(hosting: Hosting, prefix: str, count: int) -> list[Json]:
    """The captured records below a prefix, once there are so many; the clock is a minute further then, or more."""

    def found() -> list[Json] | None:
        hosting.advance(61)
        objects = hosting.s3.list_objects_v2(Bucket=hosting.bucket, Prefix=prefix).get("Contents", [])
        contents = [hosting.s3.get_object(Bucket=hosting.bucket, Key=each["Key"])["Body"].read() for each in objects]
        records = [json.loads(line) for content in contents for line in content.splitlines()]
        return records if len(records) >= count else None

    return until(found)


def test_an_endpoints_requests_are_in_files_by_variant_and_hour_under_its_key(hosting: Hosting) -> None:
    key = hosting.aws.client("kms", hosting.account).create_key()["KeyMetadata"]["Arn"]
    config = hosting.capture(KmsKeyId=key)
    name = hosting.serving(hosting.configuration(named("one"), DataCaptureConfig=config))
    for number in range(3):
        hosting.invoke(name, f"{number}", InferenceId=f"id-{number}")
    found = lines(hosting, f"capture/{name}/main/", 3)
    assert [each["eventMetadata"]["inferenceId"] for each in found] == ["id-0", "id-1", "id-2"]
    assert found[1]["captureData"]["endpointOutput"]["data"] == "one:1"
    objects = hosting.s3.list_objects_v2(Bucket=hosting.bucket, Prefix="capture/")["Contents"]
    uuid4 = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    place = rf"capture/{name}/main/\d{{4}}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{{3}}-{uuid4}\.jsonl"
    assert all(re.fullmatch(place, each["Key"]) for each in objects)
    head = hosting.s3.head_object(Bucket=hosting.bucket, Key=objects[0]["Key"])
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def test_a_share_is_sampled_exactly_and_what_waits_is_written_when_the_endpoint_goes(hosting: Hosting) -> None:
    config = hosting.capture(InitialSamplingPercentage=25)
    name = hosting.serving(hosting.configuration(named("one"), DataCaptureConfig=config))
    for number in range(8):
        hosting.invoke(name, f"{number}")
    hosting.delete(name)
    assert [each["captureData"]["endpointInput"]["data"] for each in lines(hosting, "capture/", 2)] == ["3", "7"]


def test_a_role_that_may_not_write_captures_nothing_and_serves_on(hosting: Hosting) -> None:
    may = allow("s3:GetObject", "logs:*")
    role = hosting.aws.role(hosting.account, may, trust=TRUST)
    model = hosting.model(named("one"), ExecutionRoleArn=role)
    variant = {"VariantName": "main", "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    hosting.sagemaker.create_endpoint_config(
        EndpointConfigName="c", ProductionVariants=[variant], DataCaptureConfig=hosting.capture()
    )
    name = hosting.serving("c")
    hosting.invoke(name)
    hosting.advance(61)
    assert hosting.invoke(name, "x") == "one:x"
    assert hosting.s3.list_objects_v2(Bucket=hosting.bucket, Prefix="capture/").get("KeyCount") == 0


def test_a_shadow_is_asked_measured_and_captured_and_answers_nobody(hosting: Hosting) -> None:
    shadow = {
        "VariantName": "shadow",
        "ModelName": hosting.model(server("self.send(500, b'challenger')")),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 0.5,
    }
    configuration = hosting.configuration(
        named("one"), ShadowProductionVariants=[shadow], DataCaptureConfig=hosting.capture()
    )
    name = hosting.serving(configuration)
    assert {hosting.invoke(name, f"{n}", InferenceId=f"id-{n}")[:4] for n in range(4)} == {"one:"}
    found = lines(hosting, f"capture/{name}/shadow/", 2)
    # It is asked beside the champion, so either may have its answer first.
    assert sorted(each["eventMetadata"]["inferenceId"] for each in found) == ["id-1", "id-3"]
    output = found[0]["captureData"]["endpointOutput"]
    assert (output["encoding"], base64.b64decode(output["data"])) == ("BASE64", b"challenger")
    described = hosting.sagemaker.describe_endpoint(EndpointName=name)["ShadowProductionVariants"]
    assert [variant["VariantName"] for variant in described] == ["shadow"]
