"""The list of refused lines: file, line, code and SHA-256 of each, and nothing that it holds."""

from __future__ import annotations

import json
from collections import Counter
from typing import TextIO

from .capture_files import Line


class Quarantine:
    """Writes the list to a file."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._codes = Counter[str]()

    @property
    def codes(self) -> dict[str, int]:
        """How many lines and files were refused, by code."""
        return dict(sorted(self._codes.items()))

    def add(self, line: Line, code: str) -> None:
        """Put a line on it, or a file that is not read."""
        self._codes[code] += 1
        said = {"file": line.key, "line": line.number, "code": code, "sha256": line.sha256}
        self._file.write(json.dumps(said, sort_keys=True, separators=(",", ":")) + "\n")
