"""Statements of policies as sets of texts, and whether others take one of them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Any, cast

from mlops_stages.review.permissions.conditions import Conditions, implies
from mlops_stages.review.permissions.patterns import arn_takes_in, has_wildcard, takes_in
from mlops_stages.review.permissions.texts import Texts, readable

ANYBODY = "*"
_MOST_PARTS = 100_000
"""Of one statement: IAM's policies have a few hundred. Of more than that, the statement is told as a whole."""
_ROOT = ":root"


@dataclass(frozen=True)
class Terms:
    """What an element lists: `Action`, `Resource`, `Principal`; or, with `but`, everything except that."""

    texts: frozenset[str]
    but: bool = False


EVERYTHING = Terms(frozenset({"*"}))


@dataclass(frozen=True)
class Statement:
    """One statement; without principals, of whoever holds the policy."""

    allows: bool
    actions: Terms
    resources: Terms
    principals: Terms | None
    conditions: Conditions = field(hash=False)

    def parts(self) -> Iterator[Statement]:
        """The statement in as many as its lists have combinations: each allows or denies a part of it."""
        principals = (None,) if self.principals is None else tuple(_single(self.principals))
        for action, resource, principal in product(_single(self.actions), _single(self.resources), principals):
            yield Statement(self.allows, action, resource, principal, self.conditions)

    @property
    def size(self) -> int:
        """How many parts it has."""
        listed = (self.actions, self.resources, *(() if self.principals is None else (self.principals,)))
        return prod(1 if terms.but else len(terms.texts) for terms in listed)

    def says(self) -> str:
        """The statement in words."""
        verb = "allows" if self.allows else "denies"
        who = "" if self.principals is None else f" to {_listed(self.principals)}"
        when = "; ".join(
            f"{operator} {key} {', '.join(sorted(values))}"
            for (operator, key), values in sorted(self.conditions.items())
        )
        said = f"{verb} {_listed(self.actions)} on {_listed(self.resources)}{who}"
        return readable(f"{said}, if {when}" if when else said)


def not_covered(statements: Iterable[Statement], by: Iterable[Statement]) -> list[Statement]:
    """The parts of statements that no statement of `by` takes in, each once, in order."""
    others = tuple(by)
    missing: dict[tuple[object, ...], Statement] = {}
    for statement in statements:
        if any(_covers(other, statement) for other in others):
            continue
        for part in statement.parts() if statement.size <= _MOST_PARTS else (statement,):
            if not any(_covers(other, part) for other in others):
                conditions = tuple(sorted((key, tuple(sorted(values))) for key, values in part.conditions.items()))
                missing.setdefault((part.actions, part.resources, part.principals, conditions), part)
    return list(missing.values())


def _covers(wide: Statement, part: Statement) -> bool:
    return (
        wide.allows == part.allows
        and _takes_in(wide.actions, part.actions, takes_in)
        and _takes_in(wide.resources, part.resources, arn_takes_in)
        and _principals(wide.principals, part.principals)
        and implies(part.conditions, wide.conditions)
    )


def _principals(wide: Terms | None, part: Terms | None) -> bool:
    if wide is None or part is None:
        return wide is part
    return _takes_in(wide, part, _is_principal)


def _is_principal(wide: str, narrow: str) -> bool:
    # Principals have no patterns: a wildcard is everybody, or a letter.
    return wide == narrow or (wide == ANYBODY and not narrow.startswith(("Service:", "Federated:")))


def _takes_in(wide: Terms, part: Terms, includes: Any) -> bool:  # noqa: ANN401 - a comparison of two texts
    if part.but:
        if wide.but:
            return all(any(includes(excepted, left) for excepted in part.texts) for left in wide.texts)
        return "*" in wide.texts
    if wide.but:
        return not any(has_wildcard(text) or includes(excepted, text) for text in part.texts for excepted in wide.texts)
    return all(any(includes(other, text) for other in wide.texts) for text in part.texts)


