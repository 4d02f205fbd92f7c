"""Which permissions of a role no table asks for: each is taken away in turn, and some work must be denied then."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.invariants.statements import as_list
from tests.work import local_judge
from tests.work.tables import Case, Permission
from tests.work.world import Json, Role


def unproved(role: Role, work: Sequence[Case]) -> Iterator[Permission]:
    """The permissions without which the role may do all its work as before; inside `local_judge.judging`."""
    for policy, document in role.policies.items():
        for place, statement in enumerate(document["Statement"]):
            if statement["Effect"] != "Allow":
                continue
            for key in ("Action", "Resource"):
                for part in as_list(statement[key]):
                    poorer = _without(document, place, key, part)
                    if _may_all(replace(role, policies={**role.policies, policy: poorer}), work, statement):
                        yield Permission(statement["Sid"], part)


def _without(document: Json, place: int, key: str, part: str) -> Json:
    statements: list[Mapping[str, Any]] = list(document["Statement"])
    rest = [each for each in as_list(statements[place][key]) if each != part]
    # A statement without actions or resources is none.
    statements[place : place + 1] = [{**statements[place], key: rest}] if rest else []
    return {**document, "Statement": statements}


def _may_all(role: Role, work: Sequence[Case], statement: Mapping[str, Any]) -> bool:
    """Whether all is still allowed; only what the statement speaks of can have changed."""
    actions = set(as_list(statement["Action"]))
    return all(local_judge.allows(replace(case.request, role=role)) for case in work if case.request.action in actions)
