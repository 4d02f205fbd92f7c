"""A definition without faults, as it runs: nothing of the text is left to read."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from mlops_stages.pipeline_definition.definition import checked
from mlops_stages.pipeline_definition.expressions import FromObject, Join, is_expression
from mlops_stages.pipeline_definition.pipeline import Comparison, Pipeline, pipeline_of
from mlops_stages.pipeline_definition.steps import PropertyFile
from tests.pipeline_definition.cases import ACCEPTED
from tests.pipeline_definition.given import changed


def pipeline(name: str) -> Pipeline:
    document, faults = checked(json.dumps(changed(ACCEPTED[name])))
    assert faults == ()
    return pipeline_of(document)


def unread(value: object) -> Iterator[object]:
    """Every expression that nobody has read."""
    if is_expression(value):
        yield value
    elif isinstance(value, Mapping):
        for each in cast("Mapping[str, object]", value).values():
            yield from unread(each)
    elif isinstance(value, list | tuple):
        for each in cast("list[object]", value):
            yield from unread(each)
    elif isinstance(value, Comparison):
        yield from unread([*value.operands, *value.inner])
    elif isinstance(value, Join):
        yield from unread(value.values)
    elif isinstance(value, FromObject):
        yield from unread(value.uri)


@pytest.mark.parametrize("name", ACCEPTED)
def test_no_expression_is_left_unread(name: str) -> None:
    found = pipeline(name)
    assert found.steps
    for step in found.steps.values():
        assert list(unread([step.arguments, step.conditions])) == []


def test_a_condition_has_conditions_and_no_arguments_and_others_have_no_conditions() -> None:
    found = pipeline(next(iter(ACCEPTED)))
    kinds = {step.type: (bool(step.conditions), bool(step.arguments)) for step in found.steps.values()}
    assert kinds.pop("Condition") == (True, False)
    assert set(kinds.values()) == {(False, True)}


def test_property_files_branches_and_order_are_the_texts() -> None:
    def step(name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON-like
        return {"Name": name, "Type": "Processing", "Arguments": {}, **more}

    files = [{"PropertyFileName": "Report", "OutputName": "report", "FilePath": "report.json"}]
    gate = {
        "Name": "Gate",
        "Type": "Condition",
        "DependsOn": ["Evaluate"],
        "Arguments": {"Conditions": [], "IfSteps": [step("Yes")], "ElseSteps": [step("No", DependsOn=["Evaluate"])]},
    }
    found = pipeline_of({"Steps": [step("Evaluate", PropertyFiles=files), gate]})
    assert list(found.steps) == ["Evaluate", "Gate", "Yes", "No"]
    assert found.steps["Evaluate"].property_files == (PropertyFile(name="Report", output="report", path="report.json"),)
    assert [(s.parent, s.when, s.waits_for) for s in found.steps.values()] == [
        (None, True, frozenset()),
        (None, True, {"Evaluate"}),
        ("Gate", True, frozenset()),
        ("Gate", False, {"Evaluate"}),
    ]
