"""The threat model: what is worth attacking, who attacks it, what stops them and which test shows it."""

from collections.abc import Iterable

from docs.tables.markdown import table
from docs.tables.threats import ACTORS, Actor, Threat
from docs.tables.threats.assets import ASSETS


def assets() -> str:
    """What is worth attacking."""
    return table(("what", "what an attacker would do to it"), ASSETS)


def threats() -> str:
    """A table an actor."""
    return "\n\n".join(_of(actor) for actor in ACTORS)


def remains() -> str:
    """What is not stopped, by actor."""
    return table(
        ("who", "what is not stopped"),
        ((_short(actor.name), said) for actor in ACTORS for said in _remains(actor)),
    )


def _of(actor: Actor) -> str:
    rows = ((threat.tries, threat.stopped_by, _shown(threat)) for threat in actor.threats)
    head = ("tries", "stopped by", "shown by")
    return f"### {actor.name}\n\nHolds {actor.holds}.\n\n{table(head, rows)}"


def _remains(actor: Actor) -> Iterable[str]:
    return (*(threat.remains for threat in actor.threats if threat.remains), *actor.remains)


def _shown(threat: Threat) -> str:
    tests = (f"[{_sentence(name)}](../tests/{file})" for file, names in threat.tests.items() for name in names)
    work = (f"“{does}”: {neighbour}" for does, neighbour in threat.denied)
    denied = f"denied beside [work](work.md): {'; '.join(work)}" if threat.denied else ""
    return "; ".join(part for part in (*tests, denied) if part)


def _sentence(test: str) -> str:
    return test.removeprefix("test_").replace("_", " ")


def _short(name: str) -> str:
    return name.partition(":")[0]
