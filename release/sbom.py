"""The bill of materials of the wheel: what cyclonedx-py finds in an environment, as far as users' locks hold it.

`python -m release.sbom FOUND.json` writes mlops-stages.cdx.json, which the wheel carries (PEP 770). It names no time
and no serial number: the same locks are the same bytes. `make lock` runs it.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from mlops_stages.files import replace
from mlops_stages.supply_chain import lock

ROOT = Path(__file__).resolve().parents[1]
SBOM = ROOT / "mlops-stages.cdx.json"
REQUIRED, OPTIONAL = ROOT / "requirements.lock", ROOT / "requirements-native.lock"
CLI = ROOT / "package-lock.json"
_KEPT = ("bom-ref", "licenses", "name", "purl", "type", "version")


def composed(found: dict[str, Any]) -> dict[str, Any]:
    """Return what an environment holds, reduced to what users get: the locked packages, and npm's CDK CLI.

    KeyError where the environment lacks a package: it was not made from these locks.
    """
    installed = {(_normal(each["name"]), each["version"]): each for each in found["components"]}
    components = [_component(each, installed, "required") for each in _everywhere(REQUIRED)]
    components += [_component(each, installed, "optional") for each in _everywhere(OPTIONAL)]
    ours = _ours()
    npm = _npm()
    names = {each["bom-ref"] for each in components}
    dependencies = {each["ref"]: _among(each.get("dependsOn", ()), names) for each in found["dependencies"]}
    roots = {_normal(each.partition("==")[0]) for each in _project()["dependencies"]}
    direct = sorted(each["bom-ref"] for each in components if _normal(each["name"]) in roots)
    graph = {name: dependencies.get(name, []) for name in names} | {
        ours["bom-ref"]: sorted([*direct, npm["bom-ref"]]),
        npm["bom-ref"]: [],
    }
    tools = [
        {name: each[name] for name in ("name", "version", "type")} for each in found["metadata"]["tools"]["components"]
    ]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": ours, "tools": {"components": tools}},
        "components": sorted([*components, npm], key=lambda each: each["bom-ref"]),
        "dependencies": [
            {"ref": name, **({"dependsOn": needs} if needs else {})} for name, needs in sorted(graph.items())
        ],
    }


def text(document: dict[str, Any]) -> str:
    """Return a document as it is written."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _everywhere(path: Path) -> list[lock.Locked]:
    """What a lock holds for Linux and macOS."""
    return [each for each in lock.read(path) if "win32" not in each.marker]


def _component(each: lock.Locked, installed: dict[tuple[str, str], dict[str, Any]], scope: str) -> dict[str, Any]:
    found = installed[_normal(each.name), each.version]
    hashes = [{"alg": "SHA-256", "content": value.removeprefix("sha256:")} for value in each.hashes]
    files = {"type": "distribution", "url": found["purl"], "comment": "one of these files", "hashes": hashes}
    return {**{name: found[name] for name in _KEPT if name in found}, "scope": scope, "externalReferences": [files]}


def _npm() -> dict[str, Any]:
    """The CDK CLI, which `make setup` installs by the package-lock.json that the wheel carries."""
    about = json.loads(CLI.read_text("utf-8"))["packages"]["node_modules/aws-cdk"]
    sum_ = base64.b64decode(about["integrity"].removeprefix("sha512-")).hex()
    purl = f"pkg:npm/aws-cdk@{about['version']}"
    return {
        "bom-ref": purl,
        "licenses": [{"license": {"id": about["license"], "acknowledgement": "declared"}}],
        "name": "aws-cdk",
        "purl": purl,
        "type": "application",
        "version": about["version"],
        "scope": "required",
        "hashes": [{"alg": "SHA-512", "content": sum_}],
    }


def _ours() -> dict[str, Any]:
    project = _project()
    purl = f"pkg:pypi/{project['name']}@{project['version']}"
    return {
        "bom-ref": purl,
        "description": project["description"],
        "licenses": [{"license": {"id": project["license"], "acknowledgement": "declared"}}],
        "name": project["name"],
        "purl": purl,
        "type": "library",
        "version": project["version"],
    }


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def _among(needs: list[str], names: set[str]) -> list[str]:
    return sorted(each for each in needs if each in names)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    replace(SBOM, text(composed(json.loads(Path(sys.argv[1]).read_text("utf-8")))))
