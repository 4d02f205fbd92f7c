"""CloudWatch Logs filter patterns: which log events a metric filter counts.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, cast

from mlops_stages import expressions
from mlops_stages.expressions import ExpressionError, fits

Test = Callable[[Any], bool]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<mark>\(|\)|&&|\|\||!=|>=|<=|=|>|<)
        | "(?P<text>(?:[^"\\]|\\.)*)"
        | %(?P<regex>[^%]*)%
        | (?P<path>\$(?:\.[A-Za-z0-9_-]+|\[\d+\]|\[\*\]|\.\*)*)
        | (?P<word>[^\s()&|=<>!"]+)
    )""",
    re.VERBOSE,
)

Token = tuple[str, str]


class PatternError(ValueError):
    """A filter pattern that is none, or of the space-delimited kind, which is not read here."""


LONGEST = 1024
"""Characters of a filter pattern (API_PutMetricFilter)."""
_DEEPEST = 20
"""Levels of parentheses."""


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Callable[[str], bool]:
    """Return the test of a log event's message for a filter pattern; raises PatternError."""
    if len(pattern) > LONGEST:
        raise PatternError(f"the pattern has more than {LONGEST} characters")
    stripped = pattern.strip()
    if not stripped:
        return lambda message: True
    if stripped.startswith("["):
        raise PatternError(f"space-delimited patterns are not evaluated: {pattern}")
    if not stripped.startswith("{"):
        return _terms(stripped)
    if not stripped.endswith("}"):
        raise PatternError(f"a JSON pattern ends with a brace: {pattern}")
    test = _Parser(_tokens(stripped[1:-1])).whole()

    def matches(message: str) -> bool:
        try:
            return test(json.loads(message))
        except (ValueError, RecursionError):
            return False

    return matches


def _terms(pattern: str) -> Callable[[str], bool]:
    """Return the test of an unstructured pattern: words that must occur, ?alternatives, -words that must not."""
    found = [(sign, quoted or word) for sign, quoted, word in re.findall(r'([?-]?)(?:"([^"]*)"|(\S+))', pattern)]
    needed = [term for sign, term in found if not sign]
    alternatives = [term for sign, term in found if sign == "?"]
    forbidden = [term for sign, term in found if sign == "-"]

    def matches(message: str) -> bool:
        return (
            all(term in message for term in needed)
            and (not alternatives or any(term in message for term in alternatives))
            and not any(term in message for term in forbidden)
        )

    return matches


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    while text[position:].strip():
        found = _TOKEN.match(text, position)
        if found is None or found.lastgroup is None:
            raise PatternError(f"cannot read the pattern at {text[position:]!r}")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        position = found.end()
    return tokens


class _Parser:
    """A JSON pattern's grammar: comparisons joined by && and ||, with parentheses."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def whole(self) -> Test:
        """Read the whole pattern."""
        test = self._any()
        if self._next != len(self._tokens):
            raise PatternError(f"unexpected {self._tokens[self._next][1]!r}")
        return test

    def _take(self, *marks: str) -> str | None:
        if self._next < len(self._tokens) and self._tokens[self._next] in [("mark", mark) for mark in marks]:
            self._next += 1
            return self._tokens[self._next - 1][1]
        return None

    def _any(self) -> Test:
        tests = [self._all()]
        while self._take("||"):
            tests.append(self._all())
        return lambda event: any(test(event) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._take("&&"):
            tests.append(self._one())
        return lambda event: all(test(event) for test in tests)

    def _one(self) -> Test:
        if self._take("("):
            self._depth += 1
            if self._depth > _DEEPEST:
                raise PatternError(f"parentheses are nested more than {_DEEPEST} levels deep")
            test = self._any()
            self._depth -= 1
            if not self._take(")"):
                raise PatternError("a parenthesis is not closed")
            return test
        path = self._value("path")[1]
        operator = self._take("=", "!=", ">", "<", ">=", "<=")
        if operator is None:
            return _existence(path, [self._value("word")[1].upper(), self._value("word")[1].upper()])
        return _comparison(path, operator, self._value("text", "regex", "word"))

    def _value(self, *kinds: str) -> Token:
        if self._next >= len(self._tokens) or self._tokens[self._next][0] not in kinds:
            raise PatternError(f"expected {' or '.join(kinds)}")
        self._next += 1
        return self._tokens[self._next - 1]


_ABSENT = object()


def _at(event: object, path: str) -> object:
    """Return what lies at a path such as $.user.roles[0]; `_ABSENT` where nothing does."""
    for name, index in re.findall(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]", path):
        if name:
            event = cast("Mapping[str, object]", event).get(name, _ABSENT) if isinstance(event, Mapping) else _ABSENT
        else:
            items = cast("list[object]", event) if isinstance(event, list) else []
            event = items[int(index)] if int(index) < len(items) else _ABSENT
    return event


def _existence(path: str, words: list[str]) -> Test:
    tests: Mapping[tuple[str, ...], Test] = {
        ("NOT", "EXISTS"): lambda event: _at(event, path) is _ABSENT,
        ("IS", "NULL"): lambda event: _at(event, path) is None,
        ("IS", "TRUE"): lambda event: _at(event, path) is True,
        ("IS", "FALSE"): lambda event: _at(event, path) is False,
    }
    if tuple(words) not in tests:
        raise PatternError(f"expected NOT EXISTS or IS NULL, TRUE or FALSE, not {' '.join(words)}")
    return tests[tuple(words)]


def _comparison(path: str, operator: str, value: Token) -> Test:
    kind, text = value
    if operator in {"=", "!="}:
        same_as = _regular(text) if kind == "regex" else partial(fits, pattern=text, one=None)

        def equal(event: object) -> bool:
            found = _at(event, path)
            if found is _ABSENT or found is None:
                return False
            spelled = _spelled(found)
            return same_as(spelled) is (operator == "=")

        return equal
    try:
        bound = float(text)
    except ValueError as error:
        raise PatternError(f"{operator} compares numbers, not {text!r}") from error
    comparisons: Mapping[str, Callable[[float], bool]] = {
        ">": lambda number: number > bound,
        "<": lambda number: number < bound,
        ">=": lambda number: number >= bound,
        "<=": lambda number: number <= bound,
    }
    compare = comparisons[operator]

    def ordered(event: object) -> bool:
        found = _at(event, path)
        return isinstance(found, int | float) and not isinstance(found, bool) and compare(found)

    return ordered


def _regular(expression: str) -> Callable[[str], bool]:
    try:
        return expressions.compiled(f"(?s){expression}").occurs_in
    except ExpressionError as error:
        raise PatternError(f"{expression!r} is not a regular expression: {error}") from error


def _spelled(found: object) -> str:
    if isinstance(found, bool):
        return "true" if found else "false"
    return found if isinstance(found, str) else json.dumps(found)
