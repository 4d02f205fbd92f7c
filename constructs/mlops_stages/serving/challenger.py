"""A version that answers in the shadow of the one that serves."""

from dataclasses import dataclass

from mlops_stages.serving.refused import RefusedError


@dataclass(frozen=True, kw_only=True)
class Challenger:
    """A second version that gets copies of requests; its answers are captured, and returned to nobody.

    Where the champion's instances follow the traffic, a release keeps the challenger's number, too: another number
    holds once a release without a challenger lies between.

    Attributes:
        percent: of requests that are copied to it, 1 to 100.
        instances: of the same type as the champion's, that it runs on.

    Source: https://docs.aws.amazon.com/sagemaker/latest/dg/model-shadow-deployment.html
    """

    percent: int = 100
    instances: int = 1

    def check(self, where: str) -> None:
        """Refuse what cannot be.

        Raises:
            RefusedError: `REL-035` for a share of requests, or a number of instances, out of range.
        """
        if not 1 <= self.percent <= 100 or self.instances < 1:
            wrong = f"a challenger with {self.percent} % of requests on {self.instances} instances"
            raise RefusedError("REL-035", where, wrong, "give 1 to 100 %, and at least one instance")
