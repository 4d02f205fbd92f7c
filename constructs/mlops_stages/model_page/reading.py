"""Reads what the account that a model serves in says of it, as its owner or an approver may: no row of decisions.

Only what is listed is read: to whoever may list one folder alone, S3 refuses an object that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from mlops_stages.model_page.facts import (
    HOURS,
    MOST_NOTICES,
    MOST_RUNS,
    Alarm,
    Captured,
    Gap,
    Notice,
    Run,
    Watched,
)
from mlops_stages.model_page.refused import first_refused
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.runtime.decisions import manifest as hours
from mlops_stages.runtime.decisions.capture_files import CaptureFile, listed
from mlops_stages.runtime.decisions.hours import MANIFESTS, QUARANTINE, hour_of
from mlops_stages.runtime.decisions.metrics import LEAST_SHARE
from mlops_stages.runtime.labels import manifest as label_days
from mlops_stages.runtime.labels.source import LABELS
from mlops_stages.runtime.monitor_runs import record as records
from mlops_stages.runtime.monitor_runs import settings
from mlops_stages.runtime.monitor_runs.days import MONITORS
from mlops_stages.runtime.monitor_runs.hourly_record import MeasuredHour, measured_hour
from mlops_stages.runtime.monitor_runs.hours import folder_of
from mlops_stages.runtime.monitor_runs.verdict import verdict
from mlops_stages.runtime.monitors.codes import MonitorError
from mlops_stages.runtime.notices import incidents
from mlops_stages.runtime.notices.incidents import HELD, OVER, TOLD, TOLD_ON
from mlops_stages.runtime.promotion.settings import PRODUCTION, config_prefix

MOST_BYTES = 32 * 1024 * 1024
"""Of an object that is read."""
GONE = "GONE"
"""The state of an alarm that is deployed and that CloudWatch does not know: somebody has deleted it."""
_AT_ONCE = 100
"""Alarms that one call names.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""
_VARIANT = settings.Settings.variant
_DAY = re.compile(r"/utc_day=([0-9]{4}-[0-9]{2}-[0-9]{2})/[^/]+$")
_WHOSE = re.compile(r"Model ([a-z0-9/-]+) in ([a-z]+); owner ")
Client = Any
"""A client of boto3, which has no types."""


class AtOnce(Protocol):
    """`map`, or a pool's."""

    def __call__(self, function: Callable[[CaptureFile], bytes], files: Iterable[CaptureFile], /) -> Iterator[bytes]:
        """Read several files."""
        ...


