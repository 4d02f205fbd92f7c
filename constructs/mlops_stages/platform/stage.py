"""The four maturity stages."""

from mlops_stages.platform.ordered import Ordered


class Stage(Ordered):
    """How far a platform or a team has come; each stage contains the ones before it."""

    INITIAL = "initial"
    REPEATABLE = "repeatable"
    RELIABLE = "reliable"
    SCALABLE = "scalable"
