"""Checks conditions, the messages of failures, and that no step waits for itself.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html,
https://sagemaker.readthedocs.io/en/stable/workflows/pipelines/sagemaker.workflow.pipelines.html#conditions
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from mlops_stages.pipeline_definition.condition import CONDITIONS, Condition
from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.expressions import (
    OF_ONE_RUN,
    Execution,
    FromObject,
    expressions_in,
    is_expression,
)
from mlops_stages.pipeline_definition.fields import is_list
from mlops_stages.pipeline_definition.frame import faults_of_list, is_misspelt, unknown_keys, wrong_kind
from mlops_stages.pipeline_definition.likely import likely, one_of
from mlops_stages.pipeline_definition.references import Scope
from mlops_stages.pipeline_definition.steps import BRANCHES, Step
from mlops_stages.platform.errors import Loc, shown
from mlops_stages.platform.plain import Map, is_map, list_of, map_of

_SAID_OTHERWISE: Mapping[str, str] = {
    "And": "All conditions of a step must hold anyway: list them in the step's `Conditions`, without an `And`.",
    "NotEquals": 'Write `{"Type": "Not", "Expression": {"Type": "Equals", ...}}`.',
    "NotIn": 'Write `{"Type": "Not", "Expression": {"Type": "In", ...}}`.',
}
"""Types that other languages have, and how a pipeline says the same."""
_SYNONYMS: Mapping[str, str] = {
    "==": "Equals",
    "=": "Equals",
    ">": "GreaterThan",
    ">=": "GreaterThanOrEqualTo",
    "<": "LessThan",
    "<=": "LessThanOrEqualTo",
    "EQ": "Equals",
    "GT": "GreaterThan",
    "GTE": "GreaterThanOrEqualTo",
    "LT": "LessThan",
    "LTE": "LessThanOrEqualTo",
}
"""Signs, and the names of the SDK's `ConditionTypeEnum`."""
_CLASS = "Condition"
"""How the names of the SDK's classes of conditions start."""
_DEEPEST = 8


def faults_of_conditions(scope: Scope) -> Iterator[Fault]:
    """What is wrong with conditions, with the messages of failures, and with who waits for whom."""
    for step in scope.all:
        if step.type == "Condition":
            yield from _condition_step(step, scope)
        elif step.type == "Fail":
            yield from _message(step, scope)
        yield from _depends_on(step, scope)
    yield from _circles(scope)


def _condition_step(step: Step, scope: Scope) -> Iterator[Fault]:
    if not is_map(step.value.get("Arguments")):
        return
    yield from unknown_keys(step.arguments, ("Conditions", *BRANCHES), *step.place("Arguments"))
    yield from faults_of_list(step.arguments, "Conditions", *step.place("Arguments", "Conditions"))
    conditions = list_of(step.arguments.get("Conditions"))
    misspelt = is_misspelt(step.arguments, "Conditions", ("Conditions", *BRANCHES))
    if not conditions and is_list(step.arguments.get("Conditions", [])) and not misspelt:
        yield Fault("PIP-013", *step.place("Arguments", "Conditions"), "A condition step needs a condition.")
    for each in step.conditions:
        yield from _condition(each, step, scope)
    yield from _reads_too_early(step, scope)


def _condition(condition: Condition, step: Step, scope: Scope, depth: int = 0) -> Iterator[Fault]:
    value, loc, keys = condition.value, condition.loc, condition.keys
    if depth > _DEEPEST:
        yield Fault("PIP-007", *step.place(*loc), f"Conditions are nested more than {_DEEPEST} levels deep.")
        return
    if condition.type is None:
        yield _other_type(value, step, loc)
        return
    for key in keys:
        # What stands in `Arguments`, which a condition has not, is told as that alone.
        if key not in value and key not in map_of(value.get("Arguments")) and not is_misspelt(value, key, _of(keys)):
            yield Fault("PIP-013", *step.place(*loc, key), f"The condition needs `{key}`.")
    yield from _other_keys(value, keys, step, loc)
    for key in keys:
        if key in value:
            yield from _kinds(condition, key, step)
    for inner in condition.inner:
        yield from _condition(inner, step, scope, depth + 1)
    for where, each in condition.compared:
        yield from _compared(each, step, scope, where)


def _kinds(condition: Condition, key: str, step: Step) -> Iterator[Fault]:
    """That what stands under a key is of another kind than the key takes."""
    value, place = condition.value[key], (*condition.loc, key)
    match key:
        case "Expression" if not is_map(value):
            yield wrong_kind(value, "an object", *step.place(*place))
        case "Conditions" | "Values" if not is_list(value):
            yield wrong_kind(value, "a list", *step.place(*place))
        case "Conditions":
            if not list_of(value):
                yield Fault("PIP-013", *step.place(*place), "`Or` needs a condition.")
            for index, each in enumerate(list_of(value)):
                if not is_map(each):
                    yield wrong_kind(each, "an object", *step.place(*place, index))
        case _:
            pass


