"""Values that are computed once, for training and for answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aws_cdk import CfnTag
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from mlops_stages.foundation import DutyRole, retain
from mlops_stages.platform import DataClassification
from mlops_stages.repeatable.data_names import FEATURES, feature_group_name
from mlops_stages.repeatable.data_zone import DataZone

MOST_FEATURES = 2500
"""Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-quotas.html"""

RESERVED = ("api_invocation_time", "is_deleted", "write_time")
"""Columns that the feature store adds to the history itself."""


@dataclass(frozen=True, kw_only=True)
class FeatureSpec:
    """One feature: its name, and the kind of its values."""

    name: str
    type: Literal["String", "Integral", "Fractional"]


@dataclass(frozen=True, kw_only=True)
class FeatureGroupSpec:
    """A feature group to make.

    Attributes:
        name: unique in the team, at most 24 characters.
        classification: how sensitive it is; one of the team's.
        record_identifier: the feature that tells records apart.
        event_time: the feature that says when a record held: ISO 8601 text, or seconds since 1970 as Fractional.
        features: all its features, these two among them.
        online: whether the latest record can be read in milliseconds, besides the history.
    """

    name: str
    classification: DataClassification
    record_identifier: str
    event_time: str
    features: Sequence[FeatureSpec]
    online: bool = True


class FeatureGroup(Construct):
    """A feature group whose history lies with the data of its classification, with a table in the team's database.

    Both stores are under the key of that data. It outlives its stack, as its history and table do. AWS changes nothing
    of it, not even tags, but adds features: where something else must change, make a group of another name.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-create-feature-group.html
    """

    def __init__(
        self, scope: Construct, id: str, *, spec: FeatureGroupSpec, team: str, zone: DataZone, role: DutyRole
    ) -> None:
        """Create the feature group.

        Args:
            scope: the parent.
            id: the construct's id in it.
            spec: what it holds.
            team: whose it is.
            zone: the data of the same classification.
            role: in which SageMaker appends the history.

        Raises:
            ValueError: `REP-060` for a group that the feature store would refuse; `REP-061` for a zone of another
                classification.
        """
        faults = _faults(spec)
        if faults:
            message = f"REP-060: feature group {spec.name} of team {team}: {'; '.join(faults)}"
            raise ValueError(message)
        if zone.classification != spec.classification:
            message = (
                f"REP-061: feature group {spec.name} of team {team} is {spec.classification}, its zone "
                f"{zone.classification}; give the zone of its own classification"
            )
            raise ValueError(message)
        super().__init__(scope, id)
        self.name: str = feature_group_name(team, spec.name)
        key = zone.key.key_arn
        group = sagemaker.CfnFeatureGroup(
            self,
            "Resource",
            feature_group_name=self.name,
            description=f"Features of team {team}, {spec.classification}",
            record_identifier_feature_name=spec.record_identifier,
            event_time_feature_name=spec.event_time,
            feature_definitions=[
                sagemaker.CfnFeatureGroup.FeatureDefinitionProperty(feature_name=f.name, feature_type=f.type)
                for f in spec.features
            ],
            role_arn=role.role_arn,
            # As CloudFormation spells them: the CDK takes these two for documents without a form.
            offline_store_config={
                "S3StorageConfig": {"S3Uri": f"s3://{zone.bucket.bucket_name}/{FEATURES}/", "KmsKeyId": key},
                "DataCatalogConfig": {
                    "Catalog": "AwsDataCatalog",
                    "Database": zone.database_name,
                    "TableName": spec.name.replace("-", "_"),
                },
                "DisableGlueTableCreation": False,
                "TableFormat": "Glue",
            },
            # AWS takes tags at birth only: those that never change.
            tags=[
                CfnTag(key="data-classification", value=spec.classification.value),
                CfnTag(key="team", value=team),
            ],
            online_store_config=(
                {"EnableOnlineStore": True, "SecurityConfig": {"KmsKeyId": key}} if spec.online else None
            ),
        )
        retain(group)
        # SageMaker tries bucket and table at once, as the role, which waits for its policy by itself.
        group.node.add_dependency(zone.bucket.policy, zone.database)


def _faults(spec: FeatureGroupSpec) -> list[str]:
    types = {feature.name: feature.type for feature in spec.features}
    faults: list[str] = []
    if not 2 <= len(spec.features) <= MOST_FEATURES:
        faults.append(f"{len(spec.features)} features; give 2 to {MOST_FEATURES}")
    if len({name.lower() for name in types}) != len(spec.features):
        faults.append("a feature is named twice; names differ in more than capitals")
    taken = sorted(name for name in types if name.lower() in RESERVED)
    if taken:
        faults.append(f"{', '.join(taken)}: the feature store has such a column itself; choose another name")
    if spec.record_identifier not in types:
        faults.append(f"record identifier {spec.record_identifier} is no feature; list it")
    if types.get(spec.event_time) not in ("String", "Fractional"):
        faults.append(f"event time {spec.event_time} is no feature of type String or Fractional; list it as one")
    if spec.event_time == spec.record_identifier:
        faults.append(f"{spec.event_time} cannot tell both which record it is and when it held; name two features")
    return faults
