"""The delivery of the infrastructure itself: its workflow, what is deployed, and whether it holds."""

from mlops_stages.delivery.deployed import Compared, write_deployed
from mlops_stages.delivery.gitlab_settings import open_at_gitlab
from mlops_stages.delivery.reviewers import unprotected
from mlops_stages.delivery.smoke import Trouble, stacks_of, troubles
from mlops_stages.delivery.workflow import acting, deploying, path_of, workflow

__all__ = [
    "Compared",
    "Trouble",
    "acting",
    "deploying",
    "open_at_gitlab",
    "path_of",
    "stacks_of",
    "troubles",
    "unprotected",
    "workflow",
    "write_deployed",
]
