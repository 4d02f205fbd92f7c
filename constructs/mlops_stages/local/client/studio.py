"""Credentials as SageMaker Studio gives them to a person: those of their own profile's role."""

from __future__ import annotations

from typing import Any, cast

from mlops_stages.errors import UserError
from mlops_stages.local.client import inventory
from mlops_stages.local.client.inventory import Live
from mlops_stages.local.endpoint import Endpoint, holder

_SERVICE = "sagemaker.amazonaws.com"


def session(endpoint: Endpoint, profile: str) -> dict[str, str]:
    """Return the environment of someone who works in Studio under the user profile of that name.

    Errors: LOC-050 when no account has such a profile, LOC-041 when the role does not let SageMaker assume it.
    """
    for resource in inventory.live(endpoint):
        if resource.type == "AWS::SageMaker::UserProfile" and resource.properties.get("UserProfileName") == profile:
            return _session(endpoint, resource)
    raise UserError(
        "LOC-050",
        profile,
        f"the local AWS at {endpoint} has no user profile of that name",
        "name someone who works in Studio, and deploy with `mlops-stages up` first",
        exit_code=1,
    )


def _session(endpoint: Endpoint, profile: Live) -> dict[str, str]:
    properties = profile.properties
    name, domain = cast("str", properties["UserProfileName"]), cast("str", properties["DomainId"])
    settings = cast("dict[str, Any]", properties["UserSettings"])
    role = cast("str", settings["ExecutionRole"])
    partition = role.split(":")[1]
    request = {
        "role_arn": role,
        "service": _SERVICE,
        "source_arn": f"arn:{partition}:sagemaker:{profile.region}:{profile.account}:user-profile/{domain}/{name}",
        "source_identity": name,
    }
    credentials = cast("dict[str, str]", inventory.post(endpoint, "sessions", request))
    return holder(endpoint.url, profile.region, credentials)
