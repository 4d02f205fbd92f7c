"""The audit: what is vulnerable is told, and what was not asked about is never called safe."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from mlops_stages.supply_chain import audit

ASKED: dict[str, object] = {"name": "idna", "version": "3.20", "vulns": []}
SKIPPED = {"name": "six", "skip_reason": "Dependency not found on PyPI and could not be audited: six (1.17.0)"}
KNOWN = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"]}]}
NPM = {"vulnerabilities": {}, "metadata": {"dependencies": {"total": 1}}}
NPM_KNOWN = {**NPM, "vulnerabilities": {"tar": {"severity": "high", "range": "<6.2.1"}}}


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.lock"
    path.write_text(f"idna==3.20 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    return path


def program(path: Path, answer: object, code: int, said: str = "") -> Path:
    """A program that answers so, whatever it is asked."""
    path.parent.mkdir(exist_ok=True)
    told = answer if isinstance(answer, str) else json.dumps(answer)
    path.write_text(
        f"#!{sys.executable}\nimport sys\nprint({told!r})\nprint({said!r}, file=sys.stderr)\nsys.exit({code})\n"
    )
    path.chmod(0o755)
    return path


def ask(lock: Path, answer: object, code: int, said: str = "") -> int:
    tools = program(lock.parent / "tools" / "pip-audit", answer, code, said).parent
    return audit.main(["--tools", str(tools), str(lock)])


def test_a_lock_without_known_vulnerabilities_ends_well(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(lock, {"dependencies": [ASKED]}, 0) == 0
    told = capsys.readouterr()
    assert told.out == f"{lock}: 1 packages asked about\nNo locked package is known to be vulnerable\n"
    assert told.err == ""


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        pytest.param({"dependencies": [SKIPPED]}, 0, id="an index without such data, which pip-audit calls a good end"),
        pytest.param({"dependencies": [ASKED, SKIPPED]}, 0, id="a package that was left out"),
        pytest.param({"dependencies": []}, 0, id="nothing asked about"),
        pytest.param({}, 0, id="no answer"),
        pytest.param("", 1, id="a failure"),
        pytest.param("[]", 0, id="an answer of another kind"),
        pytest.param("<html>sign in</html>", 0, id="a page instead of an answer"),
    ],
)
def test_what_was_not_asked_about_is_never_called_safe(
    lock: Path, answer: object, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(lock, answer, code, "Traceback\nConnectionError: no route\n") == audit.UNKNOWN
    told = capsys.readouterr()
    assert told.err.startswith(f"SUP-011 {lock}: nothing is known about ")
    assert "fix: " in told.err
    assert "No locked package" not in told.out


def test_known_vulnerabilities_are_told_with_the_version_that_is_fixed(
    lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(lock, {"dependencies": [ASKED, KNOWN, SKIPPED]}, 1) == audit.VULNERABLE
    told = capsys.readouterr().err
    assert told.startswith(f"SUP-010 {lock}: 1 known vulnerabilities: jinja2 2.0: PYSEC-2019-217, fixed in 2.10.1\n")


def test_one_vulnerable_lock_among_unknown_ones_is_the_worst(lock: Path) -> None:
    tools = program(lock.parent / "tools" / "pip-audit", {"dependencies": [KNOWN]}, 1).parent
    assert audit.main(["--tools", str(tools), str(lock), str(lock.with_name("none.lock"))]) == audit.VULNERABLE


def test_without_the_tool_or_the_lock_nothing_is_called_safe(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main(["--tools", str(lock.parent / "none"), str(lock)]) == audit.UNKNOWN
    assert "SUP-011" in capsys.readouterr().err
    assert audit.main([str(lock.with_name("none.lock"))]) == audit.UNKNOWN
    assert "SUP-012" in capsys.readouterr().err
    os.mkfifo(lock.with_name("fifo.lock"))
    assert audit.main([str(lock.with_name("fifo.lock"))]) == audit.UNKNOWN
    assert audit.main([]) == audit.UNKNOWN


@pytest.mark.parametrize(
    ("answer", "code", "ends"),
    [
        (NPM, 0, 0),
        (NPM_KNOWN, 1, audit.VULNERABLE),
        ({"message": "405 Method Not Allowed", "error": {"summary": ""}}, 1, audit.UNKNOWN),
        ({"vulnerabilities": {}}, 0, audit.UNKNOWN),
        ({}, 0, audit.UNKNOWN),
        ("", 1, audit.UNKNOWN),
    ],
)
def test_npm_is_asked_for_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: object, code: int, ends: int
) -> None:
    lock = tmp_path / "package-lock.json"
    lock.write_text("{}")
    npm = program(tmp_path / "bin" / "npm", answer, code)
    monkeypatch.setattr(audit, "_npm", [str(npm)].copy)
    assert audit.main([str(lock)]) == ends
