"""The environment of the libraries that drift is compared with: bench/.libraries, made once by pip, 2 GB."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).with_name(".libraries")
LISTED = Path(__file__).with_name("libraries.lock")
"""Of libraries.txt, by `make lock`: every package by hash."""
VERSIONS = (3, 11), (3, 12)
"""Of Python, from and to: nannyml has no release for a later one."""


class MissingError(Exception):
    """Why the libraries are not there."""


def python(folder: Path = FOLDER, listed: Path = LISTED, version: tuple[int, int] = sys.version_info[:2]) -> Path:
    """Return the interpreter that has the libraries; install them if it has not. MissingError says why not."""
    if not VERSIONS[0] <= version <= VERSIONS[1]:
        raise MissingError(f"they need Python 3.11 or 3.12, this is {version[0]}.{version[1]}")
    found, holds = folder / "bin" / "python", folder / "installed.txt"
    wanted = listed.read_text("utf-8")
    if holds.is_file() and holds.read_text("utf-8") == wanted and found.is_file():
        return found
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    how = ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
    command = [str(found), "-m", "pip", "install", "--quiet", *how, "-r", str(listed)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise MissingError(lines[-1][:200] if lines else f"pip ended with {done.returncode}")
    holds.write_text(wanted, encoding="utf-8")
    return found
