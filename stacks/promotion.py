"""The tooling account's stacks of promotions: what an approval of a version sets in motion, a stack a team."""

from typing import cast

from aws_cdk import App, Fn, Stack, Tags
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey
from mlops_stages.pipeline_definition import QualityBound
from mlops_stages.platform import Duty, Model, Platform, Purpose, Retraining, Stage, Team
from mlops_stages.reliable import Instances
from mlops_stages.reliable.notices import chat_channels
from mlops_stages.reliable.promotion import CODE, OneApproval, Promotion, promotions_may_encrypt
from mlops_stages.reliable.promotion.statements import SERVICES
from mlops_stages.reliable.retraining import ModelRetraining, RetrainingTerms
from mlops_stages.reliable.retraining.statements import SERVICES as RETRAINING
from mlops_stages.runtime.promotion.settings import Promise
from stacks.platform_stack import PlatformStack, stack_name
from stacks.serving import channel_of, serving_models

LONGEST_MINUTES = 720
MINUTES_BESIDE = 60
"""What a deployment takes beside the rollout itself: models and alarms are made, others are waited for."""
BATCH_MINUTES = 180
"""What a batch model's deployment, or the transform jobs that test it, may take: instances are waited for."""


class PromotionTeamStack(PlatformStack):
    """The promotions of one team's models."""

    def __init__(self, app: App, platform: Platform, team: Team, models: tuple[Model, ...]) -> None:
        """Create the stack `PLATFORM-promotion-team-TEAM`."""
        super().__init__(app, platform, Purpose.TOOLING, stage=Stage.RELIABLE, team=team, part="promotion")
        boundary = Fn.import_value(f"{stack_name(platform, Purpose.TOOLING)}-BoundaryArn")
        key = CustomerManagedKey(
            self,
            "Key",
            perimeter=self.perimeter,
            alias=platform.addresses.promotion_key_alias(team.name).removeprefix("alias/"),
            description=f"Promotions of team {team.name}",
            via=(*SERVICES, *(RETRAINING if any(model.retraining for model in models) else ())),
            statements=promotions_may_encrypt(self.perimeter),
        )
        code = CODE.placed(self)
        # An account takes a channel once: where production is here too, it has taken it.
        is_apart = platform.addresses.production != platform.addresses.tooling
        channels = chat_channels(
            self,
            (channel_of(model) for model in models if is_apart),
            perimeter=self.perimeter,
            addresses=platform.addresses,
            team=team.name,
            environment=Purpose.TOOLING,
            key_arn=key.key_arn,
            permissions_boundary_arn=boundary,
        )
        for model in models:
            place = Construct(self, model.name)
            Tags.of(place).add("model", model.name)
            Tags.of(place).add("data-classification", model.data_classification.value)
            channel = channel_of(model)
            promotion = Promotion(
                place,
                "Promotion",
                perimeter=self.perimeter,
                addresses=platform.addresses,
                team=team.name,
                model=model.name,
                owner=model.owner,
                promise=_promise(model),
                longest_minutes=_longest_minutes(model),
                has_endpoint=model.batch is None,
                inputs=[(each.name, each.type) for each in model.inputs],
                key=key,
                code=code,
                permissions_boundary_arn=boundary,
                chat_topic_arn=channels[channel].topic_arn if channel in channels else None,
                one_approval=_one_approval(platform, team, model),
            )
            if model.retraining is not None:
                ModelRetraining(
                    place,
                    "Retraining",
                    perimeter=self.perimeter,
                    addresses=platform.addresses,
                    team=team.name,
                    model=model.name,
                    terms=_terms(model.retraining),
                    classifications=[each for each in team.classifications if each <= model.data_classification],
                    promotion=promotion,
                    key=key,
                    code=code,
                    permissions_boundary_arn=boundary,
                )


def build(app: App, platform: Platform) -> None:
    """Create a stack for each team that has a model that serves."""
    tooling = cast("Stack", app.node.find_child(stack_name(platform, Purpose.TOOLING)))
    for team in platform.teams:
        models = serving_models(team)
        if models:
            PromotionTeamStack(app, platform, team, models).add_stack_dependency(tooling)


def _one_approval(platform: Platform, team: Team, model: Model) -> OneApproval | None:
    """What lets a model's retrained versions take one approval; None where they take two."""
    risk = platform.one_approval(model)
    return None if risk is None else OneApproval(risk=risk.value, approvers=Duty.RELEASE.people(team, model))


def _terms(retraining: Retraining) -> RetrainingTerms:
    return RetrainingTerms(
        every_days=retraining.every_days,
        cool_down_days=retraining.cool_down_days,
        most_a_year=retraining.most_a_year,
    )


def _promise(model: Model) -> Promise:
    """What staging's tests compare with."""
    quality, sla = model.quality, model.sla
    bound = QualityBound.promised_by(quality)
    return Promise(
        metric=None if quality is None or bound is None else quality.metric,
        value=0.0 if bound is None else bound.value,
        at_least=True if bound is None else bound.at_least,
        p99_latency_ms=None if sla is None else sla.p99_latency_ms,
        availability_percent=None if sla is None else sla.availability_percent,
        requests_per_minute=None if sla is None else sla.requests_per_minute,
    )


def _longest_minutes(model: Model) -> int:
    """What a model's deployment may take at most."""
    terms = model.endpoint_terms
    if terms is None:
        return BATCH_MINUTES
    capacity = terms.capacity
    fewest, most = (capacity.minimum, capacity.most) if isinstance(capacity, Instances) else (1, 1)
    shift = terms.rollout.shift(model.name, fewest=fewest, most=most)
    return min(LONGEST_MINUTES, shift.timeout_seconds // 60 + MINUTES_BESIDE)
