"""Checks conditions, the messages of failures, and that no step waits for itself.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html
"""

from collections.abc import Iterable, Iterator, Mapping

from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.expressions import FromFile, Property, expressions_in, is_expression
from mlops_stages.pipeline_definition.fields import is_list
from mlops_stages.pipeline_definition.likely import likely, one_of
from mlops_stages.pipeline_definition.references import Scope
from mlops_stages.pipeline_definition.steps import BRANCHES, Step
from mlops_stages.platform.errors import Loc, shown
from mlops_stages.platform.plain import is_map, list_of, text_of

_COMPARED = ("LeftValue", "RightValue")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "Equals": _COMPARED,
    "GreaterThan": _COMPARED,
    "GreaterThanOrEqualTo": _COMPARED,
    "In": ("QueryValue", "Values"),
    "LessThan": _COMPARED,
    "LessThanOrEqualTo": _COMPARED,
    "Not": ("Expression",),
    "Or": ("Conditions",),
}
"""The types of conditions, and the keys of each."""
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
    known = ("Conditions", *BRANCHES)
    for key in step.arguments:
        if key not in known:
            message = f"{shown(key)} is unknown here{likely(key, known)}; {one_of(known)}."
            yield Fault("PIP-012", *step.place("Arguments", key), message)
    conditions = list_of(step.arguments.get("Conditions"))
    if not conditions:
        yield Fault("PIP-013", *step.place("Arguments", "Conditions"), "A condition step needs a condition.")
    for index, each in enumerate(conditions):
        yield from _condition(each, step, scope, ("Arguments", "Conditions", index))


def _condition(value: object, step: Step, scope: Scope, loc: Loc, depth: int = 0) -> Iterator[Fault]:
    keys = _KEYS.get(text_of(value, "Type") or "") if is_map(value) else None
    if keys is None or depth > _DEEPEST or not is_map(value):
        yield Fault("PIP-034", *step.place(*loc), f"This is no condition; its `Type` is one of {', '.join(_KEYS)}.")
        return
    for key in keys:
        if key not in value:
            yield Fault("PIP-013", *step.place(*loc, key), f"The condition needs `{key}`.")
    for key, item in value.items():
        if key not in (*keys, "Type"):
            yield Fault("PIP-012", *step.place(*loc, key), f"{shown(key)} is unknown here; {one_of(keys)}.")
        elif key in ("Expression", "Conditions"):
            for each in list_of(item) if is_list(item) else [item]:
                yield from _condition(each, step, scope, (*loc, key), depth + 1)
        elif key != "Type":
            for each in list_of(item) if key == "Values" else [item]:
                yield from _compared(each, step, scope, (*loc, key))


def _compared(value: object, step: Step, scope: Scope, loc: Loc) -> Iterator[Fault]:
    if is_expression(value):
        yield from scope.faults_of_expression(value, step, loc, None)
    elif not isinstance(value, str | int | float):
        yield Fault("PIP-014", *step.place(*loc), "What is compared is a text, a number, a truth or an expression.")


def _message(step: Step, scope: Scope) -> Iterator[Fault]:
    value = step.arguments.get("ErrorMessage")
    if is_expression(value):
        yield from scope.faults_of_expression(value, step, ("Arguments", "ErrorMessage"), "string")
    elif not isinstance(value, str):
        message = "A step that fails the pipeline says why: `ErrorMessage`, a text."
        yield Fault("PIP-013", *step.place("Arguments", "ErrorMessage"), message)


def _depends_on(step: Step, scope: Scope) -> Iterator[Fault]:
    value = step.value.get("DependsOn", [])
    if not is_list(value):
        yield Fault("PIP-014", *step.place("DependsOn"), "`DependsOn` is a list of names of steps.")
    for index, each in enumerate(list_of(value)):
        if not isinstance(each, str) or each not in scope.steps:
            yield Fault("PIP-022", *step.place("DependsOn", index), scope.no_step(str(each)))


def _circles(scope: Scope) -> Iterator[Fault]:
    """The steps that wait for themselves, told once, at the first of them."""
    left = {name: sorted(_waits_for(step, scope.steps)) for name, step in scope.steps.items()}
    while free := [name for name, others in left.items() if not any(other in left for other in others)]:
        for name in free:
            del left[name]
    if left:
        circle = _circle(left)
        message = f"Steps wait for each other: {' -> '.join(shown(name) for name in circle)}."
        yield Fault("PIP-027", *scope.steps[circle[0]].place("DependsOn"), message)


def _waits_for(step: Step, steps: Mapping[str, Step]) -> set[str]:
    # The arguments of a condition hold the steps under it, which wait for it and not it for them.
    own = step.arguments.get("Conditions") if step.type == "Condition" else step.arguments
    found = {each.step for each in expressions_in(own) if isinstance(each, Property | FromFile)}
    found |= {each for each in list_of(step.value.get("DependsOn")) if isinstance(each, str)}
    if step.under is not None:
        found.add(step.under)
    return found & steps.keys()


def _circle(waits: Mapping[str, Iterable[str]]) -> list[str]:
    """One circle among steps of which each waits for another of them."""
    path: list[str] = [next(iter(waits))]
    while True:
        following = next(other for other in waits[path[-1]] if other in waits)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
