"""Whether another version of the model is just taking over, so that what callers miss may be the release's doing."""

from __future__ import annotations

import re
from typing import Any

from .settings import Settings

RELEASED = ("availability", "latency")
"""Alarms, as people name them, of what a release may bring about for a while, and its own alarms send back."""

_NUMBER = re.compile(r"([1-9][0-9]{0,8})(?:-|$)")


def under_way(sagemaker: Any, settings: Settings) -> str | None:  # noqa: ANN401  # boto3 has no types
    """What is being deployed to the endpoint, as people name it; None where nothing is, or AWS does not say.

    The status alone does not tell: it is `Updating`, too, while the number of instances follows the traffic. What is
    pending is named only during a deployment, and only a deployment is rolled back.

    Source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpoint.html
    """
    try:
        found = sagemaker.describe_endpoint(EndpointName=settings.endpoint)
    except sagemaker.exceptions.ClientError:
        # Nothing is held back then: who cannot know tells the owner.
        return None
    pending = str(dict[str, Any](found.get("PendingDeploymentSummary") or {}).get("EndpointConfigName", ""))
    match found["EndpointStatus"]:
        case "Updating" if pending:
            return _named(settings, pending)
        case "RollingBack":
            return _named(settings, pending)
        case _:
            return None


def _named(settings: Settings, config_name: str) -> str:
    """A version by the name of its configuration, TEAM-MODEL-vVERSION and what may follow."""
    begin = f"{settings.model.replace('/', '-')}-v"
    found = _NUMBER.match(config_name.removeprefix(begin)) if config_name.startswith(begin) else None
    return "another version" if found is None else f"version {found[1]}"
