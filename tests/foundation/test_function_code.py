"""FunctionCode: the same bytes everywhere, of exactly what is named, as it was installed."""

import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from constructs import RootConstruct

from mlops_stages.foundation import FunctionCode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A package of two files, with what has no place in an archive beside them."""
    package = tmp_path / "billing"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "inner" / "__init__.py").write_text("def handler(event, context):\n    return event\n")
    (package / "notes.txt").write_text("mine")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "inner.pyc").write_bytes(b"\0")
    return package


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two distributions on the path, one of which requires the other."""
    site = tmp_path / "site"
    distribution(site, "pure", {"pure/__init__.py": "import needed\n"}, requires=["needed >=1", 'extra; extra == "x"'])
    distribution(site, "needed", {"needed.py": "VALUE = 1\n"})
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    return site


def distribution(site: Path, name: str, files: dict[str, str], requires: list[str] | None = None) -> None:
    metadata = "".join(f"Requires-Dist: {each}\n" for each in requires or ())
    info = f"{name}-1.0.dist-info"
    held = {**files, f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{metadata}"}
    lines = [f"../bin/{name},sha256=x,1", f"{info}/RECORD,,", f"{info}/INSTALLER,sha256=x,4"]
    for path, content in held.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(content)
        lines.append(f"{path},sha256={digest(content)},{len(content)}")
    (site / info / "RECORD").write_text("\n".join(lines))


def digest(content: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).decode().rstrip("=")


def names(code: FunctionCode) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(code.content)).namelist()


def refusal(code: FunctionCode) -> str:
    with pytest.raises(ValueError, match="FND-") as raised:
        _ = code.content
    return str(raised.value)


def test_a_folder_lies_in_the_archive_under_its_own_name_and_code_alone(folder: Path) -> None:
    assert names(FunctionCode(paths=[folder])) == ["billing/__init__.py", "billing/inner/__init__.py"]


def test_a_handler_runs_from_the_archive_as_lambda_runs_it(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "code.zip"
    archive.write_bytes(FunctionCode(paths=[folder]).content)
    program = "import sys; sys.path.insert(0, sys.argv[1]); import billing.inner as m; print(m.handler('said', None))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, str(archive)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "said\n"


def test_the_bytes_depend_neither_on_time_nor_on_rights_nor_on_where_the_folder_is(
    folder: Path, tmp_path: Path
) -> None:
    before = FunctionCode(paths=[folder])
    moved = tmp_path / "elsewhere" / "billing"
    shutil.copytree(folder, moved)
    for path in moved.rglob("*.py"):
        os.utime(path, (1, 1))
        path.chmod(0o600)
    assert FunctionCode(paths=[moved]).content == before.content
    assert before.sha256 == hashlib.sha256(before.content).hexdigest()


def test_modules_and_folders_lie_under_the_name_by_which_they_are_imported(folder: Path, tmp_path: Path) -> None:
    module = tmp_path / "prices.py"
    module.write_text("PRICE = 1\n")
    assert names(FunctionCode(paths=[folder, module], under="acme/runtime")) == [
        "acme/runtime/billing/__init__.py",
        "acme/runtime/billing/inner/__init__.py",
        "acme/runtime/prices.py",
    ]


def test_other_code_is_another_archive(folder: Path) -> None:
    before = FunctionCode(paths=[folder]).sha256
    (folder / "__init__.py").write_text("x = 1\n")
    assert FunctionCode(paths=[folder]).sha256 != before


@pytest.mark.usefixtures("installed")
def test_a_distribution_is_there_with_its_metadata_and_without_what_its_installer_wrote(folder: Path) -> None:
    code = FunctionCode(paths=[folder], distributions=["pure", "Needed"])
    assert [name for name in names(code) if not name.startswith("billing/")] == [
        "needed-1.0.dist-info/METADATA",
        "needed.py",
        "pure-1.0.dist-info/METADATA",
        "pure/__init__.py",
    ]


@pytest.mark.usefixtures("installed")
def test_what_a_distribution_requires_must_be_named(folder: Path) -> None:
    message = refusal(FunctionCode(paths=[folder], distributions=["pure"]))
    assert message == "FND-091: pure requires needed; name it among the distributions"


def test_a_distribution_that_is_not_installed_is_refused(folder: Path) -> None:
    message = refusal(FunctionCode(paths=[folder], distributions=["no-such-distribution"]))
    assert message.startswith("FND-091: the distribution no-such-distribution is not installed")


def test_a_file_that_was_changed_after_it_was_installed_is_refused(folder: Path, installed: Path) -> None:
    (installed / "needed.py").write_text("VALUE = 2\n")
    message = refusal(FunctionCode(paths=[folder], distributions=["needed"]))
    assert message == "FND-092: needed.py is not what needed was installed with; install it again"


def test_compiled_code_is_refused(folder: Path, installed: Path) -> None:
    distribution(installed, "quick", {"quick.cpython-314.so": "machine code"})
    assert refusal(FunctionCode(paths=[folder], distributions=["quick"])).startswith("FND-093: quick holds compiled")


def test_a_path_without_code_and_a_path_given_twice_are_refused(folder: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for path in (empty, folder / "notes.txt", folder / "missing.py.txt"):
        assert refusal(FunctionCode(paths=[path])).startswith(f"FND-090: {path} is no Python code")
    assert refusal(FunctionCode(paths=[folder, folder])).startswith("FND-090: billing/__init__.py is there twice")


def test_it_is_an_asset_of_the_stack_named_by_its_own_hash(folder: Path, tmp_path: Path) -> None:
    code = FunctionCode(paths=[folder])
    app = App(outdir=str(tmp_path / "out"), analytics_reporting=False)
    stack = Stack(app, "Alone")
    placed = [code.placed(stack), code.placed(stack)]
    assert stack.resolve(placed[1].key) == f"{code.sha256}.zip"
    app.synth()
    assert (tmp_path / "out" / f"asset.{code.sha256}.zip").read_bytes() == code.content
    assets = json.loads((tmp_path / "out" / "Alone.assets.json").read_text("utf-8"))
    assert assets["files"][code.sha256]["source"] == {"path": f"asset.{code.sha256}.zip", "packaging": "file"}


def test_it_is_refused_outside_of_an_app(folder: Path) -> None:
    with pytest.raises(ValueError, match="FND-094"):
        FunctionCode(paths=[folder]).placed(RootConstruct("alone"))
