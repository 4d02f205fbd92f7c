"""The account that a model serves in, in memory: stacks, alarms, and a bucket with what runs and hours have left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from mlops_stages.model_page import Source
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.runtime.decisions.manifest import Found, Manifest
from mlops_stages.runtime.labels import manifest as label_days
from mlops_stages.runtime.monitor_runs.record import Record, lines, sha256
from tests.model_page.given import LABELLED, TODAY, figure
from tests.runtime.decisions.given import S3
from tests.runtime.monitor_runs.given import DECISIONS, ENDPOINT, PACKAGES, SETTINGS
from tests.runtime.promotion.given import AwsError

Json = dict[str, Any]
TEAM, MODEL, PLATFORM = "arrivals", "late-arrival", "acme"
NAMES = Addresses(
    platform=PLATFORM,
    partition="aws",
    region="eu-west-1",
    experimentation="1" * 12,
    development="2" * 12,
    tooling="3" * 12,
    data="4" * 12,
    production="6" * 12,
)
MONITORS = f"{PLATFORM}-{MODEL}-production-monitors"
TOLD = f"Model {TEAM}/{MODEL} in production; owner hugo.stein@acme.example; runbook: docs"
SINCE = datetime(2026, 11, 20, 5, 32, tzinfo=UTC)


@dataclass
class CloudFormation:
    """Stacks with what they hold, a resource a page."""

    alarms: Sequence[str] = ()
    outputs: Sequence[Json] = (
        {"OutputKey": "Other", "OutputValue": "x"},
        {"ExportName": f"{PLATFORM}-production-team-{TEAM}:InternalDecisionsBucket", "OutputValue": DECISIONS},
    )
    fails: str = ""

    def describe_stacks(self, **given: Any) -> Json:  # noqa: ANN401 - as AWS's
        """The team's stack with its outputs."""
        if self.fails:
            raise AwsError(self.fails, "no\nsuch")
        assert given == {"StackName": f"{PLATFORM}-production-team-{TEAM}"}
        return {"Stacks": [{"Outputs": list(self.outputs)}]}

    def list_stack_resources(self, **given: Any) -> Json:  # noqa: ANN401 - as AWS's
        """One resource of a stack."""
        if given["StackName"] == f"{PLATFORM}-production-model-{MODEL}":
            return {"StackResourceSummaries": [{"ResourceType": "AWS::SageMaker::Model"}]}
        place = int(given.get("NextToken", 0))
        found = [{"ResourceType": "AWS::CloudWatch::Alarm", "PhysicalResourceId": each} for each in self.alarms]
        found.append({"ResourceType": "AWS::S3::Bucket", "PhysicalResourceId": f"{MONITORS}-bucket"})
        more = {"NextToken": str(place + 1)} if place + 1 < len(found) else {}
        return {"StackResourceSummaries": [found[place]], **more}


@dataclass
class CloudWatch:
    """Alarms by their names, with what differs from an alarm that is well."""

    known: dict[str, Json] = field(default_factory=dict[str, Json])

    def describe_alarms(self, **given: Any) -> Json:  # noqa: ANN401 - as AWS's
        """Those that are asked for by name."""
        assert 1 <= len(given["AlarmNames"]) <= given["MaxRecords"] <= 100
        return {
            "MetricAlarms": [
                {
                    "AlarmName": name,
                    "StateValue": "OK",
                    "StateReason": "well",
                    "StateUpdatedTimestamp": SINCE.replace(day=27),
                    "StateTransitionedTimestamp": SINCE,
                    "AlarmDescription": f"Why. {TOLD}",
                    "AlarmActions": [],
                    **self.known[name],
                }
                for name in given["AlarmNames"]
                if name in self.known
            ]
        }


@dataclass
class Account:
    """All of it."""

    s3: S3 = field(default_factory=S3)
    cloudwatch: CloudWatch = field(default_factory=CloudWatch)
    cloudformation: CloudFormation = field(default_factory=CloudFormation)

    @property
    def source(self) -> Source:
        """What reads it."""
        return Source(
            addresses=NAMES,
            team=TEAM,
            model=MODEL,
            classification=DataClassification.INTERNAL,
            s3=self.s3,
            cloudwatch=self.cloudwatch,
            cloudformation=self.cloudformation,
        )

    def put(self, key: str, content: bytes) -> None:
        """Put an object into the bucket of decisions."""
        self.s3.put_object(Bucket=DECISIONS, Key=key, Body=content)

    def run(self, day: str = str(TODAY), ratio: float = 1.0, **about: Any) -> None:  # noqa: ANN401 - a record's fields
        """Leave what a run leaves."""
        content = lines([figure(value=ratio), figure("auc", 0.71, 0.02)])
        given: Json = {
            "endpoint": ENDPOINT,
            "day": day,
            "window": "2026-10-29 to 2026-11-25",
            "settings": SETTINGS.to_json(),
            "sources": (),
            "labelled": LABELLED,
            "figures_sha256": sha256(content),
            "published": True,
        }
        self.put(f"monitors/endpoint={ENDPOINT}/utc_day={day}/figures.jsonl", content)
        self.put(
            f"manifests/monitors/endpoint={ENDPOINT}/utc_day={day}/run.json", Record(**{**given, **about}).to_json()
        )

    def hour(self, hour: str, rows: int, invocations: int | None = None, *, percent: int = 100) -> None:
        """Leave the manifest of an hour, one request a row."""
        found = Found(
            lines=rows,
            requests=rows,
            rows=rows,
            failed_requests=0,
            quarantined={"DEC-010": 1},
            duplicates=0,
            repeated_ids=0,
            outside_the_hour=0,
            first=None,
            last=None,
            packages={f"{PACKAGES}3": rows},
        )
        made = Manifest(
            endpoint=ENDPOINT,
            variant="champion",
            hour=hour,
            files=(),
            inputs=(),
            found=found,
            invocations=invocations,
            capture_percent=percent,
            published=True,
            decisions_sha256="0",
            decisions_etag="0",
            quarantine_sha256=None,
            quarantine_etag=None,
        )
        folders = f"endpoint={ENDPOINT}/variant=champion/utc_day={hour[:10]}/utc_hour={hour[11:13]}"
        self.put(f"manifests/{folders}/hour.json", made.to_json())

    def labels(self, day: str, refused: int) -> None:
        """Leave the manifest of a day of collected labels."""
        found = label_days.Found(lines=9, labels=9, repeated=0, corrections=0, quarantined={"LBL-010": refused})
        made = label_days.Manifest(
            endpoint=ENDPOINT,
            day=day,
            type="binary",
            files=(),
            found=found,
            labels_sha256="0",
            quarantine_sha256=None,
        )
        self.put(f"manifests/labels/endpoint={ENDPOINT}/utc_day={day}/day.json", made.to_json())

    def alarms(self, **states: Json) -> None:
        """Deploy alarms of the monitors, by the ends of their names."""
        named = {f"{MONITORS}-{suffix.replace('_', '-')}": about for suffix, about in states.items()}
        self.cloudformation = replace(self.cloudformation, alarms=[*named])
        self.cloudwatch.known = named
