"""How a new version of a model takes over, and when it goes back."""

from pydantic import Field

from mlops_stages import serving
from mlops_stages.platform.section import Section
from mlops_stages.serving import rollout, service_level


class Rollback(Section):
    """From when on a new version goes back by itself: judged by the minute, two minutes of three."""

    server_errors_percent: float = Field(
        default=1.0, ge=0, lt=100, description="Percent of requests that it answers with 5XX.", examples=[1.0]
    )
    client_errors_percent: float = Field(
        default=5.0,
        ge=0,
        lt=100,
        description="Percent of requests that it answers with 4XX: the sign of a changed contract.",
        examples=[5.0],
    )
    model_errors_percent: float = Field(
        default=5.0,
        ge=0,
        lt=100,
        description="Percent of requests without an answer of 2XX from the container, timeouts included.",
        examples=[5.0],
    )
    p99_latency_ms: int | None = Field(
        default=None,
        ge=1,
        le=service_level.MOST_MILLISECONDS,
        description="In how many milliseconds 99 of 100 answers come. Left out: as in `sla`.",
        examples=[150],
    )
    minimum_requests: int = Field(
        default=20,
        ge=service_level.FEWEST_REQUESTS[0],
        le=service_level.FEWEST_REQUESTS[-1],
        description="A minute with fewer requests is not judged: of few requests, one error is a large share.",
        examples=[20],
    )

    @property
    def limits(self) -> serving.RollbackLimits:
        """As the constructs take them."""
        return serving.RollbackLimits(
            server_errors_percent=self.server_errors_percent,
            client_errors_percent=self.client_errors_percent,
            model_errors_percent=self.model_errors_percent,
            p99_latency_ms=self.p99_latency_ms,
            minimum_requests=self.minimum_requests,
        )


class Rollout(Section):
    """How a new version of the model takes over: by exactly one of the first three keys."""

    canary_percent: int | None = Field(
        default=None,
        ge=1,
        le=rollout.LARGEST_SHARE_PERCENT,
        description="Percent of the instances that try the new version first, 1 to 50; the rest follows in one step. "
        "Whole instances: of two, 50 is the only one.",
        examples=[50],
    )
    linear_step_percent: int | None = Field(
        default=None,
        ge=rollout.SMALLEST_STEP_PERCENT,
        le=rollout.LARGEST_SHARE_PERCENT,
        description="Percent of the instances that follow in each step, 10 to 50.",
        examples=[25],
    )
    all_at_once: bool = Field(
        default=False,
        description="The whole traffic in one step, with the old instances kept beside it for `bake_minutes`.",
        examples=[True],
    )
    bake_minutes: int = Field(
        default=10,
        ge=rollout.SHORTEST_BAKE_MINUTES,
        le=rollout.LONGEST_BAKE_MINUTES,
        description="Minutes without an alarm after each step, 5 to 60; in fewer, no alarm could go off.",
        examples=[30],
    )
    final_bake_minutes: int | None = Field(
        default=None,
        ge=rollout.SHORTEST_BAKE_MINUTES,
        le=rollout.LONGEST_BAKE_MINUTES,
        description="Minutes without an alarm from the last step until the old instances go, 5 to 60. Left out: as "
        "many as `bake_minutes`.",
        examples=[10],
    )
    start_minutes: int = Field(
        default=60,
        ge=rollout.START_MINUTES[0],
        le=rollout.START_MINUTES[-1],
        description="Minutes that new instances may take to start, 10 to 240.",
        examples=[60],
    )
    rollback: Rollback = Field(
        default_factory=Rollback,
        description="From when on the new version goes back.",
        examples=[{"server_errors_percent": 1.0, "minimum_requests": 20}],
    )

    @property
    def way(self) -> serving.Rollout:
        """As the constructs take it."""
        return serving.Rollout(
            canary_percent=self.canary_percent,
            linear_step_percent=self.linear_step_percent,
            all_at_once=self.all_at_once,
            bake_minutes=self.bake_minutes,
            final_bake_minutes=self.final_bake_minutes,
            start_minutes=self.start_minutes,
        )
