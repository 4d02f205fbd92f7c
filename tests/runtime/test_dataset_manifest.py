"""Dataset manifests: what they take, what they refuse, and that no differing byte passes."""

from __future__ import annotations

import ast
import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_stages.runtime import dataset_manifest as manifests
from mlops_stages.runtime.dataset_manifest import DataObject, DatasetManifest, DatasetManifestError

FILES = {"flights-2013-01.csv": b"day,late\n2013-01-01,1\n", "more/flights-2013-02.csv": b"day,late\n"}


def data_object(key: str, content: bytes) -> DataObject:
    uri = f"s3://acme-arrivals-internal-444444444444/curated/flights/v/{key}"
    return DataObject(key, uri, "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY", manifests.checksum(content), len(content))


def made(files: dict[str, bytes] | None = None, **changes: Any) -> DatasetManifest:  # noqa: ANN401 - any field
    fields: dict[str, Any] = {
        "dataset": "flights",
        "team": "arrivals",
        "classification": "internal",
        "commit": "8f0d98a26cafedcc8de03870753217f9191f39d0",
        "created_by": "arn:aws:sagemaker:eu-west-1:444444444444:processing-job/arrivals-curate",
        "sources": [data_object("flights.csv", b"raw")],
        "objects": [data_object(name, content) for name, content in (FILES if files is None else files).items()],
    }
    return manifests.make(**{**fields, **changes})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / "dataset" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "dataset"


def changed(**fields: Any) -> str:  # noqa: ANN401 - any field
    return json.dumps({**json.loads(made().to_json()), **fields})


def refused(code: str, act: Callable[[], object]) -> DatasetManifestError:
    with pytest.raises(DatasetManifestError) as error:
        act()
    assert error.value.code == code, error.value
    assert str(error.value).startswith(f"{code} ")
    assert "\n  fix: " in str(error.value)
    return error.value


def test_a_manifest_read_back_is_the_same() -> None:
    assert manifests.loads(made().to_json()) == made()


def test_the_same_manifest_is_the_same_bytes_whatever_the_order() -> None:
    turned = made(dict(reversed(FILES.items())))
    assert turned.to_json() == made().to_json()
    assert turned.sha256 == manifests.checksum(made().to_json().encode())


def test_a_version_is_named_for_its_bytes_and_nothing_else() -> None:
    assert made(commit="another", created_by="another").version == made().version
    assert made({**FILES, "flights-2013-01.csv": b"other"}).version != made().version
    assert made({"renamed.csv": next(iter(FILES.values()))}).version != made().version
    assert len(made().version) == 16


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1), min_size=1), st.randoms(use_true_random=False))
def test_the_order_of_files_never_names_another_version(checksums: dict[str, str], random: Any) -> None:  # noqa: ANN401
    items = list(checksums.items())
    random.shuffle(items)
    assert manifests.version_of(dict(items)) == manifests.version_of(checksums)


def test_files_as_the_manifest_says_pass(folder: Path) -> None:
    manifests.verify(made(), folder)


@pytest.mark.parametrize("content", [b"day,late\n2013-01-01,0\n", b"", b"day,late\n2013-01-01,1\n\n"])
def test_a_file_with_other_bytes_is_refused(folder: Path, content: bytes) -> None:
    (folder / "flights-2013-01.csv").write_bytes(content)
    error = refused("DAT-006", lambda: manifests.verify(made(), folder))
    assert "the dataset's bytes differ from the manifest: flights-2013-01.csv" in error.message


def test_all_differences_are_told_at_once(folder: Path) -> None:
    (folder / "flights-2013-01.csv").write_bytes(b"other")
    (folder / "more" / "flights-2013-02.csv").unlink()
    (folder / "new.csv").write_bytes(b"")
    message = refused("DAT-006", lambda: manifests.verify(made(), folder)).message
    for told in (
        "new.csv is not in the manifest",
        "flights-2013-01.csv has 5 bytes, not 22",
        "more/flights-2013-02.csv is missing",
    ):
        assert told in message


