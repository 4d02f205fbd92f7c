"""The keys, and who uses each, from the key policies in the templates."""

import re
from typing import Any

from docs.tables.assembly import Assembly, Resource
from docs.tables.markdown import code, table

_ADMINISTRATION = "AdministratorsManageButDoNotDecrypt"
_GRANTS = "ServicesHoldGrantsForWhatTheyEncrypt"
_THROUGH = "PrincipalsOfThisAccountUseItThroughServices"


def keys(assembly: Assembly) -> str:
    """One row a key; the teams' keys of one classification are one row each."""
    aliases = {
        (alias.stack, alias.properties["TargetKeyId"]["Ref"]): alias.properties["AliasName"]
        for alias in assembly.of_type("AWS::KMS::Alias")
    }
    rows: dict[tuple[str, str], tuple[str, list[str], list[str]]] = {}
    for key in assembly.of_type("AWS::KMS::Key"):
        alias = aliases[key.stack, key.logical_id]
        description = str(key.properties["Description"])
        if key.of_team is not None:
            alias, description = alias.replace(f"/{key.of_team}/", "/TEAM/"), description.replace(key.of_team, "TEAM")
        _, where, users = rows.setdefault((alias, description), (description, [], []))
        for known, new in ((where, [key.purpose]), (users, _users(key))):
            known += [each for each in new if each not in known]
    return table(
        ("key", "in", "protects", "used by, where an identity policy allows it too"),
        (
            (code(alias), ", ".join(where), description, "; ".join(users))
            for (alias, _), (description, where, users) in rows.items()
        ),
    )


def _users(key: Resource) -> list[str]:
    statements: list[dict[str, Any]] = key.properties["KeyPolicy"]["Statement"]
    return [_user(s) for s in statements if s["Sid"] not in (_ADMINISTRATION, _GRANTS)]


def _user(statement: dict[str, Any]) -> str:
    if statement["Sid"] == _THROUGH:
        via: list[str] = statement["Condition"]["StringEquals"]["kms:ViaService"]
        return f"principals of this account, through {', '.join(service.split('.')[0] for service in via)}"
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", statement["Sid"])
    sentence = words[0] + words[1:].lower()
    for written, meant in (
        ("Cloud trail", "CloudTrail"),
        ("Cloud watch logs", "CloudWatch Logs"),
        ("sage maker", "SageMaker"),
        ("through s3", "through S3"),
        ("teams", "team's"),
    ):
        sentence = sentence.replace(written, meant)
    return sentence
