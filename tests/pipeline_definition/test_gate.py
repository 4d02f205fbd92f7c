"""No model is registered below what platform.yaml promises, whoever starts a run; a run hides no parameter."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.pipeline_definition import QualityBound, check_pipelines, faults_of_text
from mlops_stages.platform import load
from mlops_stages.platform.errors import path_text
from tests.pipeline_definition.given import INJECTED, ROOT, Change, Json, arguments, changed, places_after, step

AT_LEAST, AT_MOST = QualityBound(0.66, at_least=True), QualityBound(0.66, at_least=False)
MEASURED = {
    "Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Evaluation"}, "Path": "quality.value"}
}
GATE = "Arguments.Conditions[0]"
Place = tuple[str, str | None, str]


def places(change: Change, promised: QualityBound | None = AT_LEAST) -> list[Place]:
    """What a change of the reference definition makes wrong, where its owner promises this."""
    faults = faults_of_text(json.dumps(changed(change)), replace(INJECTED, quality=promised))
    return [(fault.code, fault.step, path_text(fault.loc)) for fault in faults]


def gated(*conditions: Any) -> Change:  # noqa: ANN401 - any JSON
    return lambda d: arguments(d, "Gate").update(Conditions=list(conditions))


def compared(kind: str, left: Any, right: Any) -> Json:  # noqa: ANN401 - any JSON
    return {"Type": kind, "LeftValue": left, "RightValue": right}


def test_the_reference_keeps_what_its_owner_promises() -> None:
    assert places(lambda _: None) == []


@pytest.mark.parametrize(
    ("promised", "condition"),
    [
        (AT_LEAST, compared("GreaterThan", MEASURED, 0.66)),
        (AT_LEAST, compared("GreaterThanOrEqualTo", MEASURED, 1)),
        (AT_LEAST, compared("LessThanOrEqualTo", 0.66, MEASURED)),
        (AT_MOST, compared("LessThanOrEqualTo", MEASURED, 0.66)),
        (AT_MOST, compared("GreaterThan", 0.5, MEASURED)),
    ],
)
def test_a_gate_may_ask_for_more_and_be_written_either_way(promised: QualityBound, condition: Json) -> None:
    assert places(gated(condition), promised) == []
    assert places(gated(compared("Equals", MEASURED, 0.9), condition), promised) == []


@pytest.mark.parametrize(
    ("promised", "condition", "where"),
    [
        (AT_LEAST, compared("GreaterThanOrEqualTo", MEASURED, 0.6599), "RightValue"),
        (AT_LEAST, compared("GreaterThanOrEqualTo", MEASURED, 0), "RightValue"),
        (AT_LEAST, compared("GreaterThanOrEqualTo", MEASURED, {"Get": "Parameters.Threshold"}), "RightValue"),
        (AT_LEAST, compared("LessThanOrEqualTo", {"Get": "Parameters.Threshold"}, MEASURED), "LeftValue"),
        (AT_LEAST, compared("GreaterThanOrEqualTo", MEASURED, MEASURED), "LeftValue"),
        (AT_LEAST, compared("GreaterThanOrEqualTo", MEASURED, True), "RightValue"),
        (AT_LEAST, compared("GreaterThanOrEqualTo", MEASURED, "0.7"), "RightValue"),
        (AT_LEAST, compared("LessThanOrEqualTo", MEASURED, 0.66), "RightValue"),
        (AT_MOST, compared("LessThanOrEqualTo", MEASURED, 0.67), "RightValue"),
        (AT_MOST, compared("GreaterThanOrEqualTo", MEASURED, 0.66), "RightValue"),
    ],
)
def test_a_bound_that_whoever_starts_a_run_can_move_or_that_is_too_weak_is_refused(
    promised: QualityBound, condition: Json, where: str
) -> None:
    assert places(gated(condition), promised) == [("PIP-056", "Gate", f"{GATE}.{where}")]


@pytest.mark.parametrize(
    "condition",
    [
        compared("GreaterThanOrEqualTo", {"Get": "Parameters.Threshold"}, 0.66),
        compared("GreaterThanOrEqualTo", 0.9, 0.66),
        compared("Equals", MEASURED, 0.9),
        {"Type": "Or", "Conditions": [compared("GreaterThan", MEASURED, 0.66), compared("Equals", "a", "a")]},
        {"Type": "Not", "Expression": compared("GreaterThanOrEqualTo", MEASURED, 0.66)},
    ],
)
def test_a_condition_that_something_else_can_fulfil_is_no_gate(condition: Json) -> None:
    assert places(gated(condition)) == [("PIP-056", "Register", "Arguments")]


def test_a_registration_beside_the_gate_is_refused() -> None:
    def beside(document: Json) -> None:
        document["Steps"].append({**step(document, "Register"), "Name": "RegisterAnyway"})

    assert places(beside) == [("PIP-056", "RegisterAnyway", "Arguments")]


def test_a_registration_of_what_the_gate_refused_is_refused() -> None:
    def otherwise(document: Json) -> None:
        gate = arguments(document, "Gate")
        gate["IfSteps"], gate["ElseSteps"] = gate["ElseSteps"], gate["IfSteps"]

    assert places(otherwise) == [("PIP-056", "Register", "Arguments")]


def test_a_gate_further_up_counts() -> None:
    def deeper(document: Json) -> None:
        gate = arguments(document, "Gate")
        inner = {"Conditions": [compared("Equals", "a", "a")], "IfSteps": gate["IfSteps"], "ElseSteps": []}
        gate["IfSteps"] = [{"Name": "More", "Type": "Condition", "Arguments": inner}]

    assert places(deeper) == []


def test_a_model_without_a_promise_needs_no_gate() -> None:
    assert places(gated(compared("Equals", "a", "a")), None) == []


def test_a_bound_raised_in_the_file_of_the_platform_asks_for_a_new_definition() -> None:
    platform = load(ROOT / "platform.yaml")
    assert check_pipelines(platform, ROOT) == ()
    (team,) = [team for team in platform.teams if team.name == "arrivals"]
    (model,) = team.models
    assert model.quality is not None
    raised = model.model_copy(update={"quality": model.quality.model_copy(update={"minimum": 0.7})})
    stricter = platform.model_copy(update={"teams": [team.model_copy(update={"models": [raised]})]})
    (error,) = check_pipelines(stricter, Path(ROOT))
    assert (error.code, error.step) == ("PIP-056", "Gate")
    assert "The bound is 0.66; platform.yaml promises at least 0.7." in error.message


def test_a_parameter_that_the_registered_model_would_not_name_is_refused() -> None:
    def hidden(document: Json) -> None:
        document["Parameters"].append({"Name": "Rows", "Type": "String"})
        arguments(document, "Train")["HyperParameters"]["rows"] = {"Get": "Parameters.Rows"}
        arguments(document, "Evaluate")["AppSpecification"]["ContainerArguments"] += [{"Get": "Parameters.Rows"}]

    def registered(document: Json) -> None:
        hidden(document)
        arguments(document, "Register")["CustomerMetadataProperties"]["rows"] = {"Get": "Parameters.Rows"}

    assert places(hidden) == [("PIP-057", "Train", "Arguments.HyperParameters.rows")]
    assert places(registered) == []


def test_a_parameter_in_a_condition_is_one_that_a_run_depends_on() -> None:
    def asks(document: Json) -> None:
        document["Parameters"].append({"Name": "Really", "Type": "String"})
        arguments(document, "Gate")["Conditions"].append(compared("Equals", {"Get": "Parameters.Really"}, "yes"))

    assert places(asks) == [("PIP-057", "Gate", "Arguments.Conditions[1].LeftValue")]


def test_a_parameter_that_only_a_message_shows_is_let_be() -> None:
    def shows(document: Json) -> None:
        document["Parameters"].append({"Name": "Note", "Type": "String"})
        arguments(document, "Refused")["ErrorMessage"] = {"Get": "Parameters.Note"}

    assert places_after(shows) == []
