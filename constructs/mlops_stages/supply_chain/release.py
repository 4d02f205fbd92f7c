"""The release that a platform is deployed with: its hash and its locks, from the wheel that the package index has.

`python -m mlops_stages.supply_chain.release` runs in a platform's directory. It downloads the version that
requirements.txt names, compares it with the one that runs, if that is the same version, and writes its SHA-256 into
requirements.txt and the locks that it brings beside that.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from mlops_stages.errors import UserError
from mlops_stages.files import replace
from mlops_stages.terminal import say

REQUIREMENTS = Path("requirements.txt")
LOCKS = (
    "requirements.lock",
    "requirements-native.txt",
    "requirements-native.lock",
    "requirements-tools.txt",
    "requirements-tools.lock",
)
"""What a release brings beside requirements.txt, in the wheel's `mlops_stages/_app`."""

_NAME = "mlops-stages"
_PINNED = re.compile(
    rf"^{_NAME}==([0-9][0-9A-Za-z.+!]{{0,60}})(?:[ \t]*\\\n[ \t]*|[ \t]+)?(?:--hash=\S+)?[ \t]*$", re.MULTILINE
)
_PACKED = "mlops_stages/_app/"
_LAST_LINES = 5
_LARGEST = 50_000_000
"""Bytes of the largest file that is read from a wheel."""


def hold(directory: Path) -> str:
    """Write the hash and the locks of the release that a directory names; return what was found, for people.

    Errors: SUP-020 no version is named, SUP-021 the index has no wheel of it, SUP-022 that wheel is another than the
    one installed here, SUP-023 it is not a release of this toolkit.
    """
    requirements = directory / REQUIREMENTS
    version = _named(requirements)
    with tempfile.TemporaryDirectory() as folder:
        wheel = _downloaded(version, Path(folder))
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        packed = _packed(wheel)
    installed = _installed(version)
    if installed and installed != {name: _recorded(content) for name, content in packed.items()}:
        raise UserError(
            "SUP-022",
            wheel.name,
            f"the package index has another {_NAME} {version} (SHA-256 {digest}) than the one that runs here",
            "find out who published it before anything of it is installed; nothing was written",
            exit_code=1,
        )
    locks = {name: packed.get(_PACKED + name) for name in LOCKS}
    missing = [name for name, content in locks.items() if content is None]
    if missing:
        raise UserError(
            "SUP-023",
            wheel.name,
            f"it brings no {missing[0]}, so it is not a release of this toolkit that can be held by hash",
            "name a later version, from the index that your organization publishes it to",
        )
    for name, content in locks.items():
        replace(directory / name, (content or b"").decode("utf-8"))
    text = requirements.read_text("utf-8")
    replace(requirements, _PINNED.sub(f"{_NAME}=={version} --hash=sha256:{digest}", text, count=1))
    same = "the same as the one that runs here" if installed else "compare it with SHA256SUMS of the release"
    return f"{_NAME} {version}: SHA-256 {digest}\n  {same}\nCommit {REQUIREMENTS} and {', '.join(LOCKS)}."


def _named(requirements: Path) -> str:
    try:
        found = _PINNED.search(requirements.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        found = None
    if found is None:
        raise UserError(
            "SUP-020",
            str(requirements),
            f"it names no version of {_NAME}",
            f"write a line such as {_NAME}=={importlib.metadata.version(_NAME)}",
        )
    return found[1]


def _downloaded(version: str, folder: Path) -> Path:
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--disable-pip-version-check", "--no-input"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), f"{_NAME}=={version}"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        told = "\n".join((done.stderr or done.stdout).strip().splitlines()[-_LAST_LINES:])
        raise UserError(
            "SUP-021",
            f"{_NAME}=={version}",
            f"the package index has no wheel of it:\n{told}",
            "publish it to your organization's index, and set that index up for pip (pip config set global.index-url)",
            exit_code=1,
        )
    return wheels[0]


def _packed(wheel: Path) -> Mapping[str, bytes]:
    """What a wheel installs, by name."""
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(wheel) as archive:
        for each in archive.infolist():
            if each.file_size > _LARGEST:
                message = "it holds a file of over 50 MB"
                raise UserError("SUP-023", wheel.name, message, "name the index of your organization")
            if not each.is_dir() and ".dist-info/" not in each.filename:
                found[each.filename] = archive.read(each)
    return found


def _installed(version: str) -> Mapping[str, str]:
    """What pip recorded of the package that is installed here; nothing if it is another version, or a checkout."""
    here = importlib.metadata.distribution(_NAME)
    files = {path.as_posix(): path.hash.value for path in here.files or () if path.hash is not None}
    own = {name: value for name, value in files.items() if not name.startswith("../") and ".dist-info/" not in name}
    checkout = not any(name.startswith("mlops_stages/") for name in own)
    return {} if checkout or here.version != version else own


def _recorded(content: bytes) -> str:
    """A hash as a RECORD has it (https://packaging.python.org/en/latest/specifications/binary-distribution-format/)."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def main() -> int:
    """Hold what the current directory names."""
    try:
        say(str(hold(Path.cwd())))
    except UserError as error:
        say(str(error), error=True)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
