"""Which package group of CodeArtifact a package belongs to, by its name alone.

https://docs.aws.amazon.com/codeartifact/latest/ug/package-group-definition-syntax-matching-behavior.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

ROOT = "/*"
_PATTERN = re.compile(r"/\*|/[a-z]+/(\*|[^/]*/(\*|[^/*$~]+[$~])|[^/*$~]+~)")


def is_pattern(text: str) -> bool:
    """Say whether a text is one of the forms that a pattern may have."""
    return _PATTERN.fullmatch(text) is not None


def path(format: str, namespace: str, package: str) -> str:
    """Return a package's path; Python's names are compared in their normal form, as CodeArtifact keeps them."""
    name = re.sub(r"[-_.]+", "-", package).lower() if format == "pypi" else package
    return f"/{format}/{namespace}/{name}"


def covers(pattern: str, package: str) -> bool:
    """Say whether a pattern covers a package's path; a prefix ends where a word ends."""
    stem, suffix = pattern[:-1], pattern[-1]
    if suffix == "*":
        return package.startswith(stem)
    if suffix == "$":
        return package == stem
    rest = package.removeprefix(stem)
    return package.startswith(stem) and (not rest or not rest[0].isalnum())


def closest(patterns: Iterable[str], package: str) -> str:
    """Return the most specific of the patterns that cover a path; the root covers everything."""
    return max((pattern for pattern in patterns if covers(pattern, package)), key=len, default=ROOT)


def parent(patterns: Iterable[str], child: str) -> str:
    """Return the closest of the patterns above another one."""
    above = (pattern for pattern in patterns if pattern != child and covers(pattern, child[:-1]))
    return max(above, key=len, default=ROOT)
