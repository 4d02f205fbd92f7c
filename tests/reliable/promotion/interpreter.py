"""Runs a definition in Amazon States Language, as far as a promotion uses it, by functions that are called in place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

State = dict[str, Any]
ENTERED = "2026-11-27T08:00:00.000Z"
"""When each state is entered, as the context says."""


class FailureError(Exception):
    """A state's error, by its name and its cause."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error, cause)
        self.error, self.cause = error, cause


@dataclass
class Run:
    """An execution.

    Attributes:
        definition: the states.
        invoke: calls a function with a payload; what it raises is the state's error.
        wait: lets seconds pass.
        answer: called with the token of a state that waits; its output, or the FailureError that ends it.
    """

    definition: Mapping[str, Any]
    invoke: Callable[[str, Any], Any]
    wait: Callable[[int], None]
    answer: Callable[[str], Any]
    passed: list[str] = field(default_factory=list[str])

    def execute(self, given: Mapping[str, Any]) -> str:
        """Run to an end; return the name of the last state."""
        data, name = json.loads(json.dumps(given)), str(self.definition["StartAt"])
        while True:
            self.passed.append(name)
            state: State = self.definition["States"][name]
            match state["Type"]:
                case "Succeed" | "Fail":
                    return name
                case "Wait":
                    self.wait(int(state["Seconds"]))
                    name = state["Next"]
                case "Choice":
                    fits = [
                        each["Next"] for each in state["Choices"] if _at(data, each["Variable"]) == each["StringEquals"]
                    ]
                    name = fits[0] if fits else state["Default"]
                case _:
                    name = self._task(state, data)

    def _task(self, state: State, data: State) -> str:
        tries: dict[int, int] = {}
        while True:
            try:
                result = self._call(state, data)
            except FailureError as failure:
                retried = self._retries(state, failure, tries)
                if retried:
                    continue
                (catch,) = state["Catch"]
                data[catch["ResultPath"].removeprefix("$.")] = {"Error": failure.error, "Cause": failure.cause}
                return str(catch["Next"])
            selector = state.get("ResultSelector")
            data[state["ResultPath"].removeprefix("$.")] = result if selector is None else _filled(selector, result, "")
            return str(state["Next"])

    def _call(self, state: State, data: State) -> Any:  # noqa: ANN401 - JSON
        token = f"token-{len(self.passed)}"
        given = _filled(state["Parameters"], data, token)
        try:
            answer = json.loads(json.dumps(self.invoke(given["FunctionName"], given["Payload"])))
        except Exception as error:
            name = type(error).__name__
            raise FailureError(name, json.dumps({"errorMessage": str(error), "errorType": name})) from error
        return self.answer(token) if state["Resource"].endswith(".waitForTaskToken") else {"Payload": answer}

    def _retries(self, state: State, failure: FailureError, tries: dict[int, int]) -> bool:
        for number, each in enumerate(state["Retry"]):
            if failure.error in each["ErrorEquals"] or each["ErrorEquals"] == ["States.ALL"]:
                tries[number] = tries.get(number, 0) + 1
                if tries[number] > each["MaxAttempts"]:
                    return False
                self.wait(int(each.get("IntervalSeconds", 1)))
                return True
        return False


def _at(data: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    for part in path.removeprefix("$.").split("."):
        data = data[part]
    return data


def _filled(template: Any, data: Any, token: str) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(template, dict):
        return template
    found: State = {}
    for key, value in template.items():  # pyright: ignore[reportUnknownVariableType]
        name = str(key)  # pyright: ignore[reportUnknownArgumentType]
        if name.endswith(".$"):
            context = {"$$.Task.Token": token, "$$.State.EnteredTime": ENTERED}
            found[name[:-2]] = context[value] if value in context else _at(data, str(value))  # pyright: ignore[reportUnknownArgumentType]
        else:
            found[name] = _filled(value, data, token)
    return found
