"""What a synth of the reference organization wrote, as the tables need it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

TEAM_STACK = "-team-"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """A resource of a template."""

    stack: str
    logical_id: str
    type: str
    properties: dict[str, Any]
    is_retained: bool

    @property
    def purpose(self) -> str:
        """Which account's stack it stands in: the purpose, or `organization`."""
        return self.stack.split(TEAM_STACK)[0].partition("-")[2]

    @property
    def of_team(self) -> str | None:
        """The team whose stack it stands in."""
        return self.stack.split(TEAM_STACK)[1] if TEAM_STACK in self.stack else None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A finding of a rule that was acknowledged: where, and why it may stand."""

    pack: str
    rule: str
    path: str
    reason: str


@dataclass(frozen=True)
class Assembly:
    """A cloud assembly's directory."""

    directory: Path

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
        manifest: dict[str, Any] = json.loads((self.directory / "manifest.json").read_text("utf-8"))
        stacks = (
            (name, body) for name, body in manifest["artifacts"].items() if "aws:cloudformation:stack" in body["type"]
        )
        return {
            body["environment"].removeprefix("aws://").partition("/")[0]: name.partition("-")[2]
            for name, body in stacks
            if TEAM_STACK not in name
        }

    @property
    def purposes(self) -> tuple[str, ...]:
        """The purposes of accounts that have stacks, in the order in which the accounts are numbered."""
        return tuple(self.accounts[number] for number in sorted(self.accounts))

    def of_type(self, name: str) -> tuple[Resource, ...]:
        """The resources of one type."""
        return tuple(resource for resource in self.resources if resource.type == name)

    def _resources(self) -> Iterator[Resource]:
        for path in sorted(self.directory.glob("*.template.json"), key=lambda p: (TEAM_STACK in p.name, p.name)):
            template: dict[str, Any] = json.loads(path.read_text("utf-8"))
            for logical_id, body in template["Resources"].items():
                yield Resource(
                    stack=path.name.removesuffix(".template.json"),
                    logical_id=logical_id,
                    type=body["Type"],
                    properties=body.get("Properties", {}),
                    is_retained=body.get("DeletionPolicy", "").startswith("Retain"),
                )
