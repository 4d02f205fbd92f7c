"""A release: the same bytes wherever, by whomever and however often it is built, with its bill of materials in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from release import dist
from tests.conftest import ROOT

EPOCH = 1_700_000_000
NOT_IN_A_COMMIT = shutil.ignore_patterns(
    ".git", ".venv*", "node_modules", "dist", "cdk.out", ".mlops-stages", "__pycache__", ".*_cache", ".hypothesis"
)
BUILD = """
import sys
from pathlib import Path
from release import dist
dist.build(Path(sys.argv[1]), Path(sys.argv[2]), epoch=int(sys.argv[3]))
"""
NOBODY = 65534


def build(source: Path, out: Path, *, umask: int, user: int | None = None) -> dict[str, str]:
    """Build as somebody with that umask; return the hash of each file."""
    command = [sys.executable, "-c", BUILD, str(source), str(out), str(EPOCH)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "constructs"))), "HOME": str(out)}
    out.mkdir(parents=True)
    if user is not None:
        os.chown(out, user, user)
    subprocess.run(
        command, cwd=out, env=environment, umask=umask, user=user, capture_output=True, check=True, text=True
    )
    return {path.name: dist.checksum(path) for path in out.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release, and the copy of this checkout that it was built of."""
    directory = tmp_path_factory.mktemp("release")
    shutil.copytree(ROOT, directory / "source", ignore=NOT_IN_A_COMMIT, symlinks=True)
    build(directory / "source", directory / "dist", umask=0o022)
    return directory


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A directory that every user of this machine may enter."""
    with tempfile.TemporaryDirectory(prefix="a place ") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def may_build(user: int) -> bool:
    """Whether this one can start programs as that user, to whom this environment is readable."""
    asked = [sys.executable, "-c", "import build, hatchling"]
    try:
        return os.geteuid() == 0 and subprocess.run(asked, user=user, capture_output=True, check=False).returncode == 0
    except PermissionError:
        return False  # the interpreter lies in somebody's home; the files are another's all the same


def test_another_place_umask_time_and_user_make_the_same_bytes(built: Path, elsewhere: Path) -> None:
    other = elsewhere / "deeper" / "source"
    shutil.copytree(built / "source", other)
    for path in (other, *other.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o744 if path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, (1, 1))
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
    again = build(other, elsewhere / "dist", umask=0o077, user=NOBODY if may_build(NOBODY) else None)
    assert again == {path.name: dist.checksum(path) for path in (built / "dist").iterdir()}
    assert {Path(name).suffix for name in again} == {".whl", ".gz", ".json", ""}


def test_the_sums_are_those_of_the_files(built: Path) -> None:
    lines = (built / "dist" / dist.SUMS).read_text("utf-8").splitlines()
    assert len(lines) == 3
    for line in lines:
        checksum, name = line.split("  ")
        assert dist.checksum(built / "dist" / name) == checksum


def test_no_archive_tells_when_where_or_by_whom_it_was_built(built: Path) -> None:
    (wheel,) = (built / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        assert {each.date_time for each in packed.infolist()} == {(2023, 11, 14, 22, 13, 20)}
        assert {each.external_attr >> 16 & 0o777 for each in packed.infolist()} <= {0o644, 0o755}
        assert not [each.filename for each in packed.infolist() if str(built).encode() in packed.read(each)]
    (archive,) = (built / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        assert {(each.uid, each.gid, each.uname, each.gname, int(each.mtime)) for each in packed} == {
            (0, 0, "", "", EPOCH)
        }


def test_the_wheel_carries_its_bill_of_materials_and_the_release_adds_the_wheels_hash(built: Path) -> None:
    (wheel,) = (built / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        (name,) = (name for name in packed.namelist() if "/sboms/" in name)
        carried = packed.read(name)
    assert name == "mlops_stages-0.1.0.dist-info/sboms/mlops-stages.cdx.json"
    assert carried == (ROOT / "mlops-stages.cdx.json").read_bytes()
    (beside,) = (built / "dist").glob("*.cdx.json")
    told = json.loads(beside.read_text("utf-8"))
    assert told["metadata"]["component"].pop("hashes") == [{"alg": "SHA-256", "content": dist.checksum(wheel)}]
    assert told == json.loads(carried)


def test_an_export_is_the_commit_and_none_of_what_lies_around(tmp_path: Path) -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("no git, or no clone: there is no commit to export")
    epoch = dist.export(tmp_path)
    assert epoch > 1_700_000_000
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-tree", "-r", "--name-only", "HEAD"], capture_output=True, check=True, text=True
    )
    made = {str(path.relative_to(tmp_path / "source")) for path in (tmp_path / "source").rglob("*") if path.is_file()}
    assert made == set(listed.stdout.splitlines())
