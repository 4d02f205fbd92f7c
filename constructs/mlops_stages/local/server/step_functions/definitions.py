"""What AWS refuses in the definition of a state machine, in the words of its API.

Source: https://states-language.net/spec.html and
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.step_functions import integrations

_LONGEST_NAME = 80
_RESOURCE = re.compile(r"arn:aws[a-z-]*:(?:lambda|states):[a-z0-9-]*:\d*:.+")

_ANY = frozenset({"Type", "Comment", "QueryLanguage", "Assign"})
_PATHS = frozenset({"InputPath", "OutputPath"})
_RESULT = frozenset({"ResultPath", "ResultSelector"})
_GOES_ON = frozenset({"Next", "End"})
_FAILS = frozenset({"Retry", "Catch"})

_FIELDS: Mapping[str, tuple[frozenset[str], frozenset[str], frozenset[str]]] = {
    # of both languages, of JSONPath, of JSONata
    "Pass": (_GOES_ON, _PATHS | {"Parameters", "Result", "ResultPath"}, frozenset({"Output"})),
    "Task": (
        _GOES_ON | _FAILS | {"Resource", "Credentials", "TimeoutSeconds", "HeartbeatSeconds"},
        _PATHS | _RESULT | {"Parameters", "TimeoutSecondsPath", "HeartbeatSecondsPath"},
        frozenset({"Arguments", "Output"}),
    ),
    "Choice": (frozenset({"Choices", "Default"}), _PATHS, frozenset({"Output"})),
    "Wait": (
        _GOES_ON | {"Seconds", "Timestamp"},
        _PATHS | {"SecondsPath", "TimestampPath"},
        frozenset({"Output"}),
    ),
    "Succeed": (frozenset(), _PATHS, frozenset({"Output"})),
    "Fail": (frozenset({"Error", "Cause"}), frozenset({"ErrorPath", "CausePath"}), frozenset()),
    "Parallel": (
        _GOES_ON | _FAILS | {"Branches"},
        _PATHS | _RESULT | {"Parameters"},
        frozenset({"Arguments", "Output"}),
    ),
    "Map": (
        _GOES_ON
        | _FAILS
        | {"ItemProcessor", "Iterator", "ItemReader", "ItemSelector", "ItemBatcher", "ResultWriter", "Label"}
        | {"MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"},
        _PATHS
        | _RESULT
        | {"Parameters", "ItemsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath"}
        | {"ToleratedFailurePercentagePath"},
        frozenset({"Items", "Output"}),
    ),
}
_ENDS = ("Succeed", "Fail")

_MACHINE = frozenset({"Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage", "ProcessorConfig"})
_RETRIER: Mapping[str, tuple[float, float]] = {
    "IntervalSeconds": (1, 99_999_999),
    "MaxAttempts": (0, 99_999_999),
    "BackoffRate": (1, float("inf")),
    "MaxDelaySeconds": (1, 31_622_400),
}


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where."""

    code: str
    message: str
    path: str

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at {self.path}"


def faults(text: str) -> list[Fault]:
    """Return what is wrong with a definition; at most one fault where it is not even a JSON object."""
    try:
        definition: Any = json.loads(text)
    except ValueError as error:
        return [Fault("INVALID_JSON_DESCRIPTION", f"Could not parse: {error}", "/")]
    machine, names = mapping(definition), list[str]()
    if not machine:
        return [Fault("INVALID_JSON_DESCRIPTION", "A state machine must be a JSON object", "/")]
    found = list(_of_machine(machine, "", "JSONPath", names))
    twice = sorted({name for name in names if names.count(name) > 1})
    return found + [Fault("DUPLICATE_STATE_NAME", f"State '{name}' is defined more than once", "/") for name in twice]


def _schema(message: str, path: str) -> Fault:
    return Fault("SCHEMA_VALIDATION_FAILED", message, path or "/")


def _of_machine(machine: Mapping[str, Any], path: str, language: str, names: list[str]) -> Iterator[Fault]:
    for name in sorted(machine.keys() - _MACHINE):
        yield _schema(f"Field '{name}' is not supported", path)
    language = str(machine.get("QueryLanguage", language))
    if language not in ("JSONPath", "JSONata"):
        yield _schema("Value must be one of JSONPath, JSONata", f"{path}/QueryLanguage")
    limit = machine.get("TimeoutSeconds")
    if limit is not None and not _is_number(limit, 1, 99_999_999):
        yield _schema("Value must be from 1 to 99999999", f"{path}/TimeoutSeconds")
    states = mapping(machine.get("States"))
    if not states:
        yield _schema("Value must be an object with at least one state", f"{path}/States")
        return
    yield from _of_start(machine.get("StartAt"), states, path)
    for name, given in states.items():
        names.append(name)
        state, where = mapping(given), f"{path}/States/{name}"
        if not 0 < len(name) <= _LONGEST_NAME:
            yield _schema(f"A state's name has 1 to {_LONGEST_NAME} characters", where)
        yield from _of_state(state, where, language, names)
        for target, field in _targets(state, where):
            if target not in states:
                message = f"Missing '{field.rpartition('/')[2]}' target: {target}"
                yield Fault("MISSING_TRANSITION_TARGET", message, field)