class NoStoreError(Exception):
    """The team's stack is deployed, and names no bucket of decisions."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A model in production, and the clients of whoever asks."""

    addresses: Addresses
    team: str
    model: str
    classification: DataClassification
    s3: Client
    cloudwatch: Client
    cloudformation: Client
    at_once: AtOnce = map

    @property
    def endpoint(self) -> str:
        """What callers name."""
        return self.addresses.endpoint_name(self.team, self.model, PRODUCTION)

    def watched(self, now: datetime) -> Watched:
        """All of it. NoStoreError; else what boto3 raises."""
        alarms = tuple(self.alarms())
        bucket = self.bucket()
        runs, unread = self.runs(bucket)
        refused = self._refused_labels(bucket, runs[0].day) if runs else {}
        return Watched(
            runs=runs,
            unread=unread,
            alarms=alarms,
            refused_labels=sum(refused.values()),
            refused_label_lines=first_refused(self.s3, bucket, refused),
            captured=self._captured(bucket, now),
            notices=tuple(self._notices(bucket)),
            hour=self._hour(bucket, now),
        )

    def bucket(self) -> str:
        """The bucket of the model's decisions, and of what is found and told of them. NoStoreError."""
        stack = self.addresses.team_stack_name(self.team, PRODUCTION)
        name = self.addresses.decisions_export_name(self.team, PRODUCTION, self.classification)
        (found,) = self.cloudformation.describe_stacks(StackName=stack)["Stacks"]
        for output in found.get("Outputs", []):
            if output.get("ExportName") == name:
                return str(output["OutputValue"])
        raise NoStoreError(stack)

    # Runs

    def runs(self, bucket: str, most: int = MOST_RUNS) -> tuple[tuple[Run, ...], tuple[str, ...]]:
        """The newest runs, the newest first, and the days of those that do not hold together."""
        own = f"endpoint={self.endpoint}/utc_day="  # hours, of which there are many more, lie elsewhere
        kept = _by_day(listed(self.s3, bucket, f"{MANIFESTS}/{MONITORS}/{own}", "/run.json"))
        figures = _by_day(listed(self.s3, bucket, f"{MONITORS}/{own}", "/figures.jsonl"))
        days = sorted(kept, reverse=True)[:most]
        whole = [day for day in days if day in figures]
        read = list(self._read(bucket, [file[day] for day in whole for file in (kept, figures)]))
        pairs = zip(whole, read[::2], read[1::2], strict=True)
        found = {day: run for day, said, lines in pairs if (run := _run(day, said, lines)) is not None}
        return tuple(found.values()), tuple(str(day) for day in days if day not in found)

    def _hour(self, bucket: str, now: datetime) -> MeasuredHour | None:
        """The newest measurement of drift within the day, since the day before."""
        folder = f"{MANIFESTS}/{folder_of(self.endpoint)}"
        since = f"{folder}utc_day={now.astimezone(UTC).date() - timedelta(days=1)}/"
        files = listed(self.s3, bucket, folder, "/run.json", since)
        if not files:
            return None
        figures = files[-1].key.removeprefix(f"{MANIFESTS}/").replace("/run.json", "/figures.jsonl")
        found = [files[-1], *(each for each in listed(self.s3, bucket, figures, "") if each.key == figures)]
        said, *lines = self._read(bucket, found)
        return measured_hour(said, lines[0]) if lines else None

    def _read(self, bucket: str, files: Sequence[CaptureFile]) -> Iterator[bytes]:
        def content(file: CaptureFile) -> bytes:
            if file.size > MOST_BYTES:
                return b""
            return self.s3.get_object(Bucket=bucket, Key=file.key)["Body"].read(MOST_BYTES)

        return self.at_once(content, files)

    # What was told

    def _notices(self, bucket: str) -> Iterator[Notice]:
        prefixes = self.addresses.alarms_begin_with(self.team, self.model, PRODUCTION)
        files = {each.key: each for each in listed(self.s3, bucket, incidents.folder_of(self.endpoint), ".json")}
        for each in incidents.from_keys(files)[:MOST_NOTICES]:
            names = [f"{each.incident.folder}{name}" for name in (TOLD, TOLD_ON, HELD)]
            found = [files[name] for name in names if name in files]
            said = dict(
                zip((file.key for file in found), map(incidents.record, self._read(bucket, found)), strict=True)
            )
            first, on, held = (said.get(name, {}) for name in names)
            if not first and not held:
                continue
            yield Notice(
                alarm=incidents.short(each.incident.alarm, prefixes) or each.incident.alarm,
                since=each.incident.since,
                told=str(first.get("to", "")),
                sentence=str((first or held).get("sentence", "")),
                told_on=str(on.get("to", "")) if on else None,
                acknowledged_by=each.acknowledged_by,
                over=OVER in each.kept,
                held_back=str(held.get("deployed", "")) if held else None,
            )

    # Labels and decisions

    def _refused_labels(self, bucket: str, day: date) -> dict[str, int]:
        """How many lines are in quarantine, by the key of their list, the newest first."""
        own = f"{LABELS}/endpoint={self.endpoint}/utc_day="
        days = (day, day - timedelta(days=1))
        files = [file for each in days for file in listed(self.s3, bucket, f"{MANIFESTS}/{own}{each}/", "/day.json")]
        found = zip(files, map(label_days.read, self._read(bucket, files)), strict=True)
        counted = {_list_of(file.key): sum(each.found.quarantined.values()) for file, each in found if each is not None}
        return {key: count for key, count in counted.items() if count}

    def _captured(self, bucket: str, now: datetime) -> Captured:
        end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        start = end - timedelta(hours=HOURS)
        own = f"{MANIFESTS}/endpoint={self.endpoint}/variant={_VARIANT}"
        days = dict.fromkeys((start.date(), end.date()))
        files = [file for day in days for file in listed(self.s3, bucket, f"{own}/utc_day={day}/", "/hour.json")]
        read = zip(files, map(hours.read, self._read(bucket, files)), strict=True)
        found = [(_start(each.hour, end), file.key, each) for file, each in read if each is not None]
        held = {at: each for at, _, each in found if start <= at < end}
        lists = {at: _list_of(key) for at, key, each in found if at in held and each.found.quarantined}
        packages: dict[str, int] = {}
        for each in held.values():
            for package, rows in each.found.packages.items():
                packages[package] = packages.get(package, 0) + rows
        shares = [(at, each.captured_share) for at, each in held.items() if each.capture_percent == 100]
        return Captured(
            end=end,
            read=len(held),
            rows=sum(each.found.rows for each in held.values()),
            refused=sum(sum(each.found.quarantined.values()) for each in held.values()),
            packages=packages,
            gaps=tuple(
                Gap(hour=at, share=share) for at, share in sorted(shares) if share is not None and share < LEAST_SHARE
            ),
            refused_lines=first_refused(self.s3, bucket, (lists[at] for at in sorted(lists, reverse=True))),
        )

    # Alarms

    def alarms(self) -> Iterator[Alarm]:
        """The alarms that the stacks have made of the model, as CloudWatch knows them."""
        names = sorted(self._names())
        for start in range(0, len(names), _AT_ONCE):
            asked = names[start : start + _AT_ONCE]
            answer = self.cloudwatch.describe_alarms(AlarmNames=asked, MaxRecords=_AT_ONCE)
            known = {str(each["AlarmName"]): each for each in answer["MetricAlarms"]}
            for name in asked:
                if name not in known:
                    reason = "A stack has made it, and CloudWatch does not know it: deploy the stack again."
                    yield Alarm(name=name, state=GONE, since=None, reason=reason, topics=())
                elif self._is_of_the_model(str(known[name].get("AlarmDescription", ""))):
                    yield _alarm(known[name])

    def _names(self) -> Iterator[str]:
        addresses = self.addresses
        functions = (addresses.decisions_name(self.model, PRODUCTION), addresses.monitors_name(self.model, PRODUCTION))
        starts = (
            config_prefix(f"{self.team}-{self.model}", PRODUCTION),
            *(f"{each}-" for each in (self.endpoint, *functions)),
        )
        stacks = (addresses.team_stack_name(self.team, PRODUCTION), addresses.model_stack_name(self.model, PRODUCTION))
        for stack in stacks:
            for each in self._resources(stack):
                name = str(each.get("PhysicalResourceId", ""))
                if each["ResourceType"] == "AWS::CloudWatch::Alarm" and name.startswith(starts):
                    yield name

    def _resources(self, stack: str) -> Iterator[dict[str, Any]]:
        token: dict[str, str] = {}
        while True:
            page = self.cloudformation.list_stack_resources(StackName=stack, **token)
            yield from page["StackResourceSummaries"]
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def _is_of_the_model(self, description: str) -> bool:
        """Whether no other model's name is said: "card" in production and "card-production" begin alike."""
        found = _WHOSE.search(description)
        return found is None or found.groups() == (f"{self.team}/{self.model}", PRODUCTION)


