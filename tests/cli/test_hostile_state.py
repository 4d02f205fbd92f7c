"""A state directory that others prepared: no command hangs, follows it, writes over a file, or ends in a traceback."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_stages.cli import main
from mlops_stages.files import UnfitFileError
from mlops_stages.local import images
from mlops_stages.local.client import process
from mlops_stages.local.client.cdk import CdkCli
from mlops_stages.local.client.children import Children
from tests.conftest import ROOT
from tests.unfit_files import UNFIT

SECRET = "of another file"
FILE_KINDS = [*UNFIT, "link", "hard link"]
FOLDER_KINDS = ["FIFO", "file", "link", "open to everybody"]


@pytest.fixture
def platform(tmp_path: Path) -> Path:
    made = tmp_path / "platform"
    made.mkdir()
    shutil.copy(ROOT / "platform.yaml", made)
    shutil.copytree(ROOT / "pipelines", made / "pipelines")
    return made


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file that is not to be shown or written."""
    made = tmp_path / "victim"
    made.write_text(SECRET, encoding="utf-8")
    return made


def put_file(kind: str, place: Path, victim: Path) -> None:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if kind == "link":
        place.symlink_to(victim)
    elif kind == "hard link":
        place.hardlink_to(victim)
    else:
        UNFIT[kind](place)


def put_folder(kind: str, place: Path, elsewhere: Path) -> None:
    elsewhere.mkdir()
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if kind == "FIFO":
        os.mkfifo(place)
    elif kind == "file":
        place.touch()
    elif kind == "link":
        place.symlink_to(elsewhere)
    else:
        place.mkdir()
        place.chmod(0o777)


def told(words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The code and place of the error by which a command ends, with exit code 2."""
    monkeypatch.setattr("sys.argv", ["mlops-stages", *words])
    with pytest.raises(SystemExit) as ended:
        main.main()
    shown = capsys.readouterr().err
    assert ended.value.code == 2, shown
    assert SECRET not in shown
    code, _, place = shown.splitlines()[0].partition(" ")
    return code, place


@pytest.mark.parametrize("command", ["status", "down"])
@pytest.mark.parametrize("kind", FILE_KINDS)
def test_a_record_that_is_no_file_of_ours_is_told_and_left(
    platform: Path,
    victim: Path,
    kind: str,
    command: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = platform / ".mlops-stages" / "local.json"
    put_file(kind, record, victim)
    assert told([command, str(platform)], capsys, monkeypatch) == ("CLI-040", str(record))
    assert victim.read_text("utf-8") == SECRET
    assert os.path.lexists(record)


@pytest.mark.parametrize("command", ["status", "down", "up"])
@pytest.mark.parametrize("kind", FOLDER_KINDS)
def test_a_state_directory_that_is_not_ours_alone_is_not_used(
    platform: Path,
    tmp_path: Path,
    kind: str,
    command: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mlops_stages.node.is_installed", lambda _: True)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    put_folder(kind, platform / ".mlops-stages", tmp_path / "elsewhere")
    code, place = told([command, str(platform)], capsys, monkeypatch)
    assert (code, place.removesuffix("/local.json")) == ("CLI-040", str(platform / ".mlops-stages"))
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("name", ["local.lock", "local.log"])
@pytest.mark.parametrize("kind", [kind for kind in FILE_KINDS if kind != "sparse file"])
def test_nothing_is_started_whose_files_are_not_ours(platform: Path, victim: Path, kind: str, name: str) -> None:
    place = platform / ".mlops-stages" / name
    put_file(kind, place, victim)
    with pytest.raises(UnfitFileError) as refused:
        process.start(platform, 0)
    assert refused.value.filename == str(place)
    assert victim.read_text("utf-8") == SECRET
    assert not (platform / ".mlops-stages" / "local.json").exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "[" * 60_000,
        '{"pid": Infinity, "identity": "", "port": 1}',
        '{"pid": -1, "identity": "", "port": 1}',
    ],
)
def test_a_record_of_anything_else_is_none(platform: Path, text: str) -> None:
    (platform / ".mlops-stages").mkdir(mode=0o700)
    (platform / ".mlops-stages" / "local.json").write_text(text, encoding="utf-8")
    assert process.status(platform) is None
    assert not process.stop(platform)


@pytest.mark.parametrize("kind", FILE_KINDS)
def test_what_images_mean_is_read_from_our_own_file(platform: Path, victim: Path, kind: str) -> None:
    index = platform / ".mlops-stages" / "images" / "index.json"
    put_file(kind, index, victim)
    for use in (
        lambda: images.name(platform, "registry/image@sha256:1", Path("/usr/bin/python3")),
        lambda: images.find(platform / ".mlops-stages", "registry/image@sha256:1"),
    ):
        with pytest.raises(UnfitFileError) as refused:
            use()
        assert refused.value.filename == str(index)
    assert victim.read_text("utf-8") == SECRET


def cli(platform: Path) -> CdkCli:
    return CdkCli(directory=platform, account="1" * 12, region="eu-west-1", partition="aws", qualifier="q")


@pytest.mark.parametrize("kind", [kind for kind in FILE_KINDS if kind != "sparse file"])
def test_the_log_of_a_command_goes_into_a_file_of_ours(platform: Path, victim: Path, kind: str) -> None:
    log = cli(platform).log("synth")
    put_file(kind, log, victim)
    with pytest.raises(UnfitFileError) as refused:
        Children().run(["false"], cwd=platform, environment={}, log=log)
    assert refused.value.filename == str(log)
    assert victim.read_text("utf-8") == SECRET


FOLDERS: dict[str, Callable[[Path], object]] = {
    "images": lambda platform: images.name(platform, "uri", Path("/usr/bin/python3")),
    "logs": lambda platform: Children().run(["false"], cwd=platform, environment={}, log=cli(platform).log("synth")),
    "home": lambda platform: process.start(platform, 0),
}


@pytest.mark.parametrize("name", FOLDERS)
@pytest.mark.parametrize("kind", FOLDER_KINDS)
def test_no_folder_of_the_state_leads_elsewhere(platform: Path, tmp_path: Path, kind: str, name: str) -> None:
    put_folder(kind, platform / ".mlops-stages" / name, tmp_path / "elsewhere")
    with pytest.raises(UnfitFileError) as refused:
        FOLDERS[name](platform)
    assert refused.value.filename == str(platform / ".mlops-stages" / name)
    assert list((tmp_path / "elsewhere").iterdir()) == []
