"""What a model must have to be retrained: labels to judge candidates by, and a pipeline that trains them."""

from collections.abc import Iterator

from mlops_stages.platform.errors import Fault
from mlops_stages.platform.plain import Map, Place, is_map, list_of, map_of, may_have, models_in, teams_in
from mlops_stages.platform.retraining import MOST_RETRAINED_MODELS


def candidates_are_judged_by_labels(platform: Map) -> Iterator[Fault]:
    """Without labels no candidate is better. Labels need inputs and an endpoint on instances themselves (PLT-364)."""
    for loc, model in _retrained(platform):
        if not may_have(model, "labels"):
            message = "The model has `retraining` and no `labels`, by which candidates are judged."
            fix = "Add `labels:`, `inputs:` and an `endpoint:` on instances, or leave `retraining` out."
            yield Fault("PLT-369", (*loc, "retraining"), message, fix)


def candidates_come_from_a_pipeline(platform: Map) -> Iterator[Fault]:
    """What is retrained has a pipeline."""
    for loc, model in _retrained(platform):
        if not may_have(model, "pipeline"):
            message = "The model has `retraining` and no `pipeline` that trains it."
            yield Fault("PLT-370", (*loc, "retraining"), message, "Add `pipeline:`, or leave `retraining` out.")


def requests_fit_one_policy(platform: Map) -> Iterator[Fault]:
    """The policy of the bucket with a team's requests names each model's pipeline and monitors."""
    for index, team in teams_in(platform):
        found = [
            number
            for number, model in enumerate(list_of(team.get("models")))
            if is_map(map_of(model).get("retraining"))
        ]
        for number in found[MOST_RETRAINED_MODELS : MOST_RETRAINED_MODELS + 1]:
            message = f"The team has more than {MOST_RETRAINED_MODELS} models with `retraining`: a bucket's policy "
            fix = "Leave `retraining` of some out, or give models to another team."
            yield Fault("PLT-371", ("teams", index, "models", number, "retraining"), f"{message}names no more.", fix)


def _retrained(platform: Map) -> Iterator[tuple[Place, Map]]:
    """The models that declare retraining, with their place."""
    for loc, _, model in models_in(platform):
        if is_map(model.get("retraining")):
            yield loc, model


RULES = (candidates_are_judged_by_labels, candidates_come_from_a_pipeline, requests_fit_one_policy)
