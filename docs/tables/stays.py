"""What stays when a stack is deleted, from the templates' deletion policies."""

from docs.tables.assembly import Assembly, Place
from docs.tables.markdown import code, table

_KINDS = ("the account's", "a team's", "a model's")


def stays(assembly: Assembly) -> str:
    """One row for each kind of stack of an account: its own, a team's, a model's."""
    kept: dict[tuple[str, str], set[str]] = {}
    for resource in assembly.resources:
        stack = kept.setdefault((resource.purpose, _whose(resource.place)), set())
        if resource.is_retained:
            stack.add(resource.type.removeprefix("AWS::"))
    rows = (
        (purpose, whose, ", ".join(map(code, sorted(kept[purpose, whose]))))
        for purpose in assembly.purposes
        for whose in _KINDS
        if (purpose, whose) in kept
    )
    return table(("account", "stack", "stays when it is deleted"), rows)


def _whose(place: Place) -> str:
    return _KINDS[2] if place.model else _KINDS[1] if place.team else _KINDS[0]
