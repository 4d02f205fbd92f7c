"""The stacks that a synth left in cdk.out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TypedDict, cast

from mlops_stages import files

LARGEST = 64 << 20
"""The most bytes of a manifest or a template that is read."""

_STACK = "aws:cloudformation:stack"
_PARTITION = "${AWS::Partition}"


class _LookupRole(TypedDict, total=False):
    arn: str


class _Properties(TypedDict, total=False):
    templateFile: str
    stackName: str
    lookupRole: _LookupRole
    requiresBootstrapStackVersion: int
    bootstrapStackVersionSsmParameter: str


class _Artifact(TypedDict, total=False):
    type: str
    environment: str
    displayName: str
    properties: _Properties


class _Manifest(TypedDict, total=False):
    artifacts: dict[str, _Artifact]


@dataclass(frozen=True, kw_only=True)
class Bootstrap:
    """What a stack asks of the bootstrap of its account: the SSM parameter with its version, and the least version.

    `lookup_role` is the ARN of the role that may read the account; `{partition}` stands in it.
    """

    parameter: str
    least_version: int
    lookup_role: str | None


@dataclass(frozen=True, kw_only=True)
class SynthesizedStack:
    """One stack of the cloud assembly. `label` is what the CDK CLI calls it, `name` what CloudFormation does."""

    label: str
    name: str
    account: str
    region: str
    template: Path
    bootstrap: Bootstrap | None = None


def synthesized_stacks(assembly: Path) -> tuple[SynthesizedStack, ...]:
    """Return the stacks of a cloud assembly in the order of its manifest, those of CDK stages left out.

    Raises OSError or ValueError where it cannot be read, or names a template that is not one of its own files.
    """
    manifest = cast("_Manifest", json.loads(files.content_in(assembly, "manifest.json", LARGEST)))
    return tuple(
        _stack(assembly, name, artifact)
        for name, artifact in manifest.get("artifacts", {}).items()
        if artifact.get("type") == _STACK
    )


def _stack(assembly: Path, artifact_id: str, artifact: _Artifact) -> SynthesizedStack:
    properties = artifact.get("properties", {})
    account, _, region = artifact.get("environment", "").removeprefix("aws://").partition("/")
    return SynthesizedStack(
        label=artifact.get("displayName", artifact_id),
        name=properties.get("stackName", artifact_id),
        account=account,
        region=region,
        template=assembly / _own(properties.get("templateFile", f"{artifact_id}.template.json")),
        bootstrap=_bootstrap(properties),
    )


def _own(name: str) -> str:
    """The name of a file of the assembly itself."""
    if name in ("", "..") or name != PurePath(name).name:
        raise ValueError(f"the template {name!r} is not a file of the assembly")
    return name


def _bootstrap(properties: _Properties) -> Bootstrap | None:
    parameter = properties.get("bootstrapStackVersionSsmParameter")
    if parameter is None:
        return None
    role = properties.get("lookupRole", {}).get("arn")
    return Bootstrap(
        parameter=parameter,
        least_version=properties.get("requiresBootstrapStackVersion", 0),
        lookup_role=None if role is None else role.replace(_PARTITION, "{partition}"),
    )
