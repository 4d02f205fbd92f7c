"""The service control policies: what each denies, how large it is, and where it holds."""

import json
import re
from collections.abc import Sequence
from typing import Any

from docs.tables.assembly import Assembly
from docs.tables.markdown import code, table
from mlops_stages.repeatable.guardrails import size
from mlops_stages.repeatable.guardrails.regions import ANSWERED_ELSEWHERE, NOT_EXEMPT
from mlops_stages.repeatable.service_control_policy import MARGIN_BYTES, MOST_BYTES


def guardrails(assembly: Assembly) -> str:
    """One row a policy."""
    rows: list[tuple[str, str, str, str, str]] = []
    for policy in assembly.of_type("AWS::Organizations::Policy"):
        content: dict[str, Any] = policy.properties["Content"]
        targets: list[object] = policy.properties["TargetIds"]
        units = [_unit(json.dumps(target)) for target in targets if not isinstance(target, str)]
        accounts = [target for target in targets if isinstance(target, str)]
        ours = [assembly.accounts[each] for each in accounts if each in assembly.accounts]
        others = len(accounts) - len(ours)
        rows.append(
            (
                code(policy.properties["Name"]),
                f"{size(content)} of {MOST_BYTES - MARGIN_BYTES}",
                f"units {', '.join(units)}; accounts {', '.join(ours)}" + (f" and {others} more" if others else ""),
                ", ".join(code(statement["Sid"]) for statement in content["Statement"]),
                ", ".join(code(name) for name in _exempt(content)) or "nobody",
            )
        )
    return table(("policy", "bytes", "attached to", "denies", "some of it not to the roles"), rows)


def elsewhere() -> str:
    """What is exempt from the region deny, and what AWS exempts and we do not, each by its reason."""
    exempt = [("exempt", reason, _listed(actions)) for reason, actions in ANSWERED_ELSEWHERE.items()]
    denied = [("denied", reason, _listed(actions)) for reason, actions in NOT_EXEMPT.items()]
    return table(("outside the allowed regions", "because", "actions"), [*exempt, *denied])


def _listed(actions: Sequence[str]) -> str:
    return ", ".join(code(action) for action in actions)


def _exempt(content: dict[str, Any]) -> list[str]:
    """The names of the roles that some statement of a policy lets through."""
    roles: set[str] = set()
    for statement in content["Statement"]:
        arns = statement.get("Condition", {}).get("ArnNotLike", {}).get("aws:PrincipalArn", [])
        roles |= {arn.partition(":role/")[2] for arn in ([arns] if isinstance(arns, str) else arns)}
    return sorted(roles)


def _unit(reference: str) -> str:
    found = re.search(r"Guardrails(\w+?)Unit", reference)
    return found[1].lower() if found else reference
