"""Endpoints serve: what comes up, what callers get, and what they do not."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from mlops_stages.local import refusals
from tests.local.clients import LocalAws, allow, refusal
from tests.local.hosting import REFUSES, SERVING_IMAGE, Hosting, named, server
from tests.local.laboratory import TRUST, until

HEADERS = "self.send(200, str(sorted(self.headers.items())).encode(), **{'X-Amzn-SageMaker-Custom-Attributes': 'a=1'})"
NO_NETWORK = """
        import os, socket
        found = sorted(os.listdir('/opt/ml/model/code')), os.access('/opt/ml/model', os.W_OK)
        try: socket.create_connection(('127.0.0.1', int(os.environ.get('PORT', '1'))), 2); found += ('reached',)
        except OSError: found += ('alone',)
        self.send(200, repr((found, 'AWS_ACCESS_KEY_ID' in os.environ)).encode())"""


def error(call: Any) -> dict[str, Any]:  # noqa: ANN401  # a call of boto3's
    """What a refused call of the runtime answers."""
    with pytest.raises(Exception) as refused:  # noqa: PT011  # botocore makes the class at run time
        call()
    return refusals.response(refused.value)


def test_an_endpoint_answers_by_its_models_own_code_and_is_described(hosting: Hosting) -> None:
    configuration = hosting.configuration(named("one"), DataCaptureConfig=hosting.capture())
    name = hosting.endpoint(configuration)
    said = refusal(lambda: hosting.invoke(name), code="ValidationError")
    assert said == f"Endpoint {name} of account {hosting.account} not found."
    found = hosting.settled(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", configuration)
    (variant,) = found["ProductionVariants"]
    assert (variant["VariantName"], variant["CurrentInstanceCount"], variant["CurrentWeight"]) == ("main", 2, 1.0)
    assert variant["DeployedImages"][0]["SpecifiedImage"] == SERVING_IMAGE
    assert found["DataCaptureConfig"]["CaptureStatus"] == "Started"
    assert "PendingDeploymentSummary" not in found
    assert "LastDeploymentConfig" not in found
    answer = hosting.runtime.invoke_endpoint(EndpointName=name, Body=b"1,2", ContentType="text/csv")
    assert answer["Body"].read() == b"one:1,2"
    assert (answer["ContentType"], answer["InvokedProductionVariant"]) == ("text/csv; charset=utf-8", "main")


def test_the_container_gets_what_sagemaker_hands_on_and_nothing_else(hosting: Hosting) -> None:
    name = hosting.serving(hosting.configuration(server(HEADERS)))
    answer = hosting.runtime.invoke_endpoint(
        EndpointName=name,
        Body=b"{}",
        ContentType="application/json",
        Accept="text/csv",
        CustomAttributes="trace=7",
        InferenceId="0190-a",
    )
    seen = dict(ast.literal_eval(answer["Body"].read().decode()))
    expected = {"Accept": "text/csv", "X-Amzn-SageMaker-Inference-Id": "0190-a", "Content-Type": "application/json"}
    assert {name: seen.get(name) for name in expected} == expected
    assert seen["X-Amzn-SageMaker-Custom-Attributes"] == "trace=7"
    assert not [header for header in seen if header.lower() in ("authorization", "x-amz-date", "user-agent")]
    assert answer["CustomAttributes"] == "a=1"


@pytest.mark.parametrize(
    "body",
    [b'{"temp": NaN}', b"[Infinity]", b'{"a": "\\ud800"}', b'{"a\0": 1}', b"[" * 50_000],
    ids=["nan", "infinity", "half a character", "nul", "deep"],
)
def test_rows_are_the_models_to_read_and_to_refuse(hosting: Hosting, body: bytes) -> None:
    name = hosting.serving(hosting.configuration(named("one")))
    for content_type in ("application/json", "application/x-www-form-urlencoded"):
        answer = hosting.runtime.invoke_endpoint(EndpointName=name, Body=body, ContentType=content_type)
        assert answer["Body"].read() == b"one:" + body


def test_an_isolated_container_is_alone_and_its_model_cannot_be_changed(hosting: Hosting) -> None:
    name = hosting.serving(hosting.configuration(server(NO_NETWORK)))
    assert hosting.invoke(name) == "((['serve.py'], False, 'alone'), False)"


def test_what_the_model_refuses_comes_back_as_its_error(hosting: Hosting) -> None:
    name = hosting.serving(hosting.configuration(server(REFUSES)))
    found = error(lambda: hosting.invoke(name, "x"))
    assert found["Error"]["Code"] == "ModelError"
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert (found["OriginalStatusCode"], found["OriginalMessage"]) == (400, "wrong: x")
    assert f"log-group:/aws/sagemaker/Endpoints/{name}" in found["LogStreamArn"]
    assert 'Received client error (400) from main with message "wrong: x"' in found["Error"]["Message"]


def test_what_cannot_be_asked_is_refused_before_the_model_is_asked(hosting: Hosting) -> None:
    name = hosting.serving(hosting.configuration(named("one")))
    asked = {"EndpointName": name, "Body": b"1"}
    runtime = hosting.runtime
    refusal(lambda: runtime.invoke_endpoint(**{**asked, "EndpointName": "none"}), code="ValidationError")
    assert "Variant b not found" in refusal(
        lambda: runtime.invoke_endpoint(**asked, TargetVariant="b"), code="ValidationError"
    )
    large = error(lambda: runtime.invoke_endpoint(**{**asked, "Body": bytes(6_291_457)}))
    assert large["ResponseMetadata"]["HTTPStatusCode"] == 413
    refusal(lambda: runtime.invoke_endpoint(**asked, TargetModel="m.tar.gz"), code="NotImplemented")
    long = "x" * 65
    refusal(lambda: runtime.invoke_endpoint(**asked, InferenceId=long), code="ValidationError")


def test_the_content_of_a_request_is_no_part_of_what_policies_are_asked(hosting: Hosting) -> None:
    """Else a caller who may not name another model could, and a row could ask for rights that nobody has."""
    name = hosting.serving(hosting.configuration(named("one")))
    own = f"arn:aws:sagemaker:eu-west-1:{hosting.account}:endpoint/{name}"
    only = allow("sagemaker:InvokeEndpoint", on=own, when={"Null": {"sagemaker:TargetModel": "true"}})
    who = hosting.aws.as_role(hosting.account, only)
    row = {"EndpointName": "other", "TargetModel": "x", "RoleArn": f"arn:aws:iam::{hosting.account}:role/admin"}
    answer = hosting.aws.client("sagemaker-runtime", who).invoke_endpoint(
        EndpointName=name, Body=json.dumps(row).encode(), ContentType="application/json"
    )
    assert answer["Body"].read().startswith(b"one:")


def test_variants_take_turns_by_weight_and_can_be_named(hosting: Hosting) -> None:
    variants = [
        {
            "VariantName": letter,
            "ModelName": hosting.model(named(letter)),
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
            "InitialVariantWeight": weight,
        }
        for letter, weight in (("a", 3.0), ("b", 1.0))
    ]
    hosting.sagemaker.create_endpoint_config(EndpointConfigName="ab", ProductionVariants=variants)
    name = hosting.serving("ab")
    assert "".join(hosting.invoke(name)[0] for _ in range(8)) == "aabaaaba"
    assert hosting.invoke(name, TargetVariant="b")[0] == "b"
    wanted = [{"VariantName": "a", "DesiredWeight": 0}, {"VariantName": "b", "DesiredInstanceCount": 3}]
    hosting.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=wanted)
    assert {hosting.invoke(name)[0] for _ in range(4)} == {"b"}
    described = hosting.sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"]
    assert [(v["CurrentWeight"], v["CurrentInstanceCount"]) for v in described] == [(0.0, 1), (1.0, 3)]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("raise SystemExit(1)", "did not pass the ping health check"),
        (None, "Failed to download model data"),
    ],
)
def test_an_endpoint_that_cannot_come_up_has_failed_and_says_why(
    hosting: Hosting, program: str | None, said: str
) -> None:
    container = {} if program else {"ModelDataUrl": f"s3://{hosting.bucket}/none.tar.gz"}
    model = hosting.model(program or named("x"), container=container)
    variant = {"VariantName": "main", "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    hosting.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    name = hosting.endpoint("c")
    found = hosting.settled(name)
    assert found["EndpointStatus"] == "Failed"
    assert said in found["FailureReason"]
    message = refusal(
        lambda: hosting.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName="c"), code="ValidationException"
    )
    assert message.startswith("Cannot update failed endpoint")


def test_a_role_that_sagemaker_may_not_take_fails_the_endpoint(hosting: Hosting, local_aws: LocalAws) -> None:
    role = local_aws.role(hosting.account, allow("*"))
    model = hosting.model(named("x"), ExecutionRoleArn=role)
    variant = {"VariantName": "main", "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    hosting.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    assert "Could not assume role" in hosting.settled(hosting.endpoint("c"))["FailureReason"]


def test_what_the_container_prints_is_in_the_endpoints_log(hosting: Hosting) -> None:
    name = hosting.serving(hosting.configuration(server("print('seen', body, flush=True); self.send(200, b'')")))
    hosting.invoke(name, "1,2")
    logs = hosting.aws.client("logs", hosting.account)
    group = f"/aws/sagemaker/Endpoints/{name}"

    def printed() -> bool:
        hosting.advance(60)
        (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
        assert stream["logStreamName"].startswith("main/i-")
        events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
        return any("seen b'1,2'" in event["message"] for event in events)

    assert until(printed)


def test_a_container_that_ends_is_started_again(hosting: Hosting) -> None:
    answer = "self.send(200, b'alive') if body != b'die' else os._exit(1)"
    name = hosting.serving(hosting.configuration(server(answer)))
    found = error(lambda: hosting.invoke(name, "die"))
    assert (found["Error"]["Code"], found["OriginalStatusCode"]) == ("ModelError", 0)

    def alive() -> bool:
        try:
            return hosting.invoke(name) == "alive"
        except hosting.runtime.exceptions.ModelError:
            return False

    assert until(alive)


def test_a_deleted_endpoint_is_gone(hosting: Hosting) -> None:
    name = hosting.serving(hosting.configuration(named("one")))
    hosting.delete(name)
    refusal(lambda: hosting.sagemaker.describe_endpoint(EndpointName=name), code="ValidationException")
    refusal(lambda: hosting.invoke(name), code="ValidationError")


def test_metrics_tell_of_each_request_by_variant_and_by_configuration(hosting: Hosting) -> None:
    configuration = hosting.configuration(server("self.send(200 if body == b'1' else 500, b'')"))
    name = hosting.serving(configuration)
    hosting.invoke(name, "1")
    error(lambda: hosting.invoke(name, "2"))
    cloudwatch = hosting.aws.client("cloudwatch", hosting.account)
    of_variant = [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "main"}]
    for dimensions in (of_variant, [*of_variant, {"Name": "EndpointConfigName", "Value": configuration}]):
        sums: dict[str, float] = {}
        for metric in ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors"):
            stat = {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions}
            query = {"Id": "m", "MetricStat": {"Metric": stat, "Period": 60, "Stat": "Sum"}}
            now = hosting.now()
            found = cloudwatch.get_metric_data(MetricDataQueries=[query], StartTime=now - 600, EndTime=now + 60)
            sums[metric] = sum(found["MetricDataResults"][0]["Values"])
        assert list(sums.values()) == [2, 0, 1, 1]
    units = {
        each["MetricName"]: each
        for each in cloudwatch.list_metrics(Namespace="AWS/SageMaker", Dimensions=of_variant[:1])["Metrics"]
    }
    assert {"ModelLatency", "OverheadLatency", "InvocationsPerInstance"} <= units.keys()


def test_the_role_reads_the_model_and_only_what_its_policy_lets_it(hosting: Hosting) -> None:
    role = hosting.aws.role(hosting.account, allow("logs:*"), trust=TRUST)
    model = hosting.model(named("x"), ExecutionRoleArn=role)
    variant = {"VariantName": "main", "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    hosting.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    assert "AccessDenied" in hosting.settled(hosting.endpoint("c"))["FailureReason"]
