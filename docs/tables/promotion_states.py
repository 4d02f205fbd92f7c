"""The states of a promotion, from the definition that is deployed."""

import json
from typing import Any

from docs.tables.markdown import code, table
from mlops_stages.reliable.promotion.states import definition


def promotion_states() -> str:
    """One row a state, in their order; those of both environments once."""
    states = _states()
    rows: dict[str, tuple[str, str, str, str]] = {}
    for name, state in states.items():
        if "Production" in name and name.replace("Production", "Staging") in states and name != "LockProduction":
            continue
        shown = name if name.startswith("Lock") else name.replace("Staging", "...")
        comment = str(state["Comment"])
        if shown != name:
            comment = comment.replace("staging", "the account")
        rows[shown] = (code(shown), comment, _waits(state), _next(state))
    return table(("state", "what it does", "waits for", "then"), rows.values())


def one_approval_states() -> str:
    """One row a state that only a model has whose retrained versions need one approval."""
    states, others = _states("low"), _states()
    rows = [
        (code(name), str(state["Comment"]), _waits(state), _next(state))
        for name, state in states.items()
        if name not in others
    ]
    return table(("state", "what it does", "waits for", "then"), rows)


def _states(one_approval: str | None = None) -> dict[str, Any]:
    machine = definition(partition="aws", task_arn="task", test_arn="test", one_approval=one_approval)
    return json.loads(machine)["States"]


def _waits(state: dict[str, Any]) -> str:
    if state["Type"] == "Wait":
        return f"{state['Seconds']} s"
    if str(state.get("Resource", "")).endswith(".waitForTaskToken"):
        return f"a person, {state['TimeoutSeconds'] // 86400} days"
    errors = {"LockHeldError": "another's lock", "StackBusyError": "another's update"}
    waited = [
        f"{errors[each['ErrorEquals'][0]]}, {each['IntervalSeconds'] * each['MaxAttempts'] // 3600} h"
        for each in state.get("Retry", [])
        if each["ErrorEquals"][0] in errors and each["MaxAttempts"]
    ]
    return ", ".join(waited)


def _next(state: dict[str, Any]) -> str:
    targets = [each["Next"] for each in state.get("Choices", [])]
    targets += [state[name] for name in ("Default", "Next") if name in state]
    told = [each["Next"] for each in state.get("Catch", [])]
    names = [each if each.startswith("Lock") else each.replace("Staging", "...") for each in dict.fromkeys(targets)]
    return ", ".join(map(code, names)) + (f"; fails to {code(told[0])}" if told else "")
