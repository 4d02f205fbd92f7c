"""What the data account's roles of a team may do: its jobs, its data engineers, its feature store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mlops_stages.foundation import Network, Perimeter, Statement
from mlops_stages.foundation.capabilities import deny_other_volume_keys, tagged_for
from mlops_stages.foundation.capabilities.seeing import list_log_groups
from mlops_stages.foundation.customer_managed_key import ENCRYPT_AND_DECRYPT
from mlops_stages.platform import DataClassification
from mlops_stages.repeatable.data_job_equipment import LOG_GROUP
from mlops_stages.repeatable.data_names import CURATED, FEATURES, LABEL_FILES, LANDING, MANIFESTS, DataNames
from mlops_stages.repeatable.shared_data import DECRYPT, LISTS, OBJECTS, READ_FEATURES

UPLOAD = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
READ_CATALOG = (
    "glue:GetDatabase",
    "glue:GetDatabases",
    "glue:GetPartition",
    "glue:GetPartitions",
    "glue:GetTable",
    "glue:GetTables",
)
WRITE_CATALOG = (
    "glue:BatchCreatePartition",
    "glue:CreatePartition",
    "glue:CreateTable",
    "glue:UpdatePartition",
    "glue:UpdateTable",
)


def catalog_alias(platform: str) -> str:
    """The alias of the key that the catalog is under."""
    return f"alias/{platform}/data/catalog"


@dataclass(frozen=True, kw_only=True)
class OwnCatalog:
    """A Glue catalog whose encryption is the account's own: its customer-managed key; None for AWS's key, or none."""

    key_arn: str | None = None


@dataclass(frozen=True, kw_only=True)
class DataTeam:
    """What the statements of a team in the data account refer to.

    Attributes:
        names: buckets, databases and feature groups of the team.
        perimeter: the data account.
        network: where data jobs run.
        keys: the ARNs of the keys of the team's data, by classification; volumes of its jobs are under them too.
        instance_types: the SageMaker instance types that data jobs may run on.
        feature_groups: the names of the team's feature groups in SageMaker, by classification.
        own_catalog: the account's own setting for its catalog; None where the platform encrypts it.
    """

    names: DataNames
    perimeter: Perimeter
    network: Network
    keys: Mapping[DataClassification, str]
    instance_types: Sequence[str]
    feature_groups: Mapping[DataClassification, Sequence[str]] = field(
        default_factory=dict[DataClassification, Sequence[str]]
    )
    own_catalog: OwnCatalog | None = None

    @property
    def platform(self) -> str:
        """The organization's name."""
        return self.names.addresses.platform

    @property
    def team(self) -> str:
        """The team's name."""
        return self.names.team

    @property
    def key_arns(self) -> list[str]:
        """The ARNs of all keys."""
        return list(self.keys.values())

    def up_to(self, classification: DataClassification) -> "DataTeam":
        """The same of the team's data that is no more sensitive."""
        return self._of([each for each in self.keys if each <= classification])

    def only(self, classification: DataClassification) -> "DataTeam":
        """The same of the team's data that is as sensitive."""
        return self._of([classification])

    def _of(self, classifications: Sequence[DataClassification]) -> "DataTeam":
        return replace(
            self,
            names=replace(self.names, classifications=classifications),
            keys={each: self.keys[each] for each in classifications},
            feature_groups={each: self.feature_groups.get(each, ()) for each in classifications},
        )

    @property
    def groups(self) -> list[str]:
        """The ARNs of the feature groups."""
        named = [name for names in self.feature_groups.values() for name in names]
        return [self.perimeter.arn("sagemaker", f"feature-group/{name}") for name in named]

    @property
    def jobs(self) -> str:
        """The pattern of the ARNs of the team's processing jobs."""
        return self.perimeter.arn("sagemaker", f"processing-job/{self.team}-*")

    def catalog(self, *, tables: bool) -> list[str]:
        """The ARNs of the team's databases, with or without their tables; a call on either is on the catalog too."""
        databases = self.names.databases
        arns = [self.perimeter.arn("glue", "catalog")]
        arns += [self.perimeter.arn("glue", f"database/{name}") for name in databases]
        return arns + [self.perimeter.arn("glue", f"table/{name}/*") for name in databases if tables]


