"""What stays when a stack is deleted, from the templates' deletion policies."""

from docs.tables.assembly import Assembly
from docs.tables.markdown import code, table


def stays(assembly: Assembly) -> str:
    """Two rows an account: its own stack, and a team's."""
    kept: dict[tuple[str, bool], set[str]] = {}
    for resource in assembly.resources:
        stack = kept.setdefault((resource.purpose, resource.of_team is not None), set())
        if resource.is_retained:
            stack.add(resource.type.removeprefix("AWS::"))
    rows = (
        (purpose, "a team's" if of_team else "the account's", ", ".join(map(code, sorted(kept[purpose, of_team]))))
        for purpose in assembly.purposes
        for of_team in (False, True)
        if (purpose, of_team) in kept
    )
    return table(("account", "stack", "stays when it is deleted"), rows)
