"""From a file to a Platform, or to all that is wrong with it."""

import codecs
import json
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

from pydantic import ValidationError

from mlops_stages import files
from mlops_stages.platform.errors import Fault, PlatformErrors, Source, escaped
from mlops_stages.platform.plain import map_of
from mlops_stages.platform.platform import Platform
from mlops_stages.platform.rules import faults_in
from mlops_stages.platform.translation import translated
from mlops_stages.platform.yaml_tree import Tree, read_tree

LARGEST = 2**20
"""The most bytes of a platform.yaml: about 500 teams of 10 people."""

_SHOWN_PATH = 300


def load(path: Path) -> Platform:
    """The platform in a file. PlatformErrors, with every mistake in it, if it is not one."""
    file = escaped(str(path), _SHOWN_PATH)
    try:
        tree = read_tree(_text_of(path))
    except _UnreadableError as unreadable:
        raise Source(file).errors([unreadable.fault]) from None
    return _platform(tree, file)


def loads(text: str, file: str | None = None) -> Platform:
    """The platform in a text, as `load` reads it from a file; `file` is what errors call it."""
    return _platform(read_tree(text), file)


def parse(platform: Mapping[str, object]) -> Platform:
    """The platform in plain data (maps, lists, texts, numbers), checked as a file is; its errors name no file."""
    return _platform(Tree(root=dict(platform), complete=True), None)


class _UnreadableError(Exception):
    def __init__(self, code: str, message: str, line: int | None = None) -> None:
        super().__init__(code, message)
        self.fault = Fault(code, (), message, line=line)


def _text_of(path: Path) -> str:
    return _decoded(_bytes_of(path))


def _bytes_of(path: Path) -> bytes:
    try:
        return files.content(path, LARGEST)
    except FileNotFoundError:
        raise _UnreadableError("PLT-001", "There is no such file.") from None
    except files.TooLargeError:
        raise _UnreadableError("PLT-003", f"It has more than {LARGEST:,} bytes.") from None
    except files.UnfitFileError as error:
        raise _UnreadableError("PLT-002", f"{error.reason[:1].upper()}{error.reason[1:]}.") from None
    except OSError as error:
        raise _UnreadableError("PLT-002", f"It cannot be read: {escaped(error.strerror or str(error))}.") from None


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _UnreadableError("PLT-004", "It is UTF-16, not UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _UnreadableError("PLT-004", f"Byte {error.start + 1} is not UTF-8.", line) from None


def _platform(tree: Tree, file: str | None) -> Platform:
    source = Source(file, tree.lines)
    if not tree.complete:
        raise source.errors(tree.faults)
    try:
        # By way of JSON, where a list may become a tuple and a word an enum; nothing else is converted.
        platform = Platform.model_validate_json(json.dumps(tree.root))
    except ValidationError as error:
        # Each is worded as it is asked for, so that a hostile file costs no more than what is told of it.
        faults = chain(tree.faults, translated(error, Platform, tree), faults_in(map_of(tree.root)))
    except PlatformErrors:
        faults = chain(tree.faults, faults_in(map_of(tree.root)))
    else:
        if not tree.faults:
            return platform.read_from(source)
        faults = iter(tree.faults)
    raise source.errors(faults)
