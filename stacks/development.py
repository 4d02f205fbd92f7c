"""The development account's stacks: where pipelines train, and each team's pipelines."""

from aws_cdk import App, CfnOutput

from mlops_stages.foundation import import_bucket
from mlops_stages.pipeline_definition import PipelineDefinition, QualityBound
from mlops_stages.platform import Duty, Model, Platform, Purpose, Stage, Team
from mlops_stages.repeatable import DevelopmentAccount, TeamDevelopment, TrainedModel
from stacks.platform_stack import PlatformStack


class DevelopmentStack(PlatformStack):
    """What all teams of the development account share."""

    def __init__(self, app: App, platform: Platform) -> None:
        """Create the stack `PLATFORM-development`."""
        super().__init__(app, platform, Purpose.DEVELOPMENT, stage=Stage.REPEATABLE)
        account = DevelopmentAccount(
            self,
            "Account",
            platform=platform.name,
            owner=platform.owner,
            perimeter=self.perimeter,
            addresses=platform.addresses,
            network=self.network_options,
            given=self.given,
            with_audit_trail=self.has_audit_trail,
        )
        self.export("BoundaryArn", account.permissions_boundary_arn)
        self.export("AccessLogBucket", account.access_log_bucket.bucket_name)
        self.export_network(account.network)


class DevelopmentTeamStack(PlatformStack):
    """One team's part of the development account."""

    def __init__(self, app: App, platform: Platform, team: Team) -> None:
        """Create the stack `PLATFORM-development-team-TEAM`."""
        super().__init__(app, platform, Purpose.DEVELOPMENT, stage=Stage.REPEATABLE, team=team)
        TeamDevelopment(
            self,
            "Team",
            team=team.name,
            addresses=platform.addresses,
            perimeter=self.perimeter,
            permissions_boundary_arn=self.imported("BoundaryArn"),
            access_log_bucket=import_bucket(self, "AccessLogs", name=self.imported("AccessLogBucket")),
            network=self.imported_network(),
            models=[_trained(platform, team, model) for model in team.models],
            classifications=team.classifications,
            instance_types=platform.approved_instance_types,
            trainers=Duty.TRAIN.people(team),
            sign_in=self.sign_in,
            tags=self.standard_tags,
        )
        CfnOutput(self, "DeliverRole", value=platform.addresses.deliver_role(team.name))
        CfnOutput(self, "PipelinesBucket", value=platform.addresses.pipelines_bucket(team.name))


def _trained(platform: Platform, team: Team, model: Model) -> TrainedModel:
    definition = None
    if model.pipeline is not None:
        definition = PipelineDefinition.read(platform.beside(model.pipeline), source=model.pipeline)
    return TrainedModel(
        name=model.name,
        classification=model.data_classification,
        definition=definition,
        quality=QualityBound.promised_by(model.quality),
        is_retrained=model.retraining is not None and team.stage.includes(Stage.RELIABLE),
    )
