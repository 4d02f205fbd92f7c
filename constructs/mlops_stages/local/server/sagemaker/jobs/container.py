"""A job's place to run: its /opt/ml, and the container that its command gets.

Where the user has turned containers off, a directory stands for /opt/ml, in words and variables of the command too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlops_stages.local import containers
from mlops_stages.local.containers import Started

CONTAINER = "/opt/ml"


@dataclass(frozen=True)
class Place:
    """A job's directory `home`, of which `ml` is its /opt/ml, and the Python that its image means.

    `port` is the local AWS's, which the command may reach; None for network isolation. `disk` is the job's volume, in
    bytes.
    """

    home: Path
    python: Path
    port: int | None
    disk: int

    @property
    def ml(self) -> Path:
        """What the command sees as /opt/ml."""
        return self.home / "ml"

    def path(self, relative: str) -> Path:
        """Return a path below /opt/ml as the server sees it."""
        return self.ml / relative

    def prepare(self) -> None:
        """Make the directory that every job has."""
        self.ml.mkdir(parents=True, exist_ok=True)

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> Started:
        """Start the job's command with these variables. Raises containers.ContainerError."""
        base = {"SAGEMAKER_BASE_DIR": CONTAINER} if containers.kind() == "off" else {}
        container = containers.Container(
            python=self.python,
            environment={**base, **environment},
            writable={CONTAINER: self.ml},
            directory=CONTAINER,
            port=self.port,
            limits=containers.of_machine(disk=self.disk),
        )
        return containers.start(container, command)
