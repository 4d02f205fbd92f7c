"""Decisions as data: who writes and reads what, what is kept how long, and who is told of what is missing."""

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import (
    CustomerManagedKey,
    IamSignIn,
    alarms_may_encrypt,
    functions_may_encrypt,
    import_bucket,
    logs_may_encrypt,
)
from mlops_stages.platform import DataClassification
from mlops_stages.reliable import CaptureStore
from mlops_stages.reliable.decisions import CODE, DecisionStore, ReadModel, TeamDecisions
from mlops_stages.reliable.decisions.decision_reader import HANDLER
from mlops_stages.reliable.notices import Escalation
from mlops_stages.reliable.serving_account import actions_in_use
from mlops_stages.runtime.decisions import metrics, settings
from tests.foundation.built import Built, Json, built, refused, resolved, statement
from tests.foundation.judge import Caller
from tests.reliable.serving import BOUNDARY, EXPERIMENTATION, HERE, OWNER, PRODUCTION, SERVED, a_store
from tests.reliable.test_team_serving import TAGS

INPUTS = (settings.Input(name="amount", type="number"), settings.Input(name="country", type="category"))
REFUNDS = replace(SERVED, model="refunds")
RUNBOOK, NEXT = "https://wiki.acme.example/card-fraud", "lena.fischer@acme.example"
STORE, CAPTURED = "arn:aws:s3:::decisions", "arn:aws:s3:::captured"
ROLES = f"arn:aws:iam::{PRODUCTION}:role/acme/fraud"
READER = {"aws__PrincipalArn": f"{ROLES}/acme-card-fraud.read-decisions-production"}
OWN = (
    f"{STORE}/decisions/endpoint=fraud-card-fraud-production/variant=champion/utc_day=2026-11-27/utc_hour=09/x.parquet"
)


def a_model(**options: Any) -> ReadModel:  # noqa: ANN401 - real options
    given: dict[str, Any] = {
        "served": SERVED,
        "classification": DataClassification.CONFIDENTIAL,
        "inputs": INPUTS,
        "capture_percent": 100,
        "has_challenger": False,
        "runbook": RUNBOOK,
        "escalation": Escalation(minutes=240, others=[NEXT]),
    }
    return ReadModel(**{**given, **options})


OF_QUERIES = ("AWS::Athena::WorkGroup", "AWS::Glue::Database", "AWS::Glue::Table")