def _single(terms: Terms) -> Iterator[Terms]:
    if terms.but:
        yield terms
    else:
        yield from (Terms(frozenset({text})) for text in sorted(terms.texts))


def _listed(terms: Terms) -> str:
    said = ", ".join(sorted(terms.texts)) or "nothing"
    return f"all but {said}" if terms.but else said


def is_policy(value: object) -> bool:
    """Whether a value is a policy document, or would be taken for one."""
    if not isinstance(value, dict) or "Statement" not in value:
        return False
    statements = cast("dict[str, object]", value)["Statement"]
    entries = cast("list[object]", statements) if isinstance(statements, list) else [statements]
    return any(isinstance(entry, dict) and "Effect" in entry for entry in entries)


def statements_of(policy: dict[str, Any], texts: Texts) -> list[Statement]:
    """The statements of a policy document.

    Raises:
        ValueError: for one that cannot be read.
    """
    given: object = policy["Statement"]
    entries = cast("list[object]", given) if isinstance(given, list) else [given]
    return [_statement(entry, texts) for entry in entries]


def _statement(entry: object, texts: Texts) -> Statement:
    if not isinstance(entry, dict):
        raise ValueError("a statement is not an object")
    body = cast("dict[str, Any]", entry)
    if body.get("Effect") not in ("Allow", "Deny"):
        raise ValueError("a statement's effect is neither Allow nor Deny")
    principals = None
    if "Principal" in body or "NotPrincipal" in body:
        but = "NotPrincipal" in body
        principals = Terms(frozenset(_principal_texts(body["NotPrincipal" if but else "Principal"], texts)), but)
    return Statement(
        allows=body["Effect"] == "Allow",
        actions=_terms(body, "Action", texts, lower=True),
        # A trust policy has no resource: the role itself is.
        resources=_terms(body, "Resource", texts) if {"Resource", "NotResource"} & body.keys() else EVERYTHING,
        principals=principals,
        conditions=_conditions(body.get("Condition", {}), texts),
    )


def _terms(body: dict[str, Any], name: str, texts: Texts, *, lower: bool = False) -> Terms:
    but = f"Not{name}" in body
    if not but and name not in body:
        raise ValueError(f"a statement has no {name}")
    found = _texts(body[f"Not{name}" if but else name], texts)
    return Terms(frozenset(text.lower() if lower else text for text in found), but)


def _texts(value: object, texts: Texts) -> list[str]:
    return [texts.of(each) for each in (cast("list[object]", value) if isinstance(value, list) else [value])]


def _principal_texts(value: object, texts: Texts) -> Iterator[str]:
    if not isinstance(value, dict) or not {"AWS", "Service", "Federated", "CanonicalUser"} >= value.keys():
        yield from (text if text == ANYBODY else f"AWS:{text}" for text in _texts(cast("object", value), texts))
        return
    for kind, given in cast("dict[str, object]", value).items():
        for text in _texts(given, texts):
            if text == ANYBODY and kind == "AWS":
                yield ANYBODY
            else:
                # An account's id stands for the account, as its root's ARN does.
                is_account = kind == "AWS" and text.endswith(_ROOT) and text.count(":") == _COLONS
                yield f"{kind}:{text.split(':')[4] if is_account else text}"


_COLONS = 5


def _conditions(value: object, texts: Texts) -> Conditions:
    if not isinstance(value, dict):
        raise ValueError("a condition is not an object")
    found: dict[tuple[str, str], frozenset[str]] = {}
    for operator, keys in cast("dict[str, object]", value).items():
        if not isinstance(keys, dict):
            # Known once it is deployed, as a whole: equal to itself alone.
            found[operator, ""] = frozenset({texts.of(keys)})
            continue
        for key, values in cast("dict[str, object]", keys).items():
            found[operator, key.lower()] = found.get((operator, key.lower()), frozenset()) | frozenset(
                _texts(values, texts)
            )
    return found
