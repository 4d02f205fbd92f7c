"""How deep a document of a request nests: what follows it would need as many levels of Python's stack.

Read by its brackets, before any parser sees it: JSON as the body, and JSON or YAML in one of its texts, as policies,
templates and definitions come.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import accumulate, count
from operator import sub

DEEPEST = 100
"""Levels of objects and lists; AWS's own requests have fewer than twenty, policies three to five."""
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_BRACKETS = b"[]{}"
_OPENS = bytes(2 if byte in b"[{" else 0 for byte in range(256))
"""Two for a bracket that opens, none for one that closes: one less for each gives the depth."""
_OTHERS = bytes(set(range(256)) - set(_BRACKETS))
_CONSTANT = re.compile(rb"(?<![\w.\"])(?:NaN|-?Infinity)(?![\w\"])")


def is_deep(document: bytes) -> bool:
    """Whether JSON, or a document in one of its texts, nests deeper than is read."""
    if document.count(b"[") + document.count(b"{") + document.count(b"\\u00") <= DEEPEST:
        return False
    return _depth_exceeds(_STRING.sub(b"", document)) or any(_is_deep_text(text) for text in _texts(document))


def has_constants(document: bytes) -> bool:
    """Whether JSON has a number that JSON does not know, such as NaN."""
    if b"NaN" not in document and b"Infinity" not in document:
        return False
    return _CONSTANT.search(_STRING.sub(b'""', document)) is not None


def has_half_characters(document: bytes) -> bool:
    """Whether JSON escapes half of a character, which no text can be."""
    if _SURROGATE.search(document) is None:
        return False
    try:
        json.dumps(json.loads(document), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False  # no JSON at all
    return False


def is_deep_document(text: str) -> bool:
    """Whether a text that is a document itself, JSON or YAML, nests deeper than is read."""
    content = text.encode("utf-8", "surrogatepass")
    if content.lstrip()[:1] in (b"{", b"["):
        return is_deep(content)
    return _depth_exceeds(content) or any(_is_deep_line(line) for line in content.splitlines())


def _is_deep_line(line: bytes) -> bool:
    """Whether a line of YAML is indented further than is read, by spaces or by the marks of lists in lists."""
    indented = len(line) - len(line.lstrip(b" -?:"))
    return indented > 2 * DEEPEST


def _texts(document: bytes) -> Iterator[str]:
    """The long texts of JSON that may be documents themselves."""
    for found in _STRING.finditer(document):
        if found.end() - found.start() > 2 * DEEPEST:
            try:
                text: str = json.loads(found[0])
            except ValueError:
                continue
            if text.lstrip()[:1] in ("{", "["):
                yield text


def _is_deep_text(text: str) -> bool:
    content = text.encode("utf-8", "surrogatepass")
    if not is_deep(content):
        return False
    try:
        json.loads(content)  # a line of a log may hold as many brackets, and is not a document
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def _depth_exceeds(document: bytes) -> bool:
    """Whether more brackets are open at once than are read."""
    brackets = document.translate(_OPENS, _OTHERS)
    return max(map(sub, accumulate(brackets), count(1)), default=0) > DEEPEST
