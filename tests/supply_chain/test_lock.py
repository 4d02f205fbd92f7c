"""Locking: where uv asks, what it is asked for, and what is no lock of a list."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlops_stages.supply_chain import lock
from mlops_stages.supply_chain.lock import LockError

SUM = "sha256:" + "0" * 64
HELD = f"numpy==2.4.6 \\\n    --hash={SUM} \\\n    --hash={SUM}\n    # via -r requirements.txt\n"


def write(folder: Path, **texts: str) -> Path:
    """Write a list and its lock; return the list."""
    for ending, text in texts.items():
        (folder / f"requirements.{ending}").write_text(text, encoding="utf-8")
    return folder / "requirements.txt"


def test_uv_is_asked_for_wheels_by_hash_for_every_system_and_names_no_host(tmp_path: Path) -> None:
    where, words = lock.command(f"{tmp_path}/requirements.txt", upgrade=False)
    assert where == tmp_path
    assert words[-3:] == ["--output-file", "requirements.lock", "requirements.txt"]
    asked = {"--universal", "--generate-hashes", "--only-binary=:all:", "--no-emit-index-url", "--no-config"}
    assert asked <= set(words)
    assert "--upgrade" not in words


def test_a_project_is_locked_with_its_extra() -> None:
    _, words = lock.command("pyproject.toml:dev=requirements-dev.lock", upgrade=True)
    assert words[-5:] == ["--extra", "dev", "--output-file", "requirements-dev.lock", "pyproject.toml"]
    assert "--upgrade" in words


@pytest.mark.parametrize("how", ["variable", "file", "uv's own"])
def test_uv_asks_the_index_that_pip_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = https://packages.acme.example/file/simple\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    if how == "variable":
        monkeypatch.setenv("PIP_INDEX_URL", "https://packages.acme.example/variable/simple")
    if how == "uv's own":
        monkeypatch.setenv("UV_DEFAULT_INDEX", "https://packages.acme.example/uv/simple")
    wanted = {"variable": "variable", "file": "file", "uv's own": "uv"}[how]
    assert lock.environment(os.environ)["UV_DEFAULT_INDEX"] == f"https://packages.acme.example/{wanted}/simple"


def test_a_lock_is_read_with_its_markers_and_hashes(tmp_path: Path) -> None:
    path = write(tmp_path, lock=f"# made\n{HELD}six==1.17.0 ; sys_platform == 'linux' --hash={SUM}\n").with_suffix(
        ".lock"
    )
    assert [each.line for each in lock.read(path)] == [
        f"numpy==2.4.6 --hash={SUM} --hash={SUM}",
        f"six==1.17.0 ; sys_platform == 'linux' --hash={SUM}",
    ]


@pytest.mark.parametrize(
    ("listed", "held", "code"),
    [
        ("numpy==2.4.6\n", HELD, None),
        ("NumPy==2.4.6  # arrays\n", HELD, None),
        ("numpy>=2\n", HELD, None),
        ("numpy==2.4.7\n", HELD, "SUP-005"),
        ("numpy==2.4.6\npandas==3.1.1\n", HELD, "SUP-005"),
        ("-r requirements-more.txt\nnumpy==2.4.6\n", HELD, "SUP-005"),
        ("-r requirements.txt\nnumpy==2.4.6\n", HELD, None),
        ("-r requirements-none.txt\n", HELD, "SUP-003"),
        ("-r ../requirements.txt\n", HELD, "SUP-003"),
        ("-r /etc/passwd\n", HELD, "SUP-003"),
        ("-r .\n", HELD, "SUP-003"),
        ("-r a\0b\n", HELD, "SUP-003"),
        ("numpy==2.4.6\n", "numpy==2.4.6\n", "SUP-004"),
        ("numpy==2.4.6\n", f"--index-url https://example.org\n{HELD}", "SUP-004"),
    ],
)
def test_a_lock_is_compared_with_its_list(tmp_path: Path, listed: str, held: str, code: str | None) -> None:
    path = write(tmp_path, txt=listed, lock=held)
    (tmp_path / "requirements-more.txt").write_text("pandas\n", encoding="utf-8")
    if code is None:
        lock.check(path)
        return
    with pytest.raises(LockError) as refused:
        lock.check(path)
    assert refused.value.code == code


def test_a_lock_that_is_missing_or_none_is_told(tmp_path: Path) -> None:
    path = write(tmp_path, txt="numpy==2.4.6\n")
    os.mkfifo(tmp_path / "fifo.lock")
    (tmp_path / "binary.lock").write_bytes(b"\xff\xfe")
    with (tmp_path / "huge.lock").open("wb") as sparse:
        sparse.truncate(1 << 33)
    (tmp_path / "link.lock").symlink_to("/etc/passwd")
    (tmp_path / "device.lock").symlink_to("/dev/zero")
    for name in ("requirements.lock", "fifo.lock", "binary.lock", "huge.lock", "link.lock", "device.lock"):
        with pytest.raises(LockError) as refused:
            lock.read(path.with_name(name))
        assert (refused.value.code, refused.value.where) == ("SUP-003", str(path.with_name(name)))


def test_the_program_needs_nothing_but_python(tmp_path: Path) -> None:
    """A model repository has a copy of it, and no toolkit."""
    copy = tmp_path / "delivery" / "lock.py"
    copy.parent.mkdir()
    copy.write_text(Path(lock.__file__).read_text("utf-8"), encoding="utf-8")
    write(tmp_path, txt="numpy==2.4.7\n", lock=HELD)
    command = [sys.executable, "-I", "-S", str(copy), "--check", "requirements.txt"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == lock.REFUSED
    assert done.stderr == (
        "SUP-005 requirements.txt:1: 'numpy==2.4.7' is not what requirements.lock holds\n  fix: make lock\n"
    )


def test_without_uv_and_where_it_fails_the_old_lock_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, txt="numpy==2.4.6\n", lock=HELD)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(lock, "_configured", dict[str, str])
    assert lock.main([str(path)]) == lock.REFUSED
    assert capsys.readouterr().err.startswith("SUP-001 uv: ")
    (tmp_path / "uv").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "uv").chmod(0o755)
    assert lock.main([str(path)]) == lock.REFUSED
    assert capsys.readouterr().err.startswith(f"SUP-002 {path}: ")
    assert path.with_suffix(".lock").read_text("utf-8") == HELD
