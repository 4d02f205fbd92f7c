"""How this machine makes containers: by bubblewrap, by namespaces of ours, or not at all.

Where it makes none, nothing of others' runs, unless the user says so by `MLOPS_STAGES_CONTAINERS=off`.
"""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

from mlops_stages.local.containers import bubblewrap, call_filter
from mlops_stages.local.containers.container import Container, ContainerError

SETTING = "MLOPS_STAGES_CONTAINERS"
"""Which kind, where it should not be the best that there is; `off` runs jobs and functions as the user, uncontained."""

Kind = Literal["bubblewrap", "namespaces", "off", "none"]

REFUSED = (
    "NO CONTAINERS: this machine makes none, so jobs and functions do not run. Install bubblewrap, or let users "
    f"make user namespaces; or set {SETTING}=off to run it as yourself, able to do all that you may."
)
OFF = (
    f"NOT CONTAINED: {SETTING}=off is set. This code runs as the user who started the local AWS, and may read and "
    "change all that this user may; isolation and limits are not enforced."
)
_MADE_BY = {
    "bubblewrap": "bubblewrap makes them",
    "namespaces": "made of Linux namespaces",
}


@functools.cache
def kind() -> Kind:
    """Return how containers are made here: what the setting says, else the first way that works."""
    wanted = os.environ.get(SETTING, "")
    if wanted == "off":
        return "off"
    if wanted in ("", "bubblewrap") and works("bubblewrap"):
        return "bubblewrap"
    if wanted in ("", "namespaces") and sys.platform == "linux" and works("namespaces"):
        return "namespaces"
    return "none"


def described() -> str:
    """Return how code runs here, in a sentence for its log."""
    made = kind()
    if made == "off":
        return OFF
    if made == "none":
        return REFUSED
    calls = "system calls are filtered" if call_filter.available() else "libseccomp is missing: no system call filter"
    return f"Jobs and functions run in containers: {_MADE_BY[made]}; {calls}."


def about() -> dict[str, str]:
    """Return how code runs here, for programs and for people."""
    made = kind()
    return {"run_in": made, "described": described(), "warning": described() if made in ("off", "none") else ""}


@functools.cache
def works(candidate: Literal["bubblewrap", "namespaces"]) -> bool:
    """Try a kind: kernels, distributions and the containers that we may be in forbid it each in its way."""
    if candidate == "bubblewrap" and bubblewrap.path() is None:
        return False
    if candidate == "bubblewrap" and os.geteuid() == 0 and not call_filter.available():
        return False  # for root it makes no user namespace, so only the filter keeps others from being made inside
    with contextlib.suppress(ContainerError, OSError):
        container = Container(python=Path(sys.executable))
        nothing = subprocess.DEVNULL
        tried = container.start(["true"], stdout=nothing, stderr=nothing, kind=candidate)
        return tried.wait() == 0
    return False
