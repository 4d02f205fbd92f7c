"""What work takes in a process of its own: processor time and memory. Needs the standard library alone."""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable


def told(work: Callable[[], object]) -> None:
    """Work, and print as JSON how many seconds of processor time it took, and the process's peak memory in MB."""
    began = _processor()
    work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e6 / 1024)
    sys.stdout.write(f"\n{json.dumps({'seconds': _processor() - began, 'peak': peak})}\n")


def _processor() -> float:
    """Of this process and of those that it started."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
