"""Whom a container runs as, outside: this user, or for root an id that owns nothing."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_FIRST, _COUNT = 0x70000000, 1 << 20
"""Ids that no distribution hands out, to people or to containers. https://systemd.io/UIDS-GIDS/"""

_NOBODY = 65534


def unprivileged() -> int | None:
    """Return an id for root's next container, of its own; None for an ordinary user, who is no more than that."""
    if os.geteuid() != 0:
        return None
    known = [
        [int(word) for word in line.split()] for line in Path("/proc/self/uid_map").read_text("ascii").splitlines()
    ]
    wanted = _FIRST + secrets.randbelow(_COUNT)
    for candidate in (wanted, _NOBODY):
        if any(first <= candidate < first + count for first, _outside, count in known):
            return candidate
    return None  # root of a namespace that knows one user: an ordinary one outside of it
