"""Ends a container that takes more memory or disk than it may: what the kernel does not hold it to by itself."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mlops_stages.local.containers import trees
from mlops_stages.local.containers.limits import MIB, RESERVE, Limits

_EVERY_S, _AT_REST_S = 0.25, 1.0
"""How often it looks, and at most how seldom where nothing changes: functions are kept, and wait most of the time."""
_DISK_EVERY_S = 2.0
_MOST_ENTRIES = 1_000_000
_COUNTED = ("RssAnon", "RssShmem")
_SECTOR = 512


class Watch:
    """Looks at the processes below one, and at directories, until it is stopped; tells once that too much is taken."""

    def __init__(self, pid: int, limits: Limits, directories: Sequence[Path], too_much: Callable[[], None]) -> None:
        self.exceeded = ""
        self._pid = pid
        self._limits = limits
        self._directories = directories
        self._too_much = too_much
        self._over = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._look, name=f"watch-{self._pid}", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._over.set()

    def _look(self) -> None:
        looked, wait, held = time.monotonic(), _EVERY_S, 0
        while not self.exceeded and not self._over.wait(wait):
            before, held = held, memory(self._pid)
            wait = _EVERY_S if held != before else min(2 * wait, _AT_REST_S)
            if held > self._limits.memory:
                self.exceeded = f"more than {self._limits.memory // MIB} MiB of memory"
            elif self._directories and time.monotonic() - looked > _DISK_EVERY_S:
                self.exceeded = self._disk()
                looked = time.monotonic()
        if self.exceeded:
            self._too_much()

    def _disk(self) -> str:
        used = entries = 0
        try:
            for directory in self._directories:
                free = os.statvfs(directory)
                if free.f_bavail * free.f_frsize < RESERVE:
                    return f"the disk's last {RESERVE // MIB} MiB"
                for entry in trees.walk(directory):
                    used += entry.status.st_blocks * _SECTOR
                    entries += 1
                    if entries > _MOST_ENTRIES:
                        return f"more than {_MOST_ENTRIES} files"
        except trees.TooDeepError as error:
            return f"a tree whose {error}"
        except OSError:
            return ""  # it goes while we look
        return f"more than {self._limits.disk // MIB} MiB of disk" if used > self._limits.disk else ""


def memory(pid: int) -> int:
    """Return the bytes that a process and all below it hold, and that are in no file."""
    return sum(_resident(each) for each in _family(pid))


def _family(pid: int) -> Iterator[int]:
    waiting = [pid]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += children(each)


def children(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started and that run."""
    for told in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            yield from (int(child) for child in told.read_text("ascii").split())


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return 0
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    return sum(int(fields[name].split()[0]) * 1024 for name in _COUNTED if name in fields)
