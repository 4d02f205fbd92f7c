"""The reference year under one policy of retraining, day by day, decided by the product's own code.

Monitors judge the last 28 days each morning, and the candidate that there is; an hour later retraining looks at what
they found. Both are called as their functions call them, with an AWS in memory. Two people approve at once whatever is
better, and it serves from the next day on.
"""

# ruff: noqa: S608  # tables are this module's own

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from bench.timing import ROOT
from bench.year_policies import (
    A_MONTH,
    CURATED_ON,
    FIRST,
    FIRST_VERSION,
    LAST,
    ONE_DAY,
    Played,
    Policy,
    Training,
    Year,
    days_between,
    learned_by,
    ungated,
)
from mlops_stages.platform import Platform, load
from mlops_stages.runtime.decisions.database import all_rows
from mlops_stages.runtime.monitor_runs.candidates import Judged, judge_candidate, newer
from mlops_stages.runtime.monitor_runs.days import RUNS_AT, RunDay
from mlops_stages.runtime.monitor_runs.evaluations import Evaluations
from mlops_stages.runtime.monitor_runs.found import findings
from mlops_stages.runtime.monitor_runs.measuring import JUDGED, LABELS
from mlops_stages.runtime.monitor_runs.record import Labelled, Requests
from mlops_stages.runtime.monitor_runs.settings import Bound, Retraining, Settings
from mlops_stages.runtime.monitor_runs.verdict import deciding, is_enough
from mlops_stages.runtime.monitors.quality import quality
from mlops_stages.runtime.monitors.rows import Evaluation, judged
from mlops_stages.runtime.monitors.sql import asking
from tests.runtime.monitor_runs import given as monitors
from tests.runtime.retraining import given as retraining

LOOKS_AT = time(6, 30)


def play(
    year: Year, policy: Policy, platform: Platform | None = None, mornings: Container[date] | None = None
) -> Played:
    """Play a policy; the settings are those of the reference organization.

    Of some mornings alone where they are named: on all others nothing is judged, and nobody looks.
    """
    if policy.recipe is None:
        return Played(policy=policy, served=((FIRST, FIRST_VERSION),))
    if not policy.is_gated:
        return ungated(policy)
    return _Gated(year, policy, platform or load(ROOT / "platform.yaml")).play(mornings)