def _other_type(value: Map, step: Step, loc: Loc) -> Fault:
    """That a condition is of no type there is, with the one that was meant where that can be told."""
    place, kind = step.place(*loc, "Type"), value.get("Type")
    if "Type" not in value:
        return Fault("PIP-013", *place, f"The condition needs `Type`; {one_of(CONDITIONS)}.")
    if not isinstance(kind, str):
        return wrong_kind(kind, "a text", *place)
    bare = kind.removeprefix(_CLASS) if kind != _CLASS else kind
    fix = _SAID_OTHERWISE.get(bare, "")
    meant = bare if bare in CONDITIONS else _SYNONYMS.get(bare.upper())
    hint = f" (do you mean {shown(meant)}?)" if meant else "" if fix else likely(bare, CONDITIONS)
    return Fault("PIP-034", *place, f"{shown(kind)} is not a type of condition{hint}; {one_of(CONDITIONS)}.", fix)


def _of(keys: tuple[str, ...]) -> tuple[str, ...]:
    return (*keys, "Type")


def _other_keys(value: Map, keys: tuple[str, ...], step: Step, loc: Loc) -> Iterator[Fault]:
    for fault in unknown_keys(value, _of(keys), *step.place(*loc)):
        if fault.loc[-1] == "Arguments" and is_map(value["Arguments"]):
            fix = f"Write what it holds beside `Type`: {', '.join(f'`{key}`' for key in keys)}."
            yield replace(fault, message="A condition has no `Arguments`; a step has.", fix=fix)
        else:
            yield fault


def _reads_too_early(step: Step, scope: Scope) -> Iterator[Fault]:
    """A condition that reads what this run writes, and waits for no step."""
    if step.waits_for(scope.steps):
        return
    for each in expressions_in(step.arguments.get("Conditions")):
        if isinstance(each, FromObject) and any(
            isinstance(part, Execution) and part.name in OF_ONE_RUN for part in expressions_in(each.uri)
        ):
            message = "A condition reads what this run writes, and the step waits for none that writes it."
            fix = "Name the step that writes it in `DependsOn`: `depends_on` in the SDK."
            yield Fault("PIP-029", *step.place("DependsOn"), message, fix)
            return


def _compared(value: object, step: Step, scope: Scope, loc: Loc) -> Iterator[Fault]:
    if is_expression(value):
        yield from scope.faults_of_expression(value, step, loc, None)
    elif not isinstance(value, str | int | float):
        yield wrong_kind(value, "a text, a number, true, false or an expression", *step.place(*loc))


def _message(step: Step, scope: Scope) -> Iterator[Fault]:
    if not is_map(step.value.get("Arguments")):
        return
    value = step.arguments.get("ErrorMessage")
    if is_expression(value):
        yield from scope.faults_of_expression(value, step, ("Arguments", "ErrorMessage"), "string")
    elif not isinstance(value, str) and not is_misspelt(step.arguments, "ErrorMessage", ("ErrorMessage",)):
        message = "A step that fails the pipeline says why: `ErrorMessage`, a text."
        yield Fault("PIP-013", *step.place("Arguments", "ErrorMessage"), message)


def _depends_on(step: Step, scope: Scope) -> Iterator[Fault]:
    value = step.value.get("DependsOn", [])
    if not is_list(value):
        fix = "Remove `DependsOn`, or write a list of names."
        yield wrong_kind(value, "a list of names of steps", *step.place("DependsOn"), fix)
    for index, each in enumerate(list_of(value)):
        place = step.place("DependsOn", index)
        if not isinstance(each, str):
            yield wrong_kind(each, "the name of a step", *place)
        elif each not in scope.steps:
            yield Fault("PIP-022", *place, scope.no_step(each))


def _circles(scope: Scope) -> Iterator[Fault]:
    """The steps that wait for themselves, told once, at the first of them."""
    left = {name: sorted(step.waits_for(scope.steps)) for name, step in scope.steps.items()}
    while free := [name for name, others in left.items() if not any(other in left for other in others)]:
        for name in free:
            del left[name]
    if left:
        circle = _circle(left)
        message = f"Steps wait for each other: {' -> '.join(shown(name) for name in circle)}."
        yield Fault("PIP-027", *scope.steps[circle[0]].place("DependsOn"), message)


def _circle(waits: Mapping[str, Iterable[str]]) -> list[str]:
    """One circle among steps of which each waits for another of them."""
    path: list[str] = [next(iter(waits))]
    while True:
        following = next(other for other in waits[path[-1]] if other in waits)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
