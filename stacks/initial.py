"""The Initial stage's stacks: one for the experimentation account, and one for each team in it."""

from aws_cdk import App, CfnOutput

from mlops_stages.foundation import PersonRole, import_bucket
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

    def __init__(self, app: App, platform: Platform) -> None:
        """Create the stack `PLATFORM-experimentation`."""
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


class TeamStack(PlatformStack):
    """One team's workspace in the experimentation account."""

    def __init__(self, app: App, platform: Platform, team: Team) -> None:
        """Create the stack `PLATFORM-experimentation-team-TEAM`."""
        super().__init__(app, platform, Purpose.EXPERIMENTATION, stage=Stage.INITIAL, team=team)
        workspace = TeamWorkspace(
            self,
            "Team",
            platform=platform.name,
            team=team.name,
            people=[Person(email=m.email, name=m.name, persona=m.persona) for m in team.members],
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
            ),
        )
        # What people look for on their first day.
        for classification in workspace.landing_zone.classifications:
            bucket = workspace.landing_zone.bucket(classification).bucket_name
            CfnOutput(self, f"{classification.title()}Bucket", value=bucket)
        CfnOutput(self, "TrackingApp", value=workspace.tracking.app_arn)


def build(app: App, platform: Platform) -> None:
    """Create the stage's stacks."""
    account = ExperimentationStack(app, platform)
    for team in platform.teams:
        TeamStack(app, platform, team).add_stack_dependency(account)
