"""What each role's work takes of AWS, and what beside it is denied: the tables that the tests judge."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from docs.tables.assembly import Assembly
from docs.tables.markdown import code, table
from tests.invariants.statements import as_list
from tests.work.tables import read

_HEAD = ("work", "takes", "on", "with", "denied beside it")


def work(_: Assembly) -> str:
    """Every table, under who does it."""
    return "\n\n".join(_of(each) for each in read())


def _of(each: Mapping[str, Any]) -> str:
    who = each["who"]
    roles = ", ".join(code(name) for name in each["roles"])
    rows = (_row(part, each.get("from")) for part in each["work"])
    said = "".join(
        f"\n\nGranted, and taken by none of it: {_names(entry['parts'])} of `{entry['statement']}`; {entry['because']}."
        for entry in each.get("spare", [])
    )
    return f"### {who[0].upper()}{who[1:]}\n\n{roles}, in {each['account']}\n\n{table(_HEAD, rows)}{said}"


def _row(part: Mapping[str, Any], network: str | None) -> Sequence[str]:
    leaves_from = part.get("from", network)
    through = [f"through {part['through']}"] if part.get("through") else []
    by = [f"by an endpoint in {leaves_from}"] if leaves_from and not through else []
    keys = [f"{key} {_value(value)}" for key, value in part.get("with", {}).items() if value is not None]
    return (
        f"[{part['does']}]({part['source']})",
        _actions(part["actions"]),
        _names(as_list(part["on"])),
        "; ".join((*through, *by, *keys)),
        "; ".join(part.get("not", {})),
    )


def _actions(actions: Iterable[str]) -> str:
    by_service: dict[str, list[str]] = {}
    for action in actions:
        service, _, name = action.partition(":")
        by_service.setdefault(service, []).append(name)
    return "; ".join(f"{service}: {', '.join(names)}" for service, names in by_service.items())


def _names(values: Iterable[str]) -> str:
    return ", ".join(code(_short(value)) for value in values)


def _value(value: object) -> str:
    return ", ".join(code(_short(str(each))) for each in as_list(value))


def _short(value: str) -> str:
    return value.removeprefix("arn:aws:").replace("{region}:", "").replace("{account}:", "")