def test_of_many_differences_some_are_told(tmp_path: Path) -> None:
    many = {f"{number}.csv": b"x" for number in range(30)}
    tmp_path.mkdir(exist_ok=True)
    message = refused("DAT-006", lambda: manifests.verify(made(many), tmp_path)).message
    assert message.endswith("; and 20 more")


def test_a_manifest_is_read_only_if_it_is_the_one_named(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(made().to_json(), encoding="utf-8")
    assert manifests.load(path, sha256=made().sha256) == made()
    assert refused("DAT-005", lambda: manifests.load(path, sha256="0" * 64)).where == str(path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_no_manifest(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    refused("DAT-001", lambda: manifests.load(tmp_path / "manifest.json"))


def test_a_manifest_that_is_not_there_is_told(tmp_path: Path) -> None:
    refused("DAT-001", lambda: manifests.load(tmp_path / "nothing.json"))
    refused("DAT-001", lambda: manifests.load(tmp_path))


def test_a_manifest_of_gigabytes_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "_LARGEST", 10)
    (tmp_path / "manifest.json").write_text(made().to_json(), encoding="utf-8")
    assert "larger" in refused("DAT-001", lambda: manifests.load(tmp_path / "manifest.json")).message


@pytest.mark.parametrize("text", ["[]", "null", '"text"', "1"])
def test_json_that_is_no_map_is_no_manifest(text: str) -> None:
    refused("DAT-002", lambda: manifests.loads(text))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"format": "mlops-stages/dataset-manifest/2"}, "format is"),
        ({"team": ""}, "team is no text"),
        ({"team": 1}, "team is no text"),
        ({"dataset": "../flights"}, "dataset is not a name"),
        ({"classification": "top secret"}, "classification is not a name"),
        ({"objects": {}}, "objects is no list"),
        ({"objects": [1]}, "objects[0] has not exactly"),
        ({"objects": [{"key": "a"}]}, "objects[0] has not exactly"),
        ({"surprise": 1}, "surprise is unknown"),
    ],
)
def test_a_field_that_does_not_fit_is_named(fields: dict[str, Any], told: str) -> None:
    assert told in refused("DAT-002", lambda: manifests.loads(changed(**fields))).message


@pytest.mark.parametrize(
    "field", [{"key": 1}, {"sha256": "abc"}, {"version_id": 1}, {"version_id": ""}, {"bytes": -1}, {"bytes": True}]
)
def test_an_object_that_does_not_fit_is_named(field: dict[str, Any]) -> None:
    objects = [{**dataclasses.asdict(data_object("a", b"")), **field}]
    assert "objects[0] has" in refused("DAT-002", lambda: manifests.loads(changed(objects=objects))).message


def test_all_fields_that_do_not_fit_are_told_at_once() -> None:
    document = json.loads(made().to_json())
    del document["team"], document["commit"]
    message = refused("DAT-002", lambda: manifests.loads(json.dumps(document))).message
    assert "commit is missing" in message
    assert "team is missing" in message


@pytest.mark.parametrize("key", ["../secret", "/etc/passwd", "a/../b", "a//b", "./a", "", ".", "a\\b", "a\nb"])
def test_a_name_that_leads_elsewhere_is_refused(key: str) -> None:
    refused("DAT-003", lambda: made({key: b""}))


def test_a_name_that_comes_twice_is_refused() -> None:
    twice = [data_object("a.csv", b"1"), data_object("a.csv", b"2")]
    assert "comes twice" in refused("DAT-003", lambda: made(objects=twice)).message


def test_a_version_that_is_not_its_contents_is_refused() -> None:
    refused("DAT-004", lambda: manifests.loads(changed(version="0" * 16)))


def test_a_dataset_of_nothing_is_refused() -> None:
    refused("DAT-007", lambda: made({}))


def test_it_needs_the_standard_library_only() -> None:
    tree = ast.parse(Path(manifests.__file__).read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
