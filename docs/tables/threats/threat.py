"""What a threat is: who tries what, what stops it, and the tests that show it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Threat:
    """One thing that an actor tries.

    Attributes:
        tries: what they do, beginning with a verb ("reads another team's bucket").
        stopped_by: the mechanism, in its own terms (a sid, a namespace, a signature).
        tests: the tests that try it, by file below tests/.
        denied: rows of docs/work.md that are the attempt, each the work and the neighbour that is denied beside it.
        remains: what it does not stop; it is listed again under what is not stopped.
    """

    tries: str
    stopped_by: str
    tests: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    denied: tuple[tuple[str, str], ...] = ()
    remains: str = ""


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Somebody, or something, that the platform does not trust with everything.

    Attributes:
        name: as a heading has it.
        holds: what they have to begin with.
        threats: what they try with it.
        remains: what nothing here stops them from.
    """

    name: str
    holds: str
    threats: tuple[Threat, ...]
    remains: tuple[str, ...] = ()