def _list_of(manifest: str) -> str:
    """The key of the list of refused lines beside a manifest."""
    return f"{QUARANTINE}{manifest.removeprefix(MANIFESTS)}l"


def _by_day(files: Iterable[CaptureFile]) -> dict[date, CaptureFile]:
    found: dict[date, CaptureFile] = {}
    for file in files:
        if (day := _DAY.search(file.key)) is not None:
            found[date.fromisoformat(day[1])] = file
    return found


def _run(day: date, said: bytes, lines: bytes) -> Run | None:
    """The run of a day; None where what is kept is none, or does not belong together."""
    record = records.read(said)
    if record is None or record.day != str(day) or record.figures_sha256 != records.sha256(lines):
        return None
    try:
        told = settings.read({settings.VARIABLE: record.settings})
        figures = records.figures_of(lines)
    except (ValueError, TypeError, LookupError, MonitorError):
        return None
    return Run(
        day=day,
        window=record.window,
        settings=told,
        labelled=record.labelled,
        figures=figures,
        verdict=verdict(told, record.labelled, figures),
        candidates=tuple(record.candidates),
    )


def _start(hour: str, other: datetime) -> datetime:
    """The first moment of a manifest's hour; `other` where it names none."""
    try:
        return hour_of(hour).start
    except ValueError:
        return other


def _alarm(found: dict[str, Any]) -> Alarm:
    return Alarm(
        name=str(found["AlarmName"]),
        state=str(found["StateValue"]),
        since=found.get("StateTransitionedTimestamp", found["StateUpdatedTimestamp"]).astimezone(UTC),
        reason=" ".join(str(found.get("StateReason", "")).split()),
        topics=tuple(str(each) for each in found.get("AlarmActions", [])),
    )
