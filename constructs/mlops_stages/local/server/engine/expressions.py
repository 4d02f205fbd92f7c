"""Regular expressions in ministack's services, in linear time: what requests give them is matched by RE2.

Log queries, filters of lists, patterns of parameters, choices of state machines and the like hand a caller's text to
Python's `re`. Each service's module gets another `re` here, which reads the same expressions.
"""

from __future__ import annotations

import functools
import gzip
import importlib
import re
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from mlops_stages import expressions
from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.bodies import GZIP

_PACKAGE = "ministack.services."
_LONGEST = 16_384
"""Characters of an expression; the names of a list's filters are the longest that is joined into one."""
_REPEATS = frozenset("*+?{")
_INLINE = ((re.IGNORECASE, "i"), (re.MULTILINE, "m"), (re.DOTALL, "s"))


class _Compiled:
    """An expression of RE2 with the methods of Python's; text with half of a character in it matches nothing."""

    def __init__(self, compiled: Any, pattern: str) -> None:  # noqa: ANN401  # re2 has no types
        self._compiled = compiled
        self.pattern = pattern

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever else the expression has
        return getattr(self._compiled, name)

    def match(self, text: str, *places: int) -> Any:  # noqa: ANN401  # a match, or None
        return self._tried(self._compiled.match, text, places)

    def fullmatch(self, text: str, *places: int) -> Any:  # noqa: ANN401
        return self._tried(self._compiled.fullmatch, text, places)

    def search(self, text: str, *places: int) -> Any:  # noqa: ANN401
        return self._tried(self._compiled.search, text, places)

    @staticmethod
    def _tried(method: Callable[..., Any], text: str, places: tuple[int, ...]) -> Any:  # noqa: ANN401
        try:
            return method(text, *places)
        except UnicodeEncodeError:
            return None


class LinearExpressions(ModuleType):
    """The module `re` as ministack's services see it: what is compiled while a request is served is RE2's."""

    def __init__(self) -> None:
        super().__init__("re", "Python's `re`, with RE2 behind what requests can reach.")

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # the rest of the module is as it was
        return getattr(re, name)

    def compile(self, pattern: Any, flags: int = 0) -> Any:  # noqa: ANN401  # as re.compile
        """Return an expression; `re.error` for one that RE2 does not read."""
        return _compiled(pattern, int(flags)) if isinstance(pattern, str) else re.compile(pattern, flags)

    def match(self, pattern: Any, text: str, flags: int = 0) -> Any:  # noqa: ANN401  # as re.match
        """Match at the beginning."""
        return self.compile(pattern, flags).match(text)

    def fullmatch(self, pattern: Any, text: str, flags: int = 0) -> Any:  # noqa: ANN401  # as re.fullmatch
        """Match the whole text."""
        return self.compile(pattern, flags).fullmatch(text)

    def search(self, pattern: Any, text: str, flags: int = 0) -> Any:  # noqa: ANN401  # as re.search
        """Match somewhere."""
        return self.compile(pattern, flags).search(text)


LINEAR = LinearExpressions()


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str, flags: int) -> Any:  # noqa: ANN401
    if not _REPEATS.intersection(pattern):  # each character of a text is looked at once, whoever looks
        return re.compile(pattern, flags)
    if flags & re.VERBOSE:
        raise re.error("RE2 has no verbose expressions", pattern)
    inline = "".join(letter for flag, letter in _INLINE if flags & flag)
    try:
        found = expressions.raw(f"(?{inline}){pattern}" if inline else pattern, longest=_LONGEST)
    except expressions.ExpressionError as error:
        raise re.error(str(error), pattern) from error
    return _Compiled(found, pattern)


def mend_expressions() -> None:
    """Give ministack's services, those that are loaded and those to come, expressions that do not backtrack."""
    load: Callable[[str], ModuleType] = ministack.app._get_module

    def load_and_mend(name: str) -> ModuleType:
        module = load(name)
        _mend(module)
        return module

    ministack.app._get_module = load_and_mend
    importlib.import_module(f"{_PACKAGE}cloudformation.engine")
    for name, module in list(sys.modules.items()):
        if name.startswith(_PACKAGE):
            _mend(module)


class _Wildcards:
    """An event pattern's wildcards, with the one method of an expression that ministack calls."""

    def __init__(self, pattern: str) -> None:
        self._pattern = _ESCAPED.sub(lambda found: found[1].replace("*", _ASTERISK), pattern)

    def match(self, value: str) -> bool | None:
        """Whether the whole value is what the pattern says; None where it is not, as of an expression."""
        return expressions.fits(value.replace("*", _ASTERISK), self._pattern, one=None) or None


_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
"""A backslash, and what it takes the meaning from."""
_ASTERISK = "\ufffc"


@functools.lru_cache(maxsize=1024)
def _wildcards(pattern: str) -> _Wildcards:
    return _Wildcards(pattern)


def _mend(module: ModuleType) -> None:
    if module.__name__ == f"{_PACKAGE}bedrock_runtime":
        return  # looks for words of its own by look-around
    if module is ministack.eventbridge:
        ministack.eventbridge._wildcard_regex = _wildcards  # it looks ahead, and back at groups
    if getattr(module, "re", None) is re:
        vars(module)["re"] = LINEAR
    if getattr(module, "gzip", None) is gzip:
        vars(module)["gzip"] = GZIP
