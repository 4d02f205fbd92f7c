"""Who may do what, from the statements that the policies are made of."""

from collections.abc import Mapping
from typing import Any, cast

from docs.tables.markdown import code, table
from mlops_stages.foundation import Account, Perimeter
from mlops_stages.foundation.isolated_network import Network
from mlops_stages.foundation.persona_policies import CAPABILITIES, STATEMENTS, Capability
from mlops_stages.foundation.statement import Statement
from mlops_stages.platform import Persona

ACCOUNT = Account(
    platform="PLATFORM",
    perimeter=Perimeter(partition="aws", account="ACCOUNT", region="REGION"),
    network=Network(vpc_id="", subnet_ids=("SUBNETS",), workload_security_group_id="GROUP"),
    instance_types=("INSTANCE-TYPES",),
    key_arn="arn:aws:kms:REGION:ACCOUNT:key/STUDIO",
)
SHORTER = (
    (f"{ACCOUNT.platform}/${{aws:PrincipalTag/team}}/", f"{ACCOUNT.platform}/TEAM/"),
    ("${aws:PrincipalTag/team}", "TEAM"),
    ("${aws:PrincipalTag/person}", "PERSON"),
    (":REGION:ACCOUNT:", ":"),
    ("::ACCOUNT:", ":"),
    ("arn:aws:", ""),
)


def personas() -> str:
    """The capabilities of each persona."""
    head = ("persona", *(code(capability.value) for capability in Capability))
    rows = (
        (persona.value.replace("_", " "), *("yes" if c in CAPABILITIES[persona] else "" for c in Capability))
        for persona in Persona
    )
    return table(head, rows)


def capabilities() -> str:
    """Every statement of every capability."""
    return "\n\n".join(_capability(capability) for capability in Capability)


def _capability(capability: Capability) -> str:
    statements = STATEMENTS[capability]
    summary = (statements.__doc__ or "").split("\n", maxsplit=1)[0]
    rows = (
        (code(s.sid), _actions(s), _resources(s), _conditions(s.conditions or {}), s.why) for s in statements(ACCOUNT)
    )
    return f"### `{capability}`\n\n{summary}\n\n" + table(("statement", "allows", "on", "only if", "why"), rows)


def _actions(statement: Statement) -> str:
    by_service: dict[str, list[str]] = {}
    for action in sorted(statement.actions):
        service, _, name = action.partition(":")
        by_service.setdefault(service, []).append(name)
    return "; ".join(f"{service}: {', '.join(names)}" for service, names in by_service.items())


def _resources(statement: Statement) -> str:
    return ", ".join(code(_short(resource)) for resource in statement.resources)


def _conditions(conditions: Mapping[str, Mapping[str, Any]]) -> str:
    said = [
        f"{key} {_condition(operator, value)}" for operator, keys in conditions.items() for key, value in keys.items()
    ]
    return "; ".join(said)


def _condition(operator: str, value: object) -> str:
    if operator == "Null":
        return "is given" if value == "false" else "is not given"
    values = cast("list[object]", value) if isinstance(value, list) else [value]
    among = "are all among" if operator.startswith("ForAllValues") else "is"
    return f"{among} {' or '.join(code(_short(str(v))) for v in values)}"


def _short(text: str) -> str:
    for long, short in SHORTER:
        text = text.replace(long, short)
    return text
