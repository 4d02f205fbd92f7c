"""The keys, and who uses each, from the key policies in the templates."""

import re
from typing import Any

from docs.tables.assembly import Assembly, Resource
from docs.tables.markdown import code, table

_ADMINISTRATION = "AdministratorsManageButDoNotDecrypt"
_GRANTS = "ServicesHoldGrantsForWhatTheyEncrypt"


def keys(assembly: Assembly) -> str:
    """One row a key; the teams' keys of one classification are one row each."""
    aliases = {
        (alias.stack, alias.properties["TargetKeyId"]["Ref"]): alias.properties["AliasName"]
        for alias in assembly.of_type("AWS::KMS::Alias")
    }
    rows: dict[str, tuple[str, str]] = {}
    for key in assembly.of_type("AWS::KMS::Key"):
        alias = aliases[key.stack, key.logical_id]
        description = str(key.properties["Description"])
        if key.of_team is not None:
            alias, description = alias.replace(f"/{key.of_team}/", "/TEAM/"), description.replace(key.of_team, "TEAM")
        rows[alias] = (description, "; ".join(_users(key)))
    return table(
        ("key", "protects", "used by, where an identity policy allows it too"),
        ((code(alias), description, users) for alias, (description, users) in rows.items()),
    )


def _users(key: Resource) -> list[str]:
    statements: list[dict[str, Any]] = key.properties["KeyPolicy"]["Statement"]
    return [_user(s) for s in statements if s["Sid"] not in (_ADMINISTRATION, _GRANTS)]


def _user(statement: dict[str, Any]) -> str:
    via: list[str] = statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService", [])
    if via:
        services = ", ".join(service.split(".")[0] for service in via)
        return f"principals of this account, through {services}"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", statement["Sid"])
    sentence = words[0] + words[1:].lower()
    return sentence.replace("Cloud trail", "CloudTrail").replace("Cloud watch logs", "CloudWatch Logs")
