"""The Initial stage's stacks: one for the experimentation account, and one for each team in it."""

from aws_cdk import App, CfnOutput, Environment, Fn, Stack

from mlops_stages.foundation import (
    IamSignIn,
    IdentityCenterSignIn,
    Perimeter,
    PersonRole,
    SamlSignIn,
    SignIn,
    StandardTags,
    import_bucket,
)
from mlops_stages.initial import (
    AccountParts,
    Budget,
    ExperimentationAccount,
    GivenFromOutside,
    ImportedNetworkOptions,
    OwnNetworkOptions,
    Person,
    StudioOptions,
    TeamWorkspace,
)
from mlops_stages.platform import Platform, Purpose, Stage, Team
from mlops_stages.platform import sign_in as declared_sign_in
from mlops_stages.platform.network import OwnNetwork

STAGE = Stage.INITIAL
PLATFORM_TEAM = "platform"


class ExperimentationStack(Stack):
    """What all teams of the experimentation account share."""

    def __init__(self, app: App, platform: Platform) -> None:
        """Create the stack `PLATFORM-experimentation`."""
        super().__init__(
            app,
            f"{platform.name}-experimentation",
            env=_environment(platform),
            description=f"{platform.name}: experimentation account, stage {STAGE}",
            termination_protection=True,
        )
        tags(platform, team=PLATFORM_TEAM, cost_center=platform.cost_center).apply(self)
        self.parts = ExperimentationAccount(
            self,
            "Account",
            platform=platform.name,
            owner=platform.owner,
            perimeter=_perimeter(platform),
            network=_network(platform),
            studio=StudioOptions(
                instance_types=platform.studio.instance_types,
                idle_shutdown_minutes=platform.studio.idle_shutdown_minutes,
            ),
            sign_in=_sign_in(platform),
            given=GivenFromOutside(
                permissions_boundary_arn=platform.permissions_boundary_in(self.account),
                access_log_bucket=platform.access_log_bucket,
                cost_anomaly_monitor_arn=platform.cost_anomalies.monitor_arn,
            ),
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
                sign_in=_sign_in(platform),
                perimeter=_perimeter(platform),
                permissions_boundary_arn=self.parts.permissions_boundary_arn,
            ).node.add_dependency(self.parts.personas)
        # Exported whether or not a team imports them: the first team must not change this stack.
        for name, value in (
            ("DomainId", self.parts.domain_id),
            ("BoundaryArn", self.parts.permissions_boundary_arn),
            ("AccessLogBucket", self.parts.access_log_bucket.bucket_name),
        ):
            CfnOutput(self, name, value=value, export_name=_export(platform, name))


class TeamStack(Stack):
    """One team's workspace in the experimentation account."""

    def __init__(self, app: App, platform: Platform, team: Team) -> None:
        """Create the stack `PLATFORM-experimentation-team-TEAM`."""
        super().__init__(
            app,
            f"{platform.name}-experimentation-team-{team.name}",
            env=_environment(platform),
            description=f"{platform.name}: team {team.name} in the experimentation account, stage {STAGE}",
            termination_protection=True,
        )
        tags(platform, team=team.name, cost_center=team.cost_center).apply(self)
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
                domain_id=Fn.import_value(_export(platform, "DomainId")),
                permissions_boundary_arn=Fn.import_value(_export(platform, "BoundaryArn")),
                access_log_bucket=import_bucket(
                    self, "AccessLogs", name=Fn.import_value(_export(platform, "AccessLogBucket"))
                ),
                perimeter=_perimeter(platform),
                sign_in=_sign_in(platform),
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


def tags(platform: Platform, *, team: str, cost_center: str) -> StandardTags:
    """The tags of a team's resources, with the organization's own."""
    return StandardTags(team=team, stage=STAGE.value, cost_center=cost_center, extra=platform.tags)


def _environment(platform: Platform) -> Environment:
    return Environment(account=platform.account(Purpose.EXPERIMENTATION), region=platform.region)


def _perimeter(platform: Platform) -> Perimeter:
    return Perimeter(
        partition=platform.partition,
        account=platform.account(Purpose.EXPERIMENTATION),
        region=platform.region,
        organization_id=platform.organization_id,
    )


def _export(platform: Platform, name: str) -> str:
    return f"{platform.name}-experimentation-{name}"


def _network(platform: Platform) -> OwnNetworkOptions | ImportedNetworkOptions:
    network = platform.network
    if isinstance(network, OwnNetwork):
        return OwnNetworkOptions(cidr=network.cidr, availability_zones=network.availability_zones)
    return ImportedNetworkOptions(vpc_id=network.vpc_id, subnet_ids=network.subnet_ids)


def _sign_in(platform: Platform) -> SignIn:
    match platform.sign_in:
        case declared_sign_in.IamSignIn(mfa=mfa):
            return IamSignIn(account=platform.sign_in_account, mfa=mfa)
        case declared_sign_in.SamlSignIn(provider_arn=arn):
            return SamlSignIn(provider_arn=arn)
        case declared_sign_in.IdentityCenterSignIn():
            return IdentityCenterSignIn()
