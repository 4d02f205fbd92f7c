"""The delivery of the infrastructure itself: what is deployed, and whether it holds."""

from mlops_stages.delivery.deployed import Compared, write_deployed
from mlops_stages.delivery.smoke import Trouble, stacks_of, troubles

__all__ = ["Compared", "Trouble", "stacks_of", "troubles", "write_deployed"]
