"""The templates that are deployed, as a cloud assembly that other commands compare with."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from mlops_stages.cloud_assembly import SynthesizedStack
from mlops_stages.errors import UserError
from mlops_stages.preflight import Access, Plan
from mlops_stages.preflight.aws import Account, Unseen

MANIFEST = "manifest.json"
_NOT_THERE = ("ValidationError",)
"""How CloudFormation says that there is no such stack."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The stacks of an assembly that are deployed, and those that are not yet."""

    deployed: tuple[str, ...]
    new: tuple[str, ...]


def write_deployed(plan: Plan, access: Access, target: Path) -> Compared:
    """Write the templates of a plan's stacks as they are deployed into a new directory, all of them or none.

    A stack that is not deployed is left out, so that all of it counts as new. One that the plan has no more is left
    out, too: what only it granted goes with it.

    Raises:
        UserError: `DLV-001` for a target that is there; `DLV-002` for an account that does not say what is deployed;
            `DLV-003` where nothing can be written.
    """
    if target.is_symlink() or target.exists():
        raise UserError("DLV-001", str(target), "it exists", "name a directory that does not exist yet")
    found = {stack.name: template_of(account_of(access, stack), stack) for stack in plan.stacks}
    artifacts = {
        stack.name: {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{stack.account}/{stack.region}",
            "properties": {"templateFile": f"{stack.name}.template.json", "stackName": stack.name},
        }
        for stack in plan.stacks
        if found[stack.name] is not None
    }
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.absolute().parent) as folder:
            made = Path(folder, "made")
            made.mkdir()
            for name in artifacts:
                (made / f"{name}.template.json").write_text(json.dumps(found[name], indent=1), encoding="utf-8")
            manifest = {"version": "36.0.0", "artifacts": artifacts}
            (made / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
            made.replace(target)
    except OSError as error:
        raise UserError(
            "DLV-003",
            str(target),
            f"it cannot be written: {error.strerror}",
            "name a directory that you may write",
            exit_code=1,
        ) from error
    return Compared(deployed=tuple(artifacts), new=tuple(name for name in found if name not in artifacts))


def account_of(access: Access, stack: SynthesizedStack) -> Account:
    """The account of a stack, to ask. Error: DLV-002."""
    try:
        return access.account(stack.account)
    except Unseen as why:
        raise not_said(stack, why) from why


def template_of(account: Account, stack: SynthesizedStack) -> dict[str, Any] | None:
    """The template that a stack was deployed with; None for a stack that is not there. Error: DLV-002."""
    try:
        given = account.call(
            "cloudformation.get_template", missing=_NOT_THERE, StackName=stack.name, TemplateStage="Original"
        )
    except Unseen as why:
        raise not_said(stack, why) from why
    body = None if given is None else given.get("TemplateBody")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            body = "text"
    if body is None or isinstance(body, dict):
        return cast("dict[str, Any] | None", body)
    raise UserError(
        "DLV-004",
        f"stack {stack.name} in account {stack.account}",
        "its template is not JSON, so that another tool than the CDK deployed it",
        "deploy it by the CDK once, after a review by hand",
    )


def not_said(stack: SynthesizedStack, why: Unseen) -> UserError:
    """The error for an account that does not answer: what is not seen is never taken for unchanged."""
    return UserError(
        "DLV-002",
        f"stack {stack.name} in account {stack.account}",
        f"what is deployed cannot be seen: {why.message}",
        "bootstrap the account with `--trust-for-lookup`, sign in, or name a `--profile`",
    )
