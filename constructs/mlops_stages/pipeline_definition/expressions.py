"""What stands where a value will be known only when the pipeline runs: `Get`, `Std:Join`, `Std:JsonGet`.

Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html,
https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-propertyfile.html (values in files)
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

from mlops_stages.pipeline_definition.fields import is_list
from mlops_stages.pipeline_definition.likely import likely, one_of
from mlops_stages.platform.errors import Loc, shown
from mlops_stages.platform.plain import Map, is_map, list_of

EXECUTION_VALUES: Mapping[str, str | None] = {
    "CurrentDateTime": None,
    "PipelineArn": None,
    "PipelineExecutionArn": None,
    "PipelineExecutionId": None,
    "PipelineName": None,
    "ProcessingJobName": "Processing",
    "StartDateTime": None,
    "TrainingJobName": "Training",
}
"""What `Execution.` gives, all of it texts, and the one type of step that knows it: a job's name is known to its step.

Source: https://sagemaker.readthedocs.io/en/stable/amazon_sagemaker_model_building_pipeline.html#execution-variables
"""
OF_ONE_RUN = frozenset({"PipelineExecutionArn", "PipelineExecutionId", "ProcessingJobName", "TrainingJobName"})
"""Those that no two runs share: a path with one of them is not written to twice."""
_GET, _JOIN, _JSON_GET = "Get", "Std:Join", "Std:JsonGet"
_FUNCTIONS = (_GET, _JOIN, _JSON_GET)
_PROPERTY_FILES = ".PropertyFiles."
_SEVERAL = "An expression is an object of one key, such as `Get`."
_LONGEST_GET = 1024
"""Characters: no path of a property comes near, and a hostile one would take minutes to read."""
_PROPERTY = re.compile(r"\.?([A-Za-z][A-Za-z0-9]*)|\['([^']+)'\]|\[\"([^\"]+)\"\]|\[([0-9]{1,4})\]")


@dataclass(frozen=True, slots=True)
class Parameter:
    """The value of a parameter of the pipeline."""

    name: str


@dataclass(frozen=True, slots=True)
class Execution:
    """Something about this run of the pipeline, such as its id."""

    name: str


@dataclass(frozen=True, slots=True)
class Property:
    """A field of what SageMaker says of a step's job, such as where an output lies."""

    step: str
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class FromFile:
    """A value in a JSON file that a processing step wrote and declares, and the path to it in the file."""

    step: str
    property_file: str
    path: str


@dataclass(frozen=True, slots=True)
class FromObject:
    """A value in a JSON object on S3: the joined text that is its URI, and the path to the value in it."""

    uri: object
    path: str


@dataclass(frozen=True, slots=True)
class Join:
    """Texts and expressions in a row, with a text between each two."""

    on: str
    values: tuple[object, ...]


Expression = Parameter | Execution | Property | FromFile | FromObject | Join


class MalformedError(Exception):
    """The expression cannot be read; `loc` is where in it."""

    def __init__(self, message: str, loc: Loc = ()) -> None:
        super().__init__(message)
        self.message: str = message
        self.loc: Loc = loc


def is_expression(value: object) -> TypeGuard[Map]:
    """Whether SageMaker would take this object for an expression."""
    return is_map(value) and any(key == _GET or key.startswith("Std:") for key in value)


def parsed(value: Map) -> Expression:
    """The expression that an object is.

    Raises:
        MalformedError: for an object that SageMaker would take for an expression and not understand.
    """
    if len(value) != 1:
        raise MalformedError(_SEVERAL)
    ((key, inner),) = value.items()
    match key:
        case "Get":
            return _get(inner)
        case "Std:Join":
            return _join(inner)
        case "Std:JsonGet":
            return _json_get(inner)
        case _:
            message = f"There is no function {shown(key)}{likely(key, _FUNCTIONS)}; {one_of(_FUNCTIONS)}."
            raise MalformedError(message, (key,))


def _get(inner: object) -> Expression:
    if not isinstance(inner, str):
        message = "`Get` takes a text."
        raise MalformedError(message, (_GET,))
    if len(inner) > _LONGEST_GET:
        message = f"`Get` takes a text of at most {_LONGEST_GET} characters."
        raise MalformedError(message, (_GET,))
    kind, _, rest = inner.partition(".")
    match kind:
        case "Parameters" if rest:
            return Parameter(rest)
        case "Execution" if rest:
            return Execution(rest)
        case "Steps" if rest:
            step = re.split(r"[.\[]", rest, maxsplit=1)[0]
            path = rest[len(step) :]
            if path.startswith(_PROPERTY_FILES) and len(path) > len(_PROPERTY_FILES):
                # The name of a property file is the author's: it may have hyphens and dots.
                return Property(step, ("PropertyFiles", path.removeprefix(_PROPERTY_FILES)))
            return Property(step, _path(path, inner))
        case _:
            message = f"{shown(inner)} is none of `Parameters.NAME`, `Execution.VALUE` and `Steps.NAME.PROPERTY`."
            raise MalformedError(message, (_GET,))


