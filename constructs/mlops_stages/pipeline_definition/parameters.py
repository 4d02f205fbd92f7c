"""The parameters of a pipeline: checked, and read.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-parameters.html,
https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.fields import is_list
from mlops_stages.pipeline_definition.frame import (
    faults_of_list,
    faults_of_name,
    faults_of_text,
    unknown_keys,
    wrong_kind,
)
from mlops_stages.pipeline_definition.likely import likely, one_of
from mlops_stages.platform.errors import Loc, shown
from mlops_stages.platform.plain import Map, is_map, list_of, text_of

MOST_PARAMETERS = 200
LONGEST_TEXT = 4096
"""Characters of a parameter's value and description."""
UNTYPED = "String"
"""The type of a parameter that names none."""
_KEYS = ("Name", "Type", "DefaultValue", "Description", "EnumValues")
_PYTHON: Mapping[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
}
TYPES = tuple(_PYTHON)


@dataclass(frozen=True, kw_only=True)
class DeclaredParameter:
    """A parameter; without a default it must be given at the start of a run."""

    name: str
    type: str
    default: str | int | float | bool | None
    allowed: tuple[object, ...]


def fits(value: object, type: str) -> bool:
    """Whether a value is one of a parameter's type."""
    return isinstance(value, _PYTHON[type]) and (type == "Boolean" or not isinstance(value, bool))


def parameters_in(document: Map) -> Iterator[tuple[Loc, Map]]:
    """Every parameter that is an object, with where it stands."""
    for index, each in enumerate(list_of(document.get("Parameters"))):
        if is_map(each):
            yield ("Parameters", index), each


def types_of_parameters(document: Map) -> dict[str, str]:
    """The declared types of the parameters, by name."""
    found = ((text_of(each, "Name"), text_of(each, "Type") or UNTYPED) for _, each in parameters_in(document))
    return {name: kind for name, kind in found if name is not None}


def parameters_of(document: Map) -> Mapping[str, DeclaredParameter]:
    """The parameters of a definition without faults, by name."""
    return {
        str(each["Name"]): DeclaredParameter(
            name=str(each["Name"]),
            type=text_of(each, "Type") or UNTYPED,
            default=_plain(each.get("DefaultValue")),
            allowed=tuple(list_of(each.get("EnumValues"))),
        )
        for _, each in parameters_in(document)
    }


def _plain(value: object) -> str | int | float | bool | None:
    return value if isinstance(value, str | int | float | bool) else None


def faults_of_parameters(document: Map) -> Iterator[Fault]:
    """What is wrong with the parameters."""
    yield from faults_of_list(document, "Parameters", None, ("Parameters",))
    found = list(parameters_in(document))
    if len(found) > MOST_PARAMETERS:
        message = f"There are {len(found)} parameters; SageMaker takes {MOST_PARAMETERS}."
        yield Fault("PIP-015", None, ("Parameters",), message)
    names: set[str] = set()
    for loc, parameter in found[:MOST_PARAMETERS]:
        yield from faults_of_name(parameter, "parameter", names, None, loc, known=_KEYS)
        yield from unknown_keys(parameter, _KEYS, None, loc)
        yield from faults_of_text(parameter, "Description", LONGEST_TEXT, None, loc)
        kind = parameter.get("Type", UNTYPED)
        if not isinstance(kind, str) or kind not in TYPES:
            hint = likely(kind, TYPES) if isinstance(kind, str) else ""
            message = f"{shown(kind)} is not a type of a parameter{hint}; {one_of(TYPES)}."
            yield Fault("PIP-019", None, (*loc, "Type"), message)
        else:
            yield from _values(parameter, kind, loc)


def _values(parameter: Map, kind: str, loc: Loc) -> Iterator[Fault]:
    wrong = False
    if "DefaultValue" in parameter:
        faults = tuple(_value(parameter["DefaultValue"], kind, (*loc, "DefaultValue")))
        wrong = bool(faults)
        yield from faults
    if "EnumValues" not in parameter:
        return
    place, allowed = (*loc, "EnumValues"), parameter["EnumValues"]
    if kind != "String":
        message = f"`EnumValues` are for parameters of type String; this is one of type {kind}."
        yield Fault("PIP-012", None, place, message, "Remove `EnumValues`.")
    elif not is_list(allowed):
        yield wrong_kind(allowed, "a list of texts", None, place)
    elif not list_of(allowed):
        message = "An empty list allows no value at all."
        yield Fault("PIP-033", None, place, message, "Name the values that are allowed, or remove `EnumValues`.")
    else:
        for index, each in enumerate(list_of(allowed)):
            yield from _value(each, kind, (*place, index))
        default = parameter.get("DefaultValue")
        if "DefaultValue" in parameter and not wrong and default not in list_of(allowed):
            texts = [each for each in list_of(allowed) if isinstance(each, str)]
            message = f"{shown(default)} is not one of `EnumValues`{likely(str(default), texts)}; {one_of(texts)}."
            fix = "Make the default one of `EnumValues`, or add it to them."
            yield Fault("PIP-019", None, (*loc, "DefaultValue"), message, fix)


def _value(value: object, kind: str, loc: Loc) -> Iterator[Fault]:
    if not fits(value, kind):
        yield Fault("PIP-019", None, loc, f"{shown(value)} is not of type {kind}.")
    elif isinstance(value, str) and len(value) > LONGEST_TEXT:
        message = f"{len(value):,} characters are out of range: 0 to {LONGEST_TEXT:,}."
        yield Fault("PIP-019", None, loc, message)
