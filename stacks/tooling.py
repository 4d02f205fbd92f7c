"""The tooling account's stacks: packages, images, artifacts, the model registry, and the way in for CI."""

from aws_cdk import App, CfnOutput, Tags
from constructs import Construct

from mlops_stages.foundation import import_bucket
from mlops_stages.platform import Duty, Platform, Purpose, Repository, Stage, Team
from mlops_stages.reliable import ReleaserRole
from mlops_stages.reliable.delivery import delivery_actions
from mlops_stages.reliable.promotion import promotion_actions
from mlops_stages.reliable.retraining import retraining_actions
from mlops_stages.repeatable import RegisteredModel, SourceRepository, TeamTooling, ToolingAccount
from stacks.platform_stack import PlatformStack


class ToolingStack(PlatformStack):
    """What all teams of the tooling account share."""

    def __init__(self, app: App, platform: Platform) -> None:
        """Create the stack `PLATFORM-tooling`."""
        super().__init__(app, platform, Purpose.TOOLING, stage=Stage.REPEATABLE)
        account = ToolingAccount(
            self,
            "Account",
            owner=platform.owner,
            perimeter=self.perimeter,
            addresses=platform.addresses,
            providers=[host for host in platform.trusted_hosts if host not in platform.existing_oidc_providers],
            connections=platform.trusted_hosts,
            further_actions=(
                *((*promotion_actions(), *retraining_actions()) if platform.stage >= Stage.RELIABLE else ()),
                *(delivery_actions() if platform.delivered is not None else ()),
            ),
            given=self.given,
            with_audit_trail=self.has_audit_trail,
        )
        self.export("BoundaryArn", account.permissions_boundary_arn)
        self.export("AccessLogBucket", account.access_log_bucket.bucket_name)
        self.export("OperationsKeyArn", account.operations_key_arn)
        self.export("AlarmTopicArn", account.alarm_topic.topic_arn)


class ToolingTeamStack(PlatformStack):
    """One team's part of the tooling account."""

    def __init__(self, app: App, platform: Platform, team: Team, *, qualifier: str) -> None:
        """Create the stack `PLATFORM-tooling-team-TEAM`; `qualifier` is that of the bootstrap that deploys."""
        super().__init__(app, platform, Purpose.TOOLING, stage=Stage.REPEATABLE, team=team)
        tooling = TeamTooling(
            self,
            "Team",
            team=team.name,
            addresses=platform.addresses,
            perimeter=self.perimeter,
            permissions_boundary_arn=self.imported("BoundaryArn"),
            access_log_bucket=import_bucket(self, "AccessLogs", name=self.imported("AccessLogBucket")),
            operations_key_arn=self.imported("OperationsKeyArn"),
            alarm_topic_arn=self.imported("AlarmTopicArn"),
            models=[
                RegisteredModel(
                    name=model.name,
                    classification=model.data_classification,
                    owner=model.owner,
                    approvers=Duty.APPROVE.people(team, model),
                    is_released=bool(Duty.RELEASE.people(team, model)),
                    has_drift_measured=(
                        model.labels is not None and model.drift is not None and team.stage.includes(Stage.RELIABLE)
                    ),
                    is_retrained=model.retraining is not None and team.stage.includes(Stage.RELIABLE),
                )
                for model in team.models
            ],
            repository=_repository(team.repository),
            sign_in=self.sign_in,
            readers=running(platform),
            deployers=[
                f"arn:{platform.partition}:iam::{account}:role/"
                f"cdk-{qualifier}-cfn-exec-role-{account}-{platform.region}"
                for account in running(platform)
            ],
        )
        releases = Construct(self, "Releases")
        for model in team.models:
            if releasers := Duty.RELEASE.people(team, model):
                place = Construct(releases, model.name)
                Tags.of(place).add("model", model.name)
                Tags.of(place).add("data-classification", model.data_classification.value)
                ReleaserRole(
                    place,
                    "Release",
                    perimeter=self.perimeter,
                    addresses=platform.addresses,
                    team=team.name,
                    model=model.name,
                    releasers=releasers,
                    sign_in=self.sign_in,
                    artifacts=tooling.artifacts,
                    permissions_boundary_arn=self.imported("BoundaryArn"),
                )
        # What CI is told, and what people look for.
        if tooling.ci is not None:
            CfnOutput(self, "CiRole", value=platform.addresses.ci_role(team.name))
        CfnOutput(self, "ArtifactsBucket", value=platform.addresses.artifacts_bucket(team.name))


def running(platform: Platform) -> tuple[str, ...]:
    """The accounts that run models and read them from the registry, as far as the platform's stage deploys them.

    One that comes later is added to the same policies, in place.
    """
    deployed = platform.deployed
    accounts = (deployed[purpose] for purpose in (Purpose.STAGING, Purpose.PRODUCTION) if purpose in deployed)
    return tuple(dict.fromkeys(accounts))


def _repository(declared: Repository | None) -> SourceRepository | None:
    if declared is None:
        return None
    return SourceRepository(
        provider=declared.provider,
        owner=declared.owner,
        name=declared.name,
        branch=declared.branch,
        environment=declared.environment,
        owner_id=declared.owner_id,
        repository_id=declared.repository_id,
    )
