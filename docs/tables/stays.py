"""What stays when a stack is deleted, from the templates' deletion policies."""

from docs.tables.assembly import Assembly
from docs.tables.markdown import code, table


def stays(assembly: Assembly) -> str:
    """Two rows: the account's stack, and a team's."""
    rows: list[tuple[str, str, str]] = []
    for name, of_team in (("the account's", False), ("a team's", True)):
        kept: dict[str, bool] = {}
        for resource in assembly.resources:
            if (resource.of_team is not None) == of_team:
                kind = resource.type.removeprefix("AWS::")
                kept[kind] = kept.get(kind, False) or resource.is_retained
        rows.append((name, _listed(kept, retained=True), _listed(kept, retained=False)))
    return table(("stack", "stays", "goes"), rows)


def _listed(kept: dict[str, bool], *, retained: bool) -> str:
    return ", ".join(code(kind) for kind, stays_here in sorted(kept.items()) if stays_here == retained)
