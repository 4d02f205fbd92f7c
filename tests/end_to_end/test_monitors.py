"""A model that has become wrong: by labels that data engineers write, its owner learns of it the next morning."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest

from mlops_stages.local.client import inventory
from mlops_stages.local.client.model_runs.waiting import settled
from mlops_stages.platform import Duty, Purpose
from mlops_stages.runtime.dataset_manifest import DataObject, make, version_of
from mlops_stages.runtime.monitor_runs.publishing import NAMESPACE
from tests.end_to_end.conftest import PlatformUp
from tests.end_to_end.people import as_service
from tests.end_to_end.releases import MODEL, TEAM, Releases
from tests.end_to_end.topics import told_by
from tests.local.clients import refusal
from tests.runtime.monitor_runs.given import decided

Json = dict[str, Any]
ENDPOINT = f"{TEAM}-{MODEL}-production"
NAME_OF_MODEL = f"{TEAM}/{MODEL}"
NAME = f"acme-{MODEL}-production-monitors"
DAYS = 22
DAY = timedelta(days=1)


@pytest.fixture
def releases(promotions: PlatformUp) -> Iterator[Releases]:
    """The model's releases, while nobody else promotes."""
    found = Releases(promotions)
    with found.patient():
        yield found


class Monitored:
    """The account that the model serves in, and the team's data."""

    def __init__(self, releases: Releases) -> None:
        self._releases = releases
        account, names = releases.up.platform.account(Purpose.PRODUCTION), releases.arrivals.addresses
        self.root = releases.up.root(account)
        self.cloudwatch = self.root.client("cloudwatch")
        function = self.root.client("lambda").get_function_configuration(FunctionName=NAME)
        self.told: Json = json.loads(function["Environment"]["Variables"]["MONITORS"])
        self._inputs = [each.partition(":")[0] for each in self.told["inputs"].split(",")]
        notices = self.root.client("lambda").get_function_configuration(
            FunctionName=names.notices_name(MODEL, "production")
        )
        self.notices: Json = json.loads(notices["Environment"]["Variables"]["NOTICES"])
        roles = (names.monitor_duty("production"), names.read_decisions_duty("production"))
        self.monitor, self._reader = (
            as_service(releases.up, names.model_role(account, TEAM, MODEL, duty), "lambda.amazonaws.com").client("s3")
            for duty in roles
        )
        pipeline = names.pipeline_role(TEAM, MODEL)
        self.pipeline = as_service(releases.up, pipeline, "sagemaker.amazonaws.com").client("s3")
        self.engineer = releases.arrivals.duty(Duty.CURATE).client("s3")

    def decide(self, hour: datetime, rows: list[tuple[str, float, str]]) -> None:
        """Write decisions as their reader does."""
        folders = f"endpoint={ENDPOINT}/variant=champion/utc_day={hour:%Y-%m-%d}/utc_hour={hour:%H}"
        self._reader.put_object(
            Bucket=self.told["bucket"],
            Key=f"decisions/{folders}/decisions.parquet",
            Body=decided(hour, rows, str(self._releases.serves()["package"]), self._inputs),
            ChecksumAlgorithm="SHA256",
        )

    def label(self, hour: datetime, labels: list[Json]) -> str:
        """Put labels where the data engineers put them; the key."""
        key = f"labels/{MODEL}/{hour:%Y/%m/%d/%H}/of-the-day.jsonl"
        body = "".join(json.dumps(each) + "\n" for each in labels).encode()
        self.engineer.put_object(Bucket=self.told["label_bucket"], Key=key, Body=body, IfNoneMatch="*")
        return key

    def alarm(self, suffix: str) -> Json:
        """An alarm of the monitors."""
        (found,) = self.cloudwatch.describe_alarms(AlarmNames=[f"{NAME}-{suffix}"])["MetricAlarms"]
        return found

    def record(self, day: datetime) -> Json:
        """What the run of a day was made of and found."""
        key = f"manifests/monitors/endpoint={ENDPOINT}/utc_day={day:%Y-%m-%d}/run.json"
        return json.loads(self.monitor.get_object(Bucket=self.told["bucket"], Key=key)["Body"].read())


