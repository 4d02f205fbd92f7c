"""The wheel: all of the library, and the reference application that `init` copies."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mlops_stages.cli.init import FILES, REFERENCE, initialize
from tests.cli.conftest import python_environment

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "constructs" / "mlops_stages"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this checkout, unpacked."""
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(directory)]
    if importlib.util.find_spec("hatchling") is not None:
        command.append("--no-isolation")
    subprocess.run([*command, str(ROOT)], capture_output=True, check=True)
    (wheel,) = directory.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(directory / "unpacked")
    return directory / "unpacked"


def files(directory: Path) -> set[str]:
    return {
        str(path.relative_to(directory))
        for path in directory.rglob("*")
        if path.is_file() and not {"__pycache__", ".venv"} & set(path.parts)
    }


def test_the_wheel_holds_the_library_and_the_application_and_nothing_else(unpacked: Path) -> None:
    application = {name for name in (*FILES, *REFERENCE) if (ROOT / name).is_file()}
    application |= {f"{folder}/{name}" for folder in ("pipelines", "stacks") for name in files(ROOT / folder)}
    expected = {f"mlops_stages/{name}" for name in files(LIBRARY)}
    expected |= {f"mlops_stages/_app/{name}" for name in application}
    found = {name for name in files(unpacked) if ".dist-info/" not in name}
    assert found == expected


def test_init_from_the_wheel_makes_what_init_from_a_checkout_makes(unpacked: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mlops_stages.cli.main", "init", "--reference", "from_wheel"]
    environment = {**python_environment(), "PYTHONPATH": str(unpacked)}
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True)
    initialize(tmp_path / "from_checkout", None, reference=True)
    made, expected = tmp_path / "from_wheel", tmp_path / "from_checkout"
    assert files(made) == files(expected)
    assert all((made / name).read_bytes() == (expected / name).read_bytes() for name in files(expected))


def test_the_wheel_says_that_it_is_typed_and_brings_the_command(unpacked: Path) -> None:
    assert (unpacked / "mlops_stages" / "py.typed").exists()
    (entry_points,) = unpacked.glob("*.dist-info/entry_points.txt")
    assert "mlops-stages = mlops_stages.cli.main:main" in entry_points.read_text(encoding="utf-8")
