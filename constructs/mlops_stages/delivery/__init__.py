"""The delivery of the infrastructure itself: its workflow, what is deployed, and whether it holds."""

from mlops_stages.delivery.deployed import Compared, write_deployed
from mlops_stages.delivery.reviewers import unprotected
from mlops_stages.delivery.smoke import Trouble, stacks_of, troubles
from mlops_stages.delivery.workflow import WORKFLOW, acting, workflow

__all__ = [
    "WORKFLOW",
    "Compared",
    "Trouble",
    "acting",
    "stacks_of",
    "troubles",
    "unprotected",
    "workflow",
    "write_deployed",
]
