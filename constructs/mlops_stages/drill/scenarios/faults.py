"""What breaks on the way: an hour is not captured, labels are corrupt, a run is killed; each is told, and healed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mlops_stages.drill.clock import at
from mlops_stages.drill.facts import Proof
from mlops_stages.drill.judging import judged
from mlops_stages.drill.scenarios.metrics import counted_by
from mlops_stages.drill.stage import LABELLED_AT, LOOKED_AT, Json, Stage
from mlops_stages.drill.stream import Hour
from mlops_stages.platform import Duty
from mlops_stages.runtime.decisions.hours import MANIFESTS
from mlops_stages.runtime.monitor_runs.days import MONITORS, RUNS_AT
from mlops_stages.runtime.monitor_runs.numbers import counted

FIRST, LAST = date(2013, 9, 29), date(2013, 10, 7)
ABOUT = "an hour is not captured, a label file is corrupt, a run of the monitors is killed: told, and healed"
LOST_HOUR = 14
BROKEN_LINES = 5
_MOST_MORNINGS = 4
_DENIED = "DrillDeniesCapture"
_SHORTEST_S = 1
"""The shortest time limit that Lambda has: a run takes longer."""


def play(stage: Stage) -> None:
    """Break three things on one day, heal them on the next, and see that each was told."""
    days = _days(stage)
    if not stage.days:
        stage.play(days[:2])
        days = days[2:]
    lost = LostHour(stage)
    try:
        stage.play(days[:1], lost)
    finally:
        lost.heal()
    stage.look(at(stage.days[-1].clock, 23, 30))
    _check_gap(stage)
    today = stage.next_day()
    refused = write_corrupt_labels(stage, today)
    due = datetime.combine(today, RUNS_AT, UTC)
    _kill_the_run(stage, due)
    stage.look(at(today, LOOKED_AT))
    _check_run(stage, due)
    _check_refused(stage, today)
    _correct(stage, refused, today)
    _check_healed(stage, today)


def _days(stage: Stage) -> list[date]:
    last = stage.days[-1].stream if stage.days else FIRST - timedelta(days=1)
    return stage.stream.days(last + timedelta(days=1), LAST)


class LostHour:
    """Called before each hour: for one of them, the role that serves may not write what it captures."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._role = _serving_role(stage)
        self._iam = stage.operator("iam")
        self.broken = False

    def __call__(self, hour: Hour, today: date) -> None:
        """Heal what was broken an hour ago; break it where it is time."""
        if self.broken:
            self._stage.clock.to(at(today, LOST_HOUR, 30))
            self.heal()
        if hour.hour == LOST_HOUR:
            self._stage.clock.to(at(today, LOST_HOUR - 1, 59))
            denied = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
            self._iam.put_role_policy(RoleName=self._role, PolicyName=_DENIED, PolicyDocument=document)
            self.broken = True
            self._stage.note("fault", f"somebody denies s3:PutObject to the role {self._role}: nothing is captured")

    def heal(self) -> None:
        """Let the role write again, where it may not: also at the end of a drill that broke off."""
        if self.broken:
            self._iam.delete_role_policy(RoleName=self._role, PolicyName=_DENIED)
            self.broken = False
            self._stage.note("healed", f"the role {self._role} may write what it captures again")


def _serving_role(stage: Stage) -> str:
    """The name of the role under which the endpoint's container runs, and writes what is captured."""
    sagemaker = stage.root("sagemaker")
    found = sagemaker.describe_endpoint(EndpointName=stage.endpoint)
    configuration = sagemaker.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
    model = sagemaker.describe_model(ModelName=configuration["ProductionVariants"][0]["ModelName"])
    return str(model["ExecutionRoleArn"]).rpartition("/")[2]


def _check_gap(stage: Stage) -> None:
    day = stage.days[-1].clock
    told = [each for each in stage.messages if each.alarm.endswith("-gap") and each.state == "ALARM"]
    key = f"{MANIFESTS}/endpoint={stage.endpoint}/variant=champion/utc_day={day}/utc_hour={LOST_HOUR}/hour.json"
    manifest = _object(stage, key)
    stage.check(
        "An hour that was not captured is told",
        "the alarm decisions-gap, and a manifest that counts a request and no row",
        f"told {counted(len(told), 'time')}; {counted(manifest.get('invocations') or 0, 'request')}, "
        f"{counted(manifest.get('found', {}).get('rows') or 0, 'row')}",
        bool(told) and manifest.get("invocations") == 1 and manifest["found"]["rows"] == 0,
        Proof(kind="object", where=f"s3://{stage.bucket}/{key}"),
        *(Proof(kind="message", where=each.topic, says=f"message {each.id}") for each in told[:1]),
    )


def _check_refused(stage: Stage, today: date) -> None:
    told, key = stage.alarm("labels-refused"), f"{MANIFESTS}/labels/endpoint={stage.endpoint}/utc_day={today}/day.json"
    codes: Mapping[str, int] = _object(stage, key).get("found", {}).get("quarantined", {})
    counted = ", ".join(f"{count} {code}" for code, count in sorted(codes.items())) or "none"
    stage.check(
        "Lines that are no labels are told, and kept apart with a code",
        f"the alarm labels-refused, and {BROKEN_LINES} lines in quarantine",
        f"{'no alarm' if told is None else told.state}; {counted}",
        told is not None and told.state == "ALARM" and sum(codes.values()) == BROKEN_LINES,
        Proof(kind="object", where=f"s3://{stage.bucket}/{key}"),
    )


