"""Metric math as text: a small grammar, read into a tree without running anything.

    or      = and { ("OR" | "||") and }
    and     = compare { ("AND" | "&&") compare }
    compare = sum { ("==" | "!=" | "<=" | ">=" | "<" | ">") sum }
    sum     = product { ("+" | "-") product }
    product = signed { ("*" | "/") signed }
    signed  = "-" signed | power
    power   = primary [ "^" signed ]
    primary = number | text | id | FUNCTION "(" [ or { "," or } ] ")" | "[" or { "," or } "]" | "(" or ")"

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

LONGEST = 2048
"""Characters of an expression, as on AWS."""
_DEEPEST = 40

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|\"(?P<text>[^\"]*)\"|'(?P<quoted>[^']*)'|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/^<>()\[\],]))"
)
_LEVELS = (
    frozenset({"OR", "||"}),
    frozenset({"AND", "&&"}),
    frozenset({"==", "!=", "<=", ">=", "<", ">"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/"}),
)
_SAME = {"&&": "AND", "||": "OR"}


class ExpressionError(ValueError):
    """An expression that does not mean anything."""


@dataclass(frozen=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True)
class Text:
    """A text in quotes."""

    value: str


@dataclass(frozen=True)
class Reference:
    """A metric or an expression by its id."""

    id: str


@dataclass(frozen=True)
class Keyword:
    """A word in capitals that is not a function here: REPEAT."""

    word: str


@dataclass(frozen=True)
class Call:
    """A function with its arguments."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Items:
    """An array of time series."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Negation:
    """A unary minus."""

    operand: Node


@dataclass(frozen=True)
class Chain:
    """Operators of one level in a row, from left to right: `a + b - c`."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


Node = Number | Text | Reference | Keyword | Call | Items | Negation | Chain


@functools.lru_cache(maxsize=1024)
def parse(expression: str) -> Node:
    """Return the tree of an expression; ExpressionError where it is none."""
    if len(expression) > LONGEST:
        raise ExpressionError(f"it is longer than {LONGEST} characters")
    return _Parser(_tokens(expression)).whole()


def references(node: Node) -> frozenset[str]:
    """The ids that an expression names itself; METRICS() names none."""
    if isinstance(node, Reference):
        return frozenset({node.id})
    return frozenset[str]().union(*(references(child) for child in children(node)))


def functions(node: Node) -> frozenset[str]:
    """The functions that an expression calls."""
    own = frozenset({node.function}) if isinstance(node, Call) else frozenset[str]()
    return own.union(*(functions(child) for child in children(node)))


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below a node."""
    match node:
        case Call():
            return node.arguments
        case Items():
            return node.items
        case Negation():
            return (node.operand,)
        case Chain():
            return (node.first, *(operand for _, operand in node.rest))
        case _:
            return ()


@dataclass(frozen=True)
class _Token:
    kind: str
    value: str


def _tokens(expression: str) -> list[_Token]:
    tokens: list[_Token] = []
    at, end = 0, len(expression.rstrip())
    while at < end:
        found = _TOKEN.match(expression, at)
        if found is None:
            raise ExpressionError(f"it cannot be read at character {at + 1}: {expression[at : at + 20]!r}")
        kind = str(found.lastgroup)
        tokens.append(_Token("text" if kind == "quoted" else kind, found.group(kind)))
        at = found.end()
    return tokens


class _Parser:
    """Reads tokens; as deep as an expression may nest, and no deeper."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._level(0)
        if self._at < len(self._tokens):
            raise ExpressionError(f"{self._tokens[self._at].value[:40]!r} is not expected there")
        return node

    def _next(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "the end")

    def _takes(self, *signs: str) -> bool:
        token = self._next()
        taken = token.kind == "sign" and token.value in signs
        self._at += taken
        return taken

    def _needs(self, sign: str) -> None:
        if not self._takes(sign):
            raise ExpressionError(f"{sign!r} is expected instead of {self._next().value[:40]!r}")

    def _level(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._signed()
        first = self._level(level + 1)
        rest: list[tuple[str, Node]] = []
        while self._next().kind in ("sign", "word") and self._next().value in _LEVELS[level]:
            operator = self._next().value
            self._at += 1
            rest.append((_SAME.get(operator, operator), self._level(level + 1)))
        return Chain(first, tuple(rest)) if rest else first

    def _signed(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError(f"it nests more than {_DEEPEST} levels deep")
        node = Negation(self._signed()) if self._takes("-") else self._power()
        self._depth -= 1
        return node

    def _power(self) -> Node:
        base = self._primary()
        return Chain(base, (("^", self._signed()),)) if self._takes("^") else base

    def _primary(self) -> Node:
        if self._takes("("):
            node = self._level(0)
            self._needs(")")
            return node
        if self._takes("["):
            return Items(self._listed("]"))
        token = self._next()
        self._at += 1
        if token.kind == "number":
            return Number(float(token.value))
        if token.kind == "text":
            return Text(token.value)
        if token.kind == "word":
            return self._word(token.value)
        raise ExpressionError(f"{token.value[:40]!r} is not expected there")

    def _word(self, word: str) -> Node:
        if self._takes("("):
            if word != word.upper():
                raise ExpressionError(f"{word[:40]!r} is not a function: functions are written in capitals")
            empty = self._takes(")")
            return Call(word, () if empty else self._listed(")"))
        return Reference(word) if word[0].islower() else Keyword(word)

    def _listed(self, closing: str) -> tuple[Node, ...]:
        items = [self._level(0)]
        while self._takes(","):
            items.append(self._level(0))
        self._needs(closing)
        return tuple(items)
