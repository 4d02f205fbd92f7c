import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlops_stages import node
from mlops_stages.errors import UserError

LOCK = '{"name": "x", "lockfileVersion": 3, "requires": true, "packages": {"": {"name": "x"}}}'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory whose lock file asks for no package: npm needs no registry for it."""
    (tmp_path / "package.json").write_text('{"name": "x"}', encoding="utf-8")
    (tmp_path / "package-lock.json").write_text(LOCK, encoding="utf-8")
    return tmp_path


def test_node_is_a_real_executable_and_not_a_python_script() -> None:
    assert node.binary().read_bytes()[:2] != b"#!"
    assert os.access(node.binary(), os.X_OK)


def test_npm_runs_on_that_node() -> None:
    found = subprocess.run([*node.npm(), "--version"], capture_output=True, text=True, check=True)
    assert found.stdout[0].isdigit()


def test_the_cdk_is_told_of_this_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JSII_NODE", raising=False)
    node.use_bundled_node()
    assert os.environ["JSII_NODE"] == str(node.binary())


def test_a_node_chosen_by_the_user_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSII_NODE", "/opt/node")
    node.use_bundled_node()
    assert os.environ["JSII_NODE"] == "/opt/node"


def test_packages_are_installed_once(project: Path) -> None:
    assert node.install(project)
    assert not node.install(project)


def test_packages_are_installed_again_when_the_lock_changes(project: Path) -> None:
    node.install(project)
    (project / "package-lock.json").write_text(LOCK + "\n", encoding="utf-8")
    assert not node.is_installed(project)
    assert node.install(project)


def test_a_directory_without_a_lock_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        node.install(tmp_path)
    assert refused.value.code == "NODE-001"
    assert refused.value.exit_code == 2


def test_a_failure_of_npm_is_told_and_leaves_no_stamp(project: Path) -> None:
    (project / "package.json").write_text('{"name": "x", "dependencies": {"aws-cdk": "1"}}', encoding="utf-8")
    with pytest.raises(UserError, match="in sync") as refused:
        node.install(project)
    assert refused.value.code == "NODE-002"
    assert not node.is_installed(project)


def test_the_cdk_command_of_an_environment_names_no_path_of_this_machine(tmp_path: Path) -> None:
    node.link_cdk(tmp_path)
    assert os.access(tmp_path / "cdk", os.X_OK)
    assert sys.prefix not in (tmp_path / "cdk").read_text(encoding="utf-8")


def test_a_cdk_command_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cdk").write_text("mine", encoding="utf-8")
    node.link_cdk(tmp_path)
    assert (tmp_path / "cdk").read_text(encoding="utf-8") == "mine"


def test_the_cdk_command_says_what_to_do_where_none_is_installed(tmp_path: Path) -> None:
    node.link_cdk(tmp_path)
    done = subprocess.run([tmp_path / "cdk", "synth"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "make setup" in done.stderr


def test_the_cdk_command_runs_the_cli_of_the_current_directory(tmp_path: Path) -> None:
    node.link_cdk(tmp_path)
    (tmp_path / "node").symlink_to(node.binary())
    cli = tmp_path / "project" / "node_modules" / "aws-cdk" / "bin" / "cdk"
    cli.parent.mkdir(parents=True)
    cli.write_text("console.log(process.argv.slice(2).join(' '))", encoding="utf-8")
    done = subprocess.run(
        [tmp_path / "cdk", "deploy", "--all"], cwd=tmp_path / "project", capture_output=True, text=True, check=True
    )
    assert done.stdout == "deploy --all\n"
