"""That retrained versions of a model go to production with the first approval alone, as platform.yaml says by class."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlops_stages.runtime.ledger.kinds import RISKS


@dataclass(frozen=True, kw_only=True)
class OneApproval:
    """What lets retrained versions of a model need no second approval.

    Attributes:
        risk: the model's class of risk, `low` or `medium`.
        approvers: e-mail addresses of those who would give the second approval; they are told, too.
    """

    risk: str
    approvers: Sequence[str]

    def check(self, id: str, *, has_endpoint: bool) -> None:
        """Raise ValueError `REL-083` for another class, without approvers, and for a model without an endpoint."""
        if self.risk not in RISKS or not self.approvers or not has_endpoint:
            message = (
                f"REL-083: {id}: retrained versions of {self.risk} risk would need one approval, which "
                f"{len(self.approvers)} approvers are told; give a class of {' or '.join(RISKS)}, at least one "
                "approver, and a model with an endpoint"
            )
            raise ValueError(message)
