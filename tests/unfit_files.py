"""What may stand where a file should, and be no file that a command may read."""

import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path


def _sparse(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(600 << 20)


def _socket(path: Path) -> None:
    """A socket that nobody listens on; its name may be longer than an address of one."""
    with socket.socket(socket.AF_UNIX) as made:
        here = os.open(path.parent, os.O_RDONLY)
        made.bind(f"/proc/self/fd/{here}/{path.name}")
        os.close(here)


UNFIT: Mapping[str, Callable[[Path], object]] = {
    "FIFO": os.mkfifo,
    "directory": Path.mkdir,
    "socket": _socket,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "sparse file": _sparse,
}
"""By kind, what puts one at a path; the socket needs /proc."""
