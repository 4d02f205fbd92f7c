"""Patterns that callers give to the emulators: none of them keeps the local AWS busy."""

from __future__ import annotations

import ast
import inspect
import json
import re
import secrets
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.local.server import engine
from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.expressions import LINEAR
from mlops_stages.local.server.logs.filter_patterns import PatternError, compiled
from tests.local.clients import REGION, LocalAws, allow, refusal

SOON_S = 5.0
"""What is exponential takes hours; what is linear takes milliseconds, also on a machine that does much else."""


@contextmanager
def soon() -> Generator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SOON_S


def test_a_resource_of_many_wildcards_is_judged_soon(local_aws: LocalAws, account: str) -> None:
    name = "a" * 200
    statement = allow("sagemaker:DescribeModel", on=f"arn:aws:sagemaker:{REGION}:{account}:model/" + "*a" * 25 + "b")
    someone = local_aws.as_role(account, statement)
    with soon():
        refusal(lambda: local_aws.client("sagemaker", someone).describe_model(ModelName=name[:63]))


@pytest.mark.parametrize("operator", ["StringLike", "ArnLike", "ForAnyValue:StringLike"])
def test_a_condition_of_many_wildcards_is_judged_soon(local_aws: LocalAws, account: str, operator: str) -> None:
    when = {operator: {"aws:RequestTag/team": "*a" * 25 + "b"}}
    someone = local_aws.as_role(account, allow("sagemaker:*", when=when))
    tags = [{"Key": "team", "Value": "a" * 250}]
    sagemaker = local_aws.client("sagemaker", someone)
    with soon():
        refusal(lambda: sagemaker.create_experiment(ExperimentName="e", Tags=tags))


def test_wildcards_of_policies_still_mean_what_they_did(local_aws: LocalAws, account: str) -> None:
    bucket = f"globs-{secrets.token_hex(6)}"
    root = local_aws.client("s3", account)
    root.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    root.put_object(Bucket=bucket, Key="a/data1.csv", Body=b"1")
    root.put_object(Bucket=bucket, Key="a/data12.csv", Body=b"1")
    someone = local_aws.as_role(account, allow("s3:get*", on=f"arn:aws:s3:::{bucket}/*/data?.csv"))
    s3 = local_aws.client("s3", someone)
    s3.get_object(Bucket=bucket, Key="a/data1.csv")
    refusal(lambda: s3.get_object(Bucket=bucket, Key="a/data12.csv"))


def test_a_star_in_a_tag_is_no_wildcard(local_aws: LocalAws, account: str) -> None:
    on = f"arn:aws:sagemaker:{REGION}:{account}:experiment/${{aws:PrincipalTag/team}}"
    role = local_aws.role(account, allow("sagemaker:DescribeExperiment", on=on), Tags=[{"Key": "team", "Value": "x"}])
    someone = local_aws.assume(role)
    said = refusal(lambda: local_aws.client("sagemaker", someone).describe_experiment(ExperimentName="y"))
    assert "not authorized" in said


def test_an_insights_query_is_answered_soon(local_aws: LocalAws, account: str) -> None:
    logs = local_aws.client("logs", account)
    logs.create_log_group(logGroupName="/attack")
    logs.create_log_stream(logGroupName="/attack", logStreamName="s")
    now = int(time.time() * 1000)
    event = {"timestamp": now, "message": "a" * 200 + "b"}
    logs.put_log_events(logGroupName="/attack", logStreamName="s", logEvents=[event])
    with soon():
        started = logs.start_query(
            logGroupName="/attack",
            startTime=now // 1000 - 60,
            endTime=now // 1000 + 60,
            queryString="fields @message | filter @message like /(a+)+$/",
        )
        logs.get_query_results(queryId=started["queryId"])


def test_a_filter_of_a_log_group_is_answered_soon(local_aws: LocalAws, account: str) -> None:
    logs = local_aws.client("logs", account)
    logs.create_log_group(logGroupName="/filtered")
    logs.create_log_stream(logGroupName="/filtered", logStreamName="s")
    pattern = '{ $.a = "' + "*a" * 20 + 'b" && $.a = %(a+)+$% }'
    transformation = [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}]
    logs.put_metric_filter(
        logGroupName="/filtered", filterName="f", filterPattern=pattern, metricTransformations=transformation
    )
    message = json.dumps({"a": "a" * 1000})
    with soon():
        event = {"timestamp": int(time.time() * 1000), "message": message}
        logs.put_log_events(logGroupName="/filtered", logStreamName="s", logEvents=[event])
        logs.filter_log_events(logGroupName="/filtered", filterPattern="*a" * 20 + "b")


def test_a_templates_pattern_is_judged_soon(local_aws: LocalAws, account: str) -> None:
    template = {
        "Parameters": {"P": {"Type": "String", "AllowedPattern": "(a+)+$"}},
        "Resources": {"T": {"Type": "AWS::SNS::Topic"}},
    }
    given = [{"ParameterKey": "P", "ParameterValue": "a" * 60 + "b"}]
    cloudformation = local_aws.client("cloudformation", account)
    with soon():
        said = refusal(
            lambda: cloudformation.create_stack(StackName="s", TemplateBody=json.dumps(template), Parameters=given),
            code="ValidationError",
        )
    assert "must match pattern" in said


