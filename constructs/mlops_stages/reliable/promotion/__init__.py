"""How an approved version of a model reaches production, and comes back."""

from mlops_stages.reliable.promotion.code import CODE
from mlops_stages.reliable.promotion.one_approval import OneApproval
from mlops_stages.reliable.promotion.promotion import Promotion, promotions_may_encrypt
from mlops_stages.reliable.promotion.statements import promotion_actions

__all__ = ["CODE", "OneApproval", "Promotion", "promotion_actions", "promotions_may_encrypt"]
