"""A team's data of one classification: a key, a versioned bucket in five zones, a database of the catalog."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Tags
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct

from mlops_stages.foundation import CustomerManagedKey, Lifecycle, Perimeter, RetainedBucket, Statement, retain
from mlops_stages.platform import Addresses, DataClassification
from mlops_stages.repeatable.data_names import (
    CURATED,
    DATASETS,
    FEATURES,
    LABELS,
    LANDING,
    SHARED,
    WRITE_ONCE,
    DataNames,
)
from mlops_stages.repeatable.shared_data import shared_bucket, shared_key
from mlops_stages.repeatable.shared_labels import LabelledModel, labels_bucket, labels_key


@dataclass(frozen=True, kw_only=True)
class KeepDatasets(Lifecycle):
    """Every version is kept, since a manifest may name it; only raw data goes, where `landing_days` says when.

    Attributes:
        landing_days: days after which raw data that nobody replaced is deleted, and 30 more until it is gone.
    """

    landing_days: int | None = None

    def to_cloudformation(self) -> s3.CfnBucket.LifecycleConfigurationProperty:
        """The rules in the bucket's template."""
        rules = [
            s3.CfnBucket.RuleProperty(
                id="ForgetUploadsThatNeverCompleted",
                status="Enabled",
                abort_incomplete_multipart_upload=s3.CfnBucket.AbortIncompleteMultipartUploadProperty(
                    days_after_initiation=self.incomplete_upload_days
                ),
            )
        ]
        if self.landing_days is not None:
            rules.append(
                s3.CfnBucket.RuleProperty(
                    id="ForgetRawData",
                    status="Enabled",
                    prefix=f"{LANDING}/",
                    expiration_in_days=self.landing_days,
                    noncurrent_version_expiration=s3.CfnBucket.NoncurrentVersionExpirationProperty(noncurrent_days=30),
                )
            )
        return s3.CfnBucket.LifecycleConfigurationProperty(rules=rules)