def _path(text: str, whole: str) -> tuple[str | int, ...]:
    path: list[str | int] = []
    while text:
        found = _PROPERTY.match(text)
        if found is None:
            message = f"{shown(whole)} does not name a property; write `Steps.NAME.Field.Field['key'].Field`."
            raise MalformedError(message, (_GET,))
        name, single, double, index = found.groups()
        path.append(int(index) if index is not None else name or single or double)
        text = text[found.end() :]
    return tuple(path)


def _join(inner: object) -> Join:
    if not is_map(inner) or not inner.keys() <= {"On", "Values"} or not isinstance(inner.get("Values"), list):
        message = "`Std:Join` takes an object of `On`, a text, and `Values`, a list."
        raise MalformedError(message, (_JOIN,))
    on, values = inner.get("On", ""), tuple(list_of(inner["Values"]))
    if not isinstance(on, str):
        message = "`On` is the text between each two values."
        raise MalformedError(message, (_JOIN, "On"))
    for index, value in enumerate(values):
        if not isinstance(value, str | int | float) and not is_expression(value):
            message = "`Values` are texts, numbers and expressions."
            raise MalformedError(message, (_JOIN, "Values", index))
    return Join(on, values)


def _json_get(inner: object) -> FromFile | FromObject:
    if (
        not is_map(inner)
        or inner.keys() not in ({"PropertyFile", "Path"}, {"S3Uri", "Path"})
        or not isinstance(inner["Path"], str)
    ):
        message = (
            "`Std:JsonGet` takes an object of `Path`, a text, and of one of `PropertyFile`, a `Get`, and `S3Uri`, a "
            "`Std:Join`."
        )
        raise MalformedError(message, (_JSON_GET,))
    if "S3Uri" in inner:
        return FromObject(_uri(inner["S3Uri"]), inner["Path"])
    named = inner["PropertyFile"]
    got = parsed(named) if is_map(named) and named.keys() == {_GET} else None
    match got:
        case Property(step=step, path=("PropertyFiles", str() as name)):
            return FromFile(step, name, inner["Path"])
        case _:
            message = '`PropertyFile` is `{"Get": "Steps.NAME.PropertyFiles.FILE"}`.'
            raise MalformedError(message, (_JSON_GET, "PropertyFile"))


def _uri(value: object) -> Map:
    """The joined text that names an object on S3: of texts, numbers and `Get`, as the SDK takes it and nothing more."""
    if not is_map(value) or value.keys() != {_JOIN}:
        message = '`S3Uri` is a join, such as `{"Std:Join": {"On": "/", "Values": ["s3://BUCKET", "FILE"]}}`.'
        raise MalformedError(message, (_JSON_GET, "S3Uri"))
    try:
        joined = _join(value[_JOIN])
    except MalformedError as error:
        raise MalformedError(error.message, (_JSON_GET, "S3Uri", *error.loc)) from None
    for index, each in enumerate(joined.values):
        if is_map(each) and each.keys() != {_GET}:
            message = "What an `S3Uri` joins are texts, numbers and `Get`."
            raise MalformedError(message, (_JSON_GET, "S3Uri", _JOIN, "Values", index))
    return value


def tree(value: object) -> object:
    """A value with every expression in it read, those in others too: what is left to do is to look each up.

    Raises:
        MalformedError: for a value in which something is no expression, though SageMaker would take it for one.
    """
    if is_expression(value):
        found = parsed(value)
        if isinstance(found, Join):
            return replace(found, values=tuple(map(tree, found.values)))
        return replace(found, uri=tree(found.uri)) if isinstance(found, FromObject) else found
    if is_map(value):
        return {key: tree(each) for key, each in value.items()}
    return [tree(each) for each in list_of(value)] if is_list(value) else value


def expressions_in(value: object) -> Iterator[Expression]:
    """Every expression in a value that can be read, those in others too."""
    if is_expression(value):
        try:
            found = parsed(value)
        except MalformedError:
            return
        yield found
        if isinstance(found, Join):
            for each in found.values:
                yield from expressions_in(each)
        elif isinstance(found, FromObject):
            yield from expressions_in(found.uri)
    elif is_map(value):
        for each in value.values():
            yield from expressions_in(each)
    else:
        for each in list_of(value):
            yield from expressions_in(each)
