"""The batch of a model that scores by itself, on a schedule, what lies in a bucket."""

from typing import Literal

from pydantic import Field

from mlops_stages import serving
from mlops_stages.platform.section import Section
from mlops_stages.platform.serving_text import Prefix, Schedule, TimeZone
from mlops_stages.platform.text import BucketName, InstanceType, KeyArn
from mlops_stages.serving.batch import MOST_INSTANCES

ENVIRONMENTS = ("staging", "production")

_PLACE = {
    "bucket": "acme-requests",
    "prefix": "card-fraud/today",
    "key_arn": "arn:aws:kms:eu-west-1:666666666666:key/01234567-89ab-cdef-0123-456789abcdef",
}
_MADE = {**_PLACE, "bucket": "acme-answers", "prefix": "card-fraud"}
_PLACES = {"given": _PLACE, "made": _MADE}
EXAMPLE = {
    "schedule": "cron(0 5 * * ? *)",
    "instance_type": "ml.m5.xlarge",
    "staging": {key: {**place, "prefix": f"{place['prefix']}/sample"} for key, place in _PLACES.items()},
    "production": _PLACES,
}


class Place(Section):
    """A prefix of a bucket that exists; in another account, bucket and key must let the model's serving role in."""

    bucket: BucketName = Field(description="The bucket's name.", examples=[_PLACE["bucket"]])
    prefix: Prefix = Field(
        description="The prefix, without slashes at its ends: letters, digits and `_ . = -`.",
        examples=[_PLACE["prefix"]],
    )
    key_arn: KeyArn = Field(
        description="The key that its objects are under, in the platform's region.", examples=[_PLACE["key_arn"]]
    )

    @property
    def place(self) -> serving.Place:
        """As the constructs take it."""
        return serving.Place(bucket_name=self.bucket, prefix=self.prefix, key_arn=self.key_arn)


class Places(Section):
    """What is scored in one environment, and where the answers go."""

    given: Place = Field(
        description="Each run scores everything that lies there; whoever puts it there takes it away again.",
        examples=[_PLACE],
    )
    made: Place = Field(description="Each run has a folder there, named by the time it was due.", examples=[_MADE])


class Batch(Section):
    """What is scored without an endpoint, when, and on what."""

    schedule: Schedule = Field(
        description="When it runs: `cron(...)` or `rate(...)` of EventBridge Scheduler.", examples=["cron(0 5 * * ? *)"]
    )
    time_zone: TimeZone = Field(default="UTC", description="The time zone of the schedule.", examples=["Europe/Paris"])
    instance_type: InstanceType = Field(description="What the jobs run on.", examples=["ml.m5.xlarge"])
    instances: int = Field(
        default=1, ge=1, le=MOST_INSTANCES, description="How many instances a job has, 1 to 100.", examples=[1]
    )
    content_type: Literal["text/csv", "application/jsonlines"] = Field(
        default="text/csv",
        description="Of what is scored and of the answers; a record is a line.",
        examples=["text/csv"],
    )
    payload_mb: int = Field(
        default=6,
        ge=1,
        le=100,
        description="Megabytes of a request, 1 to 100: so many lines as fit are given to the container at once.",
        examples=[6],
    )
    staging: Places = Field(
        description="Where it scores in staging: a sample that may be seen there.",
        examples=[{"given": _PLACE, "made": _MADE}],
    )
    production: Places = Field(
        description="Where it scores in production.", examples=[{"given": _PLACE, "made": _MADE}]
    )

    def of(self, environment: str) -> serving.Batch:
        """What is scored in `staging` or `production`. KeyError for another."""
        places = {"staging": self.staging, "production": self.production}[environment]
        return serving.Batch(
            given=places.given.place,
            made=places.made.place,
            schedule=self.schedule,
            instance_type=self.instance_type,
            instances=self.instances,
            time_zone=self.time_zone,
            content_type=self.content_type,
            payload_mb=self.payload_mb,
        )
