"""The Reliable stage: staging, production and the ledger, for each team that has come so far."""

from aws_cdk import App

from mlops_stages.platform import Platform, Purpose
from stacks import ledger, promotion
from stacks.serving import ServedModelStack, ServingStack, ServingTeamStack, serving_models

ENVIRONMENTS = (Purpose.STAGING, Purpose.PRODUCTION)
"""Where models serve: first where they are tried, then where they are called."""


def build(app: App, platform: Platform, qualifier: str) -> None:
    """Create the stage's stacks; `qualifier` is that of the bootstrap whose roles deploy them."""
    for purpose in ENVIRONMENTS:
        account = ServingStack(app, platform, purpose)
        for team in platform.teams:
            models = serving_models(team)
            if not models:
                continue
            part = ServingTeamStack(app, platform, purpose, team)
            part.add_stack_dependency(account)
            for model in models:
                ServedModelStack(app, platform, purpose, team, model).add_stack_dependency(part)
    ledger.build(app, platform, qualifier)
    promotion.build(app, platform)
