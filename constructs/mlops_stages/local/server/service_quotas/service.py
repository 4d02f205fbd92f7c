"""Service Quotas: those that a platform may reach, with AWS's defaults; what is asked for is granted at once."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass

from mlops_stages.local.server.api.records import Parameters, Record, Records, Scope, ServiceError, page

_NAMES = {
    "iam": "AWS Identity and Access Management (IAM)",
    "kms": "AWS Key Management Service (AWS KMS)",
    "s3": "Amazon Simple Storage Service (Amazon S3)",
    "sagemaker": "Amazon SageMaker",
    "vpc": "Amazon Virtual Private Cloud (Amazon VPC)",
}


@dataclass(frozen=True)
class Quota:
    """A quota of a service, and its value in a new account."""

    service: str
    code: str
    name: str
    value: float


_COUNTS = (
    Quota("iam", "L-FE177D64", "Roles per account", 1000),
    Quota("iam", "L-E95E4862", "Customer managed policies per account", 1500),
    Quota("iam", "L-0DA4ABF3", "Managed policies per role", 10),
    Quota("kms", "L-C2F1777E", "Customer Master Keys (CMKs)", 100_000),
    Quota("s3", "L-DC2B2D3D", "General purpose buckets", 10_000),
    Quota("sagemaker", "L-B683BCB0", "Total domains", 10),
    Quota("sagemaker", "L-AC46C40F", "Maximum number of Studio user profiles allowed per account", 60),
    Quota("sagemaker", "L-E8EADE50", "Maximum number of pipelines allowed per account", 500),
    Quota("sagemaker", "L-BC8DC54C", "Maximum number of SageMaker Model Package Groups allowed per account", 5000),
    Quota("vpc", "L-F678F1CE", "VPCs per Region", 5),
    Quota("vpc", "L-29B6F2EB", "Interface VPC endpoints per VPC", 50),
)

_FAMILIES = ("t3", "m5", "c5", "r5", "g4dn", "g5")
_SIZES = ("medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge")
_USES = (
    "{type} for processing job usage",
    "{type} for training job usage",
    "{type} for endpoint usage",
    "{type} for transform job usage",
    "Studio JupyterLab Apps running on {type} instances",
)
_INSTANCES = 4
"""Instances of a type; new accounts have none with a GPU for jobs."""
_SERVING = 40
"""Those of a type for endpoints: what an account has that asked for them."""


def _instance(family: str, size: str, use: str) -> Quota:
    name = use.format(type=f"ml.{family}.{size}")
    code = f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"  # not AWS's own
    none = family.startswith("g") and "Studio" not in use
    return Quota("sagemaker", code, name, 0 if none else _SERVING if "endpoint" in use else _INSTANCES)


QUOTAS = (*_COUNTS, *(_instance(family, size, use) for family in _FAMILIES for size in _SIZES for use in _USES))

_granted: dict[tuple[Scope, str], float] = {}


def _shown(quota: Quota, scope: Scope, value: float) -> Record:
    return {
        "ServiceCode": quota.service,
        "ServiceName": _NAMES[quota.service],
        "QuotaArn": f"arn:aws:servicequotas:{scope.region}:{scope.account}:{quota.service}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": quota.service == "iam",
    }


def _applied(quota: Quota, scope: Scope) -> Record:
    return _shown(quota, scope, _granted.get((scope, quota.code), quota.value))


def _one(parameters: Parameters) -> Quota:
    for quota in _of_service(parameters):
        if quota.code == parameters["QuotaCode"]:
            return quota
    raise ServiceError("NoSuchResourceException", "The request failed because the specified quota does not exist.")


def _of_service(parameters: Parameters) -> tuple[Quota, ...]:
    found = tuple(quota for quota in QUOTAS if quota.service == parameters["ServiceCode"])
    if not found:
        message = "The request failed because the specified service does not exist."
        raise ServiceError("NoSuchResourceException", message)
    return found


def _list(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """ListServiceQuotas."""
    del records
    shown = [_applied(quota, scope) for quota in _of_service(parameters)]
    items, token = page(shown, parameters.get("MaxResults") or 100, parameters.get("NextToken"))
    return {"Quotas": items, **({"NextToken": token} if token else {})}


def _get(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """GetServiceQuota."""
    del records
    return {"Quota": _applied(_one(parameters), scope)}


def _default(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """GetAWSDefaultServiceQuota."""
    del records
    quota = _one(parameters)
    return {"Quota": _shown(quota, scope, quota.value)}


def _request(records: Records, scope: Scope, parameters: Parameters) -> Record:
    """RequestServiceQuotaIncrease: whatever is asked for, less than before too, holds at once."""
    quota = _one(parameters)
    with records.lock:
        _granted[scope, quota.code] = parameters["DesiredValue"]
    asked = {"Id": uuid.uuid4().hex, "DesiredValue": parameters["DesiredValue"], "Status": "APPROVED"}
    return {"RequestedQuota": {**_shown(quota, scope, quota.value), **asked}}


EXTRAS = {
    "GetAWSDefaultServiceQuota": _default,
    "GetServiceQuota": _get,
    "ListServiceQuotas": _list,
    "RequestServiceQuotaIncrease": _request,
}
"""Service Quotas' operations that are answered here."""