def make_datasets(team: DataTeam, classification: DataClassification) -> tuple[Statement, ...]:
    """What the team's jobs of one classification do: read data up to it, and code; write datasets and labels of it.

    No job writes what is less sensitive than anything it may read, so none carries data down to those who read less.
    What they run on is `equip_data_jobs`, and features are `write_features`, in policies of their own.
    """
    addresses, below, own = team.names.addresses, team.up_to(classification), team.only(classification)
    code = addresses.bucket_arn(addresses.artifacts_bucket(team.team))
    (bucket,) = own.names.buckets
    return (
        Statement(
            sid="ReadDataNoMoreSensitive",
            actions=OBJECTS,
            resources=[f"{each}/*" for each in below.names.buckets],
            why="the objects of this team's own buckets, up to the jobs' classification",
        ),
        Statement(
            sid="WriteDatasetsOfThisClassification",
            actions=UPLOAD,
            resources=[f"{bucket}/{CURATED}/*", f"{bucket}/{MANIFESTS}/*/*.json"],
            why="a manifest lies in its dataset's folder; the bucket refuses to replace what is written",
        ),
        _write_labels(own),
        Statement(
            sid="NeverTouchRawData",
            effect="Deny",
            actions=["s3:PutObject"],
            resources=[addresses.bucket_arn(f"*/{LANDING}/*")],
            why="in whatever bucket: jobs read raw data and do not make it",
        ),
        _list_data(below),
        *_keys(own),
        *_decrypt(below, own),
        _catalog(below, "LookDatasetsUpInTheCatalog", READ_CATALOG),
        _catalog(own, "DescribeDatasetsInTheCatalog", WRITE_CATALOG),
        Statement(
            sid="ReadTheCodeOfTheTeam",
            actions=OBJECTS,
            resources=[f"{code}/code/*"],
            why="each commit has a prefix of its own",
        ),
        Statement(
            sid="ListTheCodeOfTheTeam",
            actions=["s3:ListBucket"],
            resources=[code],
            conditions={"StringLike": {"s3:prefix": ["code/*"]}},
        ),
        Statement(sid="FindTheBucketOfTheCode", actions=["s3:GetBucketLocation"], resources=[code]),
        Statement(
            sid="DecryptTheCodeOfTheTeam",
            actions=DECRYPT,
            resources=[addresses.keys(addresses.tooling)],
            conditions={
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": addresses.artifacts_key_alias(team.team)},
            },
            why="a key of another account has an id that nobody here knows; its alias names it",
        ),
    )


def write_features(team: DataTeam, classification: DataClassification) -> tuple[Statement, ...]:
    """What the team's jobs of one classification do with features: read those no more sensitive, write those as much.

    Records alone: the feature store writes their history to S3, and no job there beside it.
    """
    read, written = team.up_to(classification).groups, team.only(classification).groups
    statements: list[Statement] = []
    if read:
        statements.append(Statement(sid="ReadFeaturesNoMoreSensitive", actions=READ_FEATURES, resources=read))
    if written:
        statements.append(
            Statement(
                sid="WriteRecordsOfFeatures",
                actions=["sagemaker:DeleteRecord", "sagemaker:PutRecord"],
                resources=written,
            )
        )
    return tuple(statements)


def curate(team: DataTeam) -> tuple[Statement, ...]:
    """What the team's data engineers do with data: land it, write labels, read all; their jobs are below."""
    return (
        *_read_data(team),
        Statement(
            sid="LandRawData",
            actions=[*UPLOAD, "s3:DeleteObject"],
            resources=team.names.objects((LANDING,)),
            why="raw data has the names that it came with; a deleted object's versions stay",
        ),
        _write_labels(team),
        *_keys(team),
        _catalog(team, "ReadTheCatalog", READ_CATALOG),
        Statement(
            sid="ReadFeaturesOfTheTeam",
            actions=READ_FEATURES,
            resources=[team.names.feature_groups],
            why="feature groups whose names start with the team",
        ),
    )


