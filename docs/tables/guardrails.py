"""The service control policies: what each denies, how large it is, and where it holds."""

import json
import re
from typing import Any

from docs.tables.assembly import Assembly
from docs.tables.markdown import code, table
from mlops_stages.repeatable.guardrails import size
from mlops_stages.repeatable.service_control_policy import MARGIN_BYTES, MOST_BYTES


def guardrails(assembly: Assembly) -> str:
    """One row a policy."""
    rows: list[tuple[str, str, str, str]] = []
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
            )
        )
    return table(("policy", "bytes", "attached to", "denies"), rows)


def _unit(reference: str) -> str:
    found = re.search(r"Guardrails(\w+?)Unit", reference)
    return found[1].lower() if found else reference
