"""What a model scores by itself: where it lies, where the answers go, when, and on what."""

import re
from dataclasses import dataclass, replace
from typing import Literal

from mlops_stages.instance_types import encrypts_itself
from mlops_stages.runtime.promotion.staging.jobs import TRIED
from mlops_stages.serving.capacity import INSTANCE_TYPE
from mlops_stages.serving.refused import RefusedError

MOST_INSTANCES = 100
PREFIX = re.compile(r"[A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*")
WHEN = re.compile(
    r"rate\([1-9][0-9]{0,4} (minute|hour|day)s?\)|cron\([0-9A-Za-z*?,/#-]{1,60}( [0-9A-Za-z*?,/#-]{1,60}){5}\)"
)
"""Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"""
TIME_ZONE = re.compile(r"[A-Za-z0-9_+/-]{1,50}")


TRIED_IN, TRIED_OUT = "in", "out"
"""What a version in staging is tested with, and what comes of it, below the place of tests."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A prefix of a bucket, and the key that its objects are under.

    Attributes:
        bucket_name: the bucket.
        prefix: without slashes at its ends.
        key_arn: the key.
    """

    bucket_name: str
    prefix: str
    key_arn: str

    @property
    def uri(self) -> str:
        """As an address of S3."""
        return f"s3://{self.bucket_name}/{self.prefix}"

    def below(self, name: str) -> "Place":
        """A place in it."""
        return replace(self, prefix=f"{self.prefix}/{name}")

    def bucket_arn(self, partition: str) -> str:
        """The bucket's ARN."""
        return f"arn:{partition}:s3:::{self.bucket_name}"

    def objects(self, partition: str) -> str:
        """The pattern of the ARNs of the objects there."""
        return f"{self.bucket_arn(partition)}/{self.prefix}/*"


def meet(one: Place, other: Place) -> bool:
    """Whether one place is the other, or lies in it."""
    first, second = f"{one.uri}/", f"{other.uri}/"
    return first.startswith(second) or second.startswith(first)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What is scored, and when.

    Attributes:
        given: what is scored: at each run, everything that lies there.
        made: where the answers go: each run has a folder there, named by the time that it was due.
        schedule: when, as EventBridge Scheduler takes it: `cron(0 5 * * ? *)`, `rate(1 hour)`.
        instance_type: what the jobs run on.
        instances: how many.
        time_zone: of the schedule.
        content_type: of what is given and made; a record is a line.
        payload_mb: of a request, 1 to 100; so many lines as fit are given to the container at once.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
    """

    given: Place
    made: Place
    schedule: str
    instance_type: str
    instances: int = 1
    time_zone: str = "UTC"
    content_type: Literal["text/csv", "application/jsonlines"] = "text/csv"
    payload_mb: int = 6

    @property
    def tried(self) -> Place:
        """Where a version is tested, in staging: beside the answers, so that no run scores what tests put there."""
        return replace(self.made, prefix=f"{self.made.prefix}{TRIED}")

    @property
    def encrypts_itself(self) -> bool:
        """Whether its instances have local storage, for which SageMaker takes no key."""
        return encrypts_itself(self.instance_type)

    def check(self, where: str) -> None:
        """Refuse what cannot be.

        Raises:
            RefusedError: `REL-039` for a place that is none, or answers among what is scored; `REL-040` for a schedule,
                a payload or instances out of their bounds.
        """
        for place in (self.given, self.made):
            if not PREFIX.fullmatch(place.prefix):
                wrong = f"{place.prefix!r} is not a prefix"
                raise RefusedError("REL-039", where, wrong, "give words with slashes between them", key="prefix")
        for made in (self.made, self.tried):
            if meet(made, self.given):
                wrong = f"answers at {made.uri}/ would be scored: it overlaps {self.given.uri}/"
                raise RefusedError("REL-039", where, wrong, "give two prefixes", key="made")
        if not WHEN.fullmatch(self.schedule) or not TIME_ZONE.fullmatch(self.time_zone):
            wrong = f"{self.schedule!r} in {self.time_zone!r} is not a schedule"
            raise RefusedError(
                "REL-040", where, wrong, "give one such as cron(0 5 * * ? *) in Europe/Paris", key="schedule"
            )
        if not INSTANCE_TYPE.fullmatch(self.instance_type) or not 1 <= self.instances <= MOST_INSTANCES:
            wrong = f"{self.instances} of {self.instance_type!r}"
            fix = f"give 1 to {MOST_INSTANCES} of a type such as ml.m5.large"
            raise RefusedError("REL-040", where, wrong, fix, key="instances")
        if not 1 <= self.payload_mb <= 100:
            raise RefusedError(
                "REL-040", where, f"a payload of {self.payload_mb} MB", "give 1 to 100", key="payload_mb"
            )