class Retrained:
    """What trains the model again: newer data, its run, and what the owner is told of it."""

    def __init__(self, releases: Releases) -> None:
        self._releases, self._names = releases, releases.arrivals.addresses
        tooling = releases.up.root(self._names.tooling)
        self.function = self._names.retraining_name(MODEL)
        told = tooling.client("lambda").get_function_configuration(FunctionName=self.function)["Environment"]
        self.settings: Json = json.loads(told["Variables"]["RETRAINING"])
        self.told = told_by(tooling, json.loads(told["Variables"]["PROMOTION"])["topic"])
        self.trainer = releases.arrivals.duty(Duty.TRAIN).client("sagemaker")
        role = as_service(releases.up, self._names.retrain_role(TEAM, MODEL), "lambda.amazonaws.com")
        self.s3, self.sagemaker, self.dynamodb = (role.client(each) for each in ("s3", "sagemaker", "dynamodb"))

    def curate(self) -> str:
        """Have a data job make a version of the dataset, whose rows no step can read; its manifest's address."""
        jobs, bucket = self._releases.arrivals.data_jobs().client("s3"), self._releases.arrivals.data
        content = f"nothing, {uuid4()}".encode()
        digest = hashlib.sha256(content).hexdigest()
        folder = f"curated/flights/{version_of({'flights.csv': digest})}"
        put = {"Bucket": bucket, "IfNoneMatch": "*"}
        made = jobs.put_object(Key=f"{folder}/flights.csv", Body=content, **put)
        of = DataObject(
            key="flights.csv",
            uri=f"s3://{bucket}/{folder}/flights.csv",
            version_id=made["VersionId"],
            sha256=digest,
            bytes=len(content),
        )
        manifest = make(
            dataset="flights",
            team=TEAM,
            classification="internal",
            commit="c" * 40,
            created_by="j",
            sources=[],
            objects=[of],
        )
        key = f"manifests/flights/{manifest.version}.json"
        jobs.put_object(Key=key, Body=manifest.to_json().encode(), **put)
        return f"s3://{bucket}/{key}"

    def run(self) -> Json:
        """The latest run of the pipeline, once it has ended, with its parameters."""
        (found,) = self.trainer.list_pipeline_executions(
            PipelineName=self.settings["pipeline"], SortBy="CreationTime", SortOrder="Descending", MaxResults=1
        )["PipelineExecutionSummaries"]
        named = {"PipelineExecutionArn": found["PipelineExecutionArn"]}
        given = self.trainer.list_pipeline_parameters_for_execution(**named)["PipelineParameters"]
        ended = settled(lambda: self.trainer.describe_pipeline_execution(**named), "PipelineExecutionStatus")
        return {**ended, "parameters": {each["Name"]: each["Value"] for each in given}}


