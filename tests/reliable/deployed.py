"""A template as CloudFormation takes it with given parameters, and requests as SageMaker's API takes them."""

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from tests.foundation.built import Json

NOTHING = object()
"""What `AWS::NoValue` becomes: the property is not there."""


@dataclass(frozen=True)
class Deployed:
    """A template's resources under some parameters; a reference to a resource becomes its logical id."""

    body: Json
    given: Mapping[str, str]

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters' values, defaults included."""
        declared = cast("dict[str, Json]", self.body["Parameters"])
        return {name: self.given.get(name, each["Default"]) for name, each in declared.items()}

    def refused(self) -> list[str]:
        """What the parameters' patterns and the template's rules have against these values."""
        found: list[str] = []
        for name, value in self.parameters.items():
            declared = self.body["Parameters"][name]
            allowed = declared.get("AllowedValues", [value])
            long = len(value) > declared.get("MaxLength", 4096)
            if long or value not in allowed or not re.fullmatch(declared.get("AllowedPattern", ".*"), value):
                found.append(name)
        return [
            *found,
            *(
                name
                for name, rule in self.body["Rules"].items()
                if name != "CheckBootstrapVersion" and not all(self.true(each["Assert"]) for each in rule["Assertions"])
            ),
        ]

    def resources(self, type: str) -> dict[str, Json]:
        """The properties of a type's resources that are there under these parameters, by logical id."""
        return {
            name: self.resolve(each.get("Properties", {}))
            for name, each in self.body["Resources"].items()
            if each["Type"] == type and ("Condition" not in each or self.holds(each["Condition"]))
        }

    def one(self, type: str) -> Json:
        """The only resource of a type."""
        (found,) = self.resources(type).values()
        return found

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template holds."""
        return self.true(self.body["Conditions"][condition])

    def true(self, expression: Any) -> bool:  # noqa: ANN401 - any condition of CloudFormation's
        """The value of a condition function."""
        ((function, operands),) = expression.items()
        match function:
            case "Fn::Equals":
                return self.resolve(operands[0]) == self.resolve(operands[1])
            case "Fn::Not":
                return not self.true(operands[0])
            case "Fn::And":
                return all(map(self.true, operands))
            case "Fn::Or":
                return any(map(self.true, operands))
            case _:
                raise AssertionError(function)

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 - any part of a template
        """The value with references and functions in it resolved."""
        match value:
            case list():
                resolved = [self.resolve(each) for each in cast("list[Any]", value)]
                return [each for each in resolved if each is not NOTHING]
            case {"Ref": "AWS::NoValue"}:
                return NOTHING
            case {"Ref": name}:
                return self.parameters.get(name, name)
            case {"Fn::GetAtt": [name, attribute]}:
                properties = self.body["Resources"][name]["Properties"]
                return self.resolve(properties[attribute]) if attribute in properties else f"{name}-{attribute}"
            case {"Fn::Join": [separator, parts]}:
                return str(separator).join(map(str, self.resolve(parts)))
            case {"Fn::If": [condition, then, otherwise]}:
                return self.resolve(then if self.holds(condition) else otherwise)
            case dict():
                items = {key: self.resolve(each) for key, each in cast("Json", value).items()}
                return {key: each for key, each in items.items() if each is not NOTHING}
            case _:
                return value


def api_faults(operation: str, request: Json) -> list[str]:
    """What SageMaker's own model of a request has against it: unknown fields, missing ones, bounds and patterns."""
    return list(_faults(service_model().operation_model(operation).input_shape, request, operation))


@cache
def service_model() -> Any:  # noqa: ANN401 - botocore has no types
    """SageMaker's own model of its API."""
    return importlib.import_module("botocore.session").get_session().get_service_model("sagemaker")


def _faults(shape: Any, value: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - botocore has no types
    match shape.type_name:
        case "structure":
            yield from (f"{where}.{name}: unknown" for name in value if name not in shape.members)
            yield from (f"{where}.{name}: missing" for name in shape.required_members if name not in value)
            for name in value.keys() & shape.members.keys():
                yield from _faults(shape.members[name], value[name], f"{where}.{name}")
        case "list":
            yield from _out_of(shape.metadata, len(value), where)
            for each in value:
                yield from _faults(shape.member, each, f"{where}[]")
        case "map":
            for each in value.values():
                yield from _faults(shape.value, each, f"{where}{{}}")
        case _:
            yield from _scalar_faults(shape, value, where)


def _scalar_faults(shape: Any, value: Any, where: str) -> Iterator[str]:  # noqa: ANN401 - botocore has no types
    bounds: Json = shape.metadata
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "float": (int, float),
        "boolean": (bool,),
    }
    if not isinstance(value, kinds[shape.type_name]):
        yield f"{where}: {value!r} is no {shape.type_name}"
    elif isinstance(value, str):
        yield from _out_of(bounds, len(value), where)
        if value not in bounds.get("enum", [value]):
            yield f"{where}: {value} is not on offer"
        if not re.match(_in_python(bounds.get("pattern", "")), value):
            yield f"{where}: {value} does not match"
    else:
        yield from _out_of(bounds, value, where)


def _in_python(pattern: str) -> str:
    """A pattern with Java's classes of letters, spaces and digits in Python's words."""
    for java, python in ((r"\p{L}", r"\w"), (r"\p{Z}", r"\s"), (r"\p{N}", r"\d")):
        pattern = pattern.replace(java, python)
    return pattern


def _out_of(bounds: Mapping[str, Any], size: float, where: str) -> Iterator[str]:
    if not bounds.get("min", size) <= size <= bounds.get("max", size):
        yield f"{where}: {size} is out of range"
