"""What a team's data is called: where it lies in a bucket, in the catalog and in the feature store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlops_stages.platform import Addresses, DataClassification

LANDING, CURATED, FEATURES, MANIFESTS, LABELS = "landing", "curated", "features", "manifests", "labels"
"""The zones of a team's bucket: raw data as it came; datasets; histories of features; what each dataset consists of;
what became of the decisions of its models."""

SHARED = (CURATED, FEATURES, LABELS, MANIFESTS)
"""The zones that other accounts read; raw data is nobody's but the data engineers' and their jobs'."""

DATASETS = (CURATED, MANIFESTS)
"""The zones of datasets, which jobs make."""

WRITE_ONCE = (*DATASETS, LABELS)
"""The zones in which an object, once written, is never replaced: a manifest names its bytes, or a model was judged."""

LABEL_FILES = f"{LABELS}/*/????/??/??/??/*.jsonl"
"""The pattern of what labels are written to: a folder a model, and in it one for each hour in which they came."""


@dataclass(frozen=True, kw_only=True)
class DataNames:
    """The names of a team's data of some classifications, for policies on both sides of an account's border."""

    addresses: Addresses
    team: str
    classifications: Sequence[DataClassification]

    @property
    def buckets(self) -> list[str]:
        """The ARNs of the buckets, least sensitive first."""
        where = self.addresses
        return [where.bucket_arn(where.data_bucket(self.team, each)) for each in self._ordered]

    @property
    def key_aliases(self) -> list[str]:
        """The aliases of the keys that the data is under."""
        return [self.addresses.data_key_alias(self.team, each) for each in self._ordered]

    @property
    def databases(self) -> list[str]:
        """The catalog's databases, one a classification."""
        return [database_name(self.addresses.platform, self.team, each) for each in self._ordered]

    @property
    def feature_groups(self) -> str:
        """The pattern of the ARNs of all feature groups of the team."""
        where = self.addresses
        return f"arn:{where.partition}:sagemaker:{where.region}:{where.data}:feature-group/{self.team}-*"

    def objects(self, zones: Iterable[str]) -> list[str]:
        """The pattern of the ARNs of all objects in some zones."""
        listed = list(zones)
        return [f"{bucket}/{zone}/*" for bucket in self.buckets for zone in listed]

    @property
    def _ordered(self) -> list[DataClassification]:
        return sorted(set(self.classifications))


def database_name(platform: str, team: str, classification: DataClassification) -> str:
    """The catalog's database of a team's data; no hyphens, which Athena would want quoted."""
    return f"{platform}_{team}_{classification}".replace("-", "_")


def feature_group_name(team: str, name: str) -> str:
    """The feature group's name in SageMaker; at most 45 characters."""
    return f"{team}-{name}"
