"""The release that a platform is deployed with: held by the hash of what runs, or of what is named."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from mlops_stages.errors import UserError
from mlops_stages.supply_chain import release

MODULE = "mlops_stages/__init__.py"
PACKED = {MODULE: "", **{f"mlops_stages/_app/{name}": f"# {name}\n" for name in release.LOCKS}}


def write_wheel(folder: Path, version: str, files: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    wheel = folder / f"mlops_stages-{version}-py3-none-any.whl"
    about = f"mlops_stages-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
        packed.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: mlops-stages\nVersion: {version}\n")
        packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{about}/RECORD", "")
    return wheel


class Installed:
    """A package as pip recorded it when it installed these files."""

    def __init__(self, version: str, files: dict[str, str]) -> None:
        self.version = version
        self.files = [self._path(name, text) for name, text in files.items()]

    @staticmethod
    def _path(name: str, text: str) -> Any:  # noqa: ANN401 - importlib's PackagePath
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        path = importlib.metadata.PackagePath(PurePosixPath(name))
        path.hash = importlib.metadata.FileHash(f"sha256={digest}")
        return path


def install(monkeypatch: pytest.MonkeyPatch, package: Installed) -> None:
    """Have pip's records tell of this package, whatever is asked for."""

    def distribution(name: str) -> Installed:
        assert name == "mlops-stages"
        return package

    monkeypatch.setattr(importlib.metadata, "distribution", distribution)


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A platform's directory, and an index that is a folder; nothing of the toolkit is installed by pip."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    install(monkeypatch, Installed("0.0.1", {}))
    (tmp_path / "index").mkdir()
    (tmp_path / "platform").mkdir()
    (tmp_path / "platform" / "requirements.txt").write_text("# ours\nmlops-stages==9.9.9\n", encoding="utf-8")
    return tmp_path / "platform"


def test_a_new_version_is_held_by_the_hash_of_its_wheel_with_the_locks_that_it_brings(platform: Path) -> None:
    wheel = write_wheel(platform.parent / "index", "9.9.9", PACKED)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    for _ in range(2):
        assert "compare it with SHA256SUMS of the release" in release.hold(platform)
        held = (platform / "requirements.txt").read_text("utf-8")
        assert held == f"# ours\nmlops-stages==9.9.9 --hash=sha256:{digest}\n"
    for name in release.LOCKS:
        assert (platform / name).read_text("utf-8") == f"# {name}\n"


def test_the_version_that_runs_must_be_the_one_of_the_index(platform: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_wheel(platform.parent / "index", "9.9.9", PACKED)
    install(monkeypatch, Installed("9.9.9", PACKED))
    assert "the same as the one that runs here" in release.hold(platform)


@pytest.mark.parametrize(
    "of_the_index",
    [{**PACKED, MODULE: "import evil\n"}, {**PACKED, "evil.py": ""}, {**PACKED, "evil.pth": "import evil\n"}],
)
def test_somebody_elses_package_of_our_name_and_version_is_refused(
    platform: Path, monkeypatch: pytest.MonkeyPatch, of_the_index: dict[str, str]
) -> None:
    write_wheel(platform.parent / "index", "9.9.9", of_the_index)
    install(monkeypatch, Installed("9.9.9", PACKED))
    with pytest.raises(UserError) as refused:
        release.hold(platform)
    assert (refused.value.code, refused.value.where) == ("SUP-022", "mlops_stages-9.9.9-py3-none-any.whl")
    assert [path.name for path in platform.iterdir()] == ["requirements.txt"]
    assert "--hash" not in (platform / "requirements.txt").read_text("utf-8")


def test_what_is_missing_is_told_and_nothing_is_written(platform: Path) -> None:
    before = (platform / "requirements.txt").read_text("utf-8")
    with pytest.raises(UserError) as refused:
        release.hold(platform)
    assert (refused.value.code, refused.value.where) == ("SUP-021", "mlops-stages==9.9.9")

    write_wheel(platform.parent / "index", "9.9.9", {MODULE: ""})
    with pytest.raises(UserError) as refused:
        release.hold(platform)
    assert refused.value.code == "SUP-023"
    assert (platform / "requirements.txt").read_text("utf-8") == before

    for text in (
        "",
        "mlops-stages\n",
        "mlops-stages==9.9.9 ; evil\n",
        "mlops-stages==--index-url=https://example.org\n",
    ):
        (platform / "requirements.txt").write_text(text, encoding="utf-8")
        with pytest.raises(UserError) as refused:
            release.hold(platform)
        assert (refused.value.code, refused.value.where) == ("SUP-020", str(platform / "requirements.txt"))


def test_the_locks_are_those_that_an_application_is_made_with() -> None:
    from mlops_stages.cli.init import FILES

    assert set(release.LOCKS) <= set(FILES)
