"""What a pipeline definition may hold, and the codes of what is refused, from the package that decides."""

from docs.tables.markdown import code, table
from mlops_stages.pipeline_definition import CODES
from mlops_stages.pipeline_definition.condition import CONDITIONS
from mlops_stages.pipeline_definition.expressions import EXECUTION_VALUES
from mlops_stages.pipeline_definition.kinds import KINDS, WHY_NOT, Kind
from mlops_stages.pipeline_definition.retries import EXCEPTIONS, MOST


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
            (code(name), ", ".join(map(code, sorted(kind.fields))), ", ".join(map(code, _inside(kind))))
            for name, kind in KINDS.items()
        ),
    )


def _inside(kind: Kind) -> list[str]:
    return sorted(path for path in kind.refused if path.split(".")[0].removesuffix("[]") in kind.fields)


def conditions() -> str:
    """The types of conditions, and the keys of each."""
    return table(("type", "keys"), ((code(name), ", ".join(map(code, keys))) for name, keys in CONDITIONS.items()))


def execution_values() -> str:
    """What `Execution.` gives, and in which steps."""
    return table(
        ("value", "known in"),
        (
            (code(f"Execution.{name}"), f"steps of type `{of}`" if of else "every step")
            for name, of in EXECUTION_VALUES.items()
        ),
    )


def retries() -> str:
    """The keys of a retry policy, and their bounds."""
    rows = [("ExceptionType", f"one or a list of {', '.join(map(code, EXCEPTIONS))}")]
    rows += [(key, f"a whole number from 0 to {most:,}") for key, most in MOST.items()]
    rows += [("BackoffRate", "a number from 0")]
    return table(("key", "value"), ((code(key), value) for key, value in rows))


def other_steps() -> str:
    """The types of SageMaker's steps that are not deployed, and why."""
    return table(("type", "why not"), ((code(name), why) for name, why in WHY_NOT.items()))
