"""`mlops-stages delivery`: the steps by which the infrastructure is delivered that the CDK does not have."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from mlops_stages.cli.common import for_shell, read
from mlops_stages.cli.preflight import access_to, plan_of, profile_of
from mlops_stages.delivery import (
    acting,
    deploying,
    open_at_gitlab,
    path_of,
    stacks_of,
    troubles,
    unprotected,
    workflow,
    write_deployed,
)
from mlops_stages.errors import UserError
from mlops_stages.platform import Platform, Purpose
from mlops_stages.preflight import Access, Plan
from mlops_stages.terminal import one_line, say

FAILED = 1
"""The exit code of an environment that does not hold."""


def deployed(
    directory: Path, target: Path, assembly: Path | None, profiles: Sequence[str], *, local: bool, as_json: bool
) -> None:
    """Write what is deployed into a new directory, and say what is there and what is new.

    Errors: DLV-001 to DLV-004, PRE-101 and PRE-102 of the options, LOC-030 where the stacks cannot be synthesized,
    CLI-010 where `local` is asked for and none runs.
    """
    platform = read(directory)
    plan, access = _asked(platform, directory, assembly, profiles, local=local)
    found = write_deployed(plan, access, target)
    if as_json:
        say(json.dumps(dataclasses.asdict(found), indent=2))
        return
    say(f"{len(found.deployed)} stacks are deployed, {len(found.new)} are new: {one_line(str(target))}")
    for name in found.new:
        say(f"  new  {one_line(name)}")
    say(f"Next: mlops-stages permissions {for_shell(target)} {for_shell(assembly or directory / 'cdk.out')}")


def smoke(
    directory: Path, environment: str, assembly: Path | None, profiles: Sequence[str], *, local: bool, as_json: bool
) -> int:
    """Print what does not hold in an environment, and return the exit code.

    Errors: DLV-002 an account that does not answer, DLV-005 no stacks of the environment; else as `deployed`.
    """
    platform = read(directory)
    plan, access = _asked(platform, directory, assembly, profiles, local=local)
    purpose = Purpose(environment)
    looked_at = stacks_of(plan, purpose)
    if not looked_at:
        raise UserError(
            "DLV-005",
            environment,
            "the assembly has no stack of this environment",
            "raise the platform's stage to reliable, or name another assembly",
        )
    found = troubles(plan, access, purpose)
    if as_json:
        say(json.dumps({"troubles": [dataclasses.asdict(each) for each in found]}, indent=2))
    else:
        for each in found:
            say(f"{one_line(each.stack)} in account {each.account}: {one_line(each.says)}")
        say(f"{len(looked_at)} stacks of {environment} looked at, {len(found)} troubles.")
    return FAILED if found else 0


def print_workflow(directory: Path, pipeline: int | None, *, asks: bool, as_json: bool) -> None:
    """Print the workflow that delivers a platform's infrastructure, or the pipeline that deploys for one at GitLab.

    Errors: DLV-020 where the delivery does not act, DLV-021 for a pipeline where the repository is not at GitLab,
    DLV-022 where nothing is deployed that could be asked about.
    """
    platform = read(directory)
    if pipeline is None and asks:
        raise UserError(
            "DLV-022",
            "--asks",
            "the workflow itself does not depend on what was compared",
            "name the pipeline with --deploying, or leave --asks out",
        )
    if pipeline is None:
        path, text = path_of(platform), workflow(platform)
    else:
        path, text = "deploy.yml", deploying(platform, pipeline, asks=asks)
    say(json.dumps({"path": path, "text": text}, indent=2) if as_json else text.removesuffix("\n"))


def reviewers(directory: Path, answer: str, *, as_json: bool) -> int:
    """Print what is missing of the protection of the repository's environments, and return the exit code.

    Errors: DLV-010 for an answer that is not the host's, DLV-020 where the delivery does not act.
    """
    delivery = acting(read(directory))
    at_gitlab = delivery.repository.provider == "gitlab"
    asked = f"GitLab asks group {delivery.approvers}" if at_gitlab else f"GitHub asks team {delivery.approvers} alone"
    found = open_at_gitlab(answer, delivery) if at_gitlab else unprotected(answer, delivery.approvers)
    if as_json:
        say(json.dumps({"missing": list(found)}, indent=2))
    else:
        for each in found:
            say(one_line(each))
        say(f"{asked}." if not found else "Set the environments as docs/delivery.md says.")
    return FAILED if found else 0


def _asked(
    platform: Platform, directory: Path, assembly: Path | None, profiles: Sequence[str], *, local: bool
) -> tuple[Plan, Access]:
    chosen = dict(profile_of(platform, given) for given in profiles)
    plan = plan_of(platform, directory, assembly)
    return plan, access_to(plan, directory, chosen, local=local, by_roles_alone=True)
