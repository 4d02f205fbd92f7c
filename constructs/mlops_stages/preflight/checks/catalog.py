"""Glue's catalog: its encryption is one setting of the whole account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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
                fix="give the data account to the platform alone, or agree with those who set it; note the old key, "
                "which what is written already still needs",
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
            fix="let those who use them use the platform's key of the catalog, or give the data account another id",
        )


CHECKS: tuple[Check[Any], ...] = (
    Check(
        code="PRE-040",
        severity=Severity.ERROR,
        looks_at="the encryption of Glue's catalog, where somebody has set it",
        breaks="the setting is the account's: it is replaced, and who reads the catalog without the new key is locked "
        "out",
        asks=(_SETTINGS, *ASKS),
        where=lambda plan: plan.accounts_with(_TYPE),
        ask=_encryption,
        judge=_replaced,
    ),
    Check(
        code="PRE-041",
        severity=Severity.WARNING,
        looks_at="databases of others in the catalog",
        breaks="what they write from then on is encrypted with the platform's key, which they may not use",
        asks=(_DATABASES, *ASKS),
        where=lambda plan: plan.accounts_with(_TYPE),
        ask=_databases,
        judge=_others,
    ),
)
