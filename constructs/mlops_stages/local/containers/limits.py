"""How much of the machine a container may take.

Where a number of AWS's exists, it is the one: a job's volume, a function's memory, processes, files and /tmp. The rest
is chosen so that a command that runs wild is ended before the machine is.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30
SHARED_MEMORY = 512 * MIB
HOME = 64 * MIB
_TMP = 512 * MIB
_PROCESSES = 1024
_OPEN_FILES = 4096
_INTERPRETER = 512 * MIB
"""What a runtime maps and never touches, so that it does not count as used memory."""

RESERVE = GIB
"""What every container leaves free of the disk under its own directory."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bytes, unless said otherwise."""

    memory: int
    """Resident, all processes together: measured four times a second while it changes, and once a second at rest."""

    disk: int
    """What is in the writable directories, all together: measured as well. Also of a single file, by the kernel."""

    tmp: int = _TMP
    """The temporary directory, which is memory: by the kernel. /dev/shm has 512 MiB, the home directory 64 MiB."""

    processes: int = _PROCESSES
    """And threads, all together: by the kernel."""

    open_files: int = _OPEN_FILES
    """Of one process: by the kernel."""

    def resources(self) -> Mapping[str, int]:
        """Return what the kernel holds each process to."""
        return {
            "RLIMIT_CORE": 0,
            "RLIMIT_DATA": self.memory + _INTERPRETER,
            "RLIMIT_FSIZE": max(self.disk, self.tmp),
            "RLIMIT_NOFILE": self.open_files,
            "RLIMIT_NPROC": self.processes,
        }


def of_machine(*, disk: int = 30 * GIB) -> Limits:
    """Return the limits of a job: three quarters of the machine's memory, and threads for each of its processors."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * 3 // 4
    return Limits(memory=memory, disk=disk, processes=max(_PROCESSES, 32 * (os.cpu_count() or 1)))


def of_function(*, memory: int, tmp: int = _TMP) -> Limits:
    """Return the limits of a function, as AWS has them: 1,024 processes and threads, 1,024 open files.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    return Limits(memory=memory, disk=0, tmp=tmp, processes=1024, open_files=1024)
