"""What judges a model by its labels: what it may read and write, when it runs, and whom it tells of what."""

import json
from dataclasses import replace
from typing import Any

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import Statement
from mlops_stages.reliable.monitors import MonitorTerms
from mlops_stages.reliable.monitors.model_monitor import HANDLER
from mlops_stages.reliable.serving_account import actions_in_use
from mlops_stages.runtime.monitor_runs import publishing
from mlops_stages.runtime.monitor_runs.days import HOURS_KNOWN
from mlops_stages.runtime.monitor_runs.settings import VARIABLE, BiasLimit, Bound, Drift
from mlops_stages.runtime.monitors.bias import Segment
from tests.foundation.built import Built, Json, built, refused, resolved, statement
from tests.foundation.judge import Caller
from tests.reliable.decisions.test_team_decisions import REFUNDS, ROLES, RUNBOOK, STORE, a_model, a_team
from tests.reliable.serving import OWNER, PRODUCTION

NAME, ENDPOINT = "acme-card-fraud-production-monitors", "fraud-card-fraud-production"
TERMS = MonitorTerms(
    label_type="binary",
    delay_hours=48,
    window_days=28,
    margin=0.15,
    quality=Bound(metric="auc", minimum=0.92),
    segments=(),
    bias=(),
    drift=Drift(metric="psi", maximum=0.2),
    inputs={"amount": "number", "country": "category"},
    evaluations="s3://acme-fraud-artifacts-333333333333/evaluations/card-fraud/",
    read_baselines=(
        Statement(
            sid="ReadEvaluations",
            actions=["s3:GetObject"],
            resources=["arn:aws:s3:::acme-fraud-artifacts-333333333333/evaluations/card-fraud/*"],
            why="a folder for each run of the pipeline",
        ),
    ),
    better_by=None,
    list_candidates=(),
    label_bucket="acme-fraud-confidential-444444444444",
    label_prefix="labels/card-fraud",
    read_labels=(
        Statement(
            sid="ReadLabels",
            actions=["s3:GetObject"],
            resources=["arn:aws:s3:::acme-fraud-confidential-444444444444/labels/card-fraud/*"],
            why="a folder for each hour",
        ),
    ),
)
MONITOR, READER = (f"{ROLES}/acme-card-fraud.{duty}-production" for duty in ("monitor", "read-decisions"))


def monitored(stack: Stack, **terms: Any) -> object:  # noqa: ANN401 - real options
    """A team one of whose two models is judged."""
    return a_team(stack, a_model(monitors=replace(TERMS, **terms), has_challenger=True), a_model(served=REFUNDS))


@pytest.fixture(scope="module")
def found() -> Built:
    return built(monitored)


@pytest.fixture(scope="module")
def alarms(found: Built) -> dict[str, Json]:
    return named(found)


def named(found: Built) -> dict[str, Json]:
    """The monitors' alarms, by the end of their names."""
    every = {each["AlarmName"]: each for each in found.all("AWS::CloudWatch::Alarm")}
    return {name.removeprefix(f"{NAME}-"): each for name, each in every.items() if name.startswith(NAME)}


@pytest.fixture(scope="module")
def policy(found: Built) -> Json:
    """The policy of the store of decisions."""
    (document,) = (
        each["PolicyDocument"]
        for each in found.all("AWS::S3::BucketPolicy")
        if any(".monitor-" in json.dumps(one) for one in each["PolicyDocument"]["Statement"])
    )
    names = {
        f"{name}.Arn": STORE
        for name, each in found.resources("AWS::S3::Bucket").items()
        if each["Properties"].get("ObjectLockEnabled")
    }
    names |= {
        f"{name}.Arn": f"arn:aws:kms:eu-west-1:{PRODUCTION}:key/{name}" for name in found.resources("AWS::KMS::Key")
    }
    return resolved(document, names)


def written(policy: Json, key: str, role: str) -> str:
    """What the store's policy says to a role that writes an object."""
    return Caller(account=PRODUCTION).passes(policy, "s3:PutObject", f"{STORE}/{key}", aws__PrincipalArn=role)


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_only_a_model_with_labels_is_judged(found: Built) -> None:
    handlers = [each["Handler"] for each in found.all("AWS::Lambda::Function")]
    assert handlers.count(HANDLER) == 1


