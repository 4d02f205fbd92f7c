"""The data account's stacks: the network of data jobs and the catalog, and each team's versioned data."""

from aws_cdk import App, CfnOutput

from mlops_stages.foundation import import_bucket
from mlops_stages.platform import Duty, Platform, Purpose, Stage, Team
from mlops_stages.repeatable import DataAccount, FeatureGroupSpec, FeatureSpec, LabelledModel, OwnCatalog, TeamData
from stacks.platform_stack import PlatformStack


class DataStack(PlatformStack):
    """What all teams of the data account share."""

    def __init__(self, app: App, platform: Platform) -> None:
        """Create the stack `PLATFORM-data`."""
        super().__init__(app, platform, Purpose.DATA, stage=Stage.REPEATABLE)
        account = DataAccount(
            self,
            "Account",
            platform=platform.name,
            owner=platform.owner,
            perimeter=self.perimeter,
            addresses=platform.addresses,
            network=self.network_options,
            given=self.given,
            with_audit_trail=self.has_audit_trail,
            with_catalog_encryption=platform.data_catalog.encryption == "platform",
        )
        self.export("BoundaryArn", account.permissions_boundary_arn)
        self.export("AccessLogBucket", account.access_log_bucket.bucket_name)
        self.export_network(account.network)


class DataTeamStack(PlatformStack):
    """One team's part of the data account."""

    def __init__(self, app: App, platform: Platform, team: Team) -> None:
        """Create the stack `PLATFORM-data-team-TEAM`."""
        super().__init__(app, platform, Purpose.DATA, stage=Stage.REPEATABLE, team=team)
        TeamData(
            self,
            "Team",
            platform=platform.name,
            team=team.name,
            addresses=platform.addresses,
            perimeter=self.perimeter,
            permissions_boundary_arn=self.imported("BoundaryArn"),
            access_log_bucket=import_bucket(self, "AccessLogs", name=self.imported("AccessLogBucket")),
            network=self.imported_network(),
            classifications=team.classifications,
            engineers=Duty.CURATE.people(team),
            sign_in=self.sign_in,
            own_catalog=(
                OwnCatalog(key_arn=platform.data_catalog.key_arn)
                if platform.data_catalog.encryption == "account"
                else None
            ),
            feature_groups=[
                FeatureGroupSpec(
                    name=group.name,
                    classification=group.data_classification,
                    record_identifier=group.record_identifier,
                    event_time=group.event_time,
                    features=[FeatureSpec(name=feature.name, type=feature.type) for feature in group.features],
                    online=group.online,
                )
                for group in team.features
            ],
            labelled_models=_labelled_models(platform, team),
        )
        for classification in team.classifications:
            bucket = platform.addresses.data_bucket(team.name, classification)
            CfnOutput(self, f"{classification.title()}Bucket", value=bucket)
            jobs = platform.addresses.data_jobs_role(team.name, classification)
            CfnOutput(self, f"{classification.title()}DataJobsRole", value=jobs)


def _labelled_models(platform: Platform, team: Team) -> list[LabelledModel]:
    """The models whose labels production reads, which there are once the team's models serve."""
    if not team.stage.includes(Stage.RELIABLE):
        return []
    addresses, production = platform.addresses, Purpose.PRODUCTION
    return [
        LabelledModel(
            name=model.name,
            classification=model.data_classification,
            reader_account=platform.account(production),
            reader_role_arn=addresses.monitor_role(team.name, model.name, production.value),
        )
        for model in team.models
        if model.labels is not None
    ]
