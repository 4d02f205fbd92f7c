"""Compiled packages for functions: fetched by hash, packed as Lambda looks for them, of the version that is here."""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlops_stages import layers
from mlops_stages.errors import UserError

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment of its own, without layers."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    return tmp_path


def wheel(folder: Path) -> Path:
    """A wheel of one compiled module, with a script."""
    path = folder / "duckdb-2.0.1-cp312-abi3-manylinux_2_28_aarch64.whl"
    with zipfile.ZipFile(path, "w") as packed:
        for name in ("duckdb/__init__.py", "_duckdb.abi3.so", "duckdb-2.0.1.data/scripts/run", "duckdb/"):
            packed.writestr(name, b"" if name.endswith("/") else name.encode())
    return path


class Pip:
    """pip, which finds a wheel or none."""

    def __init__(self, *, finds: bool = True) -> None:
        self.finds = finds
        self.asked: list[list[str]] = []

    def __call__(self, command: list[str], **_given: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401
        self.asked.append(command)
        if self.finds:
            wheel(Path(command[command.index("--dest") + 1]))
        return subprocess.CompletedProcess(
            command, int(not self.finds), "", "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"
        )


def test_every_layer_is_the_version_that_runs_here_and_its_wheel_is_in_the_lock() -> None:
    locked = (ROOT / "requirements.lock").read_text("utf-8")
    for layer in layers.LAYERS:
        assert importlib.metadata.version(layer.name) == layer.version
        (hashes,) = re.findall(
            rf"^{layer.name}=={re.escape(layer.version)} (.*?)    # via", locked, re.MULTILINE | re.DOTALL
        )
        assert f"--hash=sha256:{layer.sha256} " in hashes


def test_what_make_setup_fetched_is_the_package_for_lambdas_machine_byte_by_byte() -> None:
    archive = layers.fetch(layers.DUCKDB)
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == layers.DUCKDB.digest
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
        assert names == sorted(names)
        assert all(name.startswith("python/") for name in names)
        (compiled,) = (name for name in names if name.endswith(".so"))
        with packed.open(compiled) as module:
            header = module.read(20)
        assert (header[:4], header[18:20]) == (b"\x7fELF", b"\xb7\x00"), "it is not for arm64"
        assert sum(each.file_size for each in packed.infolist()) < 100 << 20


def test_a_wheel_is_packed_below_python_the_same_each_time(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip = Pip()
    monkeypatch.setattr(subprocess, "run", pip)
    made = layers.fetch(layers.DUCKDB)
    with zipfile.ZipFile(made) as packed:
        assert packed.namelist() == ["python/_duckdb.abi3.so", "python/duckdb/__init__.py"]
    first = hashlib.sha256(made.read_bytes()).hexdigest()
    (command,) = pip.asked
    assert "--require-hashes" in command
    assert command[command.index("--only-binary") + 1] == ":all:"
    assert layers.fetch(layers.DUCKDB) == made
    assert len(pip.asked) == 1, "it was fetched before"
    made.unlink()
    assert hashlib.sha256(layers.fetch(layers.DUCKDB).read_bytes()).hexdigest() == first
    assert [each.name for each in (environment / "layers").iterdir()] == [made.name]


def test_another_wheel_is_another_archive() -> None:
    assert replace(layers.DUCKDB, digest="0" * 64).path != layers.DUCKDB.path


def test_what_the_index_does_not_have_is_told_and_nothing_is_left(
    environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(subprocess, "run", Pip(finds=False))
    with pytest.raises(UserError, match="SUP-030") as refused:
        layers.fetch(layers.DUCKDB)
    assert "DO NOT MATCH" in str(refused.value)
    assert layers.main() == 1
    assert "SUP-030" in capsys.readouterr().err
    assert list((environment / "layers").iterdir()) == []
