"""How versions of a model came from their registration to production: who decided, and how long it took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mlops_stages.audit.ledger import Line
from mlops_stages.runtime.ledger.kinds import RELEASED_BY_RULE

PRODUCTION = "production"
_DECISIONS = ("approved", "rejected")


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a person decided about a version: `approved` or `rejected`, for which environment."""

    kind: str
    environment: str
    who: str | None


@dataclass(frozen=True, kw_only=True)
class Way:
    """One version's, from its registration until it first served production.

    `waited` is the part of `took` in which the version waited for a decision: after its registration, and after its
    tests in staging. The rest is what the platform took. `risk` is the class by which it needed no second decision;
    None where there was one.
    """

    version: str
    decisions: tuple[Decision, ...]
    took: timedelta
    waited: timedelta
    risk: str | None = None

    def to_json(self) -> dict[str, object]:
        """Everything, for programs; times in seconds."""
        return {
            "version": self.version,
            "decisions": [{"kind": d.kind, "for": d.environment, "who": d.who} for d in self.decisions],
            "took_seconds": round(self.took.total_seconds()),
            "waited_for_people_seconds": round(self.waited.total_seconds()),
            **({} if self.risk is None else {"without_second_approval_by_risk": self.risk}),
        }

    def __str__(self) -> str:
        """As a reader wants it, in one line."""
        made = [f"{d.kind} for {d.environment} by {d.who or 'nobody named'}" for d in self.decisions]
        counted = f"{len(made)} human decision{'' if len(made) == 1 else 's'}: {', '.join(made) or 'none'}"
        return (
            f"version {self.version}: {lasted(self.took)} from registration to production, of which it waited "
            f"{lasted(self.waited)} for people; {counted}{self._alone}"
        )

    @property
    def _alone(self) -> str:
        return "" if self.risk is None else f"; without a second approval, as the model was of {self.risk} risk"


def ways(lines: Iterable[Line]) -> tuple[Way, ...]:
    """The ways of those versions that reached production, in the order in which they did.

    The times are those of the records. A version whose registration is not recorded, as before stage reliable, has
    none; a rollback to a version is no way of its own.
    """
    begun: dict[str, _Begun] = {}
    found: list[Way] = []
    for line in sorted(lines, key=lambda line: (line.at, line.number)):
        if line.version is None:
            continue
        at, body = datetime.fromisoformat(line.at), line.record.body
        if line.kind == "trained":
            begun.setdefault(line.version, _Begun(registered=at, waits_since=at))
        elif (way := begun.get(line.version)) is None:
            continue
        elif line.kind in _DECISIONS:
            way.decided(at, Decision(kind=line.kind, environment=str(body["for"]), who=line.who))
        elif line.kind == "evaluated":
            way.waits_since, way.risk = at if body["passed"] else None, None
        elif line.kind == RELEASED_BY_RULE:
            way.went_on(str(body["risk"]))
        elif line.kind == "deployed" and body["environment"] == PRODUCTION and not way.has_arrived:
            way.has_arrived = True
            found.append(
                Way(
                    version=line.version,
                    decisions=way.decisions,
                    took=at - way.registered,
                    waited=way.waited,
                    risk=way.risk,
                )
            )
    return tuple(found)


@dataclass
class _Begun:
    """What is known of a version so far."""

    registered: datetime
    waits_since: datetime | None
    decisions: tuple[Decision, ...] = ()
    waited: timedelta = timedelta()
    has_arrived: bool = False
    risk: str | None = None

    def went_on(self, risk: str) -> None:
        """Note that it waits for no second decision."""
        self.risk, self.waits_since = risk, None

    def decided(self, at: datetime, decision: Decision) -> None:
        """Take a decision, and end the wait for it."""
        self.decisions += (decision,)
        self.risk = None
        if self.waits_since is not None:
            self.waited += at - self.waits_since
            self.waits_since = None


def lasted(time: timedelta) -> str:
    """A time in its two largest units, as 6 h 37 min."""
    left, parts = round(time.total_seconds()), list[str]()
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])
