"""What a pipeline definition may hold, and the codes of what is refused, from the package that decides."""

from docs.tables.markdown import code, table
from mlops_stages.pipeline_definition import CODES
from mlops_stages.pipeline_definition.kinds import KINDS, WHY_NOT


def pipeline_codes() -> str:
    """Every code, what it means and what to do."""
    return table(
        ("code", "what is wrong", "what to do"), ((each.code, each.meaning, each.fix) for each in CODES.values())
    )


def step_fields() -> str:
    """The fields of each type of step that are deployed, and those inside that are not."""
    return table(
        ("type", "fields of its arguments", "refused inside"),
        (
            (code(name), ", ".join(map(code, sorted(kind.fields))), ", ".join(map(code, sorted(kind.refused))))
            for name, kind in KINDS.items()
        ),
    )


def other_steps() -> str:
    """The types of SageMaker's steps that are not deployed, and why."""
    return table(("type", "why not"), ((code(name), why) for name, why in WHY_NOT.items()))
