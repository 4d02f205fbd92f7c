"""A drill that was played, for tests: without an AWS."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from mlops_stages.drill.facts import Bounded, Check, Day, Event, Judged, Proof, Ring
from mlops_stages.drill.report import Report

FIRST, CLOCK = date(2013, 8, 4), date(2026, 12, 1)
OBJECT = Proof(kind="object", where="s3://acme-decisions/monitors/endpoint=e/utc_day=2026-12-02/figures.jsonl")


def day(number: int) -> Day:
    """A day of 19 requests."""
    one = timedelta(days=number)
    return Day(stream=FIRST + one, clock=CLOCK + one, requests=19, decisions=900, late=120)


def morning(number: int, ratio: float, *, is_known: bool = True) -> Judged:
    """What the run of a day says; its interval is a tenth to both sides."""
    one = timedelta(days=number)
    return Judged(
        clock=CLOCK + one,
        stream=FIRST + one,
        version="1",
        decisions=900 * number,
        labelled=900 * number,
        calibration=Bounded(value=ratio, low=ratio * 0.9, high=ratio * 1.1),
        quality=Bounded(value=0.7, low=0.68, high=0.72),
        drift=0.1,
        is_known=is_known,
        breaches=("calibration_ratio",) if ratio * 0.9 > 1.15 else (),
        proofs=(OBJECT,),
    )


def played(*checks: Check, days: int = 40, text: str = "hugo.stein@acme.example is told") -> Report:
    """A drill whose model becomes wrong after thirty days."""
    at = datetime(2026, 12, 31, 5, 31, tzinfo=UTC)
    return Report(
        model="arrivals/late-arrival",
        owner="hugo.stein@acme.example",
        scenarios=(("september", "calibration leaves its bounds"),),
        least=1 / 1.15,
        most=1.15,
        quality="auc of at least 0.66",
        days=tuple(day(number) for number in range(days)),
        judged=tuple(morning(number, 1.5 if number > 30 else 1.0, is_known=number >= 14) for number in range(1, days)),
        events=(
            Event(
                at=at, stream=FIRST + timedelta(days=30), scenario="september", kind="told", text=text, proofs=(OBJECT,)
            ),
            Event(
                at=at + timedelta(hours=2),
                stream=None,
                scenario="rollback",
                kind="fault",
                text="a version with a fault",
            ),
            Event(at=at + timedelta(hours=3), stream=None, scenario="rollback", kind="healed", text="version 1 serves"),
            Event(at=at + timedelta(hours=1), stream=None, scenario="rollback", kind="decided", text="flora approves"),
        ),
        checks=checks or (check(),),
        rings=(Ring(alarm="monitors-overestimates", began=at, ended=None, reason="Threshold Crossed"),),
        sources=(Proof(kind="object", where="s3://acme-arrivals/landing/flights/flights.csv", says="sha256 00"),),
        seconds=12.3,
    )


def check(*, holds: bool = True, found: str = "one message") -> Check:
    """Something that was expected."""
    return Check(
        scenario="september",
        claim="The owner is told",
        expected="one message",
        found=found,
        holds=holds,
        proofs=(OBJECT,),
    )
