"""A version that passes every test and fails at what callers send: its canary's alarm brings the one before back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import cycle, islice
from typing import Any

from mlops_stages.drill.facts import Proof
from mlops_stages.drill.scenarios.metrics import counted_by
from mlops_stages.drill.scenarios.promoting import package, to_staging
from mlops_stages.drill.stage import Stage
from mlops_stages.drill.stream import Hour
from mlops_stages.local import refusals
from mlops_stages.local.client.promotions import Progress
from mlops_stages.platform import Duty
from mlops_stages.runtime.promotion.staging.captured import VARIANT

ABOUT = "a version that fails at what callers send is promoted: its canary's alarm brings the one before back"
_AT_THREE, _HOUR_PLACE = "3", 3
_REQUESTS = 60
"""In each half minute of the clock: a canary of half of them sees 60 a minute, three times what its alarms need."""
_FLIGHTS = 10 * _REQUESTS
"""Of five minutes: the alarms of a canary look at three."""


def broken(now: datetime) -> tuple[str, str]:
    """What is changed in serving/scoring.py, and into what.

    No flight leaves at 3 o'clock in the training data, so that no test in staging tries it. The time makes a version of
    its own of each drill's: the pipeline registers the same code once.
    """
    return "rows = pd", f'assert 3 not in columns["hour"], "{now:%Y-%m-%d %H:%M:%S}"; rows = pd'


@dataclass(frozen=True)
class Flight:
    """A flight at 3 o'clock, what callers name it, and whether it was late."""

    name: str
    row: str
    label: int


class Callers:
    """Callers of production, who send flights at 3 o'clock, one a request.

    While the canary is there they are refused some. How many depends on this machine; which flights they have an answer
    to in the end does not.
    """

    def __init__(self, stage: Stage, runtime: Any) -> None:  # noqa: ANN401  # a client
        self._endpoint, self._runtime = stage.endpoint, runtime
        flights = enumerate(islice(cycle(_flights(stage)), _FLIGHTS))
        day = f"{stage.next_day():%Y%m%d}"
        self._waiting = deque(Flight(f"{day}.at-3.{number}", row, label) for number, (row, label) in flights)
        self.answered, self.failed = list[Flight](), list[Flight]()

    def __call__(self) -> None:
        """Send what is sent in half a minute."""
        for _ in range(min(_REQUESTS, len(self._waiting))):
            self._send(self._waiting.popleft())

    def send_again(self) -> None:
        """Send what has no answer yet."""
        self._waiting.extendleft(reversed(self.failed))
        self.failed = []
        while self._waiting:
            self._send(self._waiting.popleft())

    def _send(self, flight: Flight) -> None:
        try:
            self._runtime.invoke_endpoint(
                EndpointName=self._endpoint, ContentType="text/csv", InferenceId=flight.name, Body=f"{flight.row}\n"
            )["Body"].read()
            self.answered.append(flight)
        except (refusals.ClientError, refusals.BotoCoreError):
            self.failed.append(flight)


def _flights(stage: Stage) -> list[tuple[str, int]]:
    day: date = stage.days[-1].stream if stage.days else max(stage.stream.hours)
    hours: list[Hour] = list(stage.stream.hours[day])
    return [(at_three(row), label) for hour in hours for row, label in zip(hour.rows, hour.labels, strict=True)]


def at_three(row: str) -> str:
    """A flight, at 3 o'clock."""
    cells = row.split(",")
    return ",".join([*cells[:_HOUR_PLACE], _AT_THREE, *cells[_HOUR_PLACE + 1 :]])


def play(stage: Stage) -> None:
    """Train it, let two people approve it, send what it fails at, and see what serves then."""
    people = stage.people
    before = int(people.releases()["production"]["version"])
    stage.watcher.step(f"{stage.name}: a version with a fault in serving/scoring.py is trained")
    version = people.train(broken(stage.clock.now))
    stage.note("fault", f"version {version} is registered: it fails for a flight at 3 o'clock, which no test tries")
    to_staging(stage, version)
    callers = Callers(stage, stage.people.of(Duty.INVOKE_PRODUCTION)("sagemaker-runtime"))
    began = stage.clock.now
    decided = people.approve("production", version, "Played by the drill: its tests in staging passed.")
    stage.note("decided", f"{decided['by']} approves version {version} for production", package(decided))
    progress = people.follow(callers)
    _check_version(stage, before, str(decided["package"]), progress)
    _check_refused(stage, callers, began)
    callers.send_again()
    _check_answered(stage, callers, began)
    stage.more_labels += [{"decision_id": f"{each.name}:1", "label": each.label} for each in callers.answered]


def _check_refused(stage: Stage, callers: Callers, began: datetime) -> None:
    failed, total = len(callers.failed), len(callers.answered) + len(callers.failed)
    errors, seen = _requests(stage, "AWS/SageMaker Invocation5XXErrors", began)
    stage.check(
        "Most callers were answered meanwhile",
        "some requests failed, and fewer than half",
        f"{failed} of {total} failed",
        0 < failed < total / 2 and errors == failed,
        seen,
    )


def _check_answered(stage: Stage, callers: Callers, began: datetime) -> None:
    errors, _ = _requests(stage, "AWS/SageMaker Invocation5XXErrors", began)
    requests, seen = _requests(stage, "AWS/SageMaker Invocations", began)
    stage.check(
        "Those who ask again are answered",
        f"each of {_FLIGHTS} flights has an answer",
        f"{len(callers.answered)} have",
        len(callers.answered) == _FLIGHTS == requests - errors,
        seen,
    )


def _requests(stage: Stage, metric: str, began: datetime) -> tuple[int, Proof]:
    dimensions = {"EndpointName": stage.endpoint, "VariantName": VARIANT}
    since, until = began.replace(second=0, microsecond=0), stage.clock.now + timedelta(minutes=1)
    return counted_by(stage, metric, dimensions, since, until.replace(second=0, microsecond=0))


def _check_version(stage: Stage, before: int, package: str, progress: Progress | None) -> None:
    version = package.rpartition("/")[2]
    releases = stage.people.releases()
    serves = int(releases["production"]["version"])
    why = "" if progress is None else progress.failure
    stage.note("healed", f"version {serves} serves production again: {why}", moment=stage.clock.now)
    stage.check(
        f"Version {version} is sent back by its canary's alarm, and version {before} serves on",
        f"version {before} serves, the promotion of {version} has failed",
        f"version {serves} serves, the promotion has {'failed' if progress is None else progress.status}: {why}",
        serves == before and progress is not None and progress.status == "failed",
        Proof(kind="endpoint", where=stage.endpoint, says=str(releases["production"]["configuration"])),
    )
    records = [each for each in stage.people.ledger() if package in map(str, each["record"]["body"].values())]
    kinds = [str(each["record"]["kind"]) for each in records]
    stage.check(
        f"The ledger has what became of version {version}",
        "both approvals and, at the end, rolled-back",
        ", ".join(kinds) or "nothing",
        bool(kinds) and "rolled-back" in kinds,
        *(
            Proof(kind="record", where=f"ledger of {stage.name}", says=f"record {each['number']}")
            for each in records[-1:]
        ),
    )
