"""Everything that is agreed of a model's endpoint before a version of it exists."""

from dataclasses import dataclass

from mlops_stages.serving.capacity import Instances, Serverless
from mlops_stages.serving.challenger import Challenger
from mlops_stages.serving.rollout import Rollout, TrafficShift
from mlops_stages.serving.service_level import RollbackLimits, ServiceLevel


def agreed_shift(
    where: str,
    *,
    capacity: Instances | Serverless,
    rollout: Rollout,
    level: ServiceLevel,
    limits: RollbackLimits,
) -> TrafficShift:
    """How the traffic goes over to a new version on this capacity, so that it can be judged.

    Raises:
        RefusedError: `REL-020` to `REL-024`, `REL-029` to `REL-031`.
    """
    level.check(where)
    limits.check(where)
    fewest, most = (capacity.minimum, capacity.most) if isinstance(capacity, Instances) else (1, 1)
    shift = rollout.shift(where, fewest=fewest, most=most)
    limits.judges(where, level, shift.first_share)
    return shift


@dataclass(frozen=True, kw_only=True)
class EndpointTerms:
    """What an endpoint is told.

    Attributes:
        capacity: what it runs on.
        rollout: how a new version takes the traffic over.
        level: what its callers may count on.
        limits: from when on a new version goes back.
        challenger: whether and how another version may answer in the shadow.
        capture_percent: of decisions that are kept, 1 to 100; None for serverless, which keeps none.
    """

    capacity: Instances | Serverless
    rollout: Rollout
    level: ServiceLevel
    limits: RollbackLimits
    challenger: Challenger | None
    capture_percent: int | None

    def shift(self, where: str) -> TrafficShift:
        """How the traffic goes over to a new version.

        Raises:
            RefusedError: `REL-020` to `REL-031`, `REL-035`, `REL-036` for what cannot be, or does not fit together.
        """
        self.capacity.check(where)
        if self.challenger is not None:
            self.challenger.check(where)
        if isinstance(self.capacity, Serverless):
            beside = {
                "data capture": self.capture_percent is not None,
                "a challenger": self.challenger is not None,
                "a rollout in steps": not self.rollout.all_at_once,
            }
            self.capacity.refuse_beside(where, beside)
        return agreed_shift(where, capacity=self.capacity, rollout=self.rollout, level=self.level, limits=self.limits)
