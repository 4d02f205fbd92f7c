"""Directories that hostile code has had its hands on: walked, read and removed without following what it left there.

Each step goes from an open directory to a name in it, never through a link; a tree deeper than `DEEPEST` is refused.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

DEEPEST = 100
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


@dataclass(frozen=True)
class Entry:
    """A name in a tree; `folder` is the open directory that it is in, good until the next entry is asked for."""

    path: str
    folder: int
    name: str
    status: os.stat_result

    @property
    def kind(self) -> str:
        """What it is, in words."""
        for test, word in _KINDS:
            if test(self.status.st_mode):
                return word
        return "something else"

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.status.st_mode)

    @property
    def is_folder(self) -> bool:
        """Whether it is a directory."""
        return stat.S_ISDIR(self.status.st_mode)

    def open(self) -> BinaryIO:
        """Open the regular file that it is. Raises OSError, also where it is no longer one."""
        return _regular(os.open(self.name, _FILE, dir_fd=self.folder))


_KINDS = (
    (stat.S_ISREG, "file"),
    (stat.S_ISDIR, "directory"),
    (stat.S_ISLNK, "symbolic link"),
    (stat.S_ISFIFO, "FIFO"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISBLK, "device"),
    (stat.S_ISCHR, "device"),
)


class TooDeepError(OSError):
    """A tree is deeper than anybody needs."""


@contextlib.contextmanager
def opened(root: Path, relative: str) -> Generator[int]:
    """Open a directory below another, through directories alone. Raises OSError."""
    folder = os.open(root, _FOLDER)
    try:
        for name in relative.split("/"):
            if name:
                deeper = os.open(name, _FOLDER, dir_fd=folder)
                os.close(folder)
                folder = deeper
        yield folder
    finally:
        os.close(folder)


def walk(root: Path, relative: str = "") -> Iterator[Entry]:
    """Yield all that is below a directory, a directory before what is in it, sorted. Raises OSError, TooDeepError."""
    with opened(root, relative) as top:
        stack = [(top, "", _names(top))]
        try:
            while stack:
                folder, path, names = stack[-1]
                name = next(names, None)
                if name is None:
                    stack.pop()
                    if stack:
                        os.close(folder)
                    continue
                with contextlib.suppress(FileNotFoundError):  # it went while we looked
                    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                    entry = Entry(f"{path}{name}", folder, name, status)
                    yield entry
                    deeper = _entered(entry)
                    if deeper is not None:
                        stack.append((deeper, f"{entry.path}/", _names(deeper)))
                        if len(stack) > DEEPEST:
                            raise TooDeepError(f"directories are nested more than {DEEPEST} deep")
        finally:
            for folder, _path, _left in stack[1:]:
                os.close(folder)


def _names(folder: int) -> Iterator[str]:
    return iter(sorted(os.listdir(folder)))


def _entered(entry: Entry) -> int | None:
    """Open a directory of a tree; None for what is none, or none any more, or not to be looked into."""
    if not entry.is_folder:
        return None
    try:
        return os.open(entry.name, _FOLDER, dir_fd=entry.folder)
    except OSError:
        return None


def text(root: Path, relative: str, most: int) -> bytes:
    """Return the first bytes of a regular file below a directory. Raises OSError for anything else."""
    above, _, name = relative.rpartition("/")
    with opened(root, above) as folder, _regular(os.open(name, _FILE, dir_fd=folder)) as stream:
        return stream.read(most)


def give(root: Path, user: int) -> None:
    """Let a directory and all that is in it be somebody's; what links lead to stays whose it is."""
    for entry in walk(root):
        os.chown(entry.name, user, user, dir_fd=entry.folder, follow_symlinks=False)
    os.chown(root, user, user)


def remove(root: Path) -> None:
    """Remove a directory however deep it is, whatever its modes are; what links lead to stays. Never raises."""
    if root.is_symlink() or not root.is_dir():
        return
    waiting, number = [str(root)], 0
    emptied: list[str] = []
    while waiting:
        folder = waiting.pop()
        emptied.append(folder)
        with contextlib.suppress(OSError):
            os.chmod(folder, stat.S_IRWXU)  # noqa: PTH101
            for entry in list(os.scandir(folder)):
                with contextlib.suppress(OSError):
                    if not entry.is_dir(follow_symlinks=False):
                        os.unlink(entry.path)  # noqa: PTH108
                        continue
                    os.chmod(entry.path, stat.S_IRWXU)  # noqa: PTH101
                    number += 1
                    flat = f"{root}/.removed-{number}"  # paths stay short
                    os.rename(entry.path, flat)  # noqa: PTH104
                    waiting.append(flat)
    for folder in reversed(emptied):
        with contextlib.suppress(OSError):
            os.rmdir(folder)  # noqa: PTH106


def _regular(descriptor: int) -> BinaryIO:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file")
    return os.fdopen(descriptor, "rb")
