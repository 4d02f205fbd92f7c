"""What each folder may import, as docs/architecture.md has it: dependencies point down only."""

import ast
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "constructs" / "mlops_stages"
PAGE = ROOT / "docs" / "architecture.md"
FOLDERS = sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists())
MODULES = {path.stem for path in PACKAGE.glob("*.py")}
CDK = {"aws_cdk", "cdk_nag", "constructs", "stacks"}


def allowed() -> dict[str, set[str]]:
    """The folders that each folder may import, by the page's table; `cdk` where it may import the CDK."""
    rows = re.findall(r"^\| `constructs/mlops_stages/(\w+)` \| .* \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    return {
        name: set(re.findall(r"`(\w+)`", says)) | (set[str]() if re.search("never|nothing", says) else {"cdk"})
        for name, says in rows
    }


def imported(path: Path) -> Iterator[str]:
    """The folders, modules and, as `cdk`, the CDK that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "mlops_stages":
            names = [f"mlops_stages.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [node.module]
        for first, *rest in (name.split(".") for name in names):
            if first == "mlops_stages" and rest:
                yield rest[0]
            elif first in CDK:
                yield "cdk"


def test_the_page_has_every_folder() -> None:
    assert sorted(allowed()) == FOLDERS


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_what_lies_below_it_alone(folder: str) -> None:
    files = [path for path in (PACKAGE / folder).rglob("*.py") if "template" not in path.parts]
    found = {(path.name, name) for path in files for name in imported(path)}
    may = {*allowed()[folder], folder, *MODULES}
    assert {(file, name) for file, name in found if name not in may} == set()


@pytest.mark.parametrize("module", sorted(MODULES - {"__init__"}))
def test_a_module_beside_the_folders_imports_none_of_them(module: str) -> None:
    assert set(imported(PACKAGE / f"{module}.py")) <= MODULES


def test_what_runs_inside_aws_imports_nothing_of_ours() -> None:
    found = {name for path in (PACKAGE / "runtime").rglob("*.py") for name in imported(path)}
    assert found <= {"runtime"}


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions count, too."""
    paths = [path for path in PACKAGE.rglob("*.py") if "template" not in path.parts]
    modules = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in paths}
    modules = {name.removesuffix(".__init__"): path for name, path in modules.items()}
    imports: dict[str, set[str]] = {}
    for name, path in modules.items():
        of = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
        named = [(node.module or "", f"{node.module}.{alias.name}") for node in of for alias in node.names]
        imports[name] = {inner if inner in modules else outer for outer, inner in named} & modules.keys() - {name}
    assert imports["mlops_stages.local.server.api.calls"] >= {
        "mlops_stages.local.server.engine",
        "mlops_stages.local.server.api.forwarding",
    }
    TopologicalSorter(imports).prepare()  # raises CycleError, which names them
