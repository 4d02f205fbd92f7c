"""The command line of bubblewrap for a container.

https://github.com/containers/bubblewrap
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

_NEEDED = ("--clearenv", "--die-with-parent", "--disable-userns", "--perms", "--size", "--remount-ro")
"""Options of ours that older ones lack: 0.8, of 2023, has them all."""

PROGRAM = "/run/init.py"
"""Where the container's first program is inside."""

_ISOLATED = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")


@functools.cache
def path() -> str | None:
    """Return the bubblewrap of this machine; None for none, one too old, or one that is root's for everybody."""
    found = shutil.which("bwrap")
    if found is None or os.stat(found).st_mode & (stat.S_ISUID | stat.S_ISGID):  # noqa: PTH116
        return None
    try:
        told = subprocess.run([found, "--help"], capture_output=True, text=True, check=False, env={}, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found if all(option in told.stdout + told.stderr for option in _NEEDED) else None


def command(specification: dict[str, Any], program: Path, opened: contextlib.ExitStack) -> tuple[list[str], list[int]]:
    """Return the words that run a Python program in the container, and the descriptors that bubblewrap reads from.

    Its options are in one of them: its command line can be read inside, and need not tell where things are outside.
    """
    descriptors: list[int] = []

    def file(text: str) -> str:
        descriptors.append(_file(text, opened))
        return str(descriptors[-1])

    words = [*_ISOLATED, "--hostname", "container", "--die-with-parent", "--new-session", "--as-pid-1"]
    words += ["--clearenv", "--cap-drop", "ALL", *_user(specification)]
    words += ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev"]
    for target, size, mode in specification["scratch"]:
        words += ["--perms", mode, "--size", str(size), "--tmpfs", target]
    bound = [*specification["readable"], *specification["writable"]]
    for folder in _above([target for target, _source in bound]):
        words += ["--perms", "0755", "--dir", folder]  # else they are of root alone
    for target, source in specification["readable"]:
        words += ["--ro-bind", source, target]
    for target, source in specification["writable"]:
        words += ["--bind", source, target]
    for target, link in specification["links"]:
        words += ["--symlink", link, target]
    for target, text in [*specification["files"], (PROGRAM, program.read_text("utf-8"))]:
        words += ["--perms", "0444", "--file", file(text), target]
    words += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]
    return [path() or "bwrap", "--args", file("\0".join(words)), "--"], descriptors


def _above(targets: Sequence[str]) -> list[str]:
    """Return the folders that have to be made for what is bound, from the top."""
    above = {str(folder) for target in targets for folder in PurePosixPath(target).parents}
    return sorted(above - {"/", "/tmp", "/dev", "/proc"})  # noqa: S108  # which are there


def _user(specification: dict[str, Any]) -> list[str]:
    """Return the options of who runs it: root keeps what `init.py` needs to become the container's user, no more."""
    if specification["user"] is None:
        inside = str(specification["inside"])
        return ["--unshare-user", "--disable-userns", "--uid", inside, "--gid", inside]
    return [word for name in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP") for word in ("--cap-add", name)]


def _file(text: str, opened: contextlib.ExitStack) -> int:
    descriptor = os.memfd_create("file")
    opened.callback(os.close, descriptor)
    os.write(descriptor, text.encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
