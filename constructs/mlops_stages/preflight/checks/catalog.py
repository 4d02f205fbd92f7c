"""Glue's catalog: its encryption is one setting of the whole account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mlops_stages.platform import Purpose
from mlops_stages.preflight.aws import Account
from mlops_stages.preflight.check import Check, Fault
from mlops_stages.preflight.deployed import ASKS, Deployed, deployed
from mlops_stages.preflight.findings import Severity
from mlops_stages.preflight.plan import Plan

_TYPE = "AWS::Glue::DataCatalogEncryptionSettings"
_SETTINGS = "glue.get_data_catalog_encryption_settings"
_DATABASES = "glue.get_databases"
_MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Encryption:
    """The mode and key of the catalog, and what is deployed."""

    mode: str
    key: str
    passwords: bool
    deployed: Deployed


def _encryption(account: Account, plan: Plan) -> Encryption:
    settings = (account.call(_SETTINGS) or {}).get("DataCatalogEncryptionSettings", {})
    at_rest = settings.get("EncryptionAtRest", {})
    passwords = settings.get("ConnectionPasswordEncryption", {}).get("ReturnConnectionPasswordEncrypted", False)
    return Encryption(
        mode=at_rest.get("CatalogEncryptionMode", "DISABLED"),
        key=at_rest.get("SseAwsKmsKeyId", ""),
        passwords=bool(passwords),
        deployed=deployed(account, plan),
    )


def _replaced(plan: Plan, account: str, found: Encryption) -> Iterable[Fault]:
    for planned in found.deployed.missing(plan, _TYPE, account):
        if found.mode != "DISABLED" or found.passwords:
            key = f" under {found.key}" if found.key else ""
            what = (
                f"the catalog is encrypted already ({found.mode}){key}"
                if found.mode != "DISABLED"
                else ("the passwords of connections are encrypted already")
            )
            yield Fault(
                place=planned.place,
                message=what,
                fix=f"write `data_catalog: {{encryption: account{f', key_arn: {found.key}' if found.key else ''}}}`, "
                "and it stays; or agree with those who set it, and keep the old key for what is written already",
            )


@dataclass(frozen=True, kw_only=True)
class Databases:
    """The names of the catalog's databases, and what is deployed."""

    names: tuple[str, ...]
    deployed: Deployed


def _databases(account: Account, plan: Plan) -> Databases:
    found = account.items(_DATABASES, "DatabaseList")
    return Databases(names=tuple(database["Name"] for database in found), deployed=deployed(account, plan))


def _others(plan: Plan, account: str, found: Databases) -> Iterable[Fault]:
    ours = {planned.properties.get("DatabaseInput", {}).get("Name") for planned in plan.of_type("AWS::Glue::Database")}
    others = sorted(set(found.names) - ours)
    if others and found.deployed.missing(plan, _TYPE, account):
        more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
        yield Fault(
            place=f"databases {', '.join(others[:_MOST_NAMED])}{more}",
            message="the catalog has databases that are not of the platform",
            fix="tell those who use them, or write `data_catalog: {encryption: account}`",
        )


def _other_key(plan: Plan, account: str, found: Encryption) -> Iterable[Fault]:
    del account
    wanted = plan.platform.data_catalog.key_arn
    if wanted is None and found.mode != "DISABLED" and found.key and _is_own_key(found.key):
        yield Fault(
            place="data_catalog.key_arn",
            message=f"the catalog is encrypted under {found.key}, and platform.yaml names no key",
            fix=f"write `data_catalog: {{encryption: account, key_arn: {found.key}}}`",
        )
    elif wanted is not None and (found.mode == "DISABLED" or not _same_key(wanted, found.key)):
        there = f"under {found.key or 'the key of AWS'}" if found.mode != "DISABLED" else "not encrypted"
        yield Fault(
            place=f"data_catalog.key_arn {wanted}",
            message=f"the catalog is {there}",
            fix="name the key of the account's setting, or none",
        )


def _left_to_account(plan: Plan) -> Iterable[str]:
    data = plan.platform.accounts.of(Purpose.DATA)
    kept = plan.platform.data_catalog.encryption == "account" and data in plan.accounts
    return (data,) if kept and data is not None else ()


def _is_own_key(key: str) -> bool:
    """Whether a key is a customer's: AWS's own are named by aliases that start with aws/."""
    return ":alias/aws/" not in key and not key.startswith("alias/aws/")


def _same_key(arn: str, named: str) -> bool:
    """Whether a key is named by its ARN or its id; of one named by an alias nothing can be said, and it counts."""
    return named in (arn, arn.rpartition("/")[2]) or "alias/" in named


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-040",
        severity=Severity.ERROR,
        looks_at="the encryption of Glue's catalog, where somebody has set it",
        breaks="the setting is the account's, and it is replaced; who used the old key alone may be locked out",
        asks=(_SETTINGS, *ASKS),
        where=lambda plan: plan.accounts_with(_TYPE),
        ask=_encryption,
        judge=_replaced,
    ),
    Check(
        code="PRE-041",
        severity=Severity.NOTE,
        looks_at="databases of others in the catalog",
        breaks="nothing fails; what they write from then on is encrypted with the platform's key, which everybody whom "
        "IAM lets use Glue in the account can use",
        asks=(_DATABASES, *ASKS),
        where=lambda plan: plan.accounts_with(_TYPE),
        ask=_databases,
        judge=_others,
    ),
    Check(
        code="PRE-042",
        severity=Severity.ERROR,
        looks_at="the key of the catalog's encryption, where `data_catalog` leaves it to the account",
        breaks="the deploy succeeds, and the teams' jobs cannot read or write the catalog",
        asks=(_SETTINGS, *ASKS),
        where=_left_to_account,
        ask=_encryption,
        judge=_other_key,
    ),
)
