"""Reads templates: those of a cloud assembly, or one by itself."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from mlops_stages import files
from mlops_stages.cloud_assembly import LARGEST, synthesized_stacks
from mlops_stages.errors import UserError
from mlops_stages.review.permissions.texts import Texts

_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Template:
    """One stack's template, and where the stack is deployed as far as that is known."""

    stack: str
    resources: dict[str, dict[str, Any]]
    parameters: dict[str, Any] = field(default_factory=dict)
    account: str = ""
    region: str = ""

    @property
    def texts(self) -> Texts:
        """Its values as texts."""
        known = {"AWS::AccountId": self.account, "AWS::Region": self.region}
        return Texts(self.resources, self.parameters, {name: value for name, value in known.items() if value})


def read(path: Path) -> list[Template]:
    """Return the templates of a cloud assembly (`cdk.out`), or of a file with one template in JSON.

    Raises:
        UserError: `RVW-001` for what cannot be read; `RVW-002` for what is not a template.
    """
    try:
        if path.is_dir():
            stacks = synthesized_stacks(path)
            return [
                _template(
                    f"{path.name}/{stack.template.name}",
                    stack.name,
                    files.content_in(path, stack.template.name, LARGEST),
                    stack.account,
                    stack.region,
                )
                for stack in stacks
            ]
        return [_template(str(path), path.name.split(".")[0], files.content(path, LARGEST))]
    except (OSError, files.UnfitFileError) as error:
        raise UserError(
            "RVW-001",
            str(path),
            f"it cannot be read: {error}",
            "name a directory that `cdk synth` wrote, or a template in JSON of at most 64 MiB",
        ) from error
    except (ValueError, RecursionError) as error:
        raise _no_template(str(path / _MANIFEST), error) from error


def _template(where: str, stack: str, content: bytes, account: str = "", region: str = "") -> Template:
    try:
        body: object = json.loads(content)
        resources = _objects(body, "Resources")
        if any(not isinstance(each.get("Type"), str) for each in resources.values()):
            raise ValueError("a resource has no type")
        return Template(stack, resources, _objects(body, "Parameters", required=False), account, region)
    except (ValueError, RecursionError) as error:
        raise _no_template(where, error) from error


def _objects(body: object, name: str, *, required: bool = True) -> dict[str, dict[str, Any]]:
    found: object = cast("dict[str, object]", body).get(name) if isinstance(body, dict) else None
    if found is None and isinstance(body, dict) and not required:
        return {}
    if not isinstance(found, dict) or not all(
        isinstance(each, dict) for each in cast("dict[str, object]", found).values()
    ):
        raise ValueError(f"it has no {name}")
    return cast("dict[str, dict[str, Any]]", found)


def _no_template(where: str, error: Exception) -> UserError:
    said = "it nests too deep" if isinstance(error, RecursionError) else str(error)
    return UserError(
        "RVW-002", where, f"it is not a CloudFormation template: {said}", "give one in JSON, as `cdk synth` writes it"
    )