def test_what_a_model_decided_is_in_the_catalog_and_its_analyst_reads_it_through_athena_alone(
    releases: Releases,
) -> None:
    account, addresses = releases.up.platform.account(Purpose.PRODUCTION), releases.arrivals.addresses
    root, analyst = releases.up.root(account), releases.arrivals.duty(Duty.QUERY_PRODUCTION)
    database, group = addresses.tables_name(MODEL, "production"), addresses.queries_name(MODEL, "production")
    tables: dict[str, Json] = {
        each["Name"]: each for each in root.client("glue").get_tables(DatabaseName=database)["TableList"]
    }
    assert sorted(tables) == ["decisions", "figures", "labels"]
    columns = {each["Name"]: each["Type"] for each in tables["decisions"]["StorageDescriptor"]["Columns"]}
    assert (columns["carrier"], columns["hour"], columns["decided_at"]) == ("string", "double", "timestamp")
    bucket = tables["decisions"]["StorageDescriptor"]["Location"].split("/")[2]
    assert tables["decisions"]["Parameters"]["storage.location.template"].endswith(
        f"s3://{bucket}/decisions/endpoint={ENDPOINT}/variant=${{variant}}/utc_day=${{utc_day}}/utc_hour=${{utc_hour}}/"
    )
    assert analyst.client("glue").get_table(DatabaseName=database, Name="labels")["Table"]["Name"] == "labels"
    athena = analyst.client("athena")
    told = athena.get_work_group(WorkGroup=group)["WorkGroup"]["Configuration"]
    assert told["EnforceWorkGroupConfiguration"] is True
    refusal(lambda: athena.update_work_group(WorkGroup=group, State="DISABLED"))
    refusal(lambda: athena.start_query_execution(QueryString="SELECT 1", WorkGroup="primary"))
    refusal(lambda: analyst.client("glue").delete_table(DatabaseName=database, Name="labels"))
    s3 = analyst.client("s3")
    refusal(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=f"decisions/endpoint={ENDPOINT}/"))
    refusal(lambda: s3.put_object(Bucket=bucket, Key=f"decisions/endpoint={ENDPOINT}/x", Body=b""))