def test_a_list_filtered_by_many_wildcards_is_answered_soon(local_aws: LocalAws, account: str) -> None:
    ec2 = local_aws.client("ec2", account)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "team", "Value": "a" * 250}])
    with soon():
        found = ec2.describe_vpcs(Filters=[{"Name": "tag:team", "Values": ["*a" * 25 + "b"]}])
    assert found["Vpcs"] == []


def test_a_preflight_against_many_wildcards_is_answered_soon(local_aws: LocalAws, account: str) -> None:
    bucket = f"cors-{secrets.token_hex(6)}"
    s3 = local_aws.client("s3", account)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*a" * 25 + "b"]}
    with soon():
        try:
            s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
        except Exception as error:  # as AWS: one wildcard at most
            assert "InvalidRequest" in str(error)  # noqa: PT017
        s3.list_objects_v2(Bucket=bucket)


def test_a_path_of_many_arns_finds_its_operation_soon(local_aws: LocalAws, account: str) -> None:
    from mlops_stages.local.server.api import operations

    path = "/v1/" + "arn:/" * 3000 + "\n"
    with soon():
        for service in ("codeartifact", "bedrock-agentcore", "glue"):
            operations.find(service, "GET", path, {}, b"", {})
    assert local_aws.client("sts", account).get_caller_identity()["Account"] == account


@pytest.mark.parametrize(
    "pattern", ["(" * 900, '{ $.a = "' + "x" * 2000 + '" }', "{ " + "(" * 50 + " }", "{ $.a = %(% }"]
)
def test_a_filter_pattern_that_nests_or_is_long_is_refused(pattern: str) -> None:
    if not pattern.startswith("{"):
        assert compiled(pattern)("x") is False
        return
    with pytest.raises(PatternError):
        compiled(pattern)


def test_deep_json_and_large_numbers_match_no_filter() -> None:
    more = compiled("{ $.a > 1 }")
    assert more("[" * 100_000) is False
    assert more(json.dumps({"a": 10**400})) is True


EVENT: dict[str, Any] = {
    "id": "1",
    "account": "111111111111",
    "source": "s",
    "time": "2024-01-01T00:00:00Z",
    "region": REGION,
    "resources": [],
    "detail-type": "t",
}


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("*a" * 25 + "b", "a" * 2000, False),
        ("models/*/model.tar.gz", "models/fraud/model.tar.gz", True),
        ("models/*/model.tar.gz", "models/fraud/model.tar.gz2", False),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        ("a?b", "axb", False),
        ("*x", "a*x", True),
    ],
)
def test_wildcards_of_events_mean_what_they_did(
    local_aws: LocalAws, account: str, pattern: str, text: str, wanted: bool
) -> None:
    asked = json.dumps({"detail": {"a": [{"wildcard": pattern}]}})
    events = local_aws.client("events", account)
    with soon():
        answer = events.test_event_pattern(EventPattern=asked, Event=json.dumps({**EVENT, "detail": {"a": text}}))
    assert answer["Result"] is wanted


# The `re` of ministack's services


def test_the_services_compile_with_the_linear_engine() -> None:
    assert LINEAR.fullmatch(r"(a+)+b", "a" * 100_000) is None
    assert LINEAR.search(r"B+", "xbby", re.IGNORECASE).span() == (1, 3)
    assert LINEAR.match(r"a.b", "a\nb", re.DOTALL) is not None
    assert LINEAR.match("a\ud800", "a\ud800") is not None, "without a repeat it is Python's"
    assert LINEAR.search("a+", "\ud800") is None
    with pytest.raises(re.error):
        LINEAR.compile(r"(?=a+)b")


def test_every_service_of_ministack_gets_them() -> None:
    services = Path(inspect.getfile(ministack.s3)).parent
    served = {name for _, name in _modules()}
    assert served >= {"cloudwatch_logs", "ec2", "iot", "s3", "stepfunctions"}
    calls = list(_compiled_while_serving(services))
    assert len(calls) > 100
    unread: list[tuple[str, str]] = []
    for name, pattern in calls:
        try:
            LINEAR.compile(pattern)
        except re.error:
            unread.append((name, pattern))
    assert unread == [], "expressions of ministack's own that RE2 does not read"


def _modules() -> list[tuple[str, str]]:
    registry: dict[str, Any] = ministack.app.SERVICE_REGISTRY
    return [(name, entry["module"]) for name, entry in registry.items()]


_CALL = re.compile(
    r"""^[ ]+.*\bre\.(?:compile|match|fullmatch|search)\((r?"(?:[^"\\\n]|\\.)*+"|r?'(?:[^'\\\n]|\\.)*+')""",
    re.MULTILINE,
)


def _compiled_while_serving(services: Path) -> Iterator[tuple[str, str]]:
    for path in services.rglob("*.py"):
        for literal in _CALL.findall(path.read_text("utf-8")):
            yield path.name, str(ast.literal_eval(literal))


def test_a_module_loaded_later_gets_them_too() -> None:
    assert engine.mend_expressions is not None
    source = inspect.getsource(ministack.app._lazy_handler)
    assert "_get_module(module_name)" in source, "services are loaded another way: our mend has no effect"