def write_corrupt_labels(stage: Stage, today: date) -> list[Json]:
    """Write the labels of the last day with some lines broken; what these should have been."""
    hours = [hour for hour in stage.unlabelled if hour.hour != LOST_HOUR]
    stage.unlabelled = []
    labels = stage.labels_of(hours)
    broken, rest = labels[:BROKEN_LINES], labels[BROKEN_LINES:]
    lines: list[Json | str] = [
        json.dumps(each)[:-9] if number % 2 else json.dumps({**each, "label": "late"})
        for number, each in enumerate(broken)
    ]
    stage.clock.to(at(today, LABELLED_AT))
    proof = stage.write_labels([*lines, *rest], today)
    stage.note("fault", f"{BROKEN_LINES} lines of the day's label file are cut off, or no 0 or 1", proof)
    return broken


def _kill_the_run(stage: Stage, due: datetime) -> None:
    """Let Lambda end the morning's run after a second, once."""
    functions, name = stage.operator("lambda"), _function(stage)
    timeout = functions.get_function_configuration(FunctionName=name)["Timeout"]
    stage.clock.to(due - timedelta(minutes=1))
    functions.update_function_configuration(FunctionName=name, Timeout=_SHORTEST_S)
    try:
        stage.clock.to(due + timedelta(seconds=20))
    finally:
        functions.update_function_configuration(FunctionName=name, Timeout=timeout)
    stage.note("fault", f"the run of {due:%H:%M} is killed after a second", moment=due)


def _function(stage: Stage) -> str:
    return stage.addresses.monitors_name(stage.model.name, "production")


def _check_run(stage: Stage, due: datetime) -> None:
    killed, seen = counted_by(
        stage,
        "AWS/Lambda Errors",
        {"FunctionName": _function(stage)},
        due - timedelta(minutes=1),
        due + timedelta(minutes=25),
    )
    own = f"endpoint={stage.endpoint}/utc_day={due:%Y-%m-%d}"
    figures, record = f"{MONITORS}/{own}/figures.jsonl", f"{MANIFESTS}/{MONITORS}/{own}/run.json"
    said = _object(stage, record)
    first = _digests(stage, figures, record)
    payload = json.dumps({"at": f"{due:%Y-%m-%dT%H:%M:%SZ}"}).encode()
    stage.operator("lambda").invoke(FunctionName=_function(stage), Payload=payload)["Payload"].read()
    again = _digests(stage, figures, record)
    stage.note("healed", "Lambda has run it again: the day has its figures and its record")
    stage.check(
        "A run that was killed is run again by itself",
        "one error of the function, and a record of the day that belongs to its figures",
        f"{counted(killed, 'error')}; record {'there' if said else 'missing'}, "
        f"figures {'as' if said.get('figures_sha256') == first[0] else 'not as'} it says",
        killed == 1 and said.get("figures_sha256") == first[0],
        seen,
        Proof(kind="object", where=f"s3://{stage.bucket}/{record}"),
    )
    stage.check(
        "Run once more, the day has the same bytes",
        f"figures of sha256 {first[0][:16]}",
        f"figures of sha256 {again[0][:16]}",
        first == again,
        Proof(kind="object", where=f"s3://{stage.bucket}/{figures}", says=f"sha256 {again[0]}"),
    )


def _correct(stage: Stage, refused: list[Json], today: date) -> None:
    proof = stage.write_labels(refused, today, name="corrected")
    stage.note("healed", f"the {len(refused)} lines come again, in a new file", proof)


def _check_healed(stage: Stage, today: date) -> None:
    """Go on until nobody is told of refused lines any more, and see that nothing but the lost hour lacks a label."""
    for after in range(1, _MOST_MORNINGS + 1):
        stage.look(at(today + timedelta(days=after), LOOKED_AT))
        alarm = stage.alarm("labels-refused")
        if alarm is not None and alarm.state == "OK":
            break
    run = judged(stage)[-1]
    alarm = stage.alarm("labels-refused")
    stage.check(
        "The correction counts, and the alarm is over",
        "the alarm labels-refused is OK; each decision of the window has a label",
        f"{'no alarm' if alarm is None else alarm.state}; {run.labelled:,} of {run.decisions:,} have one",
        alarm is not None and alarm.state == "OK" and run.labelled == run.decisions,
        *run.proofs,
    )


def _object(stage: Stage, key: str) -> Json:
    """An object that the model's owner may read; nothing where it is not there."""
    content = _content(stage, key)
    found: Any = json.loads(content) if content else {}
    return found


def _digests(stage: Stage, *keys: str) -> list[str]:
    return [hashlib.sha256(_content(stage, key)).hexdigest() for key in keys]


def _content(stage: Stage, key: str) -> bytes:
    s3 = stage.people.of(Duty.SEE_PRODUCTION)("s3")
    listed = s3.list_objects_v2(Bucket=stage.bucket, Prefix=key).get("Contents", [])
    if not listed:
        return b""
    content: bytes = s3.get_object(Bucket=stage.bucket, Key=key)["Body"].read()
    return content