def a_team(stack: Stack, *models: ReadModel) -> TeamDecisions:
    """A team whose models serve in production."""
    given = models or (a_model(), a_model(served=REFUNDS, has_challenger=True, capture_percent=20))
    key = CustomerManagedKey(
        stack,
        "Serving",
        perimeter=HERE,
        alias="acme/fraud/serving/production",
        description="Of team fraud",
        via=["scheduler", "sns", "sqs"],
        statements=[*logs_may_encrypt(HERE), alarms_may_encrypt(HERE), *functions_may_encrypt(HERE)],
    )
    captures: dict[DataClassification, CaptureStore] = {
        DataClassification.CONFIDENTIAL: a_store(stack, models=[each.served.model for each in given])
    }
    TAGS.apply(stack)
    return TeamDecisions(
        stack,
        "Decisions",
        models=given,
        captures=captures,
        key=key,
        access_log_bucket=import_bucket(stack, "Logs", name="access-logs"),
        sign_in=IamSignIn(account=EXPERIMENTATION),
        permissions_boundary_arn=BOUNDARY,
        tags=TAGS,
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(a_team)


@pytest.fixture(scope="module")
def store(found: Built) -> Json:
    """The store's bucket, as the template has it."""
    (bucket,) = (each for each in found.all("AWS::S3::Bucket") if each.get("ObjectLockEnabled"))
    return bucket


@pytest.fixture(scope="module")
def policy(found: Built) -> Json:
    """The store's policy."""
    (document,) = (
        each["PolicyDocument"]
        for each in found.all("AWS::S3::BucketPolicy")
        if any(".read-decisions-" in json.dumps(one) for one in each["PolicyDocument"]["Statement"])
    )
    buckets = found.resources("AWS::S3::Bucket")
    names = {
        f"{name}.Arn": STORE if each["Properties"].get("ObjectLockEnabled") else CAPTURED
        for name, each in buckets.items()
    }
    names |= {
        f"{name}.Arn": f"arn:aws:kms:eu-west-1:{PRODUCTION}:key/{name}" for name in found.resources("AWS::KMS::Key")
    }
    return resolved(document, names)


def told(found: Built, model: str) -> settings.Settings:
    """What a model's function is told, references as they are."""
    (function,) = (
        each
        for each in found.all("AWS::Lambda::Function")
        if each["FunctionName"] == f"acme-{model}-production-decisions"
    )
    return settings.read({settings.VARIABLE: resolved(function["Environment"]["Variables"][settings.VARIABLE])})


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_each_model_has_a_function_that_is_told_what_to_read(found: Built) -> None:
    assert {each["FunctionName"] for each in found.all("AWS::Lambda::Function") if each["Handler"] == HANDLER} == {
        "acme-card-fraud-production-decisions",
        "acme-refunds-production-decisions",
    }
    read, other = told(found, "card-fraud"), told(found, "refunds")
    assert (read.endpoint, read.variants, read.inputs, read.capture_percent) == (
        "fraud-card-fraud-production",
        ("champion",),
        INPUTS,
        100,
    )
    assert (other.variants, other.capture_percent) == (("champion", "challenger"), 20)
    assert read.bucket != read.capture_bucket
    assert read.queue != other.queue


def test_the_function_runs_on_duckdb_beside_its_code(found: Built) -> None:
    (layer,) = found.resources("AWS::Lambda::LayerVersion")
    readers = [each for each in found.all("AWS::Lambda::Function") if each["Handler"] == HANDLER]
    assert len(readers) == 2
    for each in readers:
        assert each["Layers"] == [{"Ref": layer}]
        assert each["EphemeralStorage"]["Size"] > 512


def test_the_archive_needs_nothing_but_what_lambda_and_the_layer_have(tmp_path: Path) -> None:
    zipfile.ZipFile(BytesIO(CODE.content)).extractall(tmp_path / "code")
    (tmp_path / "layer").mkdir()
    (tmp_path / "layer" / "duckdb.py").touch()
    paths = [str(tmp_path / each) for each in ("code", "layer")]
    module = HANDLER.rpartition(".")[0]
    # Without site-packages: boto3 is imported once it is needed.
    program = f"import sys; sys.path[:0] = {paths!r}; import {module}; print({HANDLER})"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("<function handler")


def test_a_reader_writes_in_its_own_models_part_and_nobody_else_does(policy: Json) -> None:
    def writes(resource: str, role: str) -> str:
        return Caller(account=PRODUCTION).passes(policy, "s3:PutObject", resource, aws__PrincipalArn=role)

    assert writes(OWN, READER["aws__PrincipalArn"]) == "ImplicitDeny"  # nor allowed: its own policy does that
    for resource, role in (
        (OWN.replace("card-fraud", "refunds"), READER["aws__PrincipalArn"]),
        (OWN.replace("/decisions/", "/elsewhere/"), f"arn:aws:iam::{PRODUCTION}:role/Administrator"),
        (OWN, f"{ROLES}/acme-refunds.read-decisions-production"),
        (OWN, f"{ROLES}/acme-card-fraud.serve-production"),
        (OWN, f"arn:aws:iam::{PRODUCTION}:role/Administrator"),
    ):
        assert writes(resource, role) == "Deny"


@pytest.mark.parametrize("action", ["s3:DeleteObject", "s3:DeleteObjectVersion"])
def test_nobody_deletes(policy: Json, action: str) -> None:
    assert Caller(account=PRODUCTION).passes(policy, action, OWN, **READER) == "Deny"


def test_decisions_are_locked_for_half_a_year_and_kept_by_classification(store: Json) -> None:
    retention = store["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert retention == {"Mode": "COMPLIANCE", "Days": 184}
    (rule,) = store["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 730


@pytest.mark.parametrize(
    ("classification", "days"), [("public", 1825), ("internal", 1825), ("confidential", 730), ("restricted", 184)]
)
def test_the_more_sensitive_is_kept_shorter_and_never_shorter_than_the_lock(classification: str, days: int) -> None:
    found = built(lambda stack: a_decision_store(stack, classification=DataClassification(classification)))
    lifecycles = [each["LifecycleConfiguration"]["Rules"][0] for each in found.all("AWS::S3::Bucket")]
    assert days in [each["ExpirationInDays"] for each in lifecycles]


def a_decision_store(stack: Stack, **options: Any) -> DecisionStore:  # noqa: ANN401 - real options
    capture = a_store(stack)
    given: dict[str, Any] = {
        "perimeter": HERE,
        "addresses": SERVED.addresses,
        "team": "fraud",
        "models": ["card-fraud"],
        "environment": "production",
        "classification": DataClassification.CONFIDENTIAL,
        "key": capture.key,
        "access_log_bucket": import_bucket(stack, "Logs", name="access-logs"),
    }
    return DecisionStore(stack, "Store", **{**given, **options})


@pytest.mark.parametrize("options", [{"models": []}, {"models": ["a", "a"]}, {"keep_days": 183}])
def test_a_store_of_nobody_or_for_less_than_the_lock_is_refused(options: dict[str, Any]) -> None:
    message, _ = refused(lambda stack: a_decision_store(stack, **options))
    assert message.startswith("REL-080: Store: ")


def test_the_role_reads_its_own_captures_and_no_others(found: Built) -> None:
    policies = [
        each["PolicyDocument"]
        for each in found.all("AWS::IAM::ManagedPolicy")
        if "card-fraud" in json.dumps(each) and "KeepDecisions" in json.dumps(each)
    ]
    (document,) = policies
    read = json.dumps(statement(document, "ReadWhatWasCaptured")["Resource"])
    assert "/capture/fraud-card-fraud-production/*" in read
    assert "refunds" not in json.dumps(document)
    assert statement(document, "SayHowMuchThereIs")["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": metrics.NAMESPACE}
    }
    assert statement(document, "ListWhatWasCaptured")["Condition"] == {
        "StringLike": {"s3:prefix": "capture/fraud-card-fraud-production/*"}
    }


def test_every_role_stays_within_the_accounts_boundary(found: Built) -> None:
    used = {
        action
        for policy in found.all("AWS::IAM::ManagedPolicy")
        for each in policy["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }
    assert used <= set(actions_in_use())


def test_it_looks_every_hour_from_when_it_was_due(found: Built) -> None:
    for each in found.all("AWS::Scheduler::Schedule"):
        assert each["ScheduleExpression"] == "cron(12 * * * ? *)"
        assert json.loads(each["Target"]["Input"]) == {"at": "<aws.scheduler.scheduled-time>"}
        assert each["KmsKeyArn"]


def test_what_cannot_be_read_is_put_aside_and_told_and_so_is_everything_that_is_missing(found: Built) -> None:
    alarms = {each["AlarmName"]: each for each in found.all("AWS::CloudWatch::Alarm")}
    started = "acme-card-fraud-production-decisions"
    assert {name for name in alarms if name.startswith(started)} == {
        f"{started}-{each}" for each in ("gap", "not-read", "quarantined", "silent")
    }
    notices = next(
        name
        for name, each in found.resources("AWS::Lambda::Function").items()
        if each["Properties"]["FunctionName"] == "acme-card-fraud-production-notices"
    )
    for name, alarm in alarms.items():
        if name.startswith(started):
            told = [{"Fn::GetAtt": [notices, "Arn"]}]
            assert (alarm["AlarmActions"], alarm["OKActions"]) == (told, told)
            assert f"owner {OWNER}; runbook: {RUNBOOK}" in alarm["AlarmDescription"]
    # Of 20 % of few requests, chance alone may capture none.
    assert "acme-refunds-production-decisions-gap" not in alarms
    gap, silent = alarms[f"{started}-gap"], alarms[f"{started}-silent"]
    assert (gap["Namespace"], gap["MetricName"], gap["Threshold"], gap["TreatMissingData"]) == (
        metrics.NAMESPACE,
        metrics.CAPTURED_SHARE,
        99,
        "notBreaching",
    )
    assert gap["Dimensions"] == [
        {"Name": "Endpoint", "Value": "fraud-card-fraud-production"},
        {"Name": "Variant", "Value": "champion"},
    ]
    assert (silent["EvaluationPeriods"], silent["TreatMissingData"]) == (3, "breaching")
    for queue in found.all("AWS::SQS::Queue"):
        assert queue["KmsMasterKeyId"]
        if not queue["QueueName"].endswith("-failed"):
            assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
            assert queue["VisibilityTimeout"] == 6 * 900


def test_where_nobody_is_named_there_is_nothing_to_query(found: Built) -> None:
    assert [each for kind in OF_QUERIES for each in found.all(kind)] == []
    assert "query-production" not in json.dumps(found.body)


def test_where_analysts_are_named_there_are_tables_a_workgroup_and_their_role_for_that_model_alone() -> None:
    made = built(lambda stack: a_team(stack, a_model(analysts=[OWNER]), a_model(served=REFUNDS)))
    assert [len(made.all(kind)) for kind in OF_QUERIES] == [1, 1, 1]
    assert made.one("AWS::Athena::WorkGroup")["Name"] == "acme-card-fraud-production-queries"
    names = [each["RoleName"] for each in made.all("AWS::IAM::Role") if "RoleName" in each]
    assert [each for each in names if ".query-" in each] == ["acme-card-fraud.query-production"]
    (table,) = made.all("AWS::Glue::Table")
    assert table["TableInput"]["Parameters"]["projection.utc_day.range"] == "NOW-730DAYS,NOW"
    assert made.findings == ()
