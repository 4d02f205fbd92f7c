"""Everything that one team has in the data account."""

from collections import Counter
from collections.abc import Mapping, Sequence

from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import (
    DutyRole,
    Network,
    Perimeter,
    SignIn,
    Statement,
    people_of,
    trust_in_sagemaker,
)
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.platform.labels import MOST_LABELLED_MODELS
from mlops_stages.repeatable.data_job_equipment import equip_data_jobs
from mlops_stages.repeatable.data_names import DataNames, feature_group_name
from mlops_stages.repeatable.data_statements import (
    DataTeam,
    OwnCatalog,
    curate,
    keep_features,
    make_datasets,
    run_data_jobs,
    write_features,
)
from mlops_stages.repeatable.data_zone import DataZone
from mlops_stages.repeatable.feature_group import FeatureGroup, FeatureGroupSpec
from mlops_stages.repeatable.feature_share import FeatureShare
from mlops_stages.repeatable.shared_data import readers
from mlops_stages.repeatable.shared_labels import LabelledModel

JOB_INSTANCE_TYPES = ("ml.t3.medium", "ml.t3.large", "ml.m5.large", "ml.m5.xlarge", "ml.m5.2xlarge")


class TeamData(Construct):
    """A team's data by classification, each with a role for the jobs that make it; the duty of curating; features.

    Data engineers land raw data, write labels and start jobs. A job reads data up to the classification of its role,
    and writes datasets, their manifests, features and labels of that classification alone, so that none carries data
    down. Roles of the team in the development account, and for all but `restricted` data in the experimentation
    account, read those. A model's labels are read by one role in production, too, which judges its decisions by them.

    Source: https://docs.aws.amazon.com/prescriptive-guidance/latest/ml-operations-planning/welcome.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: str,
        team: str,
        addresses: Addresses,
        perimeter: Perimeter,
        permissions_boundary_arn: str,
        access_log_bucket: s3.IBucket,
        network: Network,
        classifications: Sequence[DataClassification],
        engineers: Sequence[str],
        sign_in: SignIn,
        feature_groups: Sequence[FeatureGroupSpec] = (),
        instance_types: Sequence[str] = JOB_INSTANCE_TYPES,
        landing_days: int | None = None,
        own_catalog: OwnCatalog | None = None,
        labelled_models: Sequence[LabelledModel] = (),
    ) -> None:
        """Create the team's part.

        Args:
            scope: the parent.
            id: the construct's id in it.
            platform: the organization's name.
            team: the team's name.
            addresses: names, and which account reads.
            perimeter: the data account.
            permissions_boundary_arn: the most that the roles may ever do.
            access_log_bucket: where S3 writes who asked for what.
            network: where data jobs run.
            classifications: how sensitive the team's data is; each gets a key, a bucket and a database.
            engineers: e-mail addresses of those who curate; without any there is no such role, and nobody lands data.
            sign_in: how they come in.
            feature_groups: the team's feature groups.
            instance_types: the SageMaker instance types of data jobs.
            landing_days: days until raw data is deleted; `None` keeps it.
            own_catalog: the account's own setting for its Glue catalog; `None` where `DataAccount` encrypts it.
            labelled_models: the team's models whose labels are read where their decisions are judged.

        Raises:
            ValueError: `REP-063` without a classification, or for a feature group of one that the team has not;
                `REP-064` for readers in other accounts without an organization to narrow them to; `REP-066` for a
                labelled model of a classification that the team has not, one named twice, or more of them than a
                bucket's policy can name; `FND-081` for more classifications or subnets than a policy can name.
        """
        self._refuse(id, team, addresses, perimeter, classifications, feature_groups)
        self._refuse_readers(id, team, addresses, perimeter, classifications, labelled_models)
        super().__init__(scope, id)
        self._platform, self._boundary = platform, permissions_boundary_arn
        self._addresses, self._perimeter = addresses, perimeter
        self.zones: dict[DataClassification, DataZone] = {
            classification: DataZone(
                self,
                classification.title(),
                addresses=addresses,
                team=team,
                classification=classification,
                perimeter=perimeter,
                access_log_bucket=access_log_bucket,
                feature_store_role_arn=addresses.duty_role(addresses.data, team, "feature-store"),
                landing_days=landing_days,
                labelled_models=[each for each in labelled_models if each.classification == classification],
            )
            for classification in sorted(set(classifications))
        }
        """The data by classification, least sensitive first."""
        parts = DataTeam(
            names=DataNames(addresses=addresses, team=team, classifications=classifications),
            perimeter=perimeter,
            network=network,
            keys={classification: zone.key.key_arn for classification, zone in self.zones.items()},
            instance_types=instance_types,
            feature_groups={
                each: [feature_group_name(team, g.name) for g in feature_groups if g.classification == each]
                for each in self.zones
            },
            own_catalog=own_catalog,
        )
        self.jobs_roles: dict[DataClassification, DutyRole] = {
            each: self._role(
                f"{each.title()}Jobs",
                team,
                addresses.data_jobs_role_name(team, each),
                f"The jobs that make the {each} datasets of team {team}",
                [trust_in_sagemaker(perimeter)],
                make_datasets(parts, each),
                {
                    "Equipment": equip_data_jobs(addresses, team, perimeter, network),
                    "Features": write_features(parts, each),
                },
            )
            for each in self.zones
        }
        """The roles of the team's processing jobs, by the classification of what they make."""
        if engineers:
            name = addresses.duty_role_name(team, "curate")
            self._role(
                "Curate",
                team,
                name,
                f"The data engineers of team {team} land raw data, write labels and run data jobs",
                people_of(name, platform, sign_in, engineers, perimeter),
                curate(parts),
                {"Jobs": run_data_jobs(parts)},
            )
        if feature_groups:
            self._feature_groups(team, parts, feature_groups)

    def _refuse(
        self,
        id: str,
        team: str,
        addresses: Addresses,
        perimeter: Perimeter,
        classifications: Sequence[DataClassification],
        feature_groups: Sequence[FeatureGroupSpec],
    ) -> None:
        homeless = sorted(g.name for g in feature_groups if g.classification not in classifications)
        if not classifications or homeless:
            fault = f"feature groups {', '.join(homeless)} have none" if homeless else "there is none"
            message = f"REP-063: {id}: give team {team} each classification of its data; {fault}"
            raise ValueError(message)

    def _refuse_readers(
        self,
        id: str,
        team: str,
        addresses: Addresses,
        perimeter: Perimeter,
        classifications: Sequence[DataClassification],
        labelled_models: Sequence[LabelledModel],
    ) -> None:
        counted = Counter(each.classification for each in labelled_models)
        names = {each.name for each in labelled_models}
        if (
            len(names) < len(labelled_models)
            or not {*counted} <= {*classifications}
            or any(number > MOST_LABELLED_MODELS for number in counted.values())
        ):
            message = (
                f"REP-066: {id}: labelled models {', '.join(sorted(each.name for each in labelled_models))} of team "
                f"{team}; name each once, of a classification of the team's data, and at most {MOST_LABELLED_MODELS} "
                "of one classification"
            )
            raise ValueError(message)
        elsewhere = {account for each in classifications for account in readers(addresses, each)}
        elsewhere |= {each.reader_account for each in labelled_models} - {perimeter.account}
        if elsewhere and perimeter.organization_id is None:
            message = (
                f"REP-064: {id}: accounts {', '.join(sorted(elsewhere))} read the data of team {team}; "
                "give the organization's id, so that sharing can be narrowed to it"
            )
            raise ValueError(message)

    def _role(
        self,
        id: str,
        team: str,
        name: str,
        description: str,
        trust: Sequence[Statement],
        statements: Sequence[Statement],
        further: Mapping[str, Sequence[Statement]] | None = None,
    ) -> DutyRole:
        return DutyRole(
            self,
            id,
            platform=self._platform,
            team=team,
            name=name,
            description=description,
            trust=trust,
            statements=statements,
            further={subject: each for subject, each in (further or {}).items() if each},
            permissions_boundary_arn=self._boundary,
        )

    def _feature_groups(self, team: str, parts: DataTeam, specs: Sequence[FeatureGroupSpec]) -> None:
        role = self._role(
            "FeatureStore",
            team,
            self._addresses.duty_role_name(team, "feature-store"),
            f"SageMaker's feature store appends the history of the features of team {team}",
            [_trust_in_feature_store(self._perimeter)],
            keep_features(parts),
        )
        for classification, zone in self.zones.items():
            groups = [
                FeatureGroup(self, f"{spec.name}-features", spec=spec, team=team, zone=zone, role=role)
                for spec in specs
                if spec.classification == classification
            ]
            accounts = readers(self._addresses, classification)
            if groups and accounts:
                FeatureShare(
                    self,
                    f"{classification.title()}FeatureShare",
                    name=f"{self._platform}-{team}-{classification}-features",
                    perimeter=self._perimeter,
                    groups=[group.name for group in groups],
                    accounts=accounts,
                ).node.add_dependency(*groups)


def _trust_in_feature_store(perimeter: Perimeter) -> Statement:
    """SageMaker's feature store: asked for whom it acts only where it says so, which AWS documents for jobs alone.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/security-confused-deputy-prevention.html
    """
    return Statement(
        sid="SageMakerForThisAccount",
        principals={"Service": ["sagemaker.amazonaws.com"]},
        actions=["sts:AssumeRole"],
        conditions={"StringEqualsIfExists": {"aws:SourceAccount": perimeter.account}},
    )
