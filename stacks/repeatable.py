"""The Repeatable stage: the tooling, data and development accounts, for each team that has come so far."""

from collections.abc import Sequence

from aws_cdk import App

from mlops_stages.foundation import Statement, actions_of
from mlops_stages.foundation.capabilities import pull_images
from mlops_stages.platform import DataClassification, Platform, Stage, Team
from mlops_stages.repeatable import read_shared_data
from stacks.data import DataStack, DataTeamStack
from stacks.development import DevelopmentStack, DevelopmentTeamStack
from stacks.organization import OrganizationStack
from stacks.tooling import ToolingStack, ToolingTeamStack


class SharedWithTheTeam:
    """What people in experimentation read of their team in other accounts: its data, and its images in tooling."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @property
    def actions(self) -> Sequence[str]:
        """Every action that it takes."""
        return actions_of(self._reading("any", [DataClassification.PUBLIC]))

    def statements(self, team: Team) -> Sequence[Statement]:
        """Reading what is of a team that has come so far; data that is restricted is for pipelines only."""
        if team.stage < Stage.REPEATABLE:
            return ()
        shared = [each for each in team.classifications if each < DataClassification.RESTRICTED]
        return self._reading(team.name, shared)

    def _reading(self, team: str, classifications: Sequence[DataClassification]) -> Sequence[Statement]:
        addresses = self._platform.addresses
        images = [addresses.image_repository(team, "*")]
        return (
            *read_shared_data(addresses, team, classifications),
            *pull_images("PullImagesOfTheTeam", images),
        )


def build(app: App, platform: Platform, qualifier: str) -> None:
    """Create the stage's stacks; `qualifier` is that of the bootstrap whose roles deploy them."""
    if platform.guardrails is not None:
        OrganizationStack(app, platform, platform.guardrails, qualifier=qualifier)
    tooling, data, development = ToolingStack(app, platform), DataStack(app, platform), DevelopmentStack(app, platform)
    for team in platform.teams:
        if team.stage >= Stage.REPEATABLE:
            ToolingTeamStack(app, platform, team, qualifier=qualifier).add_stack_dependency(tooling)
            DataTeamStack(app, platform, team).add_stack_dependency(data)
            DevelopmentTeamStack(app, platform, team).add_stack_dependency(development)