def test_it_runs_once_a_day_for_the_moment_when_it_was_due(found: Built) -> None:
    (schedule,) = (each for each in found.all("AWS::Scheduler::Schedule") if each["Name"] == NAME)
    assert schedule["ScheduleExpression"] == "cron(30 5 * * ? *)"
    assert json.loads(schedule["Target"]["Input"]) == {"at": "<aws.scheduler.scheduled-time>"}
    assert schedule["KmsKeyArn"]


def test_the_function_is_told_where_labels_come_and_what_is_promised(found: Built) -> None:
    (function,) = (each for each in found.all("AWS::Lambda::Function") if each["FunctionName"] == NAME)
    told = json.dumps(function["Environment"]["Variables"][VARIABLE]).replace("\\", "")
    for part in (
        '"label_bucket":"acme-fraud-confidential-444444444444"',
        '"label_prefix":"labels/card-fraud"',
        '"delay_hours":48',
        '"challenger":"challenger"',
        '"metric":"auc","minimum":0.92',
    ):
        assert part in told
    assert function["Layers"]
    assert function["DeadLetterConfig"]
    assert function["KmsKeyArn"]


@pytest.mark.parametrize(
    ("suffix", "metric", "beyond", "comparison"),
    [
        ("overestimates", "CalibrationRatioLow", 1.15, "GreaterThanThreshold"),
        ("underestimates", "CalibrationRatioHigh", 1 / 1.15, "LessThanThreshold"),
        ("quality", "QualityHigh", 0.92, "LessThanThreshold"),
    ],
)
def test_the_model_is_wrong_where_a_whole_interval_is_beyond_the_bound(
    alarms: dict[str, Json], suffix: str, metric: str, beyond: float, comparison: str
) -> None:
    alarm = alarms[suffix]
    assert (alarm["Namespace"], alarm["MetricName"]) == (publishing.NAMESPACE, metric)
    assert alarm["Threshold"] == pytest.approx(beyond)
    assert alarm["ComparisonOperator"] == comparison
    assert alarm["Dimensions"] == [{"Name": "Endpoint", "Value": ENDPOINT}]


def test_a_day_without_figures_is_unknown_and_not_well(alarms: dict[str, Json]) -> None:
    for suffix in ("overestimates", "underestimates", "quality"):
        assert alarms[suffix]["TreatMissingData"] == "missing"
        assert (alarms[suffix]["DatapointsToAlarm"], alarms[suffix]["EvaluationPeriods"]) == (1, HOURS_KNOWN)


def test_a_bound_from_above_is_judged_by_the_low_end() -> None:
    found = built(lambda stack: monitored(stack, quality=Bound(metric="log_loss", maximum=0.4)))
    (alarm,) = (each for each in found.all("AWS::CloudWatch::Alarm") if each["AlarmName"] == f"{NAME}-quality")
    assert (alarm["MetricName"], alarm["ComparisonOperator"]) == ("QualityLow", "GreaterThanThreshold")


def test_a_segment_that_is_treated_otherwise_is_told_by_the_end_of_the_interval_nearer_to_0() -> None:
    segment = Segment(column="country", values=("FR",))
    limit = BiasLimit(segment=segment, metric="tpr_gap", maximum=0.1)
    found = built(lambda stack: monitored(stack, segments=(segment,), bias=(limit,)))
    (alarm,) = (each for each in found.all("AWS::CloudWatch::Alarm") if each["AlarmName"] == f"{NAME}-bias")
    assert (alarm["MetricName"], alarm["Threshold"], alarm["ComparisonOperator"]) == ("Bias", 1, "GreaterThanThreshold")
    assert alarm["TreatMissingData"] == "missing"
    assert f'ALARM("{NAME}-bias")' in str(found.one("AWS::CloudWatch::CompositeAlarm")["AlarmRule"])


def test_without_a_promise_about_quality_calibration_alone_decides() -> None:
    found = built(lambda stack: monitored(stack, quality=None))
    names = {each["AlarmName"] for each in found.all("AWS::CloudWatch::Alarm")}
    assert f"{NAME}-overestimates" in names
    assert f"{NAME}-quality" not in names


