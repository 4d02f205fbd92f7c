"""Lambda: a worker's process as ministack takes one, and the folders that it gets."""

from __future__ import annotations

import importlib.metadata
import io
import re
import stat
import zipfile
from collections.abc import Callable, ItemsView
from pathlib import Path
from typing import IO

from mlops_stages.local import containers
from mlops_stages.local.containers import Started, trees

UNZIPPED = 250 * containers.MIB
"""Of code and layers together, as on AWS. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

_MOST_FILES = 50_000
_DISTRIBUTION = re.compile(r"python/([A-Za-z0-9_.]+)-([^-/]+)\.dist-info/METADATA")
_MOST_RESPONSE = 7 * containers.MIB  # 6 MB as on AWS, and what goes around it


class Answers:
    """What a function answers, line by line, as text; one longer than AWS allows ends it."""

    def __init__(self, stream: IO[bytes], too_long: Callable[[], None]) -> None:
        self._stream = stream
        self._too_long = too_long

    def readline(self) -> str:
        """Return the next line, empty at the end."""
        try:
            line = self._stream.readline(_MOST_RESPONSE)
        except (OSError, ValueError):
            return ""
        if len(line) >= _MOST_RESPONSE:
            self._too_long()
            return ""
        return line.decode("utf-8", "replace")


class Process:
    """A container as ministack takes a process: `subprocess.Popen` with text streams."""

    def __init__(self, started: Started) -> None:
        self._started = started
        if started.stdin is None or started.stdout is None or started.stderr is None:
            raise RuntimeError("a function's streams are pipes")
        self.stdin = io.TextIOWrapper(started.stdin, encoding="utf-8", write_through=True)
        self.stdout = Answers(started.stdout, started.kill)
        self.stderr = io.TextIOWrapper(started.stderr, encoding="utf-8", errors="replace")

    def poll(self) -> int | None:
        """Return the exit code, None while it runs."""
        return self._started.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code."""
        return self._started.wait(timeout)

    def terminate(self) -> None:
        """End it at once: Lambda gives no time either."""
        self._started.kill()

    def kill(self) -> None:
        """End it at once."""
        self._started.kill()


def is_installed(content: bytes) -> bool:
    """Return whether a layer is a compiled package, of Lambda's machine, that this environment has in the same version.

    It was built for arm64 and another Python, and what is installed here takes its place.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        return False
    packages = {found[1]: found[2] for name in names if (found := _DISTRIBUTION.fullmatch(name))}
    is_compiled = any(name.endswith(".so") for name in names)
    return is_compiled and len(packages) == 1 and packages.items() <= _installed()


def _installed() -> ItemsView[str, str]:
    return {each.name: each.version for each in importlib.metadata.distributions()}.items()


def unzip(content: bytes, folder: Path, most: int) -> int:
    """Unpack an archive for everybody to read; return how many of the bytes are left. Raises RuntimeError."""
    folder.mkdir()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            left = most - sum(entry.file_size for entry in entries)
            if left < 0 or len(entries) > _MOST_FILES:
                raise RuntimeError(f"Unzipped size must be smaller than {UNZIPPED} bytes, in {_MOST_FILES} files")
            for entry in entries:
                archive.extract(entry, folder)
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise RuntimeError(f"the code cannot be unpacked: {error}") from error
    for found in trees.walk(folder):
        mode = 0o755 if found.is_folder or found.status.st_mode & stat.S_IXUSR else 0o644
        (folder / found.path).chmod(mode)
    folder.chmod(0o755)
    return left