class _Gated:
    """A play of the product's: production's monitors, the registry, and retraining in the tooling account."""

    def __init__(self, year: Year, policy: Policy, platform: Platform) -> None:
        self._year, self._policy = year, policy
        model = next(each for team in platform.teams for each in team.models if each.retraining is not None)
        declared, labels = model.retraining, model.labels
        if declared is None or labels is None:
            raise ValueError(model.name)
        quality_ = model.quality
        settings = Settings(
            endpoint=monitors.ENDPOINT,
            bucket=monitors.DECISIONS,
            label_bucket=monitors.LABELS,
            label_prefix="labels/late-arrival",
            label_type=labels.type,
            delay_hours=int(labels.longest_delay.total_seconds()) // 3600,
            window_days=labels.window_days,
            margin=labels.margin,
            quality=None
            if quality_ is None
            else Bound(metric=quality_.metric, minimum=quality_.minimum, maximum=quality_.maximum),
            inputs={each.name: each.type for each in model.inputs},
            evaluations=monitors.RETRAINED.evaluations,
            retraining=Retraining(bucket=retraining.BUCKET, margin=declared.margin),
        )
        self._monitors = monitors.World(settings=settings)
        self._retraining = retraining.World(
            settings=replace(
                retraining.RETRAINING,
                every_days=policy.every,
                cool_down_days=declared.cool_down_days,
                most_a_year=declared.most_a_year,
            )
        )
        registered = datetime.combine(FIRST, time(), UTC)
        self._retraining.registry.versions[1]["CreationTime"] = registered
        held = self._retraining.data.objects
        held.update({key: (registered, content) for key, (_, content) in held.items()})
        self._versions = {1: FIRST_VERSION}
        self._served: list[tuple[date, int]] = [(FIRST, 1)]
        self._trainings: dict[int, Training] = {}
        self._kept_from: list[tuple[date, str]] = []
        self._curated_before = FIRST

    def play(self, mornings: Container[date] | None) -> Played:
        self._answer(FIRST, 1)
        for day in days_between(FIRST + ONE_DAY, LAST):
            at = datetime.combine(day, RUNS_AT, UTC)
            if day.day == CURATED_ON and day > FIRST + A_MONTH:
                self._retraining.curate(f"before {day:%Y-%m}", at)
                self._curated_before = day.replace(day=1)
            if mornings is not None and day not in mornings:
                continue
            if self._monitors.registry.pending or not self._is_cooling_down(day):
                self._morning(RunDay(self._monitors.settings, at))
        return Played(
            policy=self._policy,
            served=tuple((first, self._versions[version]) for first, version in self._served),
            trainings=tuple(self._trainings.values()),
            kept_from=tuple(self._kept_from),
        )

    def _is_cooling_down(self, day: date) -> bool:
        """Whether retraining would wait anyway: what monitors find then changes nothing."""
        runs, at = self._retraining.runs, datetime.combine(day, LOOKS_AT, UTC)
        return bool(runs) and at - runs[-1].began < self._retraining.settings.cool_down

    def _morning(self, day: RunDay) -> None:
        """What production finds, and what retraining makes of it."""
        serving = self._served[-1][1]
        database = self._year.database
        evaluation = Evaluation(
            model=day.settings.endpoint, kind=day.settings.kind, window=day.window, decisions=JUDGED, labels=LABELS
        )
        found = self._judged(day, serving)
        asked = self._labelled(day, evaluation, serving)
        names = [name for name, _ in deciding(day.settings)]
        figures = quality(asking(database), evaluation, names) if is_enough(day.settings, asked) else ()
        requests = Requests(
            bucket=retraining.BUCKET, key=day.requests, sha256="c" * 64, rows=asked.labelled, left_out=0
        )
        self._retraining.find(findings(day, asked, figures, requests, [each.candidate for each in found]))
        looked = self._retraining.look(datetime.combine(day.day, LOOKS_AT, UTC))
        for version, outcome in looked.candidates.items():
            if outcome != "not judged yet":
                self._decide(day.day, version, outcome, found)
        if looked.run.startswith("started"):
            self._train(day, evaluation)
        elif looked.run.startswith("none: "):
            self._kept_from.append((day.day, looked.run.removeprefix("none: ")))

    def _judged(self, day: RunDay, serving: int) -> list[Judged]:
        registry = self._monitors.registry
        evaluations = Evaluations(self._monitors.s3, registry, day.settings.evaluations)
        package, path = retraining.package(serving), self._year.folder / "challenge.csv"
        return [
            judge_candidate(self._year.database, day, evaluations, each, package, path)
            for each in newer(registry, package)
        ]

    def _labelled(self, day: RunDay, evaluation: Evaluation, serving: int) -> Labelled:
        """What the window has: every flight of it has its label."""
        ((rows, days, first),) = all_rows(
            self._year.database, f"SELECT count(*), count(DISTINCT day), min(day) FROM ({judged(evaluation)})"
        )
        return Labelled(
            package=retraining.package(serving),
            decisions=rows,
            labelled=rows,
            days=days,
            behind_hours=0.0,
            contradictory=0,
            corrected=0,
            unmatched=0,
            repeated_ids=0,
            days_before=day.settings.window_days if first is None else (first - day.window.first).days,
        )

    def _train(self, day: RunDay, evaluation: Evaluation) -> None:
        """A run of the pipeline: it trains, scores the requests of the day, and registers a version that waits."""
        run = self._retraining.runs[-1]
        before = min(date.fromisoformat(run.parameters["TrainBefore"]), self._curated_before)
        learned = learned_by(self._policy.recipe or "all", before)
        version = max(self._versions) + 1
        self._versions[version] = learned
        self._trainings[version] = Training(day=day.day, learned=learned, cause=run.cause, outcome="waits")
        self._retraining.register(
            version,
            execution=self._retraining.end("Succeeded"),
            manifest=run.parameters["DatasetManifestUri"],
            sha256=run.parameters["DatasetManifestSha256"],
            **{"train-before": run.parameters["TrainBefore"]},
        )
        answers = all_rows(
            self._year.database,
            f"SELECT decision_id, scores.score FROM ({judged(evaluation)}) JOIN {self._year.scores(learned)} AS scores "
            "USING (decision_id) ORDER BY decision_id",
        )
        self._monitors.answer(
            {str(decision): score for decision, score in answers},
            version=version,
            requests=run.parameters["RequestsUri"],
            train_before=run.parameters["TrainBefore"],
        )

    def _decide(self, day: date, version: int, outcome: str, found: Sequence[Judged]) -> None:
        package = retraining.package(version)
        candidate = next(each.candidate for each in found if each.candidate.package == package)
        self._monitors.registry.pending.remove(version)
        serves_from = day + ONE_DAY if outcome == "better" else None
        self._trainings[version] = replace(
            self._trainings[version],
            outcome=outcome,
            figure=candidate.figure,
            days=candidate.days,
            serves_from=serves_from,
        )
        if serves_from is not None:
            self._retraining.registry.versions[version]["ModelApprovalStatus"] = "Approved"
            self._served.append((serves_from, version))
            self._answer(serves_from, version)

    def _answer(self, first: date, version: int) -> None:
        """Let a version answer from a day on: its decisions are those that are judged."""
        self._year.database.execute(
            f"CREATE OR REPLACE VIEW {JUDGED} AS SELECT decision_id, decided_at, score FROM flights "
            f"JOIN {self._year.scores(self._versions[version])} USING (decision_id) WHERE decided_at >= DATE '{first}'"
        )
