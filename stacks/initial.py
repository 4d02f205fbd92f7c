"""The Initial stage's stacks: one for the experimentation account, and one for each team in it."""

from collections.abc import Sequence
from typing import Protocol

from aws_cdk import App, CfnOutput

from mlops_stages.foundation import PersonRole, Statement, import_bucket
from mlops_stages.initial import (
    AccountParts,
    Budget,
    ExperimentationAccount,
    Person,
    StudioOptions,
    TeamWorkspace,
)
from mlops_stages.platform import Platform, Purpose, Stage, Team
from stacks.platform_stack import PLATFORM_TEAM, PlatformStack


class ExperimentationStack(PlatformStack):
    """What all teams of the experimentation account share."""

    def __init__(self, app: App, platform: Platform, beyond: Sequence[str]) -> None:
        """Create the stack `PLATFORM-experimentation`; `beyond` are actions that people use in other accounts."""
        super().__init__(app, platform, Purpose.EXPERIMENTATION, stage=Stage.INITIAL)
        self.parts = ExperimentationAccount(
            self,
            "Account",
            platform=platform.name,
            owner=platform.owner,
            perimeter=self.perimeter,
            network=self.network_options,
            studio=StudioOptions(
                instance_types=platform.studio.instance_types,
                idle_shutdown_minutes=platform.studio.idle_shutdown_minutes,
            ),
            sign_in=self.sign_in,
            given=self.given,
            cost_anomaly_minimum_usd=platform.cost_anomalies.minimum_usd,
            beyond=beyond,
        )
        for member in platform.members:
            PersonRole(
                self,
                f"{member.name}-role",
                platform=platform.name,
                team=PLATFORM_TEAM,
                person=member.name,
                email=member.email,
                persona=member.persona,
                sign_in=self.sign_in,
                perimeter=self.perimeter,
                permissions_boundary_arn=self.parts.permissions_boundary_arn,
            ).node.add_dependency(self.parts.personas)
        # Exported whether or not a team imports them: the first team must not change this stack.
        self.export("DomainId", self.parts.domain_id)
        self.export("BoundaryArn", self.parts.permissions_boundary_arn)
        self.export("AccessLogBucket", self.parts.access_log_bucket.bucket_name)
        if self.parts.studio_application_arn is not None:
            self.export("StudioApplicationArn", self.parts.studio_application_arn)


class TeamStack(PlatformStack):
    """One team's workspace in the experimentation account."""

    def __init__(self, app: App, platform: Platform, team: Team, beyond: Sequence[Statement]) -> None:
        """Create the stack `PLATFORM-experimentation-team-TEAM`; `beyond` is what its people do in other accounts."""
        super().__init__(app, platform, Purpose.EXPERIMENTATION, stage=Stage.INITIAL, team=team)
        users = platform.identity_center_users
        workspace = TeamWorkspace(
            self,
            "Team",
            platform=platform.name,
            team=team.name,
            people=[
                Person(email=m.email, name=m.name, persona=m.persona, user_id=users.get(m.email.lower()))
                for m in team.members
            ],
            classifications=team.classifications,
            budget=Budget(
                monthly_usd=team.budget.monthly_usd,
                notify=team.budget.notify,
                thresholds_percent=team.budget.thresholds_percent,
            ),
            account=AccountParts(
                domain_id=self.imported("DomainId"),
                permissions_boundary_arn=self.imported("BoundaryArn"),
                access_log_bucket=import_bucket(self, "AccessLogs", name=self.imported("AccessLogBucket")),
                perimeter=self.perimeter,
                sign_in=self.sign_in,
                studio_application_arn=self.imported("StudioApplicationArn") if users else None,
            ),
            beyond=beyond,
        )
        # What people look for on their first day.
        for classification in workspace.landing_zone.classifications:
            bucket = workspace.landing_zone.bucket(classification).bucket_name
            CfnOutput(self, f"{classification.title()}Bucket", value=bucket)
        CfnOutput(self, "TrackingApp", value=workspace.tracking.app_arn)


class Beyond(Protocol):
    """What a later stage lets people of the experimentation account do in other accounts."""

    @property
    def actions(self) -> Sequence[str]:
        """Every action of it, whichever teams there are."""
        ...

    def statements(self, team: Team) -> Sequence[Statement]:
        """What a team's people may do there."""
        ...


def build(app: App, platform: Platform, beyond: Beyond | None = None) -> None:
    """Create the stage's stacks."""
    account = ExperimentationStack(app, platform, beyond.actions if beyond is not None else ())
    for team in platform.teams:
        statements = beyond.statements(team) if beyond is not None else ()
        TeamStack(app, platform, team, statements).add_stack_dependency(account)
