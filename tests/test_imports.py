"""What each folder may import, as docs/architecture.md has it: dependencies point down only."""

import ast
import re
from collections.abc import Iterator
from functools import cache
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


@cache
def imports() -> dict[str, set[str]]:
    """The modules of the package with those that each imports; imports inside functions count, too."""
    paths = [path for path in PACKAGE.rglob("*.py") if "template" not in path.parts]
    modules = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in paths}
    modules = {name.removesuffix(".__init__"): path for name, path in modules.items()}
    found: dict[str, set[str]] = {}
    for name, path in modules.items():
        of = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
        froms = [(_module(node, path), alias.name) for node in of for alias in node.names]
        named = [(module, f"{module}.{alias}") for module, alias in froms]
        found[name] = {inner if inner in modules else outer for outer, inner in named} & modules.keys() - {name}
    return found


def _module(node: ast.ImportFrom, path: Path) -> str:
    """The module that an import names, a relative one too."""
    if node.level == 0:
        return node.module or ""
    package = path.parents[node.level - 1].relative_to(PACKAGE.parent)
    return ".".join((*package.parts, *([node.module] if node.module else [])))


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert "mlops_stages.runtime.ledger.codes" in imports()["mlops_stages.runtime.ledger.values"]
    assert imports()["mlops_stages.local.server.api.calls"] >= {
        "mlops_stages.local.server.engine",
        "mlops_stages.local.server.api.forwarding",
    }
    TopologicalSorter(imports()).prepare()  # raises CycleError, which names them


def program(module: str) -> str:
    """Which program of the local AWS a module is part of: `client`, `server`, or both."""
    part = module.removeprefix("mlops_stages.local").split(".")[1:2]
    return part[0] if part in (["client"], ["server"]) else "both"


def test_the_client_and_the_server_of_the_local_aws_share_only_what_is_beside_them() -> None:
    found = [
        (module, other)
        for module, others in imports().items()
        for other in others
        if module.startswith("mlops_stages.local") and other.startswith("mlops_stages.local")
        if program(other) not in ("both", program(module))
    ]
    assert {program(module) for module in imports()} == {"client", "server", "both"}
    assert found == []


def test_the_command_line_imports_nothing_of_the_server() -> None:
    outside = {module: others for module, others in imports().items() if ".local" not in module}
    assert {
        (module, other) for module, others in outside.items() for other in others if program(other) == "server"
    } == set()


def test_the_server_is_started_in_one_place() -> None:
    files = [path for path in PACKAGE.rglob("*.py") if not path.is_relative_to(PACKAGE / "local" / "server")]
    assert [path.name for path in files if "mlops_stages.local.server" in path.read_text("utf-8")] == ["process.py"]


def part_of_the_server(module: str) -> str:
    """The folder that a module of the server is in; each part of SageMaker is one of its own."""
    path = module.split(".")[3:]
    deep = path[0] == "sagemaker" and (PACKAGE / "local" / "server" / "/".join(path[:2])).is_dir()
    return ".".join(path[:2] if deep else path[:1])


def test_the_folders_of_the_server_import_each_other_in_no_circle() -> None:
    server = {m: others for m, others in imports().items() if m.startswith("mlops_stages.local.server.")}
    folders: dict[str, set[str]] = {}
    for module, others in server.items():
        folder = part_of_the_server(module)
        below = {part_of_the_server(other) for other in others if other.startswith("mlops_stages.local.server.")}
        folders.setdefault(folder, set()).update(below - {folder})
    TopologicalSorter(folders).prepare()
    assert folders["bounds"] == set()
    assert folders["engine"] == {"bounds", "clock"}
    assert folders["api"] == {"engine"}
    assert folders["cloudformation"] == {"api", "engine"}
    assert {folder for folder, below in folders.items() if "front" in below} == {"__main__"}
