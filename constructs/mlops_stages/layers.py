"""Compiled packages that functions in AWS run on, as archives of Lambda layers; `make setup` fetches them.

A wheel for Lambda's own machine (arm64, Amazon Linux 2023) is not what is installed here, so it is downloaded beside,
into the environment, by its SHA-256: `python -m mlops_stages.layers`. A synth then needs no network.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlops_stages.errors import UserError
from mlops_stages.terminal import say

COMMAND = "python -m mlops_stages.layers"
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows
_FILE = 0o100644 << 16
_UNIX = 3
_LAST_LINES = 5


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One package of the index, at one version, built for functions.

    Attributes:
        name: the package's name.
        version: as this toolkit's own dependency on it has it, so that both are the same.
        platform: the wheel's, as its file's name has it.
        python: the oldest Python that the wheel is for.
        sha256: of the wheel.
        digest: the SHA-256 of the archive, which the assembly names it by.
    """

    name: str
    version: str
    platform: str
    python: str
    sha256: str
    digest: str

    @property
    def path(self) -> Path:
        """Where the archive is, or will be."""
        return folder() / f"{self.name}-{self.version}-{self.digest[:16]}.zip"


DUCKDB = Layer(
    name="duckdb",
    version="2.0.1",
    platform="manylinux_2_28_aarch64",
    python="3.12",
    sha256="ba06918b64d4061bd9ed722dc10adf66f9a10f96426e2403db93a36f590ba3dc",
    digest="0b92734c47073d9eb916f926b118eca015c1bdef786ca70c8faa932106518d0a",
)
"""Reads, sorts and counts decisions."""

LAYERS = (DUCKDB,)


def folder() -> Path:
    """Where archives of layers are: in the environment, as packages are."""
    return Path(sys.prefix, "layers")


def fetch(layer: Layer) -> Path:
    """Download a layer's wheel and pack it, unless that was done; return the archive.

    Errors: SUP-030 the package index has no such wheel, or another one of its name.
    """
    if layer.path.exists():
        return layer.path
    layer.path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=layer.path.parent) as work:
        draft = Path(work, "layer.zip")
        _pack(_downloaded(layer, Path(work)), draft)
        draft.replace(layer.path)
    return layer.path


def _downloaded(layer: Layer, work: Path) -> Path:
    wanted = f"{layer.name}=={layer.version}"
    pinned = work / "wanted.txt"
    pinned.write_text(f"{wanted} --hash=sha256:{layer.sha256}\n", encoding="utf-8")
    options = ["--quiet", "--no-deps", "--require-hashes", "--disable-pip-version-check", "--no-input"]
    machine = ["--only-binary", ":all:", "--platform", layer.platform, "--python-version", layer.python]
    command = [sys.executable, "-m", "pip", "download", *options, *machine, "--dest", str(work), "-r", str(pinned)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    wheels = sorted(work.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        told = "\n".join((done.stderr or done.stdout).strip().splitlines()[-_LAST_LINES:])
        raise UserError(
            "SUP-030",
            wanted,
            f"the package index has no wheel of it for {layer.platform} with SHA-256 {layer.sha256}:\n{told}",
            f"set up an index for pip that has it (pip config set global.index-url), then `{COMMAND}`",
            exit_code=1,
        )
    return wheels[0]


def _pack(wheel: Path, draft: Path) -> None:
    """Write what a wheel installs as Lambda looks for it: below `python/`, in order, all of one age.

    Stored: compressed bytes differ from one zlib to another.
    """
    with zipfile.ZipFile(wheel) as given, zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as made:
        for name in sorted(each.filename for each in given.infolist() if not each.is_dir()):
            if ".data/" in name:  # scripts and headers: nothing that is imported
                continue
            entry = zipfile.ZipInfo(PurePosixPath("python", name).as_posix(), _FIXED_TIME)
            entry.external_attr = _FILE
            entry.create_system = _UNIX
            made.writestr(entry, given.read(name))


def main() -> int:
    """Fetch every layer."""
    try:
        for layer in LAYERS:
            fetch(layer)
    except UserError as error:
        say(str(error), error=True)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