def test_a_model_that_promises_twice_what_happens_is_told_of_with_the_evidence(
    releases: Releases, tmp_path: Path
) -> None:
    releases.at_rest()
    releases.pass_time((3 * DAY).total_seconds())  # another version may have answered until now
    monitored, retrained = Monitored(releases), Retrained(releases)
    manifest = retrained.curate()
    told = told_by(monitored.root, monitored.notices["owner_topic"])
    told_next = told_by(monitored.root, monitored.notices["others_topic"])
    clock = cast("Json", inventory.get(releases.endpoint, "clock"))
    now = datetime.fromtimestamp(clock["now_seconds"], UTC)
    morning = now.replace(hour=5, minute=30, second=0, microsecond=0)
    morning += DAY if morning <= now else timedelta()
    labelled: list[str] = []
    for back in range(2, 2 + DAYS):
        hour = (morning - DAY * back).replace(hour=9, minute=0)
        ids = [f"mon-{back}-{place}" for place in range(10)]
        monitored.decide(hour, [(each, 0.6, "UA") for each in ids])
        labelled.append(
            monitored.label(hour + DAY, [{"decision_id": each, "label": int(each[-1] in "012")} for each in ids])
        )
    key = labelled[-1]

    releases.pass_time((morning - now).total_seconds() + 120)
    releases.until(lambda: monitored.alarm("overestimates")["StateValue"] == "ALARM")

    record = monitored.record(morning)
    assert record["labelled"]["package"] == releases.serves()["package"]
    assert record["labelled"]["labelled"] >= 10 * DAYS
    figures = monitored.monitor.get_object(
        Bucket=monitored.told["bucket"], Key=f"monitors/endpoint={ENDPOINT}/utc_day={morning:%Y-%m-%d}/figures.jsonl"
    )["Body"].read()
    every = [json.loads(line) for line in figures.splitlines()]
    found = {each["name"]: each for each in every if each["of"] == ENDPOINT}
    ratio = found["calibration_ratio"]
    assert 1.15 < ratio["low"] <= ratio["value"] <= ratio["high"]
    assert f"{ratio['low']}"[:5] in monitored.alarm("overestimates")["StateReason"]
    # Against the baseline that was registered with the version, in the tooling account
    (moved,) = (each for each in every if (each["name"], each["of"]) == ("psi", "score"))
    assert moved["value"] > 0
    assert moved["why"] is None
    assert monitored.alarm("underestimates")["StateValue"] == "OK"
    assert monitored.alarm("labels-contradict")["StateValue"] == "OK"
    names = {each["MetricName"] for each in monitored.cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]}
    assert {"CalibrationRatio", "CalibrationRatioLow", "CalibrationRatioHigh", "LabelledShare"} <= names
    (message,) = told(f"Alarm: {NAME}-overestimates")
    assert message.startswith("The model expects more than happens")
    assert f"Figure: it expects {ratio['value']:.2f} times what happens (95 %: {ratio['low']:.2f} to " in message
    assert f"Evidence: mlops-stages model {NAME_OF_MODEL}" in message
    assert "or flora.king@acme.example is told" in message

    # Nobody acknowledges it for four hours; then the owner does.
    releases.pass_time(4 * 3600)
    (next_message,) = told_next("overestimates")
    assert next_message.startswith(f"Nobody has acknowledged the alarm overestimates of {NAME_OF_MODEL} in production")
    assert message in next_message
    done = releases.up.run("ack", NAME_OF_MODEL, "overestimates", "--note", "trained anew", "--json")
    assert done.returncode == 0, done.stderr
    acknowledged: Json = json.loads(done.stdout)
    assert (acknowledged["by"], acknowledged["new"]) == ("hugo.stein@acme.example", True)
    assert acknowledged["record"].endswith(":hugo.stein@acme.example.json")
    again = releases.up.run("ack", NAME_OF_MODEL, "overestimates")
    assert "You, hugo.stein@acme.example, had acknowledged the alarm overestimates" in again.stdout
    assert "CLI-042" in releases.up.run("ack", NAME_OF_MODEL, "overestimates", "--as", "kim-tran").stderr
    another = releases.arrivals.duty(Duty.SEE_PRODUCTION).client("s3")
    bucket, _, key = acknowledged["record"].removeprefix("s3://").partition("/")
    refusal(lambda: another.put_object(Bucket=bucket, Key=key.replace("hugo.stein", "zoe.martin"), Body=b"{}"))
    refusal(
        lambda: another.put_object(Bucket=bucket, Key=f"{key.partition('acknowledged-by')[0]}over.json", Body=b"{}")
    )

    # An hour after the monitors it is trained again, on what a data job has made since; the owner is told.
    (message,) = retrained.told("Run: ")
    assert f"overestimates: it expects {ratio['value']:.2f} times what happens" in message
    assert f"On: {manifest}, days before" in message
    run, asked = retrained.run(), record["requests"]
    assert run["PipelineExecutionArn"] in message
    assert run["PipelineExecutionDisplayName"] == f"retraining-{morning:%Y-%m-%d}"
    given = run["parameters"]
    assert given["RequestsUri"] == f"s3://{asked['bucket']}/{asked['key']}"
    assert given["StartedBy"] == retrained.function
    assert given["DatasetManifestUri"] == manifest
    first = record["window"].split()[0]
    assert datetime.fromisoformat(given["TrainBefore"]) == datetime.fromisoformat(first) - DAY
    # What it may read of production is what was found there, and no request; it approves nothing.
    where = {"Bucket": asked["bucket"], "Key": asked["key"].replace("requests.csv.gz", "findings.json")}
    findings: Json = json.loads(retrained.s3.get_object(**where)["Body"].read())
    assert (findings["is_right"], findings["package"]) == (False, releases.serves()["package"])
    refusal(lambda: retrained.s3.get_object(Bucket=asked["bucket"], Key=asked["key"]))
    refusal(lambda: retrained.s3.list_objects_v2(Bucket=asked["bucket"]))
    refusal(
        lambda: retrained.sagemaker.update_model_package(
            ModelPackageArn=releases.serves()["package"], ModelApprovalStatus="Approved"
        )
    )
    table = releases.settings["table"]
    refusal(lambda: retrained.dynamodb.get_item(TableName=table, Key={"model": {"S": MODEL}, "item": {"S": "x"}}))

    # Its owner sees all of it on a page, and no decision; nobody else does.
    file = tmp_path / "late-arrival.html"
    done = releases.up.run("model", NAME_OF_MODEL, "--html", str(file), "--json")
    assert done.returncode == 0, done.stderr
    page: Json = json.loads(done.stdout)
    assert page["answer"]["says"] == "not right"
    assert page["answer"]["sentence"].startswith(f"Not right since {morning:%Y-%m-%d}: it expects ")
    assert page["production"]["package"] == releases.serves()["package"]
    assert page["production"]["approved_by"] != page["production"]["released_by"]
    open_ones = {each["name"] for each in page["alarms"] if each["state"] == "ALARM"}
    assert f"{NAME}-overestimates" in open_ones
    assert page["monitors"]["runs"][0]["labelled"] == record["labelled"]
    assert "Not right since" in file.read_text("utf-8")
    assert "CLI-042" in releases.up.run("model", NAME_OF_MODEL, "--as", "kim-tran").stderr
    seeing = releases.arrivals.duty(Duty.SEE_PRODUCTION).client("s3")
    for key in ("decisions", "labels"):
        refusal(lambda key=key: seeing.list_objects_v2(Bucket=monitored.told["bucket"], Prefix=f"{key}/"))

    # Its owner has the monitors run earlier days; nobody else does, nor tells the function anything else.
    first, second = (f"{morning - DAY * back:%Y-%m-%d}" for back in (2, 1))
    done = releases.up.run("backfill", NAME_OF_MODEL, "--from", first, "--to", second)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "2 of 2 days judged" in done.stdout
    earlier = monitored.record(morning - DAY * 2)
    # Two days of decisions fewer, and what others have sent in the last days.
    assert 10 * (DAYS - 2) <= earlier["labelled"]["labelled"] <= record["labelled"]["labelled"] - 10 * 2
    assert f"{first}  {earlier['labelled']['labelled']} labelled decisions of {earlier['window']}" in done.stdout
    future = f"{morning + DAY * 2:%Y-%m-%d}"
    assert "CLI-102" in releases.up.run("backfill", NAME_OF_MODEL, "--from", second, "--to", future).stderr
    assert (
        "CLI-042"
        in releases.up.run("backfill", NAME_OF_MODEL, "--from", first, "--to", first, "--as", "kim-tran").stderr
    )
    functions = releases.arrivals.duty(Duty.SEE_PRODUCTION).client("lambda")
    refusal(lambda: functions.invoke(FunctionName=NAME.replace("monitors", "decisions")))
    refusal(lambda: functions.update_function_configuration(FunctionName=NAME, Timeout=1))

    # The model's pipeline, in another account, reads the requests that a candidate is to be judged on.
    assert 10 * DAYS <= asked["rows"] <= record["labelled"]["labelled"]
    where["Key"] = asked["key"]
    content = monitored.pipeline.get_object(**where)["Body"].read()
    assert hashlib.sha256(content).hexdigest() == asked["sha256"]
    assert monitored.pipeline.list_objects_v2(Bucket=asked["bucket"], Prefix=asked["key"])["KeyCount"] == 1
    refusal(lambda: monitored.pipeline.put_object(**where, Body=b""))
    refusal(lambda: monitored.pipeline.list_objects_v2(Bucket=asked["bucket"], Prefix="challenges/"))
    refusal(lambda: seeing.get_object(**where))
    refusal(lambda: monitored.engineer.get_object(**where))

    # Labels are written once, and what judges the model reads them without writing any.
    bucket = monitored.told["label_bucket"]
    refusal(lambda: monitored.engineer.put_object(Bucket=bucket, Key=key, Body=b"{}"))
    refusal(lambda: monitored.engineer.delete_object(Bucket=bucket, Key=key))
    refusal(lambda: monitored.monitor.put_object(Bucket=bucket, Key=f"{key}.jsonl", Body=b"{}", IfNoneMatch="*"))
    refusal(lambda: monitored.monitor.list_objects_v2(Bucket=bucket, Prefix="curated/"))

    # The run ends at rows that no step can read. The next morning the owner is told, and none starts: it cools down.
    assert run["PipelineExecutionStatus"] == "Failed"
    releases.pass_time(24 * 3600)
    (message,) = retrained.told("Step Prepare: ")
    assert run["PipelineExecutionArn"] in message
    assert retrained.run()["PipelineExecutionArn"] == run["PipelineExecutionArn"]


