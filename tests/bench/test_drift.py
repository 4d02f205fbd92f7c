"""The bench of drift: columns that are the same each time, all our statistics, libraries that may be missing."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from bench import drift, libraries
from bench.columns import CATEGORIES, NUMBERS, write
from bench.drift_ours import measured

ROWS = 2000
MOVED = {
    ("score", "ks"),
    ("n03", "psi"),
    ("n07", "psi"),
    ("n12", "missing_share"),
    ("k4", "new_share"),
    ("k6", "new_share"),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    directory = tmp_path_factory.mktemp("columns")
    return (
        write(directory / "baseline.parquet", ROWS, drifted=False),
        write(directory / "decisions.parquet", ROWS, drifted=True),
    )


def test_the_columns_are_the_same_each_time(files: tuple[Path, Path], tmp_path: Path) -> None:
    again = write(tmp_path / "again.parquet", ROWS, drifted=True)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(files[1].read_bytes()).digest()


def test_every_statistic_of_every_column_is_measured(files: tuple[Path, Path]) -> None:
    found = {(figure.of, figure.name): figure.value for figure in measured(*files)}
    of_numbers = {(name, each) for name in NUMBERS for each in ("psi", "js_divergence", "missing_share", "ks")}
    of_categories = {
        (name, each) for name in CATEGORIES for each in ("psi", "js_divergence", "missing_share", "new_share")
    }
    assert len(NUMBERS) + len(CATEGORIES) == 30
    assert set(found) == of_numbers | of_categories
    assert None not in found.values()
    assert all((found[each] or 0) > 0.01 for each in MOVED)


def test_a_library_that_fails_is_left_out_with_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # This environment has none of them.
    monkeypatch.setattr(drift, "python", lambda: Path(sys.executable))
    found = {each.name: each.value for each in drift.measured(tmp_path, 1, million=300)}
    assert set(found) == {"drift_1m_rows_s", "drift_10m_rows_s", "drift_10m_rows_memory", "drift_growth_1m_10m"}
    assert all(value > 0 for value in found.values())
    lines = capsys.readouterr().err.splitlines()
    assert {line for line in lines if "compared" in line} == {
        f"{size}m rows are not compared with {library}: it ended with 1"
        for library, size in (("evidently", 1), ("nannyml", 1), ("nannyml", 10))
    }


def test_where_none_can_be_installed_a_line_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing() -> Path:
        raise libraries.MissingError("ERROR: no matching distribution")

    monkeypatch.setattr(drift, "python", missing)
    assert not [*drift.others(tmp_path, tmp_path, {}, {})]
    assert capsys.readouterr().err == "drift is compared with no library: ERROR: no matching distribution\n"


def test_a_later_python_has_no_libraries(tmp_path: Path) -> None:
    with pytest.raises(libraries.MissingError, match=r"they need Python 3\.11 or 3\.12, this is 3\.13"):
        libraries.python(tmp_path, version=(3, 13))


def test_what_was_installed_is_used_again_as_long_as_the_list_is_the_same(tmp_path: Path) -> None:
    listed = tmp_path / "libraries.lock"
    listed.write_text("nannyml==0.13.1\n", encoding="utf-8")
    folder = tmp_path / "there"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    (folder / "installed.txt").write_text("nannyml==0.13.1\n", encoding="utf-8")
    assert libraries.python(folder, listed, version=(3, 11)) == folder / "bin" / "python"


def test_what_is_installed_is_held_by_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        return subprocess.CompletedProcess(command, 1, "", "ERROR: no hash\n")

    def create(*_: object, **_more: object) -> None:
        """Nothing is made."""

    monkeypatch.setattr(libraries.venv, "create", create)
    monkeypatch.setattr(libraries.subprocess, "run", run)
    with pytest.raises(libraries.MissingError, match="no hash"):
        libraries.python(tmp_path / "there", version=(3, 11))
    assert asked[0][-6:] == ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(libraries.LISTED)]
    assert libraries.LISTED.suffix == ".lock"
