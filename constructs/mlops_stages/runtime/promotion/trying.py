"""A version's whole test in staging: the result that is recorded, and that whoever releases it decides upon."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .attempts import serving
from .promotion import Promotion, Release
from .settings import PRODUCTION, STAGING
from .staging import captured, comparison, golden, inputs, load, material
from .staging.endpoint import asker
from .staging.findings import Findings

_LISTED = 20


def tried(promotion: Promotion, release: Release, at: datetime) -> dict[str, Any]:
    """Call the endpoint in every way, and as it was called up to `at`; the result, without values. Error: PRM-056."""
    settings = promotion.settings
    described = promotion.describe(release.version)
    arn = settings.package_arn(release.version)
    given = material.read(described, settings, promotion.aws)
    ask = asker(
        promotion.aws.client("sagemaker-runtime", settings.staging), settings.staging.endpoint, promotion.clock.now
    )
    parts: dict[str, tuple[Findings, dict[str, Any]]] = {"golden": (golden.check(ask, given, arn), {})}
    parts["inputs"] = (inputs.check(ask, given), {"fields": len(given.fields)})
    # A version that answers wrongly is not put under load: it would only say so again.
    if not any(found.count for found, _ in parts.values()):
        parts["load"] = load.check(ask, given, settings.promise, arn, promotion.clock)
    champion = serving(promotion, PRODUCTION)
    compared: dict[str, Any] = {"champion": "none serves production"}
    if champion is not None:
        place = settings.production
        configuration = str(champion["configuration"])
        place_of_capture = captured.destination(promotion.aws.client("sagemaker", place), configuration)
        compared = {"champion": f"v{champion['version']}, whose requests are not captured"}
        if place_of_capture is not None:
            s3 = promotion.aws.client("s3", place)
            recent = captured.recent(s3, place_of_capture, place.endpoint, at)
            parts["comparison"] = comparison.compare(ask, recent)
            compared = {"champion": f"v{champion['version']}"}
    told = {name: found.to_dict(**more) for name, (found, more) in parts.items()}
    told["comparison"] = {**told.get("comparison", {}), **compared}
    findings = [str(each) for found, _ in parts.values() for each in found.first]
    staged = serving(promotion, STAGING)
    return {
        **told,
        "package_arn": arn,
        "configuration": None if staged is None else staged["configuration"],
        "passed": not findings,
        "wrong": sum(found.count for found, _ in parts.values()),
        "findings": findings[:_LISTED],
    }
