"""A batch version's whole test in staging: transform jobs as the schedule starts them, on rows that are the test's.

One job scores the golden records. Another has a file for each wrong input and each edge: SageMaker scores every file
of a job, and writes no answers to one with a record that the container refuses.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from . import schedule
from .attempts import attempt_of, note, serving
from .codes import PromotionError
from .promotion import Promotion, Release
from .settings import PRODUCTION, STAGING, jobs_prefix
from .staging import jobs, material, rows

_LISTED = 20


def tried_by_jobs(promotion: Promotion, release: Release) -> dict[str, Any] | None:
    """Start the jobs, or look at them; the result once both have ended, values of rows in none of it.

    Errors: PRM-045 without a schedule, PRM-056, PRM-057 for jobs that do not end.
    """
    settings, place = promotion.settings, promotion.settings.staging
    request = schedule.job(promotion, place)
    if request is None:
        raise PromotionError("PRM-045", str(place.schedule), "there is no such schedule, or it is disabled")
    started = f"{jobs_prefix(settings.group, place.name)}-try-{release.version}-{release.attempt}"
    runs = [jobs.Job(kind=kind, name=f"{started}-{kind}", release=release.name) for kind in (rows.GOLDEN, rows.EDGES)]
    sagemaker, s3 = promotion.aws.client("sagemaker", place), promotion.aws.client("s3", place)
    attempt = attempt_of(promotion, release)
    if "tried_since" not in attempt:
        given = _material(promotion, release)
        for run, files in zip(runs, _files(given, request), strict=True):
            jobs.start(sagemaker, s3, run, request, files)
        note(promotion, release, tried_since=promotion.at())
        return None
    statuses = [jobs.status(sagemaker, run) for run in runs]
    if "InProgress" in statuses or "Stopping" in statuses:
        _refuse_lateness(promotion, str(attempt["tried_since"]), sagemaker, runs)
        return None
    for run, status in zip(runs, statuses, strict=True):
        if status not in ("Completed", "Failed"):
            raise PromotionError("PRM-057", run.name, f"it is {status}")
    return _judged(promotion, release, request, runs, statuses)


def _material(promotion: Promotion, release: Release) -> material.Material:
    return material.read(promotion.describe(release.version), promotion.settings, promotion.aws)


def _files(given: material.Material, request: dict[str, Any]) -> tuple[list[bytes], list[bytes]]:
    kind = str(request["TransformInput"]["ContentType"])
    return [rows.golden(given, kind)], [each.body for each in rows.cases(given, kind)]


def _judged(
    promotion: Promotion, release: Release, request: dict[str, Any], runs: list[jobs.Job], statuses: list[str]
) -> dict[str, Any]:
    settings, place = promotion.settings, promotion.settings.staging
    s3 = promotion.aws.client("s3", place)
    arn = settings.package_arn(release.version)
    given, kind = _material(promotion, release), str(request["TransformInput"]["ContentType"])
    golden_answers, edge_answers = (jobs.answers(s3, run, request) for run in runs)
    parts = {
        "golden": rows.judge_golden(given, kind, arn, statuses[0], golden_answers.get(0)),
        "inputs": rows.judge_cases(rows.cases(given, kind), kind, edge_answers),
    }
    champion, staged = serving(promotion, PRODUCTION), serving(promotion, STAGING)
    findings = [str(each) for found in parts.values() for each in found.first]
    return {
        "golden": parts["golden"].to_dict(job=runs[0].name),
        "inputs": parts["inputs"].to_dict(job=runs[1].name, fields=len(given.fields)),
        # Of a batch, which objects were scored is captured, and no record.
        "comparison": {
            "champion": "none scores in production"
            if champion is None
            else f"v{champion['version']}, not compared: what a batch model was given is not captured"
        },
        "package_arn": arn,
        "configuration": None if staged is None else staged["configuration"],
        "passed": not findings,
        "wrong": sum(found.count for found in parts.values()),
        "findings": findings[:_LISTED],
    }


def _refuse_lateness(promotion: Promotion, since: str, sagemaker: Any, runs: list[jobs.Job]) -> None:  # noqa: ANN401
    longest = timedelta(minutes=promotion.settings.longest_minutes)
    if promotion.now() - datetime.fromisoformat(since) <= longest:
        return
    for run in runs:
        jobs.stop(sagemaker, run)
    raise PromotionError("PRM-057", runs[0].name, f"its jobs run since {since}, for more than {longest}")
