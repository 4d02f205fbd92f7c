"""What a model must have to be retrained, and whose retrained versions take one approval."""

from collections.abc import Iterator

from mlops_stages.platform.errors import Fault
from mlops_stages.platform.plain import Map, Place, is_map, list_of, map_of, may_have, models_in, teams_in, text_of
from mlops_stages.platform.retraining import MOST_RETRAINED_MODELS
from mlops_stages.platform.risk import MOST_BY_ONE_APPROVAL, Risk


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


def high_risk_takes_two_approvals(platform: Map) -> Iterator[Fault]:
    """What is of high risk, or says nothing of its risk, takes two approvals."""
    for index, risk in enumerate(_by_one_approval(platform)):
        if risk == Risk.HIGH:
            message = "A retrained version of a model of high risk would need one approval alone."
            fix = "Leave `high` out. What left `risk` out is `high`, too."
            yield Fault("PLT-372", ("retraining", "one_approval", index), message, fix)


def writer_knows_who_takes_one_approval(platform: Map) -> Iterator[Fault]:
    """The ledger's writer is told each model whose versions take one approval."""
    risks = set(map(str, _by_one_approval(platform))) - {Risk.HIGH}
    found = [loc for loc, model in _retrained(platform) if text_of(model, "risk") in risks]
    for loc in found[MOST_BY_ONE_APPROVAL : MOST_BY_ONE_APPROVAL + 1]:
        message = f"More than {MOST_BY_ONE_APPROVAL} models are of a class in `retraining.one_approval`."
        fix = "Leave a class out there, or `retraining` of some models."
        yield Fault("PLT-373", (*loc, "risk"), message, fix)


def _by_one_approval(platform: Map) -> list[object]:
    return list_of(map_of(platform.get("retraining")).get("one_approval"))


def _retrained(platform: Map) -> Iterator[tuple[Place, Map]]:
    """The models that declare retraining, with their place."""
    for loc, _, model in models_in(platform):
        if is_map(model.get("retraining")):
            yield loc, model


RULES = (
    candidates_are_judged_by_labels,
    candidates_come_from_a_pipeline,
    requests_fit_one_policy,
    high_risk_takes_two_approvals,
    writer_knows_who_takes_one_approval,
)
