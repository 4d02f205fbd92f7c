"""What a model passes before it is registered: the bound that platform.yaml promises, written down.

A bound in a parameter is set by whoever starts a run, and IAM has no condition key for the parameters of an execution.
For the same reason every parameter that a run depends on is among what is registered with its model.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.expressions import FromFile, Parameter, expressions_in, is_expression
from mlops_stages.pipeline_definition.injected import Injected, QualityBound
from mlops_stages.pipeline_definition.parameters import types_of_parameters
from mlops_stages.pipeline_definition.registration import METADATA, names_its_origin
from mlops_stages.pipeline_definition.steps import Step, steps_in
from mlops_stages.pipeline_definition.texts import described, first_of
from mlops_stages.platform.errors import Loc, shown
from mlops_stages.platform.plain import Map, is_map, list_of

_AT_LEAST = ("GreaterThan", "GreaterThanOrEqualTo")
_AT_MOST = ("LessThan", "LessThanOrEqualTo")
_OTHER_SIDE = {"LeftValue": "RightValue", "RightValue": "LeftValue"}


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A condition that compares what a step measured, and with what: `at_least` that, or at most."""

    step: Step
    loc: Loc
    at_least: bool
    bound: object


def faults_of_gates(document: Map, injected: Injected) -> Iterator[Fault]:
    """Every registration without a gate at the promised bound, and every parameter that none of them would name."""
    steps = tuple(steps_in(document))
    registrations = [step for step in steps if step.type == "RegisterModel" and is_map(step.value.get("Arguments"))]
    if injected.quality is not None:
        for step in registrations:
            yield from _ungated(step, steps, injected.quality)
    if registrations and all(map(names_its_origin, registrations)):
        yield from _unregistered(steps, registrations, types_of_parameters(document))


def _ungated(step: Step, steps: tuple[Step, ...], promised: QualityBound) -> Iterator[Fault]:
    compared = [each for gate in _gates(step, steps) for each in _comparisons(gate)]
    if any(_keeps(each, promised) for each in compared):
        return
    sign = "GreaterThanOrEqualTo" if promised.at_least else "LessThanOrEqualTo"
    fix = f"Let a condition before it be `{sign}`, of a value in a step's property file and {promised.value}."
    message = f"It is registered however good it is; platform.yaml promises {promised}."
    where = step.place("Arguments")
    for each in compared:
        where = each.step.place(*each.loc)
        if isinstance(first_of(each.bound), Parameter):
            message = f"Whoever starts a run sets the bound; platform.yaml promises {promised}."
        elif is_expression(each.bound):
            message = f"The bound is known only in a run; platform.yaml promises {promised}."
        else:
            message = f"The bound is {described(each.bound)}; platform.yaml promises {promised}."
    yield Fault("PIP-056", *where, message, fix)


def _gates(step: Step, steps: tuple[Step, ...]) -> Iterator[Step]:
    """The conditions that must hold before a step runs, all of those in each of them."""
    while step.under is not None:
        above = next((each for each in steps if each.name == step.under), None)
        if above is None or above is step:
            return
        if step.branch == "IfSteps":
            yield above
        step = above


def _comparisons(gate: Step) -> Iterator[_Comparison]:
    for index, each in enumerate(list_of(gate.arguments.get("Conditions"))):
        kind = each.get("Type") if is_map(each) else None
        if not is_map(each) or kind not in (*_AT_LEAST, *_AT_MOST):
            continue
        for side, other in _OTHER_SIDE.items():
            measured = each.get(side)
            if is_map(measured) and "Std:JsonGet" in measured and isinstance(first_of(measured), FromFile):
                at_least = (kind in _AT_LEAST) is (side == "LeftValue")
                yield _Comparison(gate, ("Arguments", "Conditions", index, other), at_least, each.get(other))


def _keeps(compared: _Comparison, promised: QualityBound) -> bool:
    bound = compared.bound
    if isinstance(bound, bool) or not isinstance(bound, int | float) or compared.at_least is not promised.at_least:
        return False
    return bound >= promised.value if promised.at_least else bound <= promised.value


def _unregistered(steps: tuple[Step, ...], registrations: list[Step], declared: Collection[str]) -> Iterator[Fault]:
    named = [
        {each.name for each in expressions_in(step.arguments.get(METADATA)) if isinstance(each, Parameter)}
        for step in registrations
    ]
    told = {name for name in named[0] if all(name in each for each in named)}
    for step in steps:
        own = {key: value for key, value in step.arguments.items() if key not in ("IfSteps", "ElseSteps")}
        if step.type == "Fail":
            continue
        for name, loc in _parameters(own, ("Arguments",)):
            if name in declared and name not in told:
                told.add(name)
                message = f"The run depends on the parameter {shown(name)}, and the registered model would not say so."
                fix = f"Write its value down, derive it from `Commit` or `ImageDigest`, or add it to `{METADATA}`."
                yield Fault("PIP-057", *step.place(*loc), message, fix)


def _parameters(value: object, loc: Loc) -> Iterator[tuple[str, Loc]]:
    """The names of the parameters in a value, and where each is read."""
    if is_expression(value):
        yield from ((each.name, loc) for each in expressions_in(value) if isinstance(each, Parameter))
    elif is_map(value):
        for key, each in value.items():
            yield from _parameters(each, (*loc, key))
    else:
        for index, each in enumerate(list_of(value)):
            yield from _parameters(each, (*loc, index))