def _of_start(start: object, states: Mapping[str, Any], path: str) -> Iterator[Fault]:
    if not isinstance(start, str):
        yield _schema("The field 'StartAt' is required", path)
        return
    if start not in states:
        yield Fault("MISSING_TRANSITION_TARGET", f"Missing 'StartAt' target: {start}", f"{path}/StartAt")
    for name in sorted(states.keys() - _reached(start, states)):
        yield Fault("MISSING_TRANSITION_TARGET", f"State '{name}' is not reachable.", f"{path}/States/{name}")


def _targets(state: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for field in ("Next", "Default"):
        if isinstance(state.get(field), str):
            yield state[field], f"{path}/{field}"
    for field in ("Choices", "Catch"):
        for number, rule in enumerate(listed(state.get(field))):
            target = mapping(rule).get("Next")
            if isinstance(target, str):
                yield target, f"{path}/{field}[{number}]/Next"


def _reached(start: str, states: Mapping[str, Any]) -> set[str]:
    reached: set[str] = set()
    left = [start]
    while left:
        name = left.pop()
        if name in states and name not in reached:
            reached.add(name)
            left.extend(target for target, _ in _targets(mapping(states[name]), ""))
    return reached


def _of_state(state: Mapping[str, Any], path: str, language: str, names: list[str]) -> Iterator[Fault]:
    kind = str(state.get("Type", ""))
    if kind not in _FIELDS:
        yield _schema(f"Value must be one of {', '.join(_FIELDS)}", f"{path}/Type")
        return
    own = str(state.get("QueryLanguage", language))
    if own not in ("JSONPath", "JSONata") or (language == "JSONata" and own == "JSONPath"):
        yield _schema("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", path)
        return
    both, of_path, of_jsonata = _FIELDS[kind]
    allowed = _ANY | both | (of_jsonata if own == "JSONata" else of_path)
    for name in sorted(state.keys() - allowed):
        yield _schema(f"Field '{name}' is not supported by a {kind} state with QueryLanguage '{own}'", path)
    if own == "JSONPath":
        yield from _of_paths(state, path)
    if kind not in (*_ENDS, "Choice"):
        yield from _of_end(state, path)
    if kind in ("Task", "Parallel", "Map"):
        yield from _of_failures(state, path)
    yield from _OF_KIND.get(kind, _nothing)(state, path, own, names)


def _nothing(_state: Mapping[str, Any], _path: str, _language: str, _names: list[str]) -> Iterator[Fault]:
    yield from ()


def _of_end(state: Mapping[str, Any], path: str) -> Iterator[Fault]:
    ends = state.get("End")
    if ends is not None and not isinstance(ends, bool):
        yield _schema("Value must be a boolean", f"{path}/End")
    elif ("Next" in state) == bool(ends):
        yield _schema("A state has either 'Next' or 'End': true", path)
    elif "Next" in state and not isinstance(state["Next"], str):
        yield _schema("Value must be a string", f"{path}/Next")


def _of_paths(state: Mapping[str, Any], path: str) -> Iterator[Fault]:
    for name, value in state.items():
        is_path = name.endswith("Path") and name != "ResultPath"
        if is_path and value is not None and not _is_path(value):
            yield Fault("SCHEMA_VALIDATION_FAILED", "Value is not a valid JSONPath", f"{path}/{name}")
    result = state.get("ResultPath")
    if result is not None and (not isinstance(result, str) or not result.startswith("$") or result.startswith("$$")):
        yield _schema("Value is not a Reference Path", f"{path}/ResultPath")
    for field in ("Parameters", "ResultSelector", "ItemSelector"):
        yield from _of_template(state.get(field), f"{path}/{field}")
    if "Assign" in state:
        yield Fault("NOT_EMULATED", "The local AWS keeps variables of JSONata alone", f"{path}/Assign")


def _of_template(value: object, path: str) -> Iterator[Fault]:
    if isinstance(value, list):
        for number, item in enumerate(cast("list[Any]", value)):
            yield from _of_template(item, f"{path}[{number}]")
        return
    for name, item in mapping(value).items():
        if name.endswith(".$") and not _is_path(item):
            message = f"The value for the field '{name}' must be a valid JSONPath or a valid intrinsic function call"
            yield _schema(message, path)
        else:
            yield from _of_template(item, f"{path}/{name}")


def _is_path(value: object) -> bool:
    return isinstance(value, str) and (value.startswith("$") or re.fullmatch(r"States\.\w+\(.*\)", value) is not None)


def _is_number(value: object, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _of_failures(state: Mapping[str, Any], path: str) -> Iterator[Fault]:
    for field in ("Retry", "Catch"):
        rules = listed(state.get(field))
        if not isinstance(state.get(field, []), list):
            yield _schema("Value must be an array", f"{path}/{field}")
        for number, given in enumerate(rules):
            rule, where = mapping(given), f"{path}/{field}[{number}]"
            yield from _of_errors(rule, where, last=number == len(rules) - 1)
            if field == "Catch" and not isinstance(rule.get("Next"), str):
                yield _schema("The field 'Next' is required", where)
            for name, (least, most) in _RETRIER.items() if field == "Retry" else ():
                if name in rule and not _is_number(rule[name], least, most):
                    yield _schema(f"Value must be from {least} to {most}", f"{where}/{name}")


def _of_errors(rule: Mapping[str, Any], path: str, *, last: bool) -> Iterator[Fault]:
    errors = listed(rule.get("ErrorEquals"))
    if not errors or not all(isinstance(error, str) for error in errors):
        yield _schema("'ErrorEquals' must name errors", path)
    elif "States.ALL" in errors and (len(errors) > 1 or not last):
        yield _schema("States.ALL must appear alone, and in the last rule", f"{path}/ErrorEquals")


def _of_task(state: Mapping[str, Any], path: str, language: str, _names: list[str]) -> Iterator[Fault]:
    resource = state.get("Resource")
    if not isinstance(resource, str) or _RESOURCE.fullmatch(resource) is None:
        yield _schema("Value is not a valid resource ARN", f"{path}/Resource")
        return
    unknown = integrations.unknown(resource)
    if unknown:
        yield _schema(unknown, f"{path}/Resource")
    for field in ("TimeoutSeconds", "HeartbeatSeconds"):
        value = state.get(field)
        computed = language == "JSONata" and isinstance(value, str) and value.startswith("{%")
        if value is not None and not computed and not _is_number(value, 1, 99_999_999):
            yield _schema("Value must be from 1 to 99999999", f"{path}/{field}")
    heartbeat, timeout = state.get("HeartbeatSeconds"), state.get("TimeoutSeconds")
    if isinstance(heartbeat, int) and isinstance(timeout, int) and heartbeat >= timeout:
        yield _schema("'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'", path)
    if resource.endswith(".waitForTaskToken") and not _hands_on_token(state):
        yield _schema("The Task's arguments do not pass the task token", path)


def _hands_on_token(state: Mapping[str, Any]) -> bool:
    given = json.dumps(state.get("Parameters") or state.get("Arguments") or "")
    return any(part in given for part in ("Task.Token", '"$$"', "$states.context"))


def _of_choice(state: Mapping[str, Any], path: str, language: str, _names: list[str]) -> Iterator[Fault]:
    choices = listed(state.get("Choices"))
    if not choices:
        yield _schema("Value must be an array with at least one choice", f"{path}/Choices")
    for number, given in enumerate(choices):
        rule, where = mapping(given), f"{path}/Choices[{number}]"
        if not isinstance(rule.get("Next"), str):
            yield _schema("The field 'Next' is required", where)
        if language == "JSONata" and "Condition" not in rule:
            yield _schema("The field 'Condition' is required", where)
        if language == "JSONPath" and not rule.keys() & {"And", "Or", "Not", "Variable"}:
            yield _schema("A choice has 'Variable' with a comparison, or 'And', 'Or', 'Not'", where)


def _of_wait(state: Mapping[str, Any], path: str, language: str, _names: list[str]) -> Iterator[Fault]:
    given = [name for name in ("Seconds", "Timestamp", "SecondsPath", "TimestampPath") if name in state]
    if len(given) != 1:
        yield _schema("A Wait state has exactly one of Seconds, Timestamp, SecondsPath, TimestampPath", path)
    seconds = state.get("Seconds")
    if seconds is not None and not isinstance(seconds, str) and not _is_number(seconds, 0, 99_999_999):
        yield _schema("Value must be from 0 to 99999999", f"{path}/Seconds")
    if isinstance(seconds, str) and language != "JSONata":
        yield _schema("Value must be an integer", f"{path}/Seconds")


def _of_parallel(state: Mapping[str, Any], path: str, language: str, names: list[str]) -> Iterator[Fault]:
    branches = listed(state.get("Branches"))
    if not branches:
        yield _schema("Value must be an array with at least one branch", f"{path}/Branches")
    for number, branch in enumerate(branches):
        yield from _of_machine(mapping(branch), f"{path}/Branches[{number}]", language, names)


def _of_map(state: Mapping[str, Any], path: str, language: str, names: list[str]) -> Iterator[Fault]:
    given = [name for name in ("ItemProcessor", "Iterator") if name in state]
    if len(given) != 1:
        yield _schema("The field 'ItemProcessor' is required", path)
        return
    yield from _of_machine(mapping(state[given[0]]), f"{path}/{given[0]}", language, names)


_OF_KIND = {"Task": _of_task, "Choice": _of_choice, "Wait": _of_wait, "Parallel": _of_parallel, "Map": _of_map}
