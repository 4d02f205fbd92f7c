"""Lock: write NAME.lock beside each NAME.txt: every package it takes, with version and the hash of every file.

`python lock.py [--upgrade] NAME.txt...` runs in an environment that has uv (requirements-tools.lock), and asks the
package index that pip is set up to ask. Versions in a lock stay as long as they fit; `--upgrade` takes the newest.
`pyproject.toml:EXTRA=NAME.lock` locks a project, with one of its extras.

`python lock.py --check NAME.txt...` needs nothing: it says whether each lock is one, and holds what its list names.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

OPTIONS = (
    "--quiet",
    "--no-config",  # of uv: a lock depends on nothing but what is locked
    "--universal",  # one lock for each system and processor
    "--python-version=3.11",  # and for each Python from here on
    "--fork-strategy=fewest",  # in one version, as far as possible, so that what is tested is what is used
    "--only-binary=:all:",  # nothing is built, so nothing of a package runs when it is installed
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--custom-compile-command=make lock",
)
REFUSED = 2
_PIP_SETTINGS = {"UV_DEFAULT_INDEX": ("index-url", "PIP_INDEX_URL"), "SSL_CERT_FILE": ("cert", "PIP_CERT")}


_NAME_AND_VERSION = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9.!+_-]+)")
_MARKER = re.compile(r"[A-Za-z0-9_ .'\"<>=!()~-]+")
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")
_LARGEST = 8_000_000
"""Bytes of a lock."""


class LockError(Exception):
    """What is wrong with a lock: code, place, what is wrong, what to do."""

    def __init__(self, code: str, where: str, message: str, fix: str) -> None:
        super().__init__(f"{code} {where}: {message}\n  fix: {fix}")
        self.code: str = code
        self.where: str = where
        self.message: str = message
        self.fix: str = fix


@dataclass(frozen=True)
class Locked:
    """One package of a lock: the one version that is installed, and which files are that version."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def line(self) -> str:
        """The package as pip reads it."""
        marker = f" ; {self.marker}" if self.marker else ""
        return f"{self.name}=={self.version}{marker}" + "".join(f" --hash={each}" for each in self.hashes)


def read(path: Path) -> tuple[Locked, ...]:
    """Return what a lock holds: packages, and none of the options, addresses, paths and variables that pip takes.

    Errors: SUP-003 it cannot be read, SUP-004 a line is not one version of a package that is held by hash.
    """
    return tuple(_locked(f"{path}:{number}", line) for number, line in _logical_lines(_text(path, "make lock")))


def _text(path: Path, fix: str) -> str:
    """Return what is in a file of a repository that others may have written: a file, of sensible size, no link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
            content = stream.read(_LARGEST + 1) if is_file else b""
        if not is_file or len(content) > _LARGEST:
            message = f"it must be a file of at most {_LARGEST:,} bytes"
            raise LockError("SUP-003", str(path), message, fix)
        return content.decode()
    except (OSError, ValueError) as error:
        raise LockError("SUP-003", str(path), f"it cannot be read: {error}", fix) from error


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines that go on after a backslash as one, comments left out, each with the number that it begins at."""
    begun, parts = 0, list[str]()
    for number, line in enumerate(text.split("\n"), start=1):
        if line.lstrip().startswith("#"):
            continue
        begun = begun if parts else number
        parts.append(line.removesuffix("\\"))
        if not line.endswith("\\"):
            whole = " ".join(parts).partition(" #")[0].strip()
            parts.clear()
            if whole:
                yield begun, whole
    if parts:
        yield begun, " ".join(parts)


def _locked(where: str, line: str) -> Locked:
    words = line.split()
    first = next((at for at, word in enumerate(words) if word.startswith("--hash=")), len(words))
    wanted, _, marker = " ".join(words[:first]).partition(";")
    package = _NAME_AND_VERSION.fullmatch(wanted.strip())
    hashes = [_HASH.fullmatch(word) for word in words[first:]]
    if package is None or not hashes or None in hashes or (marker.strip() and not _MARKER.fullmatch(marker)):
        shown = ascii(line[:80])
        raise LockError(
            "SUP-004", where, f"{shown} is not one version of a package with its SHA-256 hashes", "make lock"
        )
    return Locked(package[1], package[2], marker.strip(), tuple(found[1] for found in hashes if found))