def run_data_jobs(team: DataTeam) -> tuple[Statement, ...]:
    """What the team's data engineers do with jobs: run them in the network, under the team's keys, and follow them."""
    network = {
        "sagemaker:VpcSubnets": list(team.network.subnet_ids),
        "sagemaker:VpcSecurityGroupIds": [team.network.workload_security_group_id],
    }
    return (
        Statement(
            sid="RunDataJobsOnlyInTheNetwork",
            actions=["sagemaker:CreateProcessingJob"],
            resources=[team.jobs],
            conditions={
                "Null": dict.fromkeys(network, "false"),
                "ForAllValues:StringEquals": {**network, "sagemaker:InstanceTypes": list(team.instance_types)},
                "Bool": {"sagemaker:InterContainerTrafficEncryption": "true"},
                **tagged_for(team.team),
            },
            why="jobs whose names start with the team, on its budget; `Null` refuses a request that leaves a setting "
            "out, which `ForAllValues` alone would let through",
        ),
        deny_other_volume_keys(team.key_arns, ["sagemaker:CreateProcessingJob"]),
        Statement(
            sid="FollowAndStopDataJobs",
            actions=["sagemaker:DescribeProcessingJob", "sagemaker:StopProcessingJob"],
            resources=[team.jobs],
            why="jobs whose names start with the team",
        ),
        Statement(
            sid="TagDataJobsWhileCreatingThem",
            actions=["sagemaker:AddTags"],
            resources=[team.jobs],
            conditions={
                "Null": {"sagemaker:TaggingAction": "false"},
                "StringEquals": {"aws:RequestTag/team": team.team},
            },
            why="jobs whose names start with the team; what runs already keeps its tags",
        ),
        Statement(
            sid="ListJobsAndFeatureGroups",
            actions=["sagemaker:ListFeatureGroups", "sagemaker:ListProcessingJobs"],
            why="these lists take no resource; names are no secret inside the account",
        ),
        Statement(
            sid="LetDataJobsRunUnderTheirRoles",
            actions=["iam:PassRole"],
            resources=[team.names.addresses.data_jobs_role(team.team, each) for each in team.keys],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
        Statement(
            sid="ReadLogsOfDataJobs",
            actions=["logs:GetLogEvents"],
            resources=[team.perimeter.arn("logs", f"{LOG_GROUP}:log-stream:{team.team}-*")],
            why="a log may quote the data, so it is the team's own; its streams start with the job's name",
        ),
        list_log_groups(),
        Statement(
            sid="FindLogsOfDataJobs",
            actions=["logs:DescribeLogStreams"],
            resources=[team.perimeter.arn("logs", LOG_GROUP), team.perimeter.arn("logs", f"{LOG_GROUP}:*")],
            why="the log group of processing jobs, as IAM knows it with and without its end; it shows names and times",
        ),
    )


def keep_features(team: DataTeam) -> tuple[Statement, ...]:
    """What SageMaker's feature store does in the team's name: append the history of features, keep its tables.

    Source: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSageMakerFeatureStoreAccess.html
    """
    return (
        Statement(
            sid="AppendTheHistoryOfFeatures",
            actions=["s3:PutObject", "s3:PutObjectAcl"],
            resources=team.names.objects((FEATURES,)),
            why="the feature store names the objects, and sends an ACL that gives the bucket's owner all rights",
        ),
        Statement(
            sid="ReadTheFeatureStoresOwnManifests",
            actions=["s3:GetObject"],
            resources=[f"{objects}/metadata/*" for objects in team.names.objects((FEATURES,))],
            why="the metadata of tables, under names that the feature store gives",
        ),
        Statement(sid="CheckTheBucket", actions=["s3:GetBucketAcl"], resources=team.names.buckets),
        _catalog(team, "KeepTheTablesOfFeatures", ("glue:GetTable", "glue:UpdateTable")),
        _use_the_teams_keys(team),
        *_use_the_catalogs_key(team),
    )


def _read_data(team: DataTeam) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="ReadTheTeamsData",
            actions=OBJECTS,
            resources=[f"{bucket}/*" for bucket in team.names.buckets],
            why="the objects of this team's own buckets, each named by its ARN",
        ),
        _list_data(team),
    )


def _write_labels(team: DataTeam) -> Statement:
    return Statement(
        sid="WriteLabelsOfDecisions",
        actions=UPLOAD,
        resources=[f"{bucket}/{LABEL_FILES}" for bucket in team.names.buckets],
        why="a folder a model, and in it one for each hour; the bucket refuses to replace what is written",
    )


def _list_data(team: DataTeam) -> Statement:
    return Statement(sid="ListTheTeamsData", actions=[*LISTS, "s3:GetBucketLocation"], resources=team.names.buckets)


def _catalog(team: DataTeam, sid: str, actions: Sequence[str]) -> Statement:
    return Statement(
        sid=sid, actions=actions, resources=team.catalog(tables=True), why="the tables of this team's own databases"
    )


def _keys(team: DataTeam) -> tuple[Statement, ...]:
    """Use of the keys of data and catalog, and grants of the former to what SageMaker runs.

    The team's keys come in one deployment with what uses them at once, so they are named by ARN: an alias counts some
    minutes after it is made. The catalog's was made before. The keys' own policies say through which services.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    """
    return (
        _use_the_teams_keys(team),
        *_use_the_catalogs_key(team),
        Statement(
            sid="LetJobsHoldGrantsOfTheTeamsKeys",
            actions=["kms:CreateGrant"],
            resources=team.key_arns,
            conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    )


def _decrypt(below: DataTeam, own: DataTeam) -> tuple[Statement, ...]:
    others = [key for key in below.key_arns if key not in own.key_arns]
    if not others:
        return ()
    return (Statement(sid="DecryptDataLessSensitive", actions=DECRYPT, resources=others),)


def _use_the_teams_keys(team: DataTeam) -> Statement:
    return Statement(sid="UseTheKeysOfTheTeamsData", actions=ENCRYPT_AND_DECRYPT, resources=team.key_arns)


def _use_the_catalogs_key(team: DataTeam) -> tuple[Statement, ...]:
    """Nothing where the account's catalog is under AWS's own key, which asks for no permission, or under none."""
    if team.own_catalog is None:
        return (
            Statement(
                sid="UseTheKeyOfTheCatalog",
                actions=ENCRYPT_AND_DECRYPT,
                resources=[team.perimeter.arn("kms", "key/*")],
                conditions={"ForAnyValue:StringEquals": {"kms:ResourceAliases": catalog_alias(team.platform)}},
                why="the key with this alias, which administrators alone can give",
            ),
        )
    if team.own_catalog.key_arn is None:
        return ()
    return (
        Statement(
            sid="UseTheKeyOfTheCatalog",
            actions=ENCRYPT_AND_DECRYPT,
            resources=[team.own_catalog.key_arn],
            conditions={"StringEquals": {"kms:ViaService": f"glue.{team.perimeter.region}.amazonaws.com"}},
            why="the account's own key, through Glue alone",
        ),
    )
