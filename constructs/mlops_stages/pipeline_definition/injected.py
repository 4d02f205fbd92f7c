"""What the platform sets in every definition, and the bounds that a definition keeps to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from mlops_stages.platform.addresses import Addresses
from mlops_stages.platform.data import DataClassification
from mlops_stages.platform.model import Quality

JOB_PREFIX_LONGEST = 38
"""Characters of the first part of a job's name in a pipeline.

Source: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-access.html
"""
ROLE_PLACEHOLDER = "arn:aws:iam::000000000000:role/injected-by-the-platform"
"""The role that a definition may name, because the SDK demands one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a model's pipeline may write: under an S3 URI without a slash at its end, and with which key."""

    uri: str
    key: str

    def holds(self, text: str, *, whole: bool) -> bool:
        """Whether a URI that starts with this text lies here."""
        return text.startswith(f"{self.uri}/") or (whole and text == self.uri)


@dataclass(frozen=True, slots=True)
class QualityBound:
    """The bound of a model's quality that its owner promises: `at_least` that value, or at most."""

    value: float
    at_least: bool

    @classmethod
    def promised_by(cls, quality: Quality | None) -> Self | None:
        """The bound in platform.yaml, if it names one."""
        if quality is None:
            return None
        if quality.minimum is not None:
            return cls(quality.minimum, at_least=True)
        return None if quality.maximum is None else cls(quality.maximum, at_least=False)

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """What is filled in, and what a definition may name of itself.

    Attributes:
        role_arn: the role of the pipeline and of its jobs.
        subnets: the network of its jobs, and `security_group_ids` their groups.
        volume_key: the key of the volumes of jobs.
        places: where steps may write.
        readable: S3 URIs, without a slash at their end, under which a step may name what it reads.
        image_uri: the repository of the model's images, without a tag.
        package_group_arn: the group that the model is registered in; `package_group_name` may stand for it.
        instance_types: what jobs may run on.
        job_prefix: the first part of the names of jobs.
        tags: set on each job.
        code: the S3 URI, without a slash at its end, under which each commit has its code.
        quality: what a model must reach to be registered; `None` where nothing is promised.
    """

    role_arn: str
    subnets: Sequence[str]
    security_group_ids: Sequence[str]
    volume_key: str
    places: Sequence[Place]
    readable: Sequence[str]
    image_uri: str
    package_group_arn: str
    package_group_name: str
    instance_types: Sequence[str]
    job_prefix: str
    tags: Mapping[str, str]
    code: str
    quality: QualityBound | None = None


def job_prefix(team: str, model: str) -> str:
    """The first part of the names of a model's jobs: the team first, by which policies keep teams apart."""
    return f"{team}-{model}"[:JOB_PREFIX_LONGEST].rstrip("-")


def injected_for(
    addresses: Addresses,
    *,
    team: str,
    model: str,
    classification: DataClassification,
    classifications: Sequence[DataClassification],
    subnets: Sequence[str],
    security_group_ids: Sequence[str],
    pipelines_key: str,
    instance_types: Sequence[str],
    tags: Mapping[str, str],
    quality: QualityBound | None = None,
) -> Injected:
    """What is filled into the definition of a model's pipeline.

    Args:
        addresses: the names of what is in other accounts.
        team: whose model it is.
        model: the model's name.
        classification: how sensitive its data is; more sensitive data is not read.
        classifications: those that the team has data of.
        subnets: the development account's network.
        security_group_ids: the groups of its workloads.
        pipelines_key: the ARN of the key of the team's pipelines.
        instance_types: the approved ones.
        tags: set on each job.
        quality: what a model must reach to be registered.
    """
    artifacts = f"s3://{addresses.artifacts_bucket(team)}"
    artifacts_key = addresses.key_alias_arn(addresses.tooling, addresses.artifacts_key_alias(team))
    pipelines = f"s3://{addresses.pipelines_bucket(team)}"
    places = (
        Place(uri=f"{pipelines}/{model}", key=pipelines_key),
        Place(uri=f"{artifacts}/models/{model}", key=artifacts_key),
        Place(uri=f"{artifacts}/evaluations/{model}", key=artifacts_key),
    )
    data = (addresses.data_bucket(team, each) for each in classifications if each <= classification)
    return Injected(
        role_arn=addresses.pipeline_role(team, model),
        subnets=tuple(subnets),
        security_group_ids=tuple(security_group_ids),
        volume_key=pipelines_key,
        places=places,
        readable=(*(place.uri for place in places), f"{artifacts}/code", *(f"s3://{bucket}" for bucket in data)),
        image_uri=addresses.image_uri(team, model),
        package_group_arn=addresses.package_group(team, model),
        package_group_name=addresses.package_group_name(team, model),
        instance_types=tuple(instance_types),
        job_prefix=job_prefix(team, model),
        tags=dict(tags),
        code=f"{artifacts}/code",
        quality=quality,
    )
