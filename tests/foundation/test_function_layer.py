"""FunctionLayer: a package for functions, and its archive in the assembly."""

import sys
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Template
from constructs import RootConstruct

from mlops_stages.foundation import FunctionLayer
from mlops_stages.layers import DUCKDB


def test_the_archive_comes_to_the_assembly_and_is_named_by_its_hash() -> None:
    app = App()
    stack = Stack(app, "it")
    layer = FunctionLayer(stack, "DuckDB", name="acme-duckdb")
    assembly = app.synth()
    ((_, found),) = Template.from_stack(stack).find_resources("AWS::Lambda::LayerVersion").items()
    properties = found["Properties"]
    assert properties["LayerName"] == "acme-duckdb"
    assert properties["CompatibleArchitectures"] == ["arm64"]
    assert properties["CompatibleRuntimes"] == ["python3.14"]
    assert properties["Content"]["S3Key"] == f"{DUCKDB.digest}.zip"
    assert "2.0.1" in properties["Description"]
    archive = Path(assembly.directory, f"asset.{DUCKDB.digest}.zip")
    assert archive.read_bytes() == DUCKDB.path.read_bytes()
    assert stack.resolve(layer.layer_arn) == {"Ref": next(iter(Template.from_stack(stack).to_json()["Resources"]))}


def test_where_links_cannot_be_made_the_archive_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: object) -> None:
        raise OSError

    monkeypatch.setattr("os.link", refuse)
    app = App()
    FunctionLayer(Stack(app, "it"), "DuckDB", name="acme-duckdb")
    archive = Path(app.synth().directory, f"asset.{DUCKDB.digest}.zip")
    assert archive.stat().st_size == DUCKDB.path.stat().st_size
    assert archive.stat().st_nlink == 1


def test_two_layers_of_an_assembly_are_one_archive() -> None:
    app = App()
    for name in ("one", "other"):
        FunctionLayer(Stack(app, name), "DuckDB", name="acme-duckdb")
    assert len(list(Path(app.synth().directory).glob("asset.*.zip"))) == 1


def test_a_package_that_was_not_fetched_is_told_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = Stack(App(), "it")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(ValueError, match=r"FND-097: .*run `python -m mlops_stages.layers`"):
        FunctionLayer(stack, "DuckDB", name="acme-duckdb")


def test_a_layer_needs_an_app() -> None:
    with pytest.raises(ValueError, match="FND-094"):
        FunctionLayer(RootConstruct("none"), "DuckDB", name="acme-duckdb")
