"""A model's archive is somebody else's: what is no file of it is refused, and nothing lands outside."""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
from pathlib import Path

import pytest

from mlops_stages.local.server.sagemaker.hosting import model_data
from tests.local.hosting import archive


def member(name: str, **more: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    for attribute, value in more.items():
        setattr(made, attribute, value)
    return made


def packed(*members: tarfile.TarInfo) -> io.BytesIO:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for each in members:
            tar.addfile(each, io.BytesIO(bytes(each.size)) if each.size else None)
    content.seek(0)
    return content


def test_files_and_folders_are_unpacked_for_everybody_to_read(tmp_path: Path) -> None:
    model_data.unpack(io.BytesIO(archive({"model.joblib": b"m", "code/deep/serve.py": "x"})), tmp_path)
    assert (tmp_path / "code/deep/serve.py").read_text() == "x"
    assert stat.S_IMODE((tmp_path / "model.joblib").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "code/deep").stat().st_mode) == 0o755


@pytest.mark.parametrize(
    "hostile",
    [
        member("../outside", size=1),
        member("/outside", size=1),
        member("code/../../outside", size=1),
        member("link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        member("link", type=tarfile.LNKTYPE, linkname="../outside"),
        member("pipe", type=tarfile.FIFOTYPE),
        member("device", type=tarfile.CHRTYPE),
        member("/".join(["deep"] * 100), size=1),
    ],
    ids=lambda each: f"{each.name[:20]} {each.type!r}",
)
def test_what_is_no_file_inside_is_refused_and_lands_nowhere(tmp_path: Path, hostile: tarfile.TarInfo) -> None:
    target = tmp_path / "model"
    target.mkdir()
    with pytest.raises(ValueError, match=r"is not a path inside|is neither a file nor a directory"):
        model_data.unpack(packed(hostile), target)
    assert [path.name for path in tmp_path.rglob("*")] == ["model"]


def test_a_file_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        model_data.unpack(packed(member("a", size=1), member("a", size=1)), tmp_path)


def test_an_archive_that_would_fill_the_disk_is_refused_before_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_data, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="more than"):
        model_data.unpack(packed(member("a", size=600), member("b", size=600)), tmp_path)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"no archive", gzip.compress(b"no archive" * 100), archive({"a": "b"})[:-20]],
    ids=["empty", "no archive", "packed, no archive", "cut off"],  # what gzip packs holds the time
)
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises((tarfile.TarError, EOFError, OSError)):
        model_data.unpack(io.BytesIO(content), tmp_path)
