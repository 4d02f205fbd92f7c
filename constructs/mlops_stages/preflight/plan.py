"""What a deploy will make: the platform and the templates of its cloud assembly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from mlops_stages import files
from mlops_stages.cloud_assembly import LARGEST, SynthesizedStack, synthesized_stacks
from mlops_stages.platform import Platform, Purpose


def mapping(value: object) -> Mapping[str, Any]:
    """A value of a template or definition as a map; empty where it is none."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def listed(value: object) -> Sequence[Any]:
    """A value of a template or definition as a list; empty where it is none."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else ()


def reference(value: object) -> str:
    """The logical id that a `Ref` names; empty where the value is none."""
    name = mapping(value).get("Ref")
    return name if isinstance(name, str) else ""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A resource of a template. `text` reads a property that is plain text there."""

    account: str
    region: str
    stack: str
    logical_id: str
    type: str
    properties: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def text(self, name: str) -> str | None:
        """A property's text; None where it is left out or only known to CloudFormation."""
        value = self.properties.get(name)
        return value if isinstance(value, str) else None

    @property
    def place(self) -> str:
        """Where it is declared, for people."""
        return f"{self.stack}/{self.logical_id}"


@dataclass(frozen=True)
class Plan:
    """A platform, its stacks and their resources."""

    platform: Platform
    stacks: tuple[SynthesizedStack, ...]
    resources: tuple[Planned, ...]

    @cached_property
    def accounts(self) -> tuple[str, ...]:
        """The accounts that stacks are deployed to, each once."""
        return tuple(dict.fromkeys(stack.account for stack in self.stacks))

    @property
    def region(self) -> str:
        """The home region, where every stack is."""
        return self.platform.region

    @property
    def management(self) -> str | None:
        """The account of the guardrails, where they are declared."""
        guardrails = self.platform.guardrails
        return None if guardrails is None else guardrails.management_account

    def stacks_in(self, account: str) -> tuple[SynthesizedStack, ...]:
        """The stacks of an account, in the order of the assembly."""
        return tuple(stack for stack in self.stacks if stack.account == account)

    def of_type(self, type: str, account: str | None = None) -> tuple[Planned, ...]:
        """The resources of a type, in one account or in all."""
        return tuple(r for r in self.resources if r.type == type and account in (None, r.account))

    def accounts_with(self, *types: str) -> tuple[str, ...]:
        """The accounts in which a resource of one of the types is planned."""
        return tuple(dict.fromkeys(r.account for r in self.resources if r.type in types))

    def purposes(self, account: str) -> str:
        """What an account is for, in words."""
        named = [purpose.value for purpose in Purpose if self.platform.accounts.of(purpose) == account]
        if account == self.management:
            named.append("management")
        return ", ".join(named) or "not in platform.yaml"


def read_plan(platform: Platform, assembly: Path) -> Plan:
    """Return the plan of a platform whose cloud assembly is in a directory.

    Raises OSError or ValueError where there is no assembly that can be read, or one of another platform.
    """
    stacks = synthesized_stacks(assembly)
    if not stacks:
        raise ValueError("it has no stack")
    strange = {stack.account for stack in stacks} - set(platform.accounts_deployed_to)
    if strange:
        raise ValueError(
            f"it has stacks of accounts that platform.yaml does not deploy to: {', '.join(sorted(strange))}"
        )
    return Plan(platform, stacks, tuple(_resources(stacks)))


def _resources(stacks: Iterable[SynthesizedStack]) -> Iterable[Planned]:
    for stack in stacks:
        template: dict[str, dict[str, Any]] = json.loads(
            files.content_in(stack.template.parent, stack.template.name, LARGEST)
        )
        for logical_id, resource in template.get("Resources", {}).items():
            yield Planned(
                account=stack.account,
                region=stack.region,
                stack=stack.name,
                logical_id=logical_id,
                type=str(resource["Type"]),
                properties=cast("Mapping[str, Any]", resource.get("Properties", {})),
            )
