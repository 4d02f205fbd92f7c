"""Every use of Python's `re` in the package: its expression is ours, and no text makes it slow.

Expressions that somebody gives go through `mlops_stages.expressions`, which does not backtrack.
"""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import mlops_stages
from tests import attacking_text

PACKAGE = Path(mlops_stages.__file__).parent
LENGTH = 20_000
"""Characters of an attack: what is cubic takes hours on it, what is quadratic seconds, what is linear a millisecond."""
MOST_S = 0.25

MADE_OF_PARTS = {
    "local/server/api/request_details.py": 1,  # a prefix of AWS's, escaped
    "local/server/engine/expressions.py": 2,  # the seam to ministack's modules: without a repeat, or of bytes
    "local/server/cloudformation/api_types.py": 1,  # a class of characters, given by the caller in the code
    "platform/rules_of_delivery.py": 1,  # a constant of the platform's model, judged there
    "platform/rules_of_networks.py": 2,  # as well
    "platform/text.py": 1,  # as well
    "repeatable/source_repository.py": 3,  # as well
    "supply_chain/release.py": 1,  # the package's name; what repeats is bounded, or ends with its line
}
"""How many expressions of a file are no literals, and why that is right."""

OF_RE = frozenset({"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"})

Use = tuple[str, str | None, int, tuple[str, ...]]


def sources() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if "template" not in path.relative_to(PACKAGE).parts:
            yield path


@cache
def uses() -> tuple[Use, ...]:
    """Every expression that is given to `re`: file, expression where it is a literal, flags, and how it is asked."""
    found: list[Use] = []
    for path in sources():
        text = path.read_text("utf-8")
        if "re." not in text:
            continue
        module = ast.parse(text)
        constants = _constants(module)
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and _is_of_re(node.func):
                expression = _text(node.args[0], constants)
                flags = re.VERBOSE if "VERBOSE" in ast.unparse(node) else 0
                asked = _asked(text, node)
                found.append((path.relative_to(PACKAGE).as_posix(), expression, flags, asked))
    return tuple(found)


def _is_of_re(function: ast.expr) -> bool:
    match function:
        case ast.Attribute(value=ast.Name(id="re"), attr=name):
            return name in OF_RE
        case _:
            return False


def _asked(text: str, call: ast.Call) -> tuple[str, ...]:
    """How an expression is asked: `search` for all that look for it anywhere."""
    called = ast.unparse(call.func).removeprefix("re.")
    if called == "compile":
        line = text.splitlines()[call.lineno - 1]
        name = re.match(r"(\w+)(?:: [^=]+)? = re\.compile", line)
        methods = re.findall(rf"\b{name[1]}\.([a-z]+)\(", text) if name is not None else []
        methods = methods or re.findall(r"\b[a-z]+\.(fullmatch|match|search)\(", text)  # given to a function as it is
    else:
        methods = [called]
    known = {method if method in ("fullmatch", "match") else "search" for method in methods}
    return tuple(sorted(known)) or ("fullmatch", "search")


def _constants(module: ast.Module) -> dict[str, str]:
    return {
        node.targets[0].id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def _text(node: ast.expr, constants: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value.decode("latin-1") if isinstance(node.value, bytes) else str(node.value)
    return constants.get(node.id) if isinstance(node, ast.Name) else None


def test_expressions_are_found() -> None:
    assert len(uses()) > 60


def test_an_expression_is_written_where_it_is_used() -> None:
    made: dict[str, int] = {}
    for path, expression, *_ in uses():
        if expression is None:
            made[path] = made.get(path, 0) + 1
    assert made == MADE_OF_PARTS


@pytest.mark.parametrize(("path", "expression", "flags", "asked"), [use for use in uses() if use[1] is not None])
def test_no_text_makes_an_expression_slow(path: str, expression: str, flags: int, asked: tuple[str, ...]) -> None:
    compiled = re.compile(expression, flags)
    for text in attacking_text.attacks(expression, LENGTH, flags):
        for method in asked:
            began = time.process_time()
            getattr(compiled, method)(text)
            took = time.process_time() - began
            assert took < MOST_S, f"{path}: {expression!r} takes {took:.1f} s for {text[:60]!r}..."


def test_globs_are_not_made_into_expressions() -> None:
    named = {path.name for path in sources() if re.search(r"\bfnmatch", path.read_text("utf-8"))}
    assert named <= {"conditions.py"}, "wildcards of policies are `expressions.fits`"
