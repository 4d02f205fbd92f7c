"""What the local AWS keeps and does not do, from the data of its honesty report."""

from docs.tables.markdown import code, table
from mlops_stages.local.client.readers import BEHAVIOURS, READERS


def behaviours() -> str:
    """One row a resource type."""
    return table(
        ("resource type", "kept as declared, but"),
        ((code(name), " ".join(notes)) for name, notes in sorted(BEHAVIOURS.items())),
    )


def types() -> str:
    """The resource types that are read back after a deploy, in one paragraph."""
    return ", ".join(code(name.removeprefix("AWS::")) for name in sorted(READERS)) + "."


def hidden() -> str:
    """The properties that AWS shows nowhere, so that nobody can compare them."""
    return table(
        ("property", "why it is not compared"),
        ((code(f"{r.type} {name}"), reason) for r in READERS.values() for name, reason in sorted(r.hidden.items())),
    )
