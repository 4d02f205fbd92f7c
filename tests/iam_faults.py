"""What is wrong with a policy's statement by AWS's own data: an action, a resource or a condition that never counts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlops_stages.condition_keys import spellings
from tests.iam_data import Action, actions, has_many_values
from tests.invariants.statements import Statement, as_list

_Known = Mapping[str, Sequence[Action]]


def faults(statement: Statement) -> Iterator[str]:
    """Every fault of a statement whose references are resolved, in words.

    Of several actions on several resources each action must be on one of the resources, and each resource one that
    some action is on; of a condition key, each action must have it.
    """
    named = as_list(statement.get("Action", statement.get("NotAction", [])))
    found = {name: actions(name) for name in named if name != "*"}
    yield from (f"no action is named {name}" for name, meant in found.items() if not meant)
    if "NotAction" in statement:
        return
    known = {name: meant for name, meant in found.items() if meant}
    if "Resource" in statement:
        yield from _resource_faults(known, as_list(statement["Resource"]))
    for operator, keys in statement.get("Condition", {}).items():
        for key in keys:
            if denies_what_is_given(statement, operator, key):
                continue
            yield from _key_faults(known, key)
            for wrong in (_in_one_spelling(keys, operator, key), _of_other_number(operator, key)):
                if wrong:
                    yield f"{operator} of {key}: {wrong}"


def denies_what_is_given(statement: Statement, operator: str, key: str) -> bool:
    """Whether it refuses whoever gives a key: of one with two spellings, that takes a statement for each."""
    wanted = str(statement["Condition"][operator][key]).lower()
    return len(spellings(key)) > 1 and (statement["Effect"], operator, wanted) == ("Deny", "Null", "false")


def _resource_faults(known: _Known, resources: Sequence[str]) -> Iterator[str]:
    every = [action for meant in known.values() for action in meant]
    if every:
        useless = (resource for resource in resources if not any(action.is_on(resource) for action in every))
        yield from (f"none of its actions is on {resource}" for resource in useless)
    for name, meant in known.items():
        if not any(action.is_on(resource) for action in meant for resource in resources):
            kinds = sorted({kind.name for action in meant for kind in action.resource_types})
            yield f"{name} is on {', '.join(kinds) or '* alone'}, which none of its resources is"


def _key_faults(known: _Known, key: str) -> Iterator[str]:
    for name, meant in known.items():
        if not any(action.supplies(each) for action in meant for each in spellings(key)):
            yield f"AWS supplies no {key} for {name}"


def _in_one_spelling(keys: Mapping[str, Any], operator: str, key: str) -> str | None:
    """What is wrong with a condition on a key that AWS may supply in either of its spellings."""
    names = spellings(key)
    if len(names) == 1:
        return None
    missing = [name for name in names if name not in keys]
    if missing:
        return f"AWS may call it {', '.join(missing)}, which this operator does not ask for"
    if len({str(keys[name]) for name in names}) > 1:
        return "its two spellings are not asked for the same"
    holds_without = "Not" in operator or operator.endswith("IfExists") or operator.startswith("ForAllValues:")
    if not holds_without and not (operator == "Null" and str(keys[key]).lower() == "true"):
        return "it holds only where AWS supplies both spellings at once"
    return None


def _of_other_number(operator: str, key: str) -> str | None:
    """What is wrong with an operator for lists on a key of one value, or the other way round.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    """
    for_lists = operator.startswith(("ForAllValues:", "ForAnyValue:"))
    if operator != "Null" and for_lists != has_many_values(key):
        return "the key holds one value" if for_lists else "the key holds a list: say ForAllValues or ForAnyValue"
    return None
