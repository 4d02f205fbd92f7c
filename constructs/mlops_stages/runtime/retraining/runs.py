"""The runs that were started, as the model's table keeps them: an item a day on which one was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from ..promotion.store import Content, Store

_PREFIX = "run#"
_YEAR = timedelta(days=365)
REFUSED = "refused"
Cause = Literal["wrong", "time"]
"""The model is wrong, or it is time for the next run."""
Outcome = Literal["better", "not better", "not judged", "decided by people"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run of the model's pipeline that trains a candidate.

    Attributes:
        day: on which it was started, in UTC; no other is that day.
        at: when, as records have it.
        cause: what asked for it.
        why: in a sentence.
        parameters: of the pipeline.
        execution: the ARN of the pipeline's execution; None where it is to be started still.
        ended: how it ended, as SageMaker says it; None where it has not, as far as was looked.
        version: the version that it has registered; None as long as that is not judged.
        outcome: what that version is worth.
        said: by which figure, or why it is not known.
        decided: when that was noted.
        is_done: whether all that follows of it is done.
        champion: the version that it was compared with.
        has_registered: whether SageMaker says that the run's own step has registered the version.
        token: by which SageMaker knows the start if it is asked again. Nobody can guess it, and so have retraining take
            a run of theirs for its own; empty in items of earlier versions.
    """

    day: str
    at: str
    cause: Cause
    why: str
    parameters: dict[str, str]
    execution: str | None = None
    ended: str | None = None
    version: int | None = None
    outcome: Outcome | None = None
    said: str = ""
    decided: str = ""
    is_done: bool = False
    champion: int | None = None
    has_registered: bool = False
    token: str = ""

    @property
    def counts(self) -> bool:
        """Whether it was started: SageMaker refuses what does not fit the pipeline."""
        return self.ended != REFUSED

    @property
    def began(self) -> datetime:
        """When it was started."""
        return datetime.fromisoformat(self.at)

    @property
    def day_of(self) -> date:
        """The day on which it was started."""
        return date.fromisoformat(self.day)


def runs(store: Store) -> list[Run]:
    """Every run, the oldest first."""
    return [_run(held.content) for _, held in store.find(_PREFIX)]


def begin(store: Store, run: Run) -> bool:
    """Note that a run is to be started; False where one is of that day."""
    return store.create(f"{_PREFIX}{run.day}", asdict(run))


def note(store: Store, run: Run, **changed: Any) -> Run:  # noqa: ANN401  # its fields
    """Note what has become of a run; the same from whoever notes it."""
    held = store.get(f"{_PREFIX}{run.day}")
    wanted = replace(run, **changed)
    if held is not None:
        store.replace(f"{_PREFIX}{run.day}", asdict(wanted), held.revision)
    return wanted


def within_a_year(all_of_them: Sequence[Run], now: datetime) -> int:
    """How many were started in the last 365 days."""
    return sum(now - each.began < _YEAR for each in all_of_them)


def _run(content: Content) -> Run:
    return Run(**content)
