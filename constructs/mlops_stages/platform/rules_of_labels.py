"""What must agree about the labels of a model: the decisions they are of, the metric they serve, and its inputs."""

from collections import Counter
from collections.abc import Iterator

from mlops_stages.platform.errors import Fault, shown
from mlops_stages.platform.inputs import MOST_INPUTS
from mlops_stages.platform.labels import (
    COLUMNS_OF_LABELS,
    METRICS,
    MOST_BYTES,
    MOST_LABELLED_MODELS,
    MOST_SEGMENTS,
    MOST_VALUES,
)
from mlops_stages.platform.model import HIGHER_IS_BETTER, LOWER_IS_BETTER
from mlops_stages.platform.plain import Map, Place, is_map, list_of, map_of, may_have, models_in, teams_in, text_of

_DECISIONS = "Only decisions of an endpoint on instances become rows that labels can be joined with."


def labels_have_decisions(platform: Map) -> Iterator[Fault]:
    """Labels are of rows: of a model whose inputs are declared and whose decisions are captured."""
    for loc, model, _ in _labelled(platform):
        place, endpoint = (*loc, "labels"), map_of(model.get("endpoint"))
        if "serverless" in endpoint:
            message = "The model has labels and a serverless endpoint, whose decisions are not captured."
            yield Fault("PLT-364", place, f"{message} {_DECISIONS}", "Serve on instances, or leave `labels` out.")
        elif not may_have(model, "endpoint"):
            message = "The model has labels and no `endpoint`."
            yield Fault("PLT-364", place, f"{message} {_DECISIONS}", "Add `endpoint:`, or leave `labels` out.")
        if model.get("inputs") == [] or not may_have(model, "inputs"):
            message = "The model has labels and no `inputs`, without which nothing reads its decisions."
            yield Fault("PLT-364", place, message, "Add `inputs:`, or leave `labels` out.")


def labels_fit_the_metric(platform: Map) -> Iterator[Fault]:
    """The metric of quality is one of the type of labels."""
    for loc, model, labels in _labelled(platform):
        metric, kind = text_of(map_of(model.get("quality")), "metric"), text_of(labels, "type")
        metrics = METRICS.get(kind or "", ())
        if not metrics or metric not in (*HIGHER_IS_BETTER, *LOWER_IS_BETTER) or metric in metrics:
            continue
        message = f"The metric is {metric}, and no {metric} can be told from labels of type {kind}."
        fix = f"Measure {_either(metrics)}, or give labels of another type."
        yield Fault("PLT-365", (*loc, "quality", "metric"), message, fix)


def segments_are_of_categories(platform: Map) -> Iterator[Fault]:
    """A segment is told by an input of the model, a category."""
    for loc, model, labels in _labelled(platform):
        inputs = [each for each in list_of(model.get("inputs"))[:MOST_INPUTS] if is_map(each)]
        types = {text_of(each, "name"): text_of(each, "type") for each in inputs}
        categories = [name for name, kind in types.items() if name is not None and kind == "category"]
        segments = [(n, each) for n, each in enumerate(list_of(labels.get("segments"))[:MOST_SEGMENTS]) if is_map(each)]
        for number, segment in segments:
            name, place = text_of(segment, "input"), (*loc, "labels", "segments", number, "input")
            if name is None or not inputs or types.get(name) == "category":
                continue
            what = f"is of type {shown(types[name])}" if types.get(name) else "is not among the inputs"
            fix = f"Name one of type category: {_either(categories)}." if categories else "Leave the segment out."
            yield Fault("PLT-366", place, f"{shown(name)} {what}.", fix)
        size = sum(len(value.encode("utf-8", "replace")) for _, segment in segments for value in _values(segment))
        if size > MOST_BYTES:
            message = f"The values of the segments have {size} bytes together, of {MOST_BYTES} at most."
            yield Fault("PLT-366", (*loc, "labels", "segments"), message, "List fewer values, or fewer segments.")


def bias_is_of_classes(platform: Map) -> Iterator[Fault]:
    """Positive predictions are those of a class: of a number there are none."""
    for loc, _, labels in _labelled(platform):
        for number, segment in enumerate(list_of(labels.get("segments"))[:MOST_SEGMENTS]):
            if text_of(labels, "type") == "number" and "bias" in map_of(segment):
                message = "A number is no positive prediction, so that `bias` says nothing of labels of type number."
                yield Fault(
                    "PLT-356", (*loc, "labels", "segments", number, "bias"), message, "Leave `bias` of the segment out."
                )


def inputs_are_no_columns_of_labels(platform: Map) -> Iterator[Fault]:
    """A row of labels is joined with a row of decisions, so that the columns of both differ."""
    for loc, model, _ in _labelled(platform):
        for number, each in enumerate(list_of(model.get("inputs"))[:MOST_INPUTS]):
            name = text_of(map_of(each), "name")
            if name in COLUMNS_OF_LABELS:
                message = f"{shown(name)} is a column that every table of labels has."
                fix = "Rename the input, here and in the model's repository, or leave `labels` out."
                yield Fault("PLT-367", (*loc, "inputs", number, "name"), message, fix)


def labels_fit_one_policy(platform: Map) -> Iterator[Fault]:
    """The policy of the bucket that a team's labels of one classification lie in names each model's reader."""
    for index, team in teams_in(platform):
        found = Counter[str]()
        for number, model in enumerate(list_of(team.get("models"))):
            classification = text_of(map_of(model), "data_classification")
            if classification is None or not is_map(map_of(model).get("labels")):
                continue
            found[classification] += 1
            if found[classification] == MOST_LABELLED_MODELS + 1:
                message = (
                    f"The team has more than {MOST_LABELLED_MODELS} models with labels among those of classification "
                    f"{shown(classification)}: a bucket's policy names no more."
                )
                fix = "Leave `labels` of some out, or give models to another team."
                yield Fault("PLT-368", ("teams", index, "models", number, "labels"), message, fix)


def _labelled(platform: Map) -> Iterator[tuple[Place, Map, Map]]:
    """The models that declare labels, with their place, and the labels."""
    for loc, _, model in models_in(platform):
        if is_map(labels := model.get("labels")):
            yield loc, model, labels


def _values(segment: Map) -> list[str]:
    return [each for each in list_of(segment.get("values"))[:MOST_VALUES] if isinstance(each, str)]


def _either(names: tuple[str, ...] | list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


RULES = (
    labels_have_decisions,
    labels_fit_the_metric,
    segments_are_of_categories,
    bias_is_of_classes,
    inputs_are_no_columns_of_labels,
    labels_fit_one_policy,
)
