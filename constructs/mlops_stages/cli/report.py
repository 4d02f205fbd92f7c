"""What `up` found and did, as data: told in short by `summary`, in full by `details`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlops_stages.local.client.deploy import DeployedStack, Deployment
from mlops_stages.local.client.honesty import Report as Honesty
from mlops_stages.local.client.inventory import by_type
from mlops_stages.local.client.model_runs import ModelRun
from mlops_stages.local.client.promotions import Progress
from mlops_stages.platform import Platform


@dataclass(frozen=True, kw_only=True)
class Promoted:
    """What became of a version's promotion: who approved it for staging, if this `up` did, and rows to try it with."""

    progress: Progress
    version: int
    approved_by: str | None
    rows: Path | None

    def to_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        rows = None if self.rows is None else str(self.rows)
        return {**self.progress.to_json(), "version": self.version, "approved_by": self.approved_by, "rows": rows}


@dataclass(frozen=True, kw_only=True)
class Report:
    """A finished `up`, and how long all of it took.

    `details` is the file that tells all of it.
    """

    platform: Platform
    deployment: Deployment
    truth: Honesty
    details: Path
    seconds: float
    runs: tuple[ModelRun, ...] = ()
    promotions: tuple[Promoted, ...] = ()
    containers: Mapping[str, str] = field(default_factory=dict[str, str])
    """How jobs and functions run, as `inventory.containers` says it."""

    @property
    def title(self) -> str:
        """Whether anything changed, and where the platform runs."""
        where = f"{self.platform.name} runs in this machine, at {self.deployment.running.endpoint}"
        return where if self.deployment.changed else f"Nothing changed: {where}"

    @property
    def uncontained(self) -> str | None:
        """What everybody has to know where no container keeps jobs and functions in."""
        return self.containers["warning"] if self.containers.get("warning") else None

    @property
    def accounts(self) -> dict[str, list[str]]:
        """The purposes of each account id, in the order of the purposes; first the one that guards the others."""
        found: dict[str, list[str]] = {}
        if self.platform.guardrails is not None:
            found[self.platform.guardrails.management_account] = ["management"]
        for purpose, account in self.platform.deployed.items():
            found.setdefault(account, []).append(purpose.value)
        return found

    @property
    def untrained(self) -> list[str]:
        """The models with a pipeline that `up` did not train."""
        trained = {(run.team, run.model) for run in self.runs}
        return [
            f"{team.name}/{model.name}"
            for team in self.platform.teams
            for model in team.models
            if model.pipeline is not None and (team.name, model.name) not in trained
        ]

    @property
    def people_gone(self) -> str | None:
        """Whose roles and Studio profiles this `up` deleted, and what AWS would have asked for first."""
        gone = self.deployment.gone
        if not gone:
            return None
        return (
            f"Deleted with their roles: {'Studio profile' if len(gone) == 1 else 'Studio profiles'} {', '.join(gone)}. "
            "An address that changes is a new person. On AWS end their apps and spaces first: docs/removing.md"
        )

    def to_json(self) -> dict[str, Any]:
        """Everything, for programs."""
        running = self.deployment.running
        return {
            "changed": self.deployment.changed,
            "endpoint": running.endpoint.url,
            "notice": running.notice,
            "jobs_run_in": self.containers.get("run_in", ""),
            "pid": running.pid,
            "accounts": self.accounts,
            "stacks": [_stack_json(stack) for stack in self.deployment.stacks],
            "left_over": [_stack_json(stack) for stack in self.deployment.left_over],
            "profiles_gone": list(self.deployment.gone),
            "stand_ins": [each.to_json() for each in self.deployment.stand_ins],
            "untrained": self.untrained,
            "models": [run.to_json() for run in self.runs],
            "promotions": [each.to_json() for each in self.promotions],
            "resources": by_type(self.deployment.live),
            "honesty": self.truth.to_json(),
            "seconds": round(self.seconds, 1),
        }


def _stack_json(stack: DeployedStack) -> dict[str, str | int]:
    return {"name": stack.name, "account": stack.account, "state": stack.state, "resources": stack.resources}
