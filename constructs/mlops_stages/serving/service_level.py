"""What a model's owner promises its callers, and from when on a new version has failed it."""

from dataclasses import dataclass

from mlops_stages.serving.refused import RefusedError

SILENCE_MINUTES = range(5, 1441, 5)
"""An alarm looks back a day at most."""
FEWEST_REQUESTS = range(1, 100_001)
MOST_MILLISECONDS = 60_000
"""The container has a minute to answer:
https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html"""


@dataclass(frozen=True, kw_only=True)
class ServiceLevel:
    """What callers of a model may count on, and how much they call it.

    Attributes:
        availability_percent: percent of requests answered, above 0 and below 100; what a caller did wrong (4XX) counts
            as answered.
        p99_latency_ms: in how many milliseconds 99 of 100 answers come, 1 to 60000.
        requests_per_minute: the traffic that is expected of all callers together, where there is always some: its
            absence is then an alarm, and a rollout too small to be judged is refused.
        silence_minutes: minutes without a request until that alarm, 5 to 1440 in steps of five.
    """

    availability_percent: float
    p99_latency_ms: int
    requests_per_minute: float | None = None
    silence_minutes: int = 15

    def check(self, where: str) -> None:
        """Refuse what cannot be promised.

        Raises:
            RefusedError: `REL-029` for a promise out of range.
        """
        if not 0 < self.availability_percent < 100:
            wrong = f"an availability of {self.availability_percent} %"
            raise RefusedError("REL-029", where, wrong, "give one above 0, below 100", key="availability_percent")
        if not 1 <= self.p99_latency_ms <= MOST_MILLISECONDS:
            wrong = f"a latency of {self.p99_latency_ms} ms"
            raise RefusedError("REL-029", where, wrong, f"give 1 to {MOST_MILLISECONDS}", key="p99_latency_ms")
        if self.requests_per_minute is not None and not self.requests_per_minute > 0:
            wrong = f"{self.requests_per_minute} requests a minute"
            raise RefusedError("REL-029", where, wrong, "give more than 0, or leave it out", key="requests_per_minute")
        if self.silence_minutes not in SILENCE_MINUTES:
            wrong = f"silence of {self.silence_minutes} minutes"
            raise RefusedError("REL-029", where, wrong, "give 5 to 1440 in steps of five", key="silence_minutes")


@dataclass(frozen=True, kw_only=True)
class RollbackLimits:
    """From when on a new version goes back, judged by the minute, two minutes of three.

    Attributes:
        server_errors_percent: of requests that the model answers with 5XX.
        client_errors_percent: of requests that it answers with 4XX: the caller's fault, and for a new version the sign
            of a changed contract.
        model_errors_percent: of requests that get no answer of 2XX from the container, timeouts included.
        p99_latency_ms: in how many milliseconds 99 of 100 answers come; the service level's if not given.
        minimum_requests: a minute with fewer is not judged: of few requests, one error is a large share.
    """

    server_errors_percent: float = 1.0
    client_errors_percent: float = 5.0
    model_errors_percent: float = 5.0
    p99_latency_ms: int | None = None
    minimum_requests: int = 20

    def check(self, where: str) -> None:
        """Refuse limits that nothing can exceed.

        Raises:
            RefusedError: `REL-030` for a limit that nothing exceeds, or everything.
        """
        for name in ("server_errors_percent", "client_errors_percent", "model_errors_percent"):
            percent = getattr(self, name)
            if not 0 <= percent < 100:
                raise RefusedError("REL-030", where, f"{name} {percent}", "give 0 to below 100", key=name)
        if self.p99_latency_ms is not None and not 1 <= self.p99_latency_ms <= MOST_MILLISECONDS:
            wrong = f"p99_latency_ms {self.p99_latency_ms}"
            raise RefusedError("REL-030", where, wrong, f"give 1 to {MOST_MILLISECONDS}", key="p99_latency_ms")
        if self.minimum_requests not in FEWEST_REQUESTS:
            wrong = f"minimum_requests {self.minimum_requests}"
            raise RefusedError("REL-030", where, wrong, f"give 1 to {FEWEST_REQUESTS[-1]}", key="minimum_requests")

    def judge(self, level: ServiceLevel, share: float) -> bool:
        """Whether a share of the expected requests, 0 to 1, is enough for the alarms; where none are told of, it is."""
        return level.requests_per_minute is None or level.requests_per_minute * share >= self.minimum_requests

    def judges(self, where: str, level: ServiceLevel, first_share: float) -> None:
        """Refuse a rollout whose first step gets too few of the expected requests to be judged.

        Raises:
            RefusedError: `REL-031` for a first step of fewer requests a minute than an alarm judges.
        """
        if level.requests_per_minute is not None and not self.judge(level, first_share):
            seen = level.requests_per_minute * first_share
            wrong = (
                f"of {level.requests_per_minute:g} requests a minute the first step sees {seen:g}, "
                f"and the alarms judge none below {self.minimum_requests}"
            )
            fix = f"give a larger first step, or minimum_requests {max(1, int(seen))}"
            raise RefusedError("REL-031", where, wrong, fix)
