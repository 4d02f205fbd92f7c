"""The page for programs, as JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

from mlops_stages.model_page.cost import PRICES_OF, Cost
from mlops_stages.model_page.facts import Alarm, Notice, Run, Watched, next_run
from mlops_stages.model_page.page import Page
from mlops_stages.runtime.monitor_runs.hourly_record import MeasuredHour


def to_json(page: Page) -> dict[str, Any]:
    """Everything; figures with their definitions."""
    facts, answer, watched = page.facts, page.answer, page.facts.watched
    return {
        "model": facts.model,
        "owner": facts.owner,
        "at": facts.now.isoformat(timespec="seconds"),
        "answer": {
            "says": answer.kind,
            "since": None if answer.since is None else str(answer.since),
            "sentence": answer.sentence,
        },
        "production": None if facts.serving is None else dataclasses.asdict(facts.serving),
        "releases_unread": facts.releases_unread,
        **({"monitors": None} if watched is None else _watched(watched)),
        "retraining": None if facts.retraining is None else dict(facts.retraining),
        "cost": None if facts.cost is None else _cost(facts.cost),
        "judged_next": None if watched is None else next_run(facts.now).isoformat(),
    }


def _watched(watched: Watched) -> dict[str, Any]:
    captured = watched.captured
    return {
        "alarms": [_alarm(each) for each in watched.alarms],
        "notices": [_notice(each) for each in watched.notices],
        "monitors": {
            "runs": [_run(each, with_figures=not number) for number, each in enumerate(watched.runs)],
            "unread": list(watched.unread),
            "quarantined_labels": watched.refused_labels,
            "quarantined_label_lines": [dataclasses.asdict(each) for each in watched.refused_label_lines],
            "drift_by_the_hour": None if watched.hour is None else _hour(watched.hour),
        },
        "captured": {
            "until": captured.end.isoformat(),
            "hours_read": captured.read,
            "rows": captured.rows,
            "refused": captured.refused,
            "refused_lines": [dataclasses.asdict(each) for each in captured.refused_lines],
            "packages": dict(captured.packages),
            "gaps": [{"hour": each.hour.isoformat(), "percent": each.share} for each in captured.gaps],
        },
    }


def _hour(hour: MeasuredHour) -> dict[str, Any]:
    return {
        "hour": hour.record.hour,
        "window": hour.record.window,
        "package": hour.record.package,
        "figures": [dataclasses.asdict(each) for each in hour.figures],
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "estimated_usd_a_month": round(cost.usd, 2),
        "prices": PRICES_OF,
        "parts": [{"name": each.name, "usd": round(each.usd, 2), "of": each.of} for each in cost.parts],
        "by_use": cost.by_use,
    }


def _alarm(alarm: Alarm) -> dict[str, Any]:
    since = None if alarm.since is None else alarm.since.isoformat()
    return {**dataclasses.asdict(alarm), "since": since, "topics": list(alarm.topics)}


def _notice(notice: Notice) -> dict[str, Any]:
    given = {"since": notice.since.isoformat(), "acknowledged_by": list(notice.acknowledged_by)}
    return {**dataclasses.asdict(notice), **given}


def _run(run: Run, *, with_figures: bool) -> dict[str, Any]:
    """A run; all of its figures for the newest, and those that decide for the others."""
    figures = run.figures if with_figures else run.verdict.figures
    return {
        "day": str(run.day),
        "window": run.window,
        "is_right": run.verdict.is_right,
        "breaches": [
            {"kind": each.kind, "figure": each.figure.name, "of": each.figure.of, "limit": each.limit}
            for each in run.verdict.breaches
        ],
        "why": run.verdict.why,
        "labelled": dataclasses.asdict(run.labelled),
        "candidates": [dataclasses.asdict(each) for each in run.candidates],
        "figures": [dataclasses.asdict(each) for each in figures],
    }
