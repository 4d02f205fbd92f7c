"""What a model runs on: instances, as few and as many as given, or none of one's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mlops_stages.expressions import fits
from mlops_stages.instance_types import encrypts_itself
from mlops_stages.serving.refused import RefusedError

MOST_INSTANCES = 1000
"""Far above any account's quota; a number beyond is a slip."""
COOLDOWN_SECONDS = range(3601)
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantServerlessConfig.html
MEMORY_SIZES_MB = (1024, 2048, 3072, 4096, 5120, 6144)
MOST_CONCURRENCY = 200

INSTANCE_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")
_WITHOUT_GUARDRAILS = "ml.inf1.*"
"""SageMaker shifts their traffic all at once, whatever is asked:
https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-exclusions.html"""


@dataclass(frozen=True, kw_only=True)
class Instances:
    """Instances of one type: a fixed number, or as many as the traffic needs.

    Another `type` for an endpoint that scales cannot be deployed in one go: SageMaker refuses to update an endpoint
    whose scalable variant changes its type. Deploy it with `maximum` left out first, then with the new type, then with
    `maximum` again.

    Attributes:
        type: such as `ml.m5.large`.
        minimum: the fewest there ever are; two stand in two zones.
        maximum: the most there ever are, where the number follows the traffic; `minimum` if not given.
        initial: how many start the first time; `minimum` if not given.
        requests_per_minute: of one instance, at which others are started; where the number follows the traffic.
        scale_out_cooldown_seconds: from one start to the next.
        scale_in_cooldown_seconds: from one stop to the next.

    Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html,
    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling.html
    """

    type: str
    minimum: int = 2
    maximum: int | None = None
    initial: int | None = None
    requests_per_minute: int | None = None
    scale_out_cooldown_seconds: int = 60
    scale_in_cooldown_seconds: int = 600

    @property
    def most(self) -> int:
        """The most there ever are."""
        return self.minimum if self.maximum is None else self.maximum

    @property
    def first(self) -> int:
        """How many start the first time."""
        return self.minimum if self.initial is None else self.initial

    @property
    def scales(self) -> bool:
        """Whether their number follows the traffic."""
        return self.most > self.minimum

    @property
    def encrypt_themselves(self) -> bool:
        """Whether they have local storage, which the machine encrypts: SageMaker takes no key for these."""
        return encrypts_itself(self.type)

    def check(self, where: str) -> None:
        """Refuse what cannot be.

        Raises:
            RefusedError: `REL-025` for an instance type that is none, or whose traffic SageMaker would not shift in
                steps; `REL-026` for numbers of instances that do not fit each other; `REL-027` for a scaling that says
                not when, or for one of a fixed number.
        """
        if not INSTANCE_TYPE.fullmatch(self.type):
            wrong = f"{self.type!r} is not an instance type"
            raise RefusedError("REL-025", where, wrong, "give one such as ml.m5.large", key="type")
        if fits(self.type, _WITHOUT_GUARDRAILS):
            wrong = f"SageMaker shifts the traffic of {self.type} all at once, without a bake"
            raise RefusedError(
                "REL-025", where, wrong, "give another instance type, such as ml.inf2.xlarge", key="type"
            )
        if not 1 <= self.minimum <= self.first <= self.most <= MOST_INSTANCES:
            wrong = f"{self.minimum} instances at least, {self.first} at first and {self.most} at most do not fit"
            fix = f"give 1 <= minimum <= initial <= maximum <= {MOST_INSTANCES}"
            raise RefusedError("REL-026", where, wrong, fix, key="minimum")
        if self.scales and self.requests_per_minute is None:
            wrong = f"{self.minimum} to {self.most} instances, and nothing says when another starts"
            raise RefusedError("REL-027", where, wrong, "give requests_per_minute", key="requests_per_minute")
        if self.requests_per_minute is not None and not self.scales:
            wrong = f"requests_per_minute says when another instance starts, and there are always {self.minimum}"
            fix = "leave requests_per_minute out, or give a maximum above the minimum"
            raise RefusedError("REL-027", where, wrong, fix, key="requests_per_minute")
        if self.requests_per_minute is not None and self.requests_per_minute < 1:
            wrong = f"{self.requests_per_minute} requests a minute are none"
            raise RefusedError("REL-027", where, wrong, "give at least 1", key="requests_per_minute")
        for key in ("scale_out_cooldown_seconds", "scale_in_cooldown_seconds"):
            seconds = getattr(self, key)
            if seconds not in COOLDOWN_SECONDS:
                wrong = f"a cool-down of {seconds} seconds"
                raise RefusedError("REL-027", where, wrong, f"give 0 to {COOLDOWN_SECONDS[-1]}", key=key)


@dataclass(frozen=True, kw_only=True)
class Serverless:
    """No instances of one's own: SageMaker starts the container when it is called, and charges by the call.

    It has no VPC, no network isolation, no key for its storage, no data capture and no shadow variant, and traffic goes
    over to a new version all at once. The guardrails of an organization that has them refuse a model outside of a VPC.
    An endpoint on instances cannot become one.

    Attributes:
        unprotected_because: why the container may reach the internet, and decisions need no capture: the reason that
            the findings of the security packs are acknowledged with.
        memory_mb: 1024 to 6144, in steps of 1024.
        max_concurrency: requests at once, 1 to 200; more are refused.
        provisioned_concurrency: of these, how many never wait for a start.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
    """

    unprotected_because: str
    memory_mb: int = 2048
    max_concurrency: int = 10
    provisioned_concurrency: int | None = None

    def refuse_beside(self, where: str, given: Mapping[str, bool]) -> None:
        """Refuse what an endpoint without instances does not have; `given` says of each by its name whether it is.

        Raises:
            RefusedError: `REL-036` with all that is given.
        """
        found = [what for what, is_given in given.items() if is_given]
        if found:
            fix = "leave it out and shift all at once, or serve on instances"
            raise RefusedError("REL-036", where, f"serverless does not go with {', '.join(found)}", fix)

    def check(self, where: str) -> None:
        """Refuse what cannot be.

        Raises:
            RefusedError: `REL-028` for a size or a concurrency that SageMaker does not take, or no reason.
        """
        if not self.unprotected_because.strip():
            raise RefusedError(
                "REL-028",
                where,
                "serverless has no VPC and no isolation",
                "say in unprotected_because why it may",
                key="unprotected_because",
            )
        if self.memory_mb not in MEMORY_SIZES_MB:
            sizes = ", ".join(map(str, MEMORY_SIZES_MB))
            wrong = f"memory of {self.memory_mb} MB is not on offer"
            raise RefusedError("REL-028", where, wrong, f"give one of {sizes}", key="memory_mb")
        if not 1 <= self.max_concurrency <= MOST_CONCURRENCY:
            wrong = f"a concurrency of {self.max_concurrency}"
            raise RefusedError("REL-028", where, wrong, f"give 1 to {MOST_CONCURRENCY}", key="max_concurrency")
        provisioned = self.provisioned_concurrency
        if provisioned is not None and not 1 <= provisioned <= self.max_concurrency:
            wrong = f"{provisioned} provisioned of {self.max_concurrency} at once"
            fix = f"give 1 to {self.max_concurrency}, or leave it out"
            raise RefusedError("REL-028", where, wrong, fix, key="provisioned_concurrency")
