"""What platform.yaml says that it exists: a permissions boundary, an access log bucket, a SAML provider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.platform import SamlSignIn
from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan, mapping

_POLICY = "iam.get_policy"
_PROVIDERS = "iam.list_saml_providers"
_BUCKETS = "s3.list_buckets"
_LOCATION = "s3.get_bucket_location"
_ENCRYPTION = "s3.get_bucket_encryption"
_HOME = "us-east-1"
"""The region that S3 gives no name for."""


def _with_boundary(plan: Plan) -> Iterable[str]:
    accounts = [account for account in plan.accounts if account != plan.management]
    return [account for account in accounts if plan.platform.permissions_boundary_in(account) is not None]


def _boundary(account: Account, plan: Plan) -> bool:
    arn = plan.platform.permissions_boundary_in(account.id)
    return arn is None or account.call(_POLICY, missing=("NoSuchEntity",), PolicyArn=arn) is not None


def _no_boundary(plan: Plan, account: str, exists: bool) -> Iterable[Fault]:
    if not exists:
        yield Fault(
            place=str(plan.platform.permissions_boundary_in(account)),
            message="the account has no such policy",
            fix="have it made, with the same path and name in each account, or correct `permissions_boundary_arn`",
        )


@dataclass(frozen=True, kw_only=True)
class LogBucket:
    """The bucket for access logs as it is."""

    exists: bool
    region: str
    algorithm: str


def _with_log_bucket(plan: Plan) -> Iterable[str]:
    return [account for account in plan.accounts if plan.platform.access_log_bucket_in(account) is not None]


def _log_bucket(account: Account, plan: Plan) -> LogBucket:
    name = plan.platform.access_log_bucket_in(account.id)
    names = {bucket["Name"] for bucket in account.items(_BUCKETS, "Buckets")}
    if name not in names:
        return LogBucket(exists=False, region="", algorithm="")
    located = account.call(_LOCATION, Bucket=name) or {}
    rules = _rules(account.call(_ENCRYPTION, missing=("ServerSideEncryptionConfigurationNotFoundError",), Bucket=name))
    default = mapping(rules[0].get("ApplyServerSideEncryptionByDefault") if rules else None)
    region = located.get("LocationConstraint") or _HOME
    return LogBucket(exists=True, region=region, algorithm=default.get("SSEAlgorithm", "AES256"))


def _rules(found: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    return [] if found is None else found["ServerSideEncryptionConfiguration"]["Rules"]


def _bad_log_bucket(plan: Plan, account: str, bucket: LogBucket) -> Iterable[Fault]:
    place = f"bucket {plan.platform.access_log_bucket_in(account)}"
    if not bucket.exists:
        fix = "have it made there, correct `access_log_bucket`, or leave it out"
        yield Fault(place=place, message="the account has no such bucket; S3 delivers to no other account", fix=fix)
        return
    if bucket.region != plan.region:
        fix = f"name a bucket of {plan.region}"
        yield Fault(place=place, message=f"the bucket is in {bucket.region}; S3 delivers within a region", fix=fix)
    if bucket.algorithm != "AES256":
        fix = "set its default encryption to SSE-S3 (AES256)"
        yield Fault(
            place=place, message=f"its default encryption is {bucket.algorithm}; S3 delivers no logs to it", fix=fix
        )


def _saml_arn(plan: Plan) -> str | None:
    sign_in = plan.platform.sign_in
    return sign_in.provider_arn if isinstance(sign_in, SamlSignIn) else None


def _saml_account(plan: Plan) -> Iterable[str]:
    arn = _saml_arn(plan)
    return () if arn is None else (arn.split(":")[4],)


def _providers(account: Account, plan: Plan) -> frozenset[str]:
    del plan
    found = account.call(_PROVIDERS) or {}
    return frozenset(provider["Arn"] for provider in found.get("SAMLProviderList", ()))


def _no_provider(plan: Plan, account: str, found: frozenset[str]) -> Iterable[Fault]:
    arn = _saml_arn(plan)
    if arn is not None and arn not in found:
        others = f"; the account has {', '.join(sorted(found))}" if found else ""
        yield Fault(
            place=arn,
            message=f"account {account} has no such SAML provider{others}",
            fix="make it from your directory's metadata, or correct `sign_in.provider_arn`",
        )


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-065",
        severity=Severity.ERROR,
        looks_at="the policy of `permissions_boundary_arn` in each account",
        breaks="every role is refused (NoSuchEntity)",
        asks=(_POLICY,),
        where=_with_boundary,
        ask=_boundary,
        judge=_no_boundary,
    ),
    Check(
        code="PRE-066",
        severity=Severity.ERROR,
        looks_at="the bucket of `access_log_bucket`: its account, region and encryption",
        breaks="every bucket with access logs is refused, or its logs are never delivered",
        asks=(_BUCKETS, _LOCATION, _ENCRYPTION),
        where=_with_log_bucket,
        ask=_log_bucket,
        judge=_bad_log_bucket,
    ),
    Check(
        code="PRE-067",
        severity=Severity.ERROR,
        looks_at="the SAML provider of `sign_in.provider_arn`",
        breaks="every person's role is refused, or nobody can sign in",
        asks=(_PROVIDERS,),
        where=_saml_account,
        ask=_providers,
        judge=_no_provider,
    ),
)
