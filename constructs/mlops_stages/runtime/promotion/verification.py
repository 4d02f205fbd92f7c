"""Whether a release has arrived: by what the endpoint, or the schedule, names, never by a status.

After a rollback an endpoint is InService, on the old configuration, and may say no reason.
"""

from __future__ import annotations

from . import schedule
from .change_sets import output
from .codes import PromotionError, shown
from .promotion import Promotion, Release

OUTPUT = "EndpointConfigName"
_STILL = ("Creating", "Updating", "SystemUpdating", "RollingBack")


def configuration(promotion: Promotion, environment: str, release: Release) -> str | None:
    """The name of the configuration by which the release serves; None while the endpoint changes.

    Of a batch model, it is the name of the model that the next run is made with.

    Error: PRM-045 where the endpoint serves another one, or does not serve; where the schedule has another model.
    """
    place = promotion.settings.environment(environment)
    if place.schedule is not None:
        return schedule.verified(promotion, place, release)
    endpoint = promotion.aws.client("sagemaker", place).describe_endpoint(EndpointName=place.endpoint)
    status, serves = str(endpoint["EndpointStatus"]), str(endpoint.get("EndpointConfigName"))
    if status in _STILL:
        return None
    wanted = output(promotion, environment, OUTPUT)
    ours = wanted is not None and wanted.startswith(f"{release.config_name(promotion.settings, environment)}-")
    if ours and serves == wanted and status == "InService":
        return serves
    reason = shown(str(endpoint.get("FailureReason") or "it says no reason"))
    asked = shown(wanted, 63) if ours else f"v{release.version}"
    raise PromotionError(
        "PRM-045", place.endpoint, f"it is {status} with {shown(serves, 63)}, wanted was {asked}: {reason}"
    )


def serves_now(promotion: Promotion, environment: str) -> str | None:
    """The configuration that the endpoint serves with, or the model of the next run; None where nothing serves."""
    place = promotion.settings.environment(environment)
    if place.schedule is not None:
        return schedule.model_now(promotion, place)
    sagemaker = promotion.aws.client("sagemaker", place)
    try:
        endpoint = sagemaker.describe_endpoint(EndpointName=place.endpoint)
    except sagemaker.exceptions.ClientError:
        return None
    return str(endpoint["EndpointConfigName"]) if endpoint["EndpointStatus"] == "InService" else None