def check(listed: Path) -> None:
    """Compare a list with its lock. Errors: SUP-003 and SUP-004 of `read`, SUP-005 the lock is another list's."""
    lock = listed.with_suffix(".lock")
    held = {(_normal(each.name), each.version) for each in read(lock)}
    names = {name for name, _ in held}
    for where, line in _wanted(listed):
        name = _normal(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0])
        exact = _NAME_AND_VERSION.fullmatch(line)
        if name not in names or (exact and (name, exact[2]) not in held):
            raise LockError("SUP-005", where, f"{line[:80]!a} is not what {lock.name} holds", "make lock")


def _wanted(listed: Path) -> Iterator[tuple[str, str]]:
    """What a list names, and the lists beside it that it includes."""
    waiting, seen = [listed], {listed}
    while waiting:
        each = waiting.pop()
        for number, line in _logical_lines(_text(each, "write it anew")):
            if not line.startswith("-r "):
                yield f"{each}:{number}", line
                continue
            included = listed.parent / line[3:].strip()
            if included.parent != listed.parent:
                message = f"{line[:80]!a} is not a list of the same folder"
                raise LockError("SUP-003", f"{each}:{number}", message, "move it beside this one")
            if included not in seen:
                seen.add(included)
                waiting.append(included)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def command(wanted: str, *, upgrade: bool) -> tuple[Path, list[str]]:
    """Return the command that writes the lock of one argument, and where it runs: a lock names no folder."""
    source, _, target = wanted.partition("=")
    source, _, extra = source.partition(":")
    name = Path(source).name
    extras = ["--extra", extra] if extra else []
    upgrading = ["--upgrade"] if upgrade else []
    output = target or f"{name.removesuffix('.txt')}.lock"
    return Path(source).parent, ["uv", "pip", "compile", *OPTIONS, *upgrading, *extras, "--output-file", output, name]


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for uv, which reads none of pip's settings: the index and certificates that pip uses."""
    found, configured = dict(given), _configured()
    for name, (key, variable) in _PIP_SETTINGS.items():
        set_ = (found.get(name), found.get(variable), configured.get(f"install.{key}"), configured.get(f"global.{key}"))
        value = next(filter(None, set_), None)
        if value:
            found[name] = value
    here = str(Path(sys.executable).parent)
    return {**found, "PATH": os.pathsep.join((here, found.get("PATH", os.defpath)))}


def _configured() -> dict[str, str]:
    """What pip's files set, by name."""
    asked = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    return {key: value.strip("'\"") for key, _, value in (line.partition("=") for line in done.stdout.splitlines())}


def _visible(text: str) -> str:
    """A text that a terminal shows and does not obey: names and answers are others'."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def main(arguments: list[str]) -> int:
    """Write or check the locks that are asked for; the first that fails ends it, and its old lock stays."""
    wanted = [each for each in arguments if not each.startswith("--")]
    variables = environment(os.environ) if "--check" not in arguments else {}
    for each in wanted:
        try:
            if "--check" in arguments:
                check(Path(each))
            else:
                _write(each, variables, upgrade="--upgrade" in arguments)
        except LockError as error:
            sys.stderr.write(_visible(f"{error}\n"))
            return REFUSED
    return 0


def _write(wanted: str, variables: Mapping[str, str], *, upgrade: bool) -> None:
    directory, words = command(wanted, upgrade=upgrade)
    try:
        done = subprocess.run(words, cwd=directory, env=variables, stdin=subprocess.DEVNULL, check=False)
    except FileNotFoundError as error:
        raise LockError("SUP-001", "uv", "it is not installed in this environment", "run `make lock`") from error
    if done.returncode != 0:
        raise LockError(
            "SUP-002",
            wanted,
            "uv finds no set of packages for it, or does not reach the package index",
            "correct what it names; a package without wheels cannot be locked",
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
