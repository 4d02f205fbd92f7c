"""What is known of a text before a run: how it starts, and how an error names it."""

from dataclasses import dataclass

from mlops_stages.pipeline_definition.expressions import (
    Execution,
    Expression,
    FromFile,
    Join,
    Parameter,
    Property,
    expressions_in,
    is_expression,
)
from mlops_stages.platform.errors import shown
from mlops_stages.platform.plain import is_map


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a text starts with, as far as that is written down; `whole` where nothing follows."""

    text: str
    whole: bool


def beginning(value: object) -> Beginning:
    """What a text starts with, whatever the pipeline's run fills in behind."""
    if isinstance(value, str):
        return Beginning(value, whole=True)
    found = next(expressions_in(value), None) if is_expression(value) else None
    if not isinstance(found, Join):
        return Beginning("", whole=False)
    text = ""
    for index, each in enumerate(found.values):
        part = beginning(each if is_map(each) else as_text(each))
        text += (found.on if index else "") + part.text
        if not part.whole:
            return Beginning(text, whole=False)
    return Beginning(text, whole=True)


def as_text(value: object) -> str:
    """How a join writes a value: `true` and `false` as JSON does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def described(value: object) -> str:
    """What a text is, as an error says it: as far as it is written down, and else what it starts with."""
    if not is_expression(value):
        return shown(value)
    start = beginning(value)
    if start.whole:
        return shown(start.text)
    if start.text:
        return f"{shown(start.text)} and what a run adds to it"
    match first_of(value):
        case Parameter(name):
            return f"what the parameter {shown(name)} says"
        case Property(step=step):
            return f"what step {shown(step)} says"
        case Execution(name):
            return f"a path that starts with `Execution.{name}`"
        case FromFile(step=step):
            return f"what a file of step {shown(step)} says"
        case _:
            return "an expression"


def first_of(value: object) -> Expression | None:
    """The expression that a text starts with, where it starts with one."""
    if not is_expression(value):
        return None
    found = next(expressions_in(value), None)
    if isinstance(found, Join):
        return first_of(found.values[0]) if found.values else None
    return found
