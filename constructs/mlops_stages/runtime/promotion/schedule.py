"""The schedule of a batch model: which version its next run is made with, and what that run asks for.

Source: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_GetSchedule.html
"""

from __future__ import annotations

import json
from typing import Any, cast

from .codes import PromotionError, shown
from .promotion import Promotion, Release
from .settings import Environment


def verified(promotion: Promotion, place: Environment, release: Release) -> str:
    """The name of the model that the next run is made with. Error: PRM-045 where it is not of the release.

    The package is read off that model, since a name is only a name.
    """
    settings = promotion.settings
    name = model_now(promotion, place)
    if name is None:
        raise PromotionError("PRM-045", str(place.schedule), "there is no such schedule, or it is disabled")
    described = promotion.aws.client("sagemaker", place).describe_model(ModelName=name)
    container = cast("dict[str, Any]", described.get("PrimaryContainer") or {})
    package, wanted = str(container.get("ModelPackageName")), settings.package_arn(release.version)
    if package != wanted or not name.startswith(f"{release.config_name(settings, place.name)}-"):
        message = f"its next run is by {shown(name, 63)} of {shown(package)}, wanted was {wanted}"
        raise PromotionError("PRM-045", str(place.schedule), message)
    return name


def model_now(promotion: Promotion, place: Environment) -> str | None:
    """The name of the model that the next run is made with; None where no run is to come."""
    request = job(promotion, place)
    return None if request is None else str(request["ModelName"])


def job(promotion: Promotion, place: Environment) -> dict[str, Any] | None:
    """The request of the schedule's runs; None where no run is to come.

    Error: PRM-045 where it is none, which a deploy would not make.
    """
    scheduler = promotion.aws.client("scheduler", place)
    try:
        found = scheduler.get_schedule(Name=place.schedule, GroupName=place.schedule)
    except scheduler.exceptions.ResourceNotFoundException:
        return None
    if found.get("State") != "ENABLED":
        return None
    try:
        request = cast("dict[str, Any]", json.loads(found["Target"]["Input"]))
        if not isinstance(request["ModelName"], str) or not request["TransformOutput"]["S3OutputPath"]:
            raise TypeError
    except (ValueError, TypeError, LookupError) as error:
        raise PromotionError("PRM-045", str(place.schedule), "it starts something else than transform jobs") from error
    return request
