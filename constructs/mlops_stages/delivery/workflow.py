"""The workflow that delivers the infrastructure, rendered from platform.yaml for the host of its repository."""

from __future__ import annotations

from mlops_stages.delivery import github, gitlab
from mlops_stages.errors import UserError
from mlops_stages.platform import Delivery, Platform


def workflow(platform: Platform) -> str:
    """Return the workflow of a platform's repository; the same platform is the same text.

    Raises:
        UserError: `DLV-020` for a platform whose delivery does not act.
    """
    delivery = acting(platform)
    if delivery.repository.provider == "gitlab":
        return gitlab.pipeline(platform, delivery)
    return github.workflow(platform, delivery)


def deploying(platform: Platform, pipeline: int, *, asks: bool) -> str:
    """Return the pipeline at GitLab that deploys what pipeline number `pipeline` made; it asks first if `asks`.

    Raises:
        UserError: `DLV-020` for a platform whose delivery does not act, `DLV-021` where its repository is elsewhere.
    """
    delivery = acting(platform)
    if delivery.repository.provider != "gitlab":
        raise UserError(
            "DLV-021",
            "--deploying",
            f"a workflow at {delivery.repository.provider} has no pipeline of its own that deploys",
            "leave the option out: the workflow holds all jobs",
        )
    return gitlab.deploying(platform, delivery, pipeline, asks=asks)


def path_of(platform: Platform) -> str:
    """Where the host looks for the workflow. Error: DLV-020."""
    return gitlab.PIPELINE if acting(platform).repository.provider == "gitlab" else github.WORKFLOW


def acting(platform: Platform) -> Delivery:
    """The delivery of a platform. Error: DLV-020 where there is none, or not yet."""
    if platform.delivered is None:
        raise UserError(
            "DLV-020",
            "delivery",
            "the platform's infrastructure is delivered by hand",
            "add `delivery:` to platform.yaml, at stage reliable",
        )
    return platform.delivered
