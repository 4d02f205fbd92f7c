"""The delivery of the infrastructure itself: who may do what on its way."""

from mlops_stages.reliable.delivery.platform_delivery import PlatformDelivery
from mlops_stages.reliable.delivery.statements import (
    PRODUCTION,
    REVIEW,
    STAGING,
    Bootstrap,
    DeliveringRepository,
    delivery_actions,
)

__all__ = [
    "PRODUCTION",
    "REVIEW",
    "STAGING",
    "Bootstrap",
    "DeliveringRepository",
    "PlatformDelivery",
    "delivery_actions",
]
