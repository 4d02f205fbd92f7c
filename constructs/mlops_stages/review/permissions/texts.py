"""CloudFormation's values as texts that can be compared."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, cast

_OPEN, _CLOSE = "\x02", "\x03"
"""Around what is known only once it is deployed: no text of a template holds these, for they are taken out of it."""
_STANDS_FOR = re.compile("\x02([^\x02\x03]*)\x03")
_VARIABLE = re.compile(r"\$\{([!A-Za-z0-9:.]+)\}")
_PSEUDO = "AWS::"


class Texts:
    """Renders the values of one template: functions that join texts are joined, and the rest stands for itself.

    A reference is rendered with the type of what it refers to, so that a name that passes to a resource of another type
    is not the same text. Account and region are filled in where the stack's are known.
    """

    def __init__(self, resources: Mapping[str, Any], parameters: Mapping[str, Any], known: Mapping[str, str]) -> None:
        self._resources = resources
        self._parameters = parameters
        self._known = known

    def of(self, value: object) -> str:
        """The text of a value; the same for two values only if they are the same once deployed."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return value.replace(_OPEN, "").replace(_CLOSE, "")
        if isinstance(value, int | float):
            return str(value)
        body = cast("dict[str, object]", value) if isinstance(value, dict) else {}
        for function, argument in body.items() if len(body) == 1 else ():
            rendered = self._function(function, argument)
            if rendered is not None:
                return rendered
        return f"{_OPEN}{self._digest(cast('object', value))}{_CLOSE}"

    def _function(self, function: str, argument: object) -> str | None:
        if isinstance(argument, str):
            return self._of_a_text(function, argument)
        given = cast("list[object]", argument) if isinstance(argument, list) else []
        if len(given) != 2 or not isinstance(given[0], str):
            return None
        first, second = given[0], given[1]
        if function == "Fn::GetAtt" and isinstance(second, str):
            return self._reference(first, second)
        if function == "Fn::Join" and isinstance(second, list):
            return self.of(first).join(self.of(part) for part in cast("list[object]", second))
        if function == "Fn::Sub" and isinstance(second, dict):
            return self._substituted(first, cast("dict[str, object]", second))
        return None

    def _of_a_text(self, function: str, argument: str) -> str | None:
        if function == "Ref":
            return self._reference(argument)
        if function == "Fn::GetAtt":
            return self._reference(*argument.split(".", 1))
        return self._substituted(argument, {}) if function == "Fn::Sub" else None

    def _substituted(self, text: str, values: Mapping[str, object]) -> str:
        def filled(found: re.Match[str]) -> str:
            name = found[1]
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in values:
                return self.of(values[name])
            return self._reference(*name.split(".", 1))

        return _VARIABLE.sub(filled, self.of(text))

    def _reference(self, name: str, attribute: str = "") -> str:
        if name.startswith(_PSEUDO):
            return self._known.get(name, f"{_OPEN}{name}{_CLOSE}")
        if name in self._parameters:
            return f"{_OPEN}{name}={self._digest(self._parameters[name])}{_CLOSE}"
        kind = self._resources.get(name, {}).get("Type", "")
        return f"{_OPEN}{kind}:{name}.{attribute}{_CLOSE}"

    @staticmethod
    def _digest(value: object) -> str:
        # By its digest: a wildcard somewhere in it is none of the whole.
        return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def readable(text: str) -> str:
    """A rendered text as a person reads it: `${Name.Attribute}` for what is known once deployed."""
    return _STANDS_FOR.sub(_read, text)


def _read(found: re.Match[str]) -> str:
    name = found[1].partition("=")[0]
    return f"${{{name.rpartition(':')[2].rstrip('.') if '.' in name else name}}}"
