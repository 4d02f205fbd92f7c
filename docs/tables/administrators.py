"""What administrators may still do where there are guardrails, and what refuses the rest: as tests judge it."""

from collections.abc import Iterable

from docs.tables.markdown import code, table
from tests.work.administrators import read


def administrators() -> str:
    """One row an attempt, the refused ones first, as in the table that the tests judge."""
    rows = ((f"{row['tries']} ({row['in']})", _actions(row["actions"]), _outcome(row)) for row in read())
    return table(("an administrator tries to", "by", "and that is"), rows)


def _actions(actions: Iterable[str]) -> str:
    return ", ".join(code(action) for action in actions)


def _outcome(row: dict[str, str]) -> str:
    if "refused" in row:
        return f"refused by {code(row['refused'])}"
    if "refused_by" in row:
        return f"refused by {row['refused_by']}"
    return f"**possible**: {row['possible'].strip()}"
