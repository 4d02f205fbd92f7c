"""The endpoint of a model that answers requests: what it runs on, and what it keeps."""

from pydantic import Field

from mlops_stages import serving
from mlops_stages.platform.section import Section
from mlops_stages.platform.serving_text import Reason
from mlops_stages.platform.text import InstanceType
from mlops_stages.serving.capacity import MEMORY_SIZES_MB, MOST_CONCURRENCY, MOST_INSTANCES


class Serverless(Section):
    """No instances of one's own; the container has no VPC and no network isolation, and no decision is captured."""

    unprotected_because: Reason = Field(
        description="Why it may reach the internet, and its decisions need not be kept: 20 to 300 characters. Findings "
        "of the security packs are acknowledged with it. Not with `guardrails`, which deny such a model.",
        examples=["A public demonstration on public data, which decides about nobody."],
    )
    memory_mb: int = Field(
        default=2048,
        ge=MEMORY_SIZES_MB[0],
        le=MEMORY_SIZES_MB[-1],
        multiple_of=MEMORY_SIZES_MB[0],
        description="Memory of a container, 1024 to 6144 in steps of 1024.",
        examples=[2048],
    )
    max_concurrency: int = Field(
        default=10,
        ge=1,
        le=MOST_CONCURRENCY,
        description="Requests at once, 1 to 200; more are refused.",
        examples=[10],
    )
    provisioned_concurrency: int | None = Field(
        default=None,
        ge=1,
        le=MOST_CONCURRENCY,
        description="Of these, how many never wait for a container to start. Left out: none.",
        examples=[2],
    )


class Challenger(Section):
    """A second version that gets copies of requests; its answers are captured, and returned to nobody."""

    percent: int = Field(
        default=100, ge=1, le=100, description="Percent of requests that are copied to it, 1 to 100.", examples=[100]
    )
    instances: int = Field(
        default=1,
        ge=1,
        le=MOST_INSTANCES,
        description="Instances that it runs on, of the endpoint's own type, 1 to 1000.",
        examples=[1],
    )


class Endpoint(Section):
    """What answers a model's callers, the same in staging and in production: instances, or `serverless`."""

    instance_type: InstanceType | None = Field(
        default=None,
        description="What it runs on. Another type, where the number follows the traffic, takes three deploys: "
        "`maximum` left out, the new type, `maximum` again.",
        examples=["ml.m5.large"],
    )
    minimum: int | None = Field(
        default=None,
        ge=1,
        le=MOST_INSTANCES,
        description="The fewest instances, 1 to 1000; they decide which `canary_percent` there is. "
        "Left out: 2, which stand in two zones.",
        examples=[2],
    )
    maximum: int | None = Field(
        default=None,
        ge=1,
        le=MOST_INSTANCES,
        description="The most instances, where their number follows the traffic. Left out: as many as `minimum`.",
        examples=[4],
    )
    initial: int | None = Field(
        default=None,
        ge=1,
        le=MOST_INSTANCES,
        description="How many start the first time. Left out: as many as `minimum`.",
        examples=[2],
    )
    requests_per_minute: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="Requests a minute to one instance, at which another starts; with `maximum`, and only with it.",
        examples=[600],
    )
    serverless: Serverless | None = Field(
        default=None,
        description="Instead of instances of its own.",
        examples=[{"unprotected_because": "A public demonstration on public data, which decides about nobody."}],
    )
    challenger: Challenger | None = Field(
        default=None,
        description="Allows a second version in the shadow of the one that serves.",
        examples=[{"percent": 100, "instances": 1}],
    )
    capture_percent: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Percent of requests that are kept with their answers, 1 to 100; below 100, no question about a "
        "single decision can be answered for certain. Left out: 100 on instances, none without.",
        examples=[100],
    )

    @property
    def capacity(self) -> serving.Instances | serving.Serverless:
        """What it runs on. KeyError for neither, which the rules refuse."""
        if self.serverless is not None:
            return serving.Serverless(
                unprotected_because=self.serverless.unprotected_because,
                memory_mb=self.serverless.memory_mb,
                max_concurrency=self.serverless.max_concurrency,
                provisioned_concurrency=self.serverless.provisioned_concurrency,
            )
        if self.instance_type is None:
            raise KeyError("instance_type")
        return serving.Instances(
            type=self.instance_type,
            minimum=2 if self.minimum is None else self.minimum,
            maximum=self.maximum,
            initial=self.initial,
            requests_per_minute=self.requests_per_minute,
        )

    @property
    def captured_percent(self) -> int | None:
        """How many decisions are kept; None where there is nothing that could keep them."""
        return 100 if self.capture_percent is None and self.serverless is None else self.capture_percent

    @property
    def rival(self) -> serving.Challenger | None:
        """Whether and how another version may answer in the shadow."""
        rival = self.challenger
        return None if rival is None else serving.Challenger(percent=rival.percent, instances=rival.instances)
