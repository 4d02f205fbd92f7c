"""A step's place to run: /opt/ml of its own by Linux namespaces, or, where the host forbids them, a directory.

The step sees no variable of the server's, and a private /opt/ml; with network isolation it has no network at all. It
does see the machine's files, read as its user may read them: what runs here is the platform's own code.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CONTAINER = "/opt/ml"
FALLBACK = "MLOPS_STAGES_STEPS"
"""The server's variable that, set to `directory`, keeps namespaces from being used."""

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_ENTER = """
cd "$1" && shift && mkdir -p .opt && mount -c --rbind /opt .opt || exit 125
mount -t tmpfs tmpfs /opt && mkdir /opt/ml || exit 125
for kept in .opt/*; do
  name=/opt/${kept##*/}
  if [ "$name" = /opt/ml ]; then continue; fi
  if [ -d "$kept" ]; then mkdir "$name" && mount -c --rbind "$kept" "$name"; fi
  if [ -f "$kept" ]; then : >"$name" && mount -c --bind "$kept" "$name"; fi
done
mount -c --bind ml /opt/ml || exit 125
mount -t proc proc /proc 2>/dev/null
cd /opt/ml && "$@"
"""
"""What the first process of the namespaces does: /opt/ml is the step's, the rest of /opt stays, then the command.

Paths are relative, and kept so (-c): where the step's directory is below /opt, its own path is hidden for a moment.
It waits for the command instead of becoming it: signals have no default effect on the first process of a namespace.
"""


@dataclass(frozen=True)
class Container:
    """A step's directory `home`, of which `ml` is its /opt/ml, and the Python that its image means."""

    home: Path
    python: Path
    isolated: bool

    @property
    def ml(self) -> Path:
        """What the step sees as /opt/ml."""
        return self.home / "ml"

    def path(self, relative: str) -> Path:
        """Return a path below /opt/ml as the server sees it."""
        return self.ml / relative

    def command(self, words: Sequence[str]) -> list[str]:
        """Return the command line that runs the step's command in its place."""
        if not namespaces():
            return [*_tied(), *(self._outside(word) for word in words)]
        network = ["--net"] if self.isolated else []
        private = ["--user", "--map-root-user", "--mount", "--propagation", "private", "--pid", "--fork"]
        enter = ["sh", "-c", _ENTER, "step", str(self.home)]
        return [*_tied(), "unshare", *private, "--kill-child=SIGKILL", *network, *enter, *words]

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return everything that the step's command has in its environment."""
        base = {
            "HOME": str(self.home / "root"),
            "LANG": "C.UTF-8",
            "PATH": f"{self.python.parent}{os.pathsep}{_SYSTEM_PATH}",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self.home / "tmp"),
        }
        if namespaces():
            return {**base, **given}
        moved = {name: self._outside(value) for name, value in given.items()}
        return {**base, **moved, "SAGEMAKER_BASE_DIR": str(self.ml)}

    def prepare(self) -> None:
        """Make the directories that every step has."""
        for name in ("ml", "root", "tmp"):
            (self.home / name).mkdir(parents=True, exist_ok=True)

    def _outside(self, text: str) -> str:
        """Return a text with the paths of the container as they are outside."""
        return text.replace(CONTAINER, str(self.ml))


def _tied() -> list[str]:
    """Return what ends the step when the server dies without a word."""
    setpriv = shutil.which("setpriv")
    return [] if setpriv is None else [setpriv, "--pdeathsig", "KILL"]


@functools.cache
def namespaces() -> bool:
    """Say whether this machine lets us give a step its own mounts, processes and network."""
    if os.environ.get(FALLBACK) == "directory" or shutil.which("unshare") is None or not Path("/opt").is_dir():
        return False
    private = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child=SIGKILL", "--net"]
    tried = subprocess.run(
        [*private, "sh", "-c", "mount -t tmpfs tmpfs /opt && mkdir /opt/ml"],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


def described() -> str:
    """Return how steps run here, in a sentence for the step's log."""
    if namespaces():
        return "This step runs in namespaces of its own; /opt/ml is its own directory."
    return (
        "This machine gives no namespaces: /opt/ml is a directory named by SAGEMAKER_BASE_DIR, and in the command's "
        "words and variables its path stands instead. Network isolation is not enforced."
    )