def test_scores_that_drift_are_a_warning_and_without_a_bound_nothing_is_compared(alarms: dict[str, Json]) -> None:
    alarm = alarms["score-drift"]
    assert (alarm["MetricName"], alarm["Threshold"]) == (publishing.SCORE_DRIFT, 0.2)
    assert alarm["TreatMissingData"] == "missing"  # what is not measured has not been found to be near
    assert alarm["AlarmDescription"].startswith("A warning: ")
    without = built(lambda stack: monitored(stack, drift=None))
    assert f"{NAME}-score-drift" not in {each["AlarmName"] for each in without.all("AWS::CloudWatch::Alarm")}
    assert "ReadEvaluations" not in json.dumps(without.all("AWS::IAM::ManagedPolicy"))
    assert "ReadEvaluations" in json.dumps(built(monitored).all("AWS::IAM::ManagedPolicy"))


@pytest.fixture(scope="module")
def hourly() -> Built:
    """The same team, where drift is measured every hour."""
    return built(lambda stack: monitored(stack, drift=Drift(metric="psi", maximum=0.2, every_hours=1)))


def schedules(found: Built) -> dict[str, Json]:
    return {each["Name"]: each for each in found.all("AWS::Scheduler::Schedule") if each["Name"].startswith(NAME)}


@pytest.mark.parametrize(
    ("hours", "expression"),
    [(1, "cron(42 * * * ? *)"), (6, "cron(42 0,6,12,18 * * ? *)"), (12, "cron(42 0,12 * * ? *)")],
)
def test_drift_within_the_day_is_measured_by_a_schedule_of_its_own(hours: int, expression: str) -> None:
    found = built(lambda stack: monitored(stack, drift=Drift(metric="psi", maximum=0.2, every_hours=hours)))
    assert set(schedules(found)) == {NAME, f"{NAME}-drift"}
    schedule = schedules(found)[f"{NAME}-drift"]
    assert schedule["ScheduleExpression"] == expression
    assert json.loads(schedule["Target"]["Input"]) == {"measure": "drift", "at": "<aws.scheduler.scheduled-time>"}


def test_that_schedule_is_as_the_days_is_and_takes_no_other_role(found: Built, hourly: Built) -> None:
    day, hour = (schedules(hourly)[each] for each in (NAME, f"{NAME}-drift"))
    differs = ("Name", "Description", "ScheduleExpression", "Target")
    assert {key: value for key, value in hour.items() if key not in differs} == {
        key: value for key, value in day.items() if key not in differs
    }
    assert {**hour["Target"], "Input": ""} == {**day["Target"], "Input": ""}
    assert hour["KmsKeyArn"]
    for kind in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::Lambda::Function"):
        assert len(hourly.all(kind)) == len(found.all(kind))
    assert [each["PolicyDocument"] for each in hourly.all("AWS::IAM::ManagedPolicy")] == [
        each["PolicyDocument"] for each in found.all("AWS::IAM::ManagedPolicy")
    ]
    assert hourly.findings == ()


def test_without_drift_or_with_that_of_days_there_is_one_schedule(found: Built) -> None:
    assert set(schedules(found)) == {NAME}
    assert set(schedules(built(lambda stack: monitored(stack, drift=None)))) == {NAME}