def test_drift_within_the_day_is_measured_by_another_schedule_of_the_same_role(releases: Releases) -> None:
    """As the template of a model has it whose drift is measured every hour; the reference's is measured each day."""
    releases.at_rest()
    monitored = Monitored(releases)
    functions, scheduler = (monitored.root.client(each) for each in ("lambda", "scheduler"))
    clock = cast("Json", inventory.get(releases.endpoint, "clock"))
    now = datetime.fromtimestamp(clock["now_seconds"], UTC)
    due = (now + timedelta(hours=2)).replace(minute=42, second=0, microsecond=0)
    ids = [f"drift-{uuid4()}" for _ in range(20)]
    # In an hour that is still to come: another version may have answered until now.
    monitored.decide(due.replace(minute=0) - timedelta(hours=1), [(each, 0.6, "UA") for each in ids])
    called = {"FunctionName": NAME, "Payload": json.dumps({"measure": "drift", "at": f"{due:%Y-%m-%dT%H:%M:%SZ}"})}
    assert "MON-040" in functions.invoke(**called)["Payload"].read().decode()  # each day, and not by the hour

    before = functions.get_function_configuration(FunctionName=NAME)["Environment"]
    told = json.dumps({**monitored.told, "drift": {**monitored.told["drift"], "metric": "psi:1"}})
    named = {"Name": f"{NAME}-drift", "GroupName": NAME}
    target = scheduler.get_schedule(Name=NAME, GroupName=NAME)["Target"]
    target["Input"] = json.dumps({"measure": "drift", "at": "<aws.scheduler.scheduled-time>"})
    functions.update_function_configuration(
        FunctionName=NAME, Environment={"Variables": {**before["Variables"], "MONITORS": told}}
    )
    try:
        scheduler.create_schedule(
            **named, ScheduleExpression="cron(42 * * * ? *)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
        )
        releases.pass_time((due - now).total_seconds() + 60)
        folders = f"monitors/endpoint={ENDPOINT}/drift/utc_day={due:%Y-%m-%d}/utc_hour={due:%H}"
        bucket = monitored.told["bucket"]
        releases.until(
            lambda: (
                monitored.monitor.list_objects_v2(Bucket=bucket, Prefix=f"manifests/{folders}/run.json")["KeyCount"]
                == 1
            )
        )
    finally:
        scheduler.delete_schedule(**named)
        functions.update_function_configuration(FunctionName=NAME, Environment=before)

    record: Json = json.loads(
        monitored.monitor.get_object(Bucket=bucket, Key=f"manifests/{folders}/run.json")["Body"].read()
    )
    assert record["package"] == releases.serves()["package"]
    assert record["decisions"] >= len(ids)
    figures = monitored.monitor.get_object(Bucket=bucket, Key=f"{folders}/figures.jsonl")["Body"].read()
    (moved,) = (
        each for each in map(json.loads, figures.splitlines()) if (each["name"], each["of"]) == ("psi", "score")
    )
    assert moved["value"] > 0
    assert hashlib.sha256(figures).hexdigest() == record["figures_sha256"]
    # Whoever sees the model sees this, too.
    seeing = releases.arrivals.duty(Duty.SEE_PRODUCTION).client("s3")
    (found,) = seeing.list_objects_v2(Bucket=bucket, Prefix=f"{folders}/")["Contents"]
    assert seeing.get_object(Bucket=bucket, Key=found["Key"])["Body"].read() == figures
