"""What DescribeEndpoint says of variants, of a deployment under way, and of data capture."""

from __future__ import annotations

from typing import Any

from mlops_stages.local.json_values import listed
from mlops_stages.local.server.api.records import Parameters, Record
from mlops_stages.local.server.sagemaker.hosting.capture import captured
from mlops_stages.local.server.sagemaker.hosting.configurations import PRODUCTION, SHADOW, instances, variants

Size = tuple[int, float]
"""Instances and weight of a variant."""


def sizes(configuration: Record) -> dict[str, Size]:
    """Return what a configuration says of the size of its variants."""
    return {v["VariantName"]: (instances(v), float(v["InitialVariantWeight"])) for v in variants(configuration)}


def of_variants(
    configuration: Record,
    given: dict[str, Size],
    images: dict[str, list[dict[str, Any]]],
    *,
    status: list[Record] | None = None,
    typed: bool = False,
) -> dict[str, list[Record]]:
    """Return the summaries of a configuration's variants, by the member that holds them; `typed` with their types."""
    found: dict[str, list[Record]] = {}
    for member in (PRODUCTION, SHADOW):
        summaries = [
            _summary(variant, given, images, status, typed=typed) for variant in listed(configuration.get(member))
        ]
        if summaries:
            found[member] = summaries
    return found


def _summary(
    variant: Record,
    given: dict[str, Size],
    images: dict[str, list[dict[str, Any]]],
    status: list[Record] | None,
    *,
    typed: bool,
) -> Record:
    name = variant["VariantName"]
    count, weight = given[name]
    summary: Record = {
        "VariantName": name,
        "DeployedImages": images.get(name, []),
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
    }
    if variant.get("ServerlessConfig"):
        summary |= {f"{when}ServerlessConfig": variant["ServerlessConfig"] for when in ("Current", "Desired")}
        summary |= {f"{when}InstanceCount": 0 for when in ("Current", "Desired")}
    if typed and variant.get("InstanceType"):
        summary["InstanceType"] = variant["InstanceType"]
    if status:
        summary["VariantStatus"] = status
    return summary


def of_capture(configuration: Parameters, *, started: bool) -> Record | None:
    """Return the summary of a configuration's data capture; None where it has none."""
    config = captured(configuration)
    if config is None:
        return None
    return {
        "EnableCapture": True,
        "CaptureStatus": "Started" if started else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