def test_the_warning_goes_by_the_hours_between_two_measurements_and_two_more(hourly: Built) -> None:
    alarm = named(hourly)["score-drift"]
    assert (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"], alarm["Period"]) == (1, 3, 3600)
    assert alarm["TreatMissingData"] == "missing"
    assert "the figures of the hour" in alarm["AlarmDescription"]


def test_hours_and_days_that_are_not_run_are_told_each_by_its_own_alarm(found: Built, hourly: Built) -> None:
    alarms = named(hourly)
    assert set(alarms) - set(named(found)) == {"drift-silent"}
    judged, called = alarms["silent"], alarms["drift-silent"]
    assert (judged["Namespace"], judged["MetricName"]) == (publishing.NAMESPACE, publishing.JUDGED)
    assert (judged["Threshold"], judged["ComparisonOperator"]) == (0, "LessThanThreshold")  # 0 and 1 are both a run
    assert (judged["TreatMissingData"], judged["EvaluationPeriods"]) == ("breaching", HOURS_KNOWN)
    assert (called["MetricName"], called["EvaluationPeriods"]) == ("Invocations", 3)
    assert called["TreatMissingData"] == "breaching"


def test_labels_that_are_late_refused_or_contradictory_are_told(alarms: dict[str, Json]) -> None:
    assert {name: each["Threshold"] for name, each in alarms.items() if name.startswith("labels-")} == {
        "labels-behind": 24,
        "labels-contradict": 0,
        "labels-refused": 0,
    }
    assert "older than 72 hours" in alarms["labels-behind"]["AlarmDescription"]


def test_a_run_that_fails_or_does_not_come_is_told(alarms: dict[str, Json]) -> None:
    assert alarms["failed"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert (alarms["silent"]["TreatMissingData"], alarms["silent"]["EvaluationPeriods"]) == ("breaching", HOURS_KNOWN)


def test_every_alarm_names_owner_and_runbook_and_calls_what_tells_the_owner(
    found: Built, alarms: dict[str, Json]
) -> None:
    assert len(alarms) == 9
    (notices,) = (
        name
        for name, each in found.resources("AWS::Lambda::Function").items()
        if each["Properties"]["FunctionName"] == "acme-card-fraud-production-notices"
    )
    for alarm in alarms.values():
        assert alarm["AlarmDescription"].endswith(f"owner {OWNER}; runbook: {RUNBOOK}")
        assert len(alarm["AlarmDescription"]) <= 1024
        told = [{"Fn::GetAtt": [notices, "Arn"]}]
        assert (alarm["AlarmActions"], alarm["OKActions"]) == (told, told)


def test_one_alarm_says_that_it_is_not_right_and_tells_the_owner_by_cloudwatch_alone(found: Built) -> None:
    (alarm,) = found.all("AWS::CloudWatch::CompositeAlarm")
    names = [f'ALARM("{NAME}-{each}")' for each in ("overestimates", "underestimates", "quality")]
    assert alarm["AlarmName"] == f"{NAME}-not-right"
    assert alarm["AlarmRule"] == " OR ".join(names)
    assert alarm["AlarmDescription"].endswith(f"owner {OWNER}; runbook: {RUNBOOK}")
    (told,) = alarm["AlarmActions"]
    assert "cardfraudNoticesOwner" in told["Ref"]


def test_without_a_promise_calibration_alone_decides() -> None:
    found = built(lambda stack: monitored(stack, quality=None))
    assert found.one("AWS::CloudWatch::CompositeAlarm")["AlarmRule"].count("ALARM(") == 2


def test_a_runbook_longer_than_a_description_takes_is_refused() -> None:
    long = a_model(monitors=TERMS, runbook=f"https://wiki.acme.example/{'x' * 500}")
    message, _ = refused(lambda stack: a_team(stack, long))
    assert message.startswith("REL-038: Notices: ")


@pytest.mark.parametrize(
    "key",
    [
        f"labels/endpoint={ENDPOINT}/utc_day=2026-11-27/labels.parquet",
        f"manifests/labels/endpoint={ENDPOINT}/utc_day=2026-11-27/day.json",
        f"quarantine/labels/endpoint={ENDPOINT}/utc_day=2026-11-27/day.jsonl",
        f"monitors/endpoint={ENDPOINT}/utc_day=2026-11-27/figures.jsonl",
        f"manifests/monitors/endpoint={ENDPOINT}/utc_day=2026-11-27/run.json",
    ],
)
def test_the_monitors_write_their_own_part_of_the_store_and_nobody_else_does(policy: Json, key: str) -> None:
    assert written(policy, key, MONITOR) == "ImplicitDeny"  # nor allowed: its own policy does that
    assert written(policy, key, READER) == "Deny"
    assert written(policy, key, f"{ROLES}/acme-refunds.monitor-production") == "Deny"


def test_the_monitors_write_no_decisions(policy: Json) -> None:
    key = f"decisions/endpoint={ENDPOINT}/variant=champion/utc_day=2026-11-27/utc_hour=09/decisions.parquet"
    assert written(policy, key, MONITOR) == "Deny"
    assert written(policy, key, READER) == "ImplicitDeny"


def test_the_role_reads_its_own_decisions_and_labels_alone(found: Built) -> None:
    documents = [
        each["PolicyDocument"]
        for each in found.all("AWS::IAM::ManagedPolicy")
        if "KeepLabelsAndFigures" in json.dumps(each)
    ]
    (document,) = documents
    assert "refunds" not in json.dumps(document)
    assert f"/decisions/endpoint={ENDPOINT}/*" in json.dumps(statement(document, "ReadDecisions")["Resource"])
    assert statement(document, "PublishFigures")["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": publishing.NAMESPACE}
    }


def test_its_role_stays_within_the_accounts_boundary(found: Built) -> None:
    used = {
        action
        for policy in found.all("AWS::IAM::ManagedPolicy")
        for each in policy["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
    }
    assert used <= set(actions_in_use())
