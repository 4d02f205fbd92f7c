"""Labels: what a file says of them, and what is refused because it fits no decision, metric or input."""

from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from mlops_stages.platform import Labels, Model, PlatformErrors, Quality, Segment, load, parse
from mlops_stages.platform.labels import COLUMNS_OF_LABELS, METRICS

BINARY: dict[str, Any] = {"type": "binary", "delay": "1d"}


@pytest.fixture(scope="module")
def reference(root: Path) -> Path:
    return root / "platform.yaml"


def late_arrival(reference: Path, **changed: Any) -> Model:  # noqa: ANN401 - plain data
    """The reference's late-arrival, some keys changed, or left out by None; not its alarms, analysts and retraining."""
    plain = load(reference).model_dump(mode="json", exclude_none=True)
    (model,) = next(team for team in plain["teams"] if team["name"] == "arrivals")["models"]
    del model["alarms"], model["analysts"], model["retraining"]
    model.update(changed)
    for key in [key for key, value in changed.items() if value is None]:
        del model[key]
    return next(model for team in parse(plain).teams for model in team.models if model.name == "late-arrival")


def faults(reference: Path, **changed: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - plain data
    with pytest.raises(PlatformErrors) as errors:
        late_arrival(reference, **changed)
    return [(error.code, error.path.removeprefix("teams[2].models[0].")) for error in errors.value.errors]


def test_what_is_left_out_has_a_default(reference: Path) -> None:
    labels = late_arrival(reference).labels
    assert labels == Labels(type="binary", delay="1d", margin=0.15, window_days=28, segments=())


@pytest.mark.parametrize(("delay", "longest"), [("1h", {"hours": 1}), ("90m", {"minutes": 90}), ("60d", {"days": 60})])
def test_a_delay_is_a_length_of_time_from_an_hour_to_60_days(
    reference: Path, delay: str, longest: dict[str, int]
) -> None:
    labels = late_arrival(reference, labels={**BINARY, "delay": delay}).labels
    assert labels is not None
    assert labels.longest_delay == timedelta(**longest)


@pytest.mark.parametrize("delay", ["59m", "61d", "1w", "0d", "1.5d", "-1d", "", " 1d", "1d\n", "999999d", "١d"])  # noqa: RUF001 - a digit of another script
def test_another_delay_is_refused(reference: Path, delay: str) -> None:
    assert {code for code, _ in faults(reference, labels={**BINARY, "delay": delay})} <= {"PLT-241", "PLT-012"}


@pytest.mark.parametrize(
    "outside",
    [{"margin": 0}, {"margin": -0.1}, {"margin": 10.1}, {"window_days": 6}, {"window_days": 61}],
)
def test_a_number_outside_its_bounds_is_refused(reference: Path, outside: dict[str, Any]) -> None:
    (key,) = outside
    assert faults(reference, labels={**BINARY, **outside}) == [("PLT-105", f"labels.{key}")]


def test_each_metric_is_of_one_type_of_labels() -> None:
    listed = [metric for metrics in METRICS.values() for metric in metrics]
    assert sorted(listed) == sorted(get_args(Quality.model_fields["metric"].annotation))
    assert set(METRICS) == set(get_args(Labels.model_fields["type"].annotation))


@pytest.mark.parametrize("kind", METRICS)
@pytest.mark.parametrize("metric", [metric for metrics in METRICS.values() for metric in metrics])
def test_quality_has_a_metric_of_the_type_of_labels(reference: Path, kind: str, metric: str) -> None:
    bound = "maximum" if metric in ("rmse", "mae", "log_loss") else "minimum"
    changed: dict[str, Any] = {"labels": {**BINARY, "type": kind}, "quality": {"metric": metric, bound: 0.5}}
    if metric in METRICS[kind]:
        assert late_arrival(reference, **changed).quality is not None
    else:
        assert faults(reference, **changed) == [("PLT-365", "quality.metric")]


def test_labels_need_no_quality(reference: Path) -> None:
    assert late_arrival(reference, quality=None).labels is not None


def test_labels_need_inputs_and_an_endpoint_on_instances(reference: Path) -> None:
    assert faults(reference, inputs=None) == [("PLT-364", "labels")]
    assert faults(reference, inputs=[]) == [("PLT-364", "labels")]
    assert faults(reference, endpoint=None, rollout=None) == [("PLT-364", "labels")]
    because = {"unprotected_because": "Departures of flights are public, and nobody is decided about."}
    changed = {"endpoint": {"serverless": because}, "rollout": {"all_at_once": True}}
    assert ("PLT-364", "labels") in faults(reference, **changed)
    assert late_arrival(reference, inputs=None, labels=None).labels is None


def test_a_misspelt_key_is_told_once(reference: Path) -> None:
    assert faults(reference, inputs=None, input=[]) == [("PLT-101", "input")]


def test_a_segment_names_a_category_and_its_values(reference: Path) -> None:
    segments = [{"input": "carrier", "values": ["AA", "UA"]}, {"input": "carrier", "values": ["Zürich 1"]}]
    labels = late_arrival(reference, labels={**BINARY, "segments": segments}).labels
    assert labels is not None
    assert labels.segments == (
        Segment(input="carrier", values=("AA", "UA")),
        Segment(input="carrier", values=("Zürich 1",)),
    )


def test_a_limit_of_bias_says_nothing_of_labels_that_are_numbers(reference: Path) -> None:
    segments = [{"input": "carrier", "values": ["AA"], "bias": {"metric": "dppl", "maximum": 0.1}}]
    assert late_arrival(reference, labels={**BINARY, "segments": segments}).labels
    labels = {**BINARY, "type": "number", "segments": segments}
    assert faults(reference, labels=labels, quality=None) == [("PLT-356", "labels.segments[0].bias")]


@pytest.mark.parametrize(
    ("segment", "fault"),
    [
        ({"input": "hour", "values": ["7"]}, ("PLT-366", "labels.segments[0].input")),
        ({"input": "airline", "values": ["AA"]}, ("PLT-366", "labels.segments[0].input")),
        ({"input": "decision_id", "values": ["AA"]}, ("PLT-366", "labels.segments[0].input")),
        ({"input": "Carrier", "values": ["AA"]}, ("PLT-366", "labels.segments[0].input")),
        ({"input": "carrier", "values": []}, ("PLT-106", "labels.segments[0].values")),
        ({"input": "carrier", "values": ["AA"] * 21}, ("PLT-106", "labels.segments[0].values")),
        ({"input": "carrier", "values": [""]}, ("PLT-242", "labels.segments[0].values[0]")),
        ({"input": "carrier", "values": [" AA"]}, ("PLT-242", "labels.segments[0].values[0]")),
        ({"input": "carrier", "values": ["ü" * 51] * 10}, ("PLT-366", "labels.segments")),
        (
            {"input": "carrier", "values": ["AA"], "bias": {"metric": "dpl", "maximum": 0.1}},
            ("PLT-107", "labels.segments[0].bias.metric"),
        ),
        (
            {"input": "carrier", "values": ["AA"], "bias": {"metric": "dppl", "maximum": 0}},
            ("PLT-105", "labels.segments[0].bias.maximum"),
        ),
        (
            {"input": "carrier", "values": ["AA"], "bias": {"metric": "dppl"}},
            ("PLT-102", "labels.segments[0].bias.maximum"),
        ),
    ],
)
def test_another_segment_is_refused(reference: Path, segment: dict[str, Any], fault: tuple[str, str]) -> None:
    found = faults(reference, labels={**BINARY, "segments": [segment]})
    assert fault in found
    assert len({code for code, _ in found}) == 1


def test_there_are_ten_segments_at_most(reference: Path) -> None:
    segments = [{"input": "carrier", "values": ["AA"]}] * 11
    assert faults(reference, labels={**BINARY, "segments": segments}) == [("PLT-106", "labels.segments")]


@pytest.mark.parametrize("name", COLUMNS_OF_LABELS)
def test_an_input_is_named_as_a_column_of_labels_only_without_labels(reference: Path, name: str) -> None:
    inputs = [{"name": "carrier", "type": "category"}, {"name": name, "type": "number"}]
    assert faults(reference, inputs=inputs) == [("PLT-367", "inputs[1].name")]
    assert len(late_arrival(reference, inputs=inputs, labels=None).inputs) == 2


def test_no_input_is_ever_named_label(reference: Path) -> None:
    inputs = [{"name": "label", "type": "number"}]
    assert faults(reference, inputs=inputs, labels=None) == [("PLT-240", "inputs[0].name")]
