"""All that a drill has shown, for programs and for pages."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from mlops_stages.drill.facts import Check, Day, Event, Judged, Proof, Ring
from mlops_stages.drill.judging import judged
from mlops_stages.drill.stage import Stage


@dataclass(frozen=True, kw_only=True)
class Report:
    """A drill that was played.

    Attributes:
        model: TEAM/MODEL.
        owner: who answers for it.
        scenarios: those that were played, with what each is about.
        least: how small the calibration ratio may be.
        most: how large.
        quality: what is promised, in words; None where nothing is.
        days: of the stream, in their order.
        judged: what each morning's run said.
        events: what happened, in its order.
        checks: what was expected.
        rings: alarms that went off.
        sources: the files that the stream is made of.
        seconds: of this machine.
    """

    model: str
    owner: str
    scenarios: Sequence[tuple[str, str]]
    least: float
    most: float
    quality: str | None
    days: Sequence[Day]
    judged: Sequence[Judged]
    events: Sequence[Event]
    checks: Sequence[Check]
    rings: Sequence[Ring]
    sources: Sequence[Proof]
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether all that was expected was found."""
        return all(each.holds for each in self.checks)

    @property
    def ended(self) -> datetime | None:
        """When it ended, by the clock."""
        return max((each.at for each in self.events), default=None)


def report(stage: Stage, scenarios: Sequence[tuple[str, str]], seconds: float) -> Report:
    """What a stage shows, now that it was played on."""
    quality = stage.model.quality
    bound = None
    if quality is not None:
        least, most = quality.minimum, quality.maximum
        bound = f"{quality.metric} of at {f'least {least}' if least is not None else f'most {most}'}"
    return Report(
        model=stage.name,
        owner=stage.model.owner,
        scenarios=scenarios,
        least=1 / stage.most,
        most=stage.most,
        quality=bound,
        days=tuple(stage.days),
        judged=tuple(judged(stage)),
        events=tuple(sorted(stage.events, key=lambda each: each.at)),
        checks=tuple(stage.checks),
        rings=tuple(stage.rings),
        sources=stage.stream.sources,
        seconds=seconds,
    )


def to_json(found: Report) -> dict[str, Any]:
    """The same for programs."""
    told: Any = _plain(found)
    return {"holds": found.holds, **told, "seconds": round(found.seconds, 1)}


def _plain(value: Any) -> Any:  # noqa: ANN401  # what JSON takes
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in cast("Sequence[Any]", value)]
    return value