class DataZone(Construct):
    """The zones `landing`, `curated`, `features`, `manifests` and `labels`; all but the first are shared.

    Each has its writers, and whoever else may write by a policy of their own is refused by the bucket's. What lies in
    `curated`, `manifests` and `labels` is written once: a request must say that it replaces nothing. No version is ever
    deleted. To erase something after all, as a law may ask, change the bucket's policy first: that is a deploy, and the
    audit trail holds it.

    Sources: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html,
    https://docs.aws.amazon.com/prescriptive-guidance/latest/defining-bucket-names-data-lakes/welcome.html
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        addresses: Addresses,
        team: str,
        classification: DataClassification,
        perimeter: Perimeter,
        access_log_bucket: s3.IBucket,
        feature_store_role_arn: str,
        landing_days: int | None = None,
        labelled_models: Sequence[LabelledModel] = (),
    ) -> None:
        """Create key, bucket and database.

        Args:
            scope: the parent.
            id: the construct's id in it.
            addresses: names, and who reads from where.
            team: whose data it is.
            classification: how sensitive it is.
            perimeter: the data account.
            access_log_bucket: where S3 writes who asked for what.
            feature_store_role_arn: the role in which SageMaker appends the history of features.
            landing_days: days until raw data is deleted; `None` keeps it.
            labelled_models: models of this classification whose labels are read where they are judged.
        """
        super().__init__(scope, id)
        Tags.of(self).add("data-classification", classification.value)
        names = DataNames(addresses=addresses, team=team, classifications=[classification])
        self.classification = classification
        self.key = CustomerManagedKey(
            self,
            "Key",
            perimeter=perimeter,
            alias=addresses.data_key_alias(team, classification).removeprefix("alias/"),
            description=f"The {classification} data of team {team}: datasets, features, volumes of its jobs",
            via=["s3", "sagemaker", "ec2"],
            statements=[
                *shared_key(addresses, team, classification, perimeter),
                *labels_key(labelled_models, perimeter),
                _feature_store_may_encrypt(perimeter),
            ],
        )
        self.bucket = RetainedBucket(
            self,
            "Bucket",
            name=addresses.data_bucket(team, classification),
            key=self.key,
            perimeter=perimeter,
            access_log_bucket=access_log_bucket,
            lifecycle=KeepDatasets(landing_days=landing_days),
            statements=[
                *shared_bucket(addresses, team, classification, perimeter),
                *labels_bucket(labelled_models, perimeter),
                *_writers(addresses, team, classification, feature_store_role_arn),
                *_for_ever(),
            ],
        )
        (self.database_name,) = names.databases
        self.database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=perimeter.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self.database_name,
                description=f"The {classification} datasets and features of team {team}",
                location_uri=f"s3://{self.bucket.bucket_name}/{CURATED}/",
            ),
        )
        retain(self.database)


def _feature_store_may_encrypt(perimeter: Perimeter) -> Statement:
    """What whoever creates a feature group with an online store must be allowed, besides what the key allows anyway.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-security.html
    """
    return Statement(
        sid="WhoMakesFeatureGroupsLetsSageMakerUseTheKey",
        principals={"AWS": [perimeter.root]},
        actions=["kms:ListGrants", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:RetireGrant", "kms:RevokeGrant"],
        conditions={
            "StringEquals": {
                "kms:ViaService": f"sagemaker.{perimeter.region}.amazonaws.com",
                "kms:CallerAccount": perimeter.account,
            }
        },
    )


def _writers(
    addresses: Addresses, team: str, classification: DataClassification, feature_store: str
) -> tuple[Statement, ...]:
    """Refuse to let anybody write but who is meant to, each in their zones."""
    engineers = addresses.duty_role(addresses.data, team, "curate")
    jobs = addresses.data_jobs_role(team, classification)
    return (
        _only("OnlyDataEngineersLandRawData", [engineers], [LANDING], ["s3:DeleteObject", "s3:PutObject"]),
        _only("OnlyJobsOfThisClassificationWriteDatasets", [jobs], DATASETS, ["s3:PutObject"]),
        _only("OnlyDataEngineersAndJobsOfThisClassificationWriteLabels", [engineers, jobs], [LABELS], ["s3:PutObject"]),
        _only("OnlyTheFeatureStoreWritesFeatures", [feature_store], [FEATURES], ["s3:PutObject"]),
        Statement(
            sid="NobodyElseWritesAnything",
            effect="Deny",
            principals="*",
            actions=["s3:PutObject"],
            resources=["{bucket}/*"],
            conditions={"ArnNotEquals": {"aws:PrincipalArn": [engineers, jobs, feature_store]}},
        ),
    )


def _only(sid: str, who: Sequence[str], zones: Sequence[str], actions: Sequence[str]) -> Statement:
    return Statement(
        sid=sid,
        effect="Deny",
        principals="*",
        actions=actions,
        resources=[f"{{bucket}}/{zone}/*" for zone in zones],
        conditions={"ArnNotEquals": {"aws:PrincipalArn": who[0] if len(who) == 1 else list(who)}},
    )


def _for_ever() -> tuple[Statement, ...]:
    """Refuse to replace or delete what a manifest may name, and labels, to everybody."""
    return (
        Statement(
            sid="DatasetsManifestsAndLabelsAreWrittenOnce",
            effect="Deny",
            principals="*",
            actions=["s3:PutObject"],
            resources=[f"{{bucket}}/{zone}/*" for zone in WRITE_ONCE],
            # The parts of an upload cannot carry the header; the request that completes it can.
            conditions={"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
        ),
        Statement(
            sid="NothingSharedIsDeleted",
            effect="Deny",
            principals="*",
            actions=["s3:DeleteObject"],
            resources=[f"{{bucket}}/{zone}/*" for zone in SHARED],
        ),
        Statement(
            sid="NoVersionIsDeleted",
            effect="Deny",
            principals="*",
            actions=["s3:DeleteObjectVersion"],
            resources=["{bucket}/*"],
        ),
    )
