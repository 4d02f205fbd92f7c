"""AlarmRule: the rule of a composite alarm over the states of others.

    rule    = all { "OR" all }
    all     = single { "AND" single }
    single  = "NOT" single | "(" rule ")" | "TRUE" | "FALSE" | STATE "(" alarm ")"
            | "AT_LEAST" "(" number [ "%" ] "," [ "NOT" ] STATE "," "(" alarm { "," alarm } ")" ")"

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from mlops_stages.local.server.cloudwatch.refusals import invalid

MOST_CHILDREN = 100
MOST_ELEMENTS = 500
"""Alarms, constants and pairs of parentheses, as on AWS."""
_DEEPEST = 60
_NUMBER = re.compile(r"(\d{1,3})(%?)")
_STATES = ("ALARM", "OK", "INSUFFICIENT_DATA")
_TOKEN = re.compile(r"\s*(?:(?P<quoted>\"(?:[^\"\\]|\\.)*\")|(?P<sign>[(),])|(?P<word>[^\s(),\"]+))")


@dataclass(frozen=True)
class Constant:
    """TRUE or FALSE."""

    holds: bool


@dataclass(frozen=True)
class Child:
    """An alarm, by name or ARN, in a state."""

    state: str
    alarm: str


@dataclass(frozen=True)
class Not:
    """A negation."""

    operand: Rule


@dataclass(frozen=True)
class Several:
    """Rules of which all must hold, or any."""

    all: bool
    operands: tuple[Rule, ...]


@dataclass(frozen=True)
class AtLeast:
    """Some of several alarms, a number or a percentage of them, in a state or not in it."""

    least: int
    percent: bool
    negated: bool
    state: str
    alarms: tuple[str, ...]


Rule = Constant | Child | Not | Several | AtLeast


@functools.lru_cache(maxsize=512)
def parse(text: str) -> Rule:
    """Return the tree of a rule; ServiceError where it is none."""
    parser = _Parser(text)
    rule = parser.rule()
    parser.end()
    if len(children(rule)) > MOST_CHILDREN:
        raise invalid(f"AlarmRule must not refer to more than {MOST_CHILDREN} alarms.")
    return rule


def children(rule: Rule) -> tuple[str, ...]:
    """The alarms that a rule names, by name or ARN, each once."""
    match rule:
        case Constant():
            found: tuple[str, ...] = ()
        case Child():
            found = (rule.alarm,)
        case AtLeast():
            found = rule.alarms
        case Not():
            found = children(rule.operand)
        case Several():
            found = tuple(alarm for operand in rule.operands for alarm in children(operand))
    return tuple(dict.fromkeys(found))


def holds(rule: Rule, state_of: Callable[[str], str | None]) -> bool:
    """Whether a rule holds; `state_of` tells an alarm's state, None where there is no such alarm."""
    match rule:
        case Constant():
            return rule.holds
        case Child():
            return state_of(rule.alarm) == rule.state
        case AtLeast():
            count = sum((state_of(alarm) == rule.state) != rule.negated for alarm in rule.alarms)
            return count * 100 >= rule.least * len(rule.alarms) if rule.percent else count >= rule.least
        case Not():
            return not holds(rule.operand, state_of)
        case Several():
            return (all if rule.all else any)(holds(operand, state_of) for operand in rule.operands)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._elements = 0
        self._depth = 0

    def _peek(self) -> tuple[str, str, int]:
        """The kind, the text and the end of the next token."""
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            return (
                "end",
                "<EOF>" if not self._text[self._at :].strip() else self._text[self._at :].strip()[:20],
                self._at,
            )
        kind = str(found.lastgroup)
        return kind, found.group(kind), found.end()

    def _take(self, *wanted: str) -> str | None:
        kind, text, end = self._peek()
        if kind == "end" or kind == "quoted" or text not in wanted:
            return None
        self._at = end
        return text

    def _fail(self, expected: str) -> Exception:
        return invalid(
            f"Error in AlarmRule [Unsupported token '{self._peek()[1][:60]}' at char {self._at}, must be: {expected}]"
        )

    def _need(self, sign: str) -> None:
        if self._take(sign) is None:
            raise self._fail(f"'{sign}'")

    def end(self) -> None:
        if self._peek()[:2] != ("end", "<EOF>"):
            raise self._fail("<EOF>, 'AND', 'OR'")

    def rule(self) -> Rule:
        return self._several("OR", lambda: self._several("AND", self._single))

    def _several(self, word: str, part: Callable[[], Rule]) -> Rule:
        operands = [part()]
        while self._take(word):
            operands.append(part())
        return operands[0] if len(operands) == 1 else Several(word == "AND", tuple(operands))

    def _single(self) -> Rule:
        self._elements += 1
        self._depth += 1
        if self._elements > MOST_ELEMENTS or self._depth > _DEEPEST:
            raise invalid(
                f"AlarmRule has more than {MOST_ELEMENTS} elements, or nests more than {_DEEPEST} levels deep."
            )
        rule = self._operand()
        self._depth -= 1
        return rule

    def _operand(self) -> Rule:
        word = self._take("NOT", "(", "TRUE", "FALSE", *_STATES, "AT_LEAST")
        if word == "NOT":
            return Not(self._single())
        if word == "(":
            rule = self.rule()
            self._need(")")
            return rule
        if word in ("TRUE", "FALSE"):
            return Constant(word == "TRUE")
        if word in _STATES:
            self._need("(")
            child = Child(word, self._alarm())
            self._need(")")
            return child
        if word == "AT_LEAST":
            return self._at_least()
        raise self._fail("'(', 'NOT', TRUE or FALSE, ALARM, OK, or INSUFFICIENT_DATA")

    def _alarm(self) -> str:
        kind, text, end = self._peek()
        if kind not in ("word", "quoted"):
            raise self._fail("the name or the ARN of an alarm")
        self._at = end
        self._elements += 1
        return re.sub(r"\\(.)", r"\1", text[1:-1]) if kind == "quoted" else text

    def _at_least(self) -> Rule:
        self._need("(")
        _, text, end = self._peek()
        number = _NUMBER.fullmatch(text)
        if number is None:
            raise self._fail("a number, or a percentage")
        self._at = end
        self._need(",")
        negated = self._take("NOT") is not None
        state = self._take(*_STATES)
        if state is None:
            raise self._fail("ALARM, OK, or INSUFFICIENT_DATA")
        self._need(",")
        self._need("(")
        alarms = [self._alarm()]
        while self._take(","):
            alarms.append(self._alarm())
        self._need(")")
        self._need(")")
        return AtLeast(int(number.group(1)), bool(number.group(2)), negated, state, tuple(alarms))
