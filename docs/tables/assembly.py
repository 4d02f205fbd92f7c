"""What a synth of the reference organization wrote, as the tables need it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mlops_stages.platform import Platform, Purpose

ORGANIZATION = "organization"
"""Where the stack of the management account stands."""
_OF_TEAM, _OF_MODEL = "-team-", "-model-"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a stack stands: the account's purpose, or `organization`; and the team or model whose stack it is."""

    purpose: str
    team: str | None = None
    model: str | None = None


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a template."""

    stack: str
    place: Place
    logical_id: str
    type: str
    properties: dict[str, Any]
    is_retained: bool
    comes_with_release: bool
    """Whether it is in the template under a condition: a model's stack has it once a version is released."""

    @property
    def purpose(self) -> str:
        """Which account it is in: the purpose, or `organization`."""
        return self.place.purpose

    @property
    def of_team(self) -> str | None:
        """The team whose stack it stands in."""
        return self.place.team


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A finding of a rule that was acknowledged: where, and why it may stand."""

    pack: str
    rule: str
    path: str
    reason: str


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly's directory, and the platform that it was made of."""

    directory: Path
    platform: Platform

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Every resource of every template, the account's stack first."""
        return tuple(self._resources())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every acknowledged finding."""
        report: dict[str, Any] = json.loads((self.directory / "validation-report.json").read_text("utf-8"))
        return tuple(
            Finding(
                pack=plugin["pluginName"],
                rule=finding["ruleName"],
                path=construct["constructPath"],
                reason=finding["reason"],
            )
            for plugin in report["pluginReports"]
            for finding in plugin.get("suppressedViolations", [])
            for construct in finding["violatingConstructs"]
        )

    @cached_property
    def accounts(self) -> dict[str, str]:
        """The purpose of each account that has a stack, by its id."""
        given = {purpose: self.platform.accounts.of(purpose) for purpose in Purpose}
        known = {account: purpose.value for purpose, account in given.items()}
        return {account: known.get(account, ORGANIZATION) for account in self._stacks.values()}

    @cached_property
    def places(self) -> dict[str, Place]:
        """Where each stack stands, by its name."""
        return {name: self._place(name, self.accounts[account]) for name, account in self._stacks.items()}

    @property
    def purposes(self) -> tuple[str, ...]:
        """The purposes of accounts that have stacks, in the order in which the accounts are numbered."""
        return tuple(self.accounts[number] for number in sorted(self.accounts))

    def of_type(self, name: str) -> tuple[Resource, ...]:
        """The resources of one type."""
        return tuple(resource for resource in self.resources if resource.type == name)

    @cached_property
    def _stacks(self) -> dict[str, str]:
        """The account of each stack."""
        manifest: dict[str, Any] = json.loads((self.directory / "manifest.json").read_text("utf-8"))
        return {
            name: body["environment"].removeprefix("aws://").partition("/")[0]
            for name, body in manifest["artifacts"].items()
            if body["type"] == "aws:cloudformation:stack"
        }

    def _place(self, stack: str, purpose: str) -> Place:
        team, model = (stack.partition(part)[2] or None for part in (_OF_TEAM, _OF_MODEL))
        return Place(purpose=purpose, team=team, model=model)

    def _resources(self) -> Iterator[Resource]:
        paths = {path.name.removesuffix(".template.json"): path for path in self.directory.glob("*.template.json")}
        for stack in sorted(paths, key=lambda name: (_OF_TEAM in name, _OF_MODEL in name, name)):
            template: dict[str, Any] = json.loads(paths[stack].read_text("utf-8"))
            for logical_id, body in template["Resources"].items():
                yield Resource(
                    stack=stack,
                    place=self.places[stack],
                    logical_id=logical_id,
                    type=body["Type"],
                    properties=body.get("Properties", {}),
                    is_retained=body.get("DeletionPolicy", "").startswith("Retain"),
                    comes_with_release="Condition" in body,
                )
