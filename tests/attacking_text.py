"""Texts against regular expressions: what an expression takes, and what makes a backtracking engine slow.

An expression is slow where a part that repeats can take the same text in several ways. So each repeated part is given
its own text again and again, behind a text that leads to it, and at the end something that spoils the match.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator
from typing import Any

_parser: Any = importlib.import_module("re._parser")
_constants: Any = importlib.import_module("re._constants")

Node = Any
"""A part of a parsed expression: an operation and its argument."""


def parsed(expression: str, flags: int = 0) -> Node:
    """Return the parts of an expression as Python's `re` reads them."""
    return _parser.parse(expression, flags)


def example(parts: Node, chance: random.Random, groups: dict[int, str] | None = None) -> str:
    """Return a text that an expression most probably takes."""
    known: dict[int, str] = {} if groups is None else groups
    return "".join(_example(operation, argument, chance, known) for operation, argument in parts)


def _example(operation: Any, argument: Any, chance: random.Random, groups: dict[int, str]) -> str:  # noqa: ANN401
    name = str(operation)
    if name == "LITERAL":
        return chr(argument)
    if name == "NOT_LITERAL":
        return "b" if argument == ord("a") else "a"
    if name == "ANY":
        return chance.choice("a/ -")
    if name == "IN":
        return _member(argument, chance)
    if name == "BRANCH":
        return example(chance.choice(argument[1]), chance, groups)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, repeated = argument
        return "".join(example(repeated, chance, groups) for _ in range(chance.randint(least, min(most, least + 3))))
    if name == "SUBPATTERN":
        groups[argument[0]] = example(argument[3], chance, groups)
        return groups[argument[0]]
    if name == "ATOMIC_GROUP":
        return example(argument, chance, groups)
    if name == "GROUPREF":
        return groups.get(argument, "")
    return ""  # places and look-around


def _member(choices: Any, chance: random.Random) -> str:  # noqa: ANN401
    if str(choices[0][0]) == "NEGATE":
        candidates = [c for c in "aZ0 ~_-/.:\t\"'$" if not any(_holds(each, c) for each in choices[1:])]
        return chance.choice(candidates or ["\u00e9"])
    operation, argument = chance.choice(choices)
    if str(operation) == "LITERAL":
        return chr(argument)
    if str(operation) == "RANGE":
        return chr(chance.randint(*argument))
    return {"CATEGORY_DIGIT": "7", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "w"}.get(str(argument), "%")


def _holds(choice: Any, character: str) -> bool:  # noqa: ANN401
    operation, argument = choice
    name = str(operation)
    if name == "LITERAL":
        return ord(character) == argument
    if name == "RANGE":
        return argument[0] <= ord(character) <= argument[1]
    return {
        "CATEGORY_DIGIT": character.isdigit(),
        "CATEGORY_SPACE": character.isspace(),
        "CATEGORY_WORD": character.isalnum() or character == "_",
        "CATEGORY_NOT_SPACE": not character.isspace(),
    }.get(str(argument), False)


def attacks(expression: str, length: int, flags: int = 0) -> Iterator[str]:
    """Yield texts of about a length that repeat each repeated part of an expression, and then spoil the match."""
    parts = list(parsed(expression, flags))
    for lead, unit in _pumps(parts, "", random.Random(7)):
        if unit:
            pumped = lead + unit * ((length - len(lead)) // len(unit))
            for spoiler in ("", "\x00", "#main"):
                yield pumped[: length - len(spoiler)] + spoiler


def _pumps(parts: Any, lead: str, chance: random.Random) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    for operation, argument in parts:
        name = str(operation)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and argument[1] > 8:
            yield lead, example(argument[2], chance) or "a"
            yield "", example(argument[2], chance)
            yield from _pumps(argument[2], lead, chance)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            yield from _pumps(argument[2], lead, chance)
        elif name == "SUBPATTERN":
            yield from _pumps(argument[3], lead, chance)
        elif name == "ATOMIC_GROUP":
            yield from _pumps(argument, lead, chance)
        elif name == "BRANCH":
            for branch in argument[1]:
                yield from _pumps(branch, lead, chance)
        lead += _example(operation, argument, chance, {})
