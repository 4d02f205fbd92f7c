"""What organizations hold: accounts, units and policies, and which policies are over an account."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from mlops_stages.local.server.api.records import Record, ServiceError, new_id

FULL_ACCESS = "p-FullAWSAccess"
SERVICE_CONTROL_POLICY = "SERVICE_CONTROL_POLICY"
RESOURCE_ACCESS_MANAGER = "ram.amazonaws.com"
LARGEST = 5120
"""Bytes of a service control policy."""
MOST_ATTACHED = 5
"""Policies of a type on one target. Source: organizations/latest/userguide/orgs_reference_limits.html"""
_EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


@dataclass
class Policy:
    """A policy, and the targets that it is attached to."""

    id: str
    name: str
    description: str
    content: str
    aws_managed: bool = False
    targets: list[str] = field(default_factory=list[str])


@dataclass
class Organization:
    """One organization: a root, units below it, and accounts in them; every node but the root has a parent."""

    id: str
    management: str
    root: str
    parents: dict[str, str] = field(default_factory=dict[str, str])
    units: dict[str, str] = field(default_factory=dict[str, str])
    """Names of units by id."""
    policies: dict[str, Policy] = field(default_factory=dict[str, Policy])
    tags: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    policy_types: set[str] = field(default_factory=lambda: {SERVICE_CONTROL_POLICY})
    """The types of policies that are enabled in the root."""
    services: dict[str, float] = field(default_factory=lambda: {RESOURCE_ACCESS_MANAGER: time.time()})
    """The services that are trusted with the organization, and since when."""

    def __post_init__(self) -> None:
        full = Policy(FULL_ACCESS, "FullAWSAccess", "Allows access to every operation", _EVERYTHING, aws_managed=True)
        self.policies[FULL_ACCESS] = full
        full.targets.append(self.root)
        self.join(self.management)

    @property
    def accounts(self) -> list[str]:
        """Its accounts, the management account first."""
        return [node for node in self.parents if node.isdigit()]

    def join(self, account: str) -> None:
        """Take an account in, under the root; nothing where it is in already."""
        if account not in self.parents:
            self.parents[account] = self.root
            self.policies[FULL_ACCESS].targets.append(account)

    def leave(self, account: str) -> None:
        """Let an account go, with what is attached to it."""
        self._forget(account)

    def add_unit(self, name: str, parent: str) -> str:
        """Make a unit; its id. ServiceError for a name that its parent has already."""
        self.node(parent, "ParentNotFoundException")
        self._refuse_same_name(name, parent)
        unit = f"ou-{self.root.removeprefix('r-')}-{new_id(8)}"
        self.units[unit], self.parents[unit] = name, parent
        self.policies[FULL_ACCESS].targets.append(unit)
        return unit

    def rename_unit(self, unit: str, name: str) -> None:
        """Give a unit another name."""
        if self.units[self.unit(unit)] != name:
            self._refuse_same_name(name, self.parents[unit])
            self.units[unit] = name

    def remove_unit(self, unit: str) -> None:
        """Remove an empty unit."""
        if unit in self.parents and unit in self.parents.values():
            raise ServiceError("OrganizationalUnitNotEmptyException", "The organizational unit is not empty.")
        self._forget(self.unit(unit))
        del self.units[unit]

    def unit(self, unit: str) -> str:
        """The id, if there is such a unit."""
        if unit not in self.units:
            message = "You specified an organizational unit that doesn't exist."
            raise ServiceError("OrganizationalUnitNotFoundException", message)
        return unit

    def node(self, node: str, missing: str = "TargetNotFoundException") -> str:
        """The id, if the root, a unit or an account has it."""
        if node != self.root and node not in self.parents:
            raise ServiceError(missing, f"We can't find a root, OU, or account with the id {node}.")
        return node

    def policy(self, id: str) -> Policy:
        """The policy of that id."""
        if id not in self.policies:
            raise ServiceError("PolicyNotFoundException", f"We can't find a policy with the id {id}.")
        return self.policies[id]

    def attach(self, policy: Policy, target: str) -> None:
        """Attach a policy; ServiceError for a sixth on one target, or the same twice."""
        if SERVICE_CONTROL_POLICY not in self.policy_types:
            raise ServiceError("PolicyTypeNotEnabledException", "This policy type is not enabled in the root.")
        if self.node(target) in policy.targets:
            raise ServiceError("DuplicatePolicyAttachmentException", "The policy is attached to the target already.")
        if len(list(self.attached(target))) >= MOST_ATTACHED:
            message = f"You have attached the maximum of {MOST_ATTACHED} policies of this type to the target."
            raise ServiceError("ConstraintViolationException", message)
        policy.targets.append(target)

    def detach(self, policy: Policy, target: str) -> None:
        """Detach a policy; the last one stays, for without any nobody could do anything."""
        if self.node(target) not in policy.targets:
            raise ServiceError("PolicyNotAttachedException", "The policy is not attached to the target.")
        if len(list(self.attached(target))) == 1:
            message = "You cannot remove the last policy of this type from a target."
            raise ServiceError("ConstraintViolationException", message)
        policy.targets.remove(target)

    def attached(self, target: str) -> Iterator[Policy]:
        """The policies attached to a target itself."""
        return (policy for policy in self.policies.values() if target in policy.targets)

    def levels(self, account: str) -> tuple[tuple[str, ...], ...]:
        """The contents of the policies over an account, from the root down: each level must allow, none may deny.

        None over the management account.
        """
        if account == self.management or account not in self.parents:
            return ()
        nodes = [account]
        while nodes[-1] != self.root:
            nodes.append(self.parents[nodes[-1]])
        return tuple(tuple(policy.content for policy in self.attached(node)) for node in reversed(nodes))

    def arn(self, kind: str, rest: str) -> str:
        """The ARN of something of the organization."""
        return f"arn:aws:organizations::{self.management}:{kind}/{self.id}/{rest}"

    def _refuse_same_name(self, name: str, parent: str) -> None:
        if any(self.parents[unit] == parent and known == name for unit, known in self.units.items()):
            message = f"An OU with the name {name} exists already under the parent."
            raise ServiceError("DuplicateOrganizationalUnitException", message)

    def _forget(self, node: str) -> None:
        del self.parents[node]
        self.tags.pop(node, None)
        for policy in self.policies.values():
            if node in policy.targets:
                policy.targets.remove(node)


known: list[Organization] = []
"""The organizations of this process."""


def of(account: str) -> Organization:
    """The organization that an account is in."""
    for organization in known:
        if account in organization.parents:
            return organization
    message = "Your account is not a member of an organization."
    raise ServiceError("AWSOrganizationsNotInUseException", message)


def trusts(account: str, service: str) -> bool:
    """Whether the organization of an account trusts a service; one that has no API here trusts all."""
    for organization in known:
        if account in organization.parents:
            return service in organization.services
    return True


def levels_over(account: str) -> tuple[tuple[str, ...], ...]:
    """The policies over an account's principals, by level; none for an account of no organization."""
    for organization in known:
        if account in organization.parents:
            return organization.levels(account)
    return ()


def refuse_content(content: str) -> None:
    """Refuse a policy that is not JSON or too large."""
    if len(content.encode()) > LARGEST:
        message = f"You have exceeded the maximum policy size of {LARGEST} bytes."
        raise ServiceError("ConstraintViolationException", message)
    try:
        document: Record = json.loads(content)
    except ValueError:
        document = {}
    if not document.get("Statement"):
        raise ServiceError("MalformedPolicyDocumentException", "The provided policy document is malformed.")
