"""Service quotas that count resources: what is in use, and what a deploy adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault, Unjudged
from mlops_stages.preflight.deployed import ASKS, Deployed, deployed
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan, reference

GET = "service-quotas.get_service_quota"
LIST = "service-quotas.list_service_quotas"
_SUMMARY = "iam.get_account_summary"
_UNKNOWN = ("NoSuchResourceException",)


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A quota on the number of resources of a type; `code` is Service Quotas' own, None where it is found by its name.

    `listing` is the call that shows those in use, with the member of its answer. `region` is where Service Quotas shows
    it, where that is not the home region.
    """

    service: str
    code: str | None
    name: str
    type: str
    listing: tuple[str, str]
    region: str | None = None

    @property
    def title(self) -> str:
        """As a reader finds it in Service Quotas."""
        return f"{self.name} ({self.service}{f', {self.code}' if self.code else ''})"

    @property
    def asks(self) -> tuple[str, ...]:
        """The calls that it takes."""
        return (GET if self.code is not None else LIST, self.listing[0], *ASKS)


QUOTAS = (
    Quota(
        service="vpc",
        code="L-F678F1CE",
        name="VPCs per Region",
        type="AWS::EC2::VPC",
        listing=("ec2.describe_vpcs", "Vpcs"),
    ),
    Quota(
        service="s3",
        code="L-DC2B2D3D",
        name="General purpose buckets",
        type="AWS::S3::Bucket",
        listing=("s3.list_buckets", "Buckets"),
        region="us-east-1",  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html
    ),
    Quota(
        service="kms",
        code="L-C2F1777E",
        name="Customer managed keys",
        type="AWS::KMS::Key",
        listing=("kms.list_keys", "Keys"),
    ),
    Quota(
        service="sagemaker",
        code="L-B683BCB0",
        name="Total domains",
        type="AWS::SageMaker::Domain",
        listing=("sagemaker.list_domains", "Domains"),
    ),
    Quota(
        service="sagemaker",
        code="L-AC46C40F",
        name="Maximum number of Studio user profiles allowed per account",
        type="AWS::SageMaker::UserProfile",
        listing=("sagemaker.list_user_profiles", "UserProfiles"),
    ),
    Quota(
        service="sagemaker",
        code="L-E8EADE50",
        name="Maximum number of pipelines allowed per account",
        type="AWS::SageMaker::Pipeline",
        listing=("sagemaker.list_pipelines", "PipelineSummaries"),
    ),
    Quota(
        service="sagemaker",
        code="L-BC8DC54C",
        name="Maximum number of SageMaker Model Package Groups allowed per account",
        type="AWS::SageMaker::ModelPackageGroup",
        listing=("sagemaker.list_model_package_groups", "ModelPackageGroupSummaryList"),
    ),
    Quota(
        service="sagemaker",
        code=None,
        name="MLflow app",
        type="AWS::SageMaker::MlflowApp",
        listing=("sagemaker.list_mlflow_apps", "Summaries"),
    ),
    Quota(
        service="sagemaker",
        code=None,
        name="feature group",
        type="AWS::SageMaker::FeatureGroup",
        listing=("sagemaker.list_feature_groups", "FeatureGroupSummaries"),
    ),
)
"""Those that a platform may reach, by their names in Service Quotas; by words of it where the code is not known."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """The value of a quota, what is in use, and what is deployed. `value` is None where AWS lists no such quota."""

    value: float | None
    in_use: int
    deployed: Deployed


def quotas_of(account: Account, service: str) -> dict[str, float]:
    """The quotas of a service by name. Raises Unseen."""
    found = account.items(LIST, "Quotas", ServiceCode=service)
    return {quota["QuotaName"]: quota["Value"] for quota in found}


def _value(account: Account, plan: Plan, quota: Quota) -> float | None:
    if quota.code is None:
        words = quota.name.lower()
        values = [
            value
            for name, value in quotas_of(account, quota.service).items()
            if words in name.lower() and not name.lower().startswith("rate of")
        ]
        return min(values, default=None)
    region = quota.region if plan.platform.partition == "aws" else None  # other partitions have no such region
    found = account.call(GET, missing=_UNKNOWN, region=region, ServiceCode=quota.service, QuotaCode=quota.code)
    return None if found is None else found["Quota"].get("Value")


def _counted(quota: Quota) -> Check[Room]:
    def ask(account: Account, plan: Plan) -> Room:
        in_use = len(account.items(*quota.listing))
        return Room(value=_value(account, plan, quota), in_use=in_use, deployed=deployed(account, plan))

    def judge(plan: Plan, account: str, room: Room) -> Iterable[Fault | Unjudged]:
        new = len(room.deployed.missing(plan, quota.type, account))
        if not new:
            return
        if room.value is None:
            yield Unjudged(
                message=f"Service Quotas lists none for {quota.title}; {room.in_use} in use, {new} are added"
            )
        elif room.in_use + new > room.value:
            yield Fault(
                place=quota.title,
                message=f"the quota is {room.value:g}; {room.in_use} are in use and the deploy adds {new}",
                fix=_raise(quota.service, quota.code, room.in_use + new),
            )

    return _check("PRE-070", f"the quota {quota.title}", quota.asks, quota.type, ask, judge)


def _raise(service: str, code: str | None, wanted: int) -> str:
    if code is None:
        return f"ask for {wanted} in the console of Service Quotas, or delete what is not used"
    command = f"aws service-quotas request-service-quota-increase --service-code {service} --quota-code {code}"
    return f"run `{command} --desired-value {wanted}`, or delete what is not used"


def _check(
    code: str,
    looks_at: str,
    asks: tuple[str, ...],
    type: str,
    ask: Callable[[Account, Plan], Room],
    judge: Callable[[Plan, str, Room], Iterable[Fault | Unjudged]],
) -> Check[Room]:
    return Check(
        code=code,
        severity=Severity.ERROR,
        looks_at=looks_at,
        breaks="the deploy fails half-way, at the resource that is one too many",
        asks=asks,
        where=lambda plan: plan.accounts_with(type),
        ask=ask,
        judge=judge,
    )


# Roles and policies: IAM shows its quotas itself

_IAM = {
    "AWS::IAM::Role": ("Roles", "RolesQuota", "L-FE177D64", "Roles per account"),
    "AWS::IAM::ManagedPolicy": ("Policies", "PoliciesQuota", "L-E95E4862", "Customer managed policies per account"),
}


def _iam(type: str) -> Check[Room]:
    used, allowed, code, name = _IAM[type]
    title = f"{name} (iam, {code})"

    def ask(account: Account, plan: Plan) -> Room:
        summary = (account.call(_SUMMARY) or {}).get("SummaryMap", {})
        return Room(value=summary.get(allowed), in_use=int(summary.get(used, 0)), deployed=deployed(account, plan))

    def judge(plan: Plan, account: str, room: Room) -> Iterable[Fault | Unjudged]:
        new = len(room.deployed.missing(plan, type, account))
        if room.value is not None and new and room.in_use + new > room.value:
            yield Fault(
                place=title,
                message=f"the quota is {room.value:g}; {room.in_use} are in use and the deploy adds {new}",
                fix=_raise("iam", code, room.in_use + new),
            )

    return _check("PRE-070", f"the quota {title}", (_SUMMARY, *ASKS), type, ask, judge)


def _most_attached(plan: Plan, account: str) -> tuple[str, int]:
    """The planned role with the most managed policies, and how many it has."""
    counts = Counter(
        {r.place: len(r.properties.get("ManagedPolicyArns", ())) for r in plan.of_type("AWS::IAM::Role", account)}
    )
    roles = {(r.stack, r.logical_id): r.place for r in plan.of_type("AWS::IAM::Role", account)}
    for policy in plan.of_type("AWS::IAM::ManagedPolicy", account):
        for role in policy.properties.get("Roles", ()):
            counts[roles.get((policy.stack, reference(role)), policy.place)] += 1
    return counts.most_common(1)[0]


def _attached(account: Account, plan: Plan) -> float | None:
    del plan
    return (account.call(_SUMMARY) or {}).get("SummaryMap", {}).get("AttachedPoliciesPerRoleQuota")


def _too_many_attached(plan: Plan, account: str, quota: float | None) -> Iterable[Fault]:
    place, most = _most_attached(plan, account)
    if quota is not None and most > quota:
        fix = _raise("iam", "L-0DA4ABF3", most)
        yield Fault(place=place, message=f"the role gets {most} managed policies, the quota is {quota:g}", fix=fix)


# Endpoints: those of one new network

_ENDPOINTS = Quota(
    service="vpc",
    code="L-29B6F2EB",
    name="Interface VPC endpoints per VPC",
    type="AWS::EC2::VPCEndpoint",
    listing=("ec2.describe_vpcs", "Vpcs"),
)


def _endpoints(account: Account, plan: Plan) -> float | None:
    return _value(account, plan, _ENDPOINTS)


def _too_many_endpoints(plan: Plan, account: str, quota: float | None) -> Iterable[Fault | Unjudged]:
    planned = [e for e in plan.of_type(_ENDPOINTS.type, account) if e.text("VpcEndpointType") == "Interface"]
    for stack, count in Counter(endpoint.stack for endpoint in planned).items():
        if quota is None:
            yield Unjudged(message=f"Service Quotas lists none for {_ENDPOINTS.title}; {stack} needs {count}")
        elif count > quota:
            fix = _raise("vpc", _ENDPOINTS.code, count)
            yield Fault(place=f"network of {stack}", message=f"it has {count}, the quota is {quota:g}", fix=fix)


CHECKS: tuple[Check[Any], ...] = (
    *map(_counted, QUOTAS),
    *map(_iam, _IAM),
    Check(
        code="PRE-070",
        severity=Severity.ERROR,
        looks_at="the quota Managed policies per role (iam, L-0DA4ABF3)",
        breaks="the deploy fails at the role that has one too many",
        asks=(_SUMMARY,),
        where=lambda plan: plan.accounts_with("AWS::IAM::Role"),
        ask=_attached,
        judge=_too_many_attached,
    ),
    Check(
        code="PRE-070",
        severity=Severity.ERROR,
        looks_at=f"the quota {_ENDPOINTS.title}",
        breaks="the network's stack fails half-way",
        asks=(GET,),
        where=lambda plan: plan.accounts_with(_ENDPOINTS.type),
        ask=_endpoints,
        judge=_too_many_endpoints,
    ),
)
