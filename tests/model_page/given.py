"""Facts about a model, for tests: two months of runs, right until it was not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mlops_stages.model_page import Alarm, Captured, Facts, Gap, Notice, Run, Serving, Watched
from mlops_stages.model_page.cost import Cost, Part
from mlops_stages.runtime.monitor_runs.hourly_record import DriftRecord, MeasuredHour
from mlops_stages.runtime.monitor_runs.hours import RunHour, hour_at
from mlops_stages.runtime.monitor_runs.record import Labelled
from mlops_stages.runtime.monitor_runs.settings import Settings
from mlops_stages.runtime.monitor_runs.verdict import verdict
from mlops_stages.runtime.monitors.figures import Figure
from tests.runtime.monitor_runs.given import ENDPOINT, FIVE, HOURLY, PACKAGES, SETTINGS

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 27, 9, 12, tzinfo=UTC)
TODAY = date(2026, 11, 27)
OWNER = "hugo.stein@acme.example"
LABELLED = Labelled(
    package=f"{PACKAGES}3",
    decisions=7906,
    labelled=7564,
    days=28,
    behind_hours=2.4,
    contradictory=1,
    corrected=12,
    unmatched=40,
    repeated_ids=0,
)
SERVING = Serving(
    version=3,
    package=f"{PACKAGES}3",
    since="2026-10-02T15:49:57Z",
    configuration="arrivals-late-arrival-v3-f79b50",
    approved_by="flora.king@acme.example",
    released_by="zoe.martin@acme.example",
)
CAPTURED = Captured(
    end=NOW.replace(minute=0),
    read=23,
    rows=6432,
    refused=2,
    packages={f"{PACKAGES}3": 6432},
    gaps=(Gap(hour=datetime(2026, 11, 26, 21, tzinfo=UTC), share=91.25),),
)
NAME = "acme-late-arrival-production-monitors"
TOPIC = "arn:aws:sns:eu-west-1:666666666666:acme-production-team-arrivals-TeamDecisionsOwner-0A1B"


def figure(name: str = "calibration_ratio", value: float | None = 1.0, half: float = 0.1, **given: Any) -> Figure:  # noqa: ANN401
    """A figure with an interval of so much to each side."""
    about: dict[str, Any] = {"name": name, "value": value, "of": ENDPOINT, "rows": 7564}
    about["definition"] = f"{name}, over 2026-10-29 to 2026-11-25; seed 1"
    if value is not None:
        about |= {"low": value - half, "high": value + half}
    return Figure(**{**about, **given})


def a_run(
    day: date = TODAY,
    ratio: float | None = 1.0,
    *others: Figure,
    settings: Settings = SETTINGS,
    labelled: Labelled = LABELLED,
    half: float = 0.1,
) -> Run:
    """A run with that calibration ratio, a good AUC, and other figures."""
    figures = (figure(value=ratio, half=half), figure("auc", 0.71, 0.02), *others)
    return Run(
        day=day,
        window=f"{day - DAY * 29} to {day - DAY * 2}",
        settings=settings,
        labelled=labelled,
        figures=figures,
        verdict=verdict(settings, labelled, figures),
    )


def runs(*ratios: float | None, until: date = TODAY) -> tuple[Run, ...]:
    """Runs of days in a row with these ratios; the newest, which is last among the ratios, comes first."""
    count = len(ratios)
    days = [until - DAY * (count - 1 - place) for place in range(count)]
    return tuple(reversed([a_run(day, ratio) for day, ratio in zip(days, ratios, strict=True)]))


def an_alarm(suffix: str = "overestimates", state: str = "ALARM", **given: Any) -> Alarm:  # noqa: ANN401
    """An alarm of the monitors."""
    about: dict[str, Any] = {
        "name": f"{NAME}-{suffix}",
        "state": state,
        "since": datetime(2026, 11, 20, 5, 32, tzinfo=UTC),
        "reason": "Threshold Crossed: 1 datapoint [1.45 (20/11/26 05:00:00)] was greater than the threshold (1.15).",
        "topics": (TOPIC,),
    }
    return Alarm(**{**about, **given})


def a_notice(**given: Any) -> Notice:  # noqa: ANN401
    """What was told of an alarm that nobody has acknowledged yet."""
    about: dict[str, Any] = {
        "alarm": "overestimates",
        "since": datetime(2026, 11, 20, 5, 32, tzinfo=UTC),
        "told": OWNER,
        "sentence": "The model expects more than happens.",
        "told_on": None,
        "acknowledged_by": (),
        "over": False,
    }
    return Notice(**{**about, **given})


def watched(*newest_first: Run, **given: Any) -> Watched:  # noqa: ANN401
    """What the account says."""
    about: dict[str, Any] = {
        "runs": newest_first,
        "unread": (),
        "alarms": (an_alarm("silent", "OK"),),
        "refused_labels": 0,
        "captured": CAPTURED,
    }
    return Watched(**{**about, **given})


def an_hour(**given: Any) -> MeasuredHour:  # noqa: ANN401
    """A measurement of drift within the day."""
    hour = RunHour(HOURLY, hour_at(FIVE))
    about: dict[str, Any] = {"of": "score", "rows": 1400, "value": 0.31, "low": None, "high": None}
    record = DriftRecord(
        endpoint=ENDPOINT,
        hour=str(hour.hour),
        window=str(hour.window),
        settings=HOURLY.to_json(),
        sources=(),
        package=f"{PACKAGES}3",
        decisions=1400,
        figures_sha256="0",
        published=True,
        was_due=True,
    )
    return MeasuredHour(HOURLY, record, (figure("psi", **{**about, **given}),))


def facts(found: Watched | None = None, **given: Any) -> Facts:  # noqa: ANN401
    """Facts of the reference's model."""
    about: dict[str, Any] = {
        "model": "arrivals/late-arrival",
        "owner": OWNER,
        "now": NOW,
        "serving": SERVING,
        "releases_unread": None,
        "watched": found,
        "cost": Cost((Part("monitors, and who is told", 5.8, "14 metrics, 10 alarms, one of several"),), "instances"),
    }
    return Facts(**{**about, **given})


def wrong_since_a_week(others: Sequence[Figure] = ()) -> Facts:
    """A model that was right for seven weeks, and has not been since."""
    ratios = [1 + (place % 7 - 3) / 60 for place in range(50)] + [1.2, 1.3, 1.45, 1.6, 1.7, 1.78, 1.82, 1.85]
    found = list(runs(*ratios))
    newest = a_run(TODAY, 1.85, figure("log_loss", 0.61, 0.03), figure("ece", 0.2, 0.02), *others, half=0.4)
    alarms = (
        an_alarm(),
        an_alarm("quality", "INSUFFICIENT_DATA", reason="Insufficient Data: 26 datapoints were unknown."),
        *(an_alarm(each, "OK") for each in ("silent", "failed", "labels-behind", "underestimates")),
    )
    return facts(watched(newest, *found[1:], alarms=alarms, refused_labels=3, notices=(a_notice(),)))
