"""Fails the create, update and delete of every type of resource of a platform in turn, and does it again.

Every type fails once in each kind of stack: the stacks of teams, and those of models, are made by one construct each.

`python -m tests.local.fault_matrix PLATFORM_FILE ASSEMBLY [OTHER ...]` prints JSON: `cells`, what was made to fail, and
`problems`. What the assemblies of other organizations have as well is deployed and deleted, and fails there.
"""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlops_stages.local.client import deploy
from mlops_stages.local.server.front import server
from mlops_stages.platform import load
from tests.local.faulty_aws import Deployed, FaultyAws, Json, Resource, creation_order
from tests.templates import kind_of_stack, references

BUCKET = "AWS::S3::Bucket"
RETAINED = ("Retain", "RetainExceptOnCreate")


@dataclass
class Matrix:
    """All stacks of one organization."""

    aws: FaultyAws
    assembly: Path
    cells: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    ended_keys: set[str] = field(default_factory=set)
    tried: set[tuple[str, str, str]] = field(default_factory=set)
    """Kind of stack, operation and type: what was made to fail."""

    def leave_to(self, other: Path) -> None:
        """Leave to another organization what its stacks have as well."""
        for path in other.glob("*.template.json"):
            kind = kind_of_stack(path.name.removesuffix(".template.json"))
            types = {body["Type"] for body in json.loads(path.read_text("utf-8"))["Resources"].values()}
            self.tried |= {(kind, operation, name) for operation in ("create", "update", "add") for name in types}

    def run(self) -> None:
        """Create every stack, update it, and delete all of them again."""
        # Guardrails first, as the guide has it: every other stack is created, and fails, under them.
        stacks = sorted(self._stacks(), key=lambda pair: not pair[0].name.endswith("-organization"))
        for stack, template in stacks:
            self._bootstrap(stack.account)
            self._fail_creates(stack, template)
            self._fail_updates(stack, template)
            self._fail_additions(stack, template)
        for stack, template in stacks:
            self._refuse_another_network(stack, template)
        for stack, template in reversed(stacks):
            self._fail_deletes(stack, template)

    def _fail_creates(self, stack: Deployed, template: Json) -> None:
        before = self._standing(stack.account)
        last_of_type = {template["Resources"][name]["Type"]: name for name in order_of_creation(template)}
        for type_name, logical_id in last_of_type.items():
            if not self._first(stack, "create", type_name):
                continue
            state = self._failing(stack, template, "create", type_name, logical_id)
            cell = f"create {type_name}"
            self._expect(stack, cell, state, "ROLLBACK_COMPLETE")
            self._same(stack, f"{cell}: left behind", self.aws.faults.of(stack.name), [])
            self._same(stack, f"{cell}: standing", self._standing(stack.account), before)
        orphans = self._fail_rollback(stack, template)
        self._expect(stack, "create", stack.deploy(template), "CREATE_COMPLETE")
        for orphan in orphans:
            self.aws.faults.of(stack.name).remove(orphan)
        self._complete(stack, template)

    def _fail_rollback(self, stack: Deployed, template: Json) -> list[Resource]:
        """Fail a create at its last resource, and then deletes of its rollback; what stays for good of what it made.

        The delete of the stack with which the next deploy begins deletes what it may. It retains a bucket that could
        not be deleted since something was written to it meanwhile: that blocks nothing, if its name is its own.
        """
        order = order_of_creation(template)
        deleted = {template["Resources"][name]["Type"] for name in order[:-1]} & types_deleted(template)
        buckets = [body for body in at_once(template).values() if body["Type"] == BUCKET]
        if buckets and not any("BucketName" in body["Properties"] for body in buckets):
            deleted.add(BUCKET)
        if not deleted:
            return []
        self.aws.faults.failing = {("delete", type_name) for type_name in deleted}
        state = self._failing(stack, template, "create", template["Resources"][order[-1]]["Type"], order[-1])
        self._expect(stack, f"rollback {', '.join(sorted(deleted))}", state, "ROLLBACK_FAILED")
        return [resource for resource in self.aws.faults.of(stack.name) if resource[0] == BUCKET]

    def _fail_updates(self, stack: Deployed, template: Json) -> None:
        changed = retagged(template)
        touched = [name for name, body in at_once(template).items() if body != changed["Resources"][name]]
        types = sorted({template["Resources"][name]["Type"] for name in touched})
        untried = [type_name for type_name in types if self._first(stack, "update", type_name)]
        before = sorted(self.aws.faults.of(stack.name))
        for type_name in untried:
            state = self._failing(stack, changed, "update", type_name)
            self._expect(stack, f"update {type_name}", state, "UPDATE_ROLLBACK_COMPLETE")
            self._same(stack, f"after an update that failed at {type_name}", self.aws.faults.of(stack.name), before)
        if untried:
            self._expect(stack, "update", stack.deploy(changed), "UPDATE_COMPLETE")
            self._expect(stack, "update back", stack.deploy(template), "UPDATE_COMPLETE")
            self._complete(stack, template)

    def _fail_additions(self, stack: Deployed, template: Json) -> None:
        smaller = without_leaves(template)
        added = {name: r["Type"] for name, r in at_once(template).items() if name not in smaller["Resources"]}
        untried = [type_name for type_name in sorted(set(added.values())) if self._first(stack, "add", type_name)]
        if not untried:
            return
        self._expect(stack, "remove leaves", stack.deploy(smaller), "UPDATE_COMPLETE")
        before = sorted(self.aws.faults.of(stack.name))
        for type_name in untried:
            last = [name for name in order_of_creation(template) if added.get(name) == type_name][-1]
            state = self._failing(stack, template, "create", type_name, last)
            self._expect(stack, f"add {type_name}", state, "UPDATE_ROLLBACK_COMPLETE")
            self._same(stack, f"after adding {type_name} failed", self.aws.faults.of(stack.name), before)
        self._expect(stack, "add leaves", stack.deploy(template), "UPDATE_COMPLETE")
        self._complete(stack, template)

    def _refuse_another_network(self, stack: Deployed, template: Json) -> None:
        """Give the network another range: AWS refuses it where stacks of teams import what lies in it."""
        moved = json.loads(re.sub(r'"10\.\d+\.', '"10.99.', json.dumps(template)))
        exported = [name for name in template.get("Outputs", {}) if name.startswith("Subnet")]
        if moved == template or not exported:
            return
        before = sorted(self.aws.faults.of(stack.name))
        self._expect(stack, "another network", stack.deploy(moved), "UPDATE_ROLLBACK_COMPLETE")
        if "cannot be updated as it is in use by" not in stack.reasons():
            self.problems.append(f"{stack.name}: another network: {stack.reasons()}")
        self._same(stack, "after another network", self.aws.faults.of(stack.name), before)

    def _fail_deletes(self, stack: Deployed, template: Json) -> None:
        resources = at_once(template).values()
        retained = sorted(r["Type"] for r in resources if r.get("DeletionPolicy") in RETAINED)
        gone = types_deleted(template)
        if gone:
            self.aws.faults.failing = {("delete", type_name) for type_name in gone}
            self._expect(stack, f"delete {', '.join(sorted(gone))}", stack.delete(), "DELETE_FAILED")
            self._same(stack, "deletes that were not asked for", self.aws.faults.failing, set())
        self._expect(stack, "delete", stack.delete(), "")
        self._same(stack, "retained", sorted(type_name for type_name, _ in self.aws.faults.of(stack.name)), retained)

    def _first(self, stack: Deployed, operation: str, type_name: str) -> bool:
        """Whether this is to fail for the first time in a stack of this kind."""
        cell = (kind_of_stack(stack.name), operation, type_name)
        is_first = cell not in self.tried
        self.tried.add(cell)
        return is_first

    def _failing(self, stack: Deployed, template: Json, operation: str, type_name: str, only: str | None = None) -> str:
        faults = self.aws.faults
        faults.failing, faults.only = {*faults.failing, (operation, type_name)}, only
        state = stack.deploy(template)
        for left_operation, left in sorted(faults.failing):
            self.problems.append(f"{stack.name}: no {left_operation} of {left} was asked for")
        faults.failing, faults.only = set(), None
        return state

    def _complete(self, stack: Deployed, template: Json) -> None:
        """Whether each resource is there once, and nothing besides."""
        made = sorted(type_name for type_name, _ in self.aws.faults.of(stack.name))
        self._same(stack, "made", made, sorted(r["Type"] for r in at_once(template).values()))

    def _expect(self, stack: Deployed, cell: str, state: str, expected: str) -> None:
        self.cells.append(f"{stack.name}: {cell}")
        if state != expected:
            why = stack.reasons() if state else ""
            self.problems.append(f"{stack.name}: {cell}: {state or 'gone'} instead of {expected or 'gone'}: {why}")

    def _same(self, stack: Deployed, what: str, found: Any, expected: Any) -> None:  # noqa: ANN401  # compared
        found = sorted(found)
        if found != sorted(expected):
            self.problems.append(f"{stack.name}: {what}: {found} instead of {sorted(expected)}")

    def _standing(self, account: str) -> list[str]:
        """What the APIs themselves still show, where a name or a quota would be taken."""
        s3, iam, kms = (self.aws.client(account, service) for service in ("s3", "iam", "kms"))
        return [
            *(bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if not bucket["Name"].startswith("cdk-")),
            *(role["Arn"] for role in iam.list_roles(MaxItems=1000)["Roles"]),
            *(policy["Arn"] for policy in iam.list_policies(Scope="Local", MaxItems=1000)["Policies"]),
            *(alias["AliasName"] for alias in kms.list_aliases(Limit=100)["Aliases"]),
            *self._keys(kms),
        ]

    def _keys(self, kms: Any) -> list[str]:  # noqa: ANN401  # a client
        """The keys of an account that are not about to be deleted."""
        listed = [key["KeyId"] for key in kms.list_keys(Limit=1000)["Keys"]]
        for key in set(listed) - self.ended_keys:
            if kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion":
                self.ended_keys.add(key)
        return [key for key in listed if key not in self.ended_keys]

    def _bootstrap(self, account: str) -> None:
        """The parameter in which `cdk bootstrap` leaves its version."""
        ssm = self.aws.client(account, "ssm")
        ssm.put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String", Overwrite=True)

    def _stacks(self) -> Iterator[tuple[Deployed, Json]]:
        """The stacks, each after those that it depends on."""
        artifacts = json.loads((self.assembly / "manifest.json").read_text("utf-8"))["artifacts"]
        waiting = {name: a for name, a in artifacts.items() if a["type"] == "aws:cloudformation:stack"}
        while waiting:
            name = next(n for n, a in waiting.items() if not (set(a.get("dependencies", [])) & waiting.keys()))
            artifact = waiting.pop(name)
            account = artifact["environment"].removeprefix("aws://").split("/")[0]
            template = json.loads((self.assembly / artifact["properties"]["templateFile"]).read_text("utf-8"))
            yield Deployed(self.aws, account, name), template


def at_once(template: Json) -> dict[str, Json]:
    """The resources that a deploy makes: those under a condition come with a model's release."""
    return {name: body for name, body in template["Resources"].items() if "Condition" not in body}


def order_of_creation(template: Json) -> list[str]:
    """Those, as CloudFormation makes them."""
    made = at_once(template)
    return [name for name in creation_order(template) if name in made]


def types_deleted(template: Json) -> set[str]:
    """The types of which a stack deletes each resource with itself."""
    resources = at_once(template).values()
    retained = {r["Type"] for r in resources if r.get("DeletionPolicy") in RETAINED}
    return {r["Type"] for r in resources} - retained


def retagged(template: Json) -> Json:
    """The template with another cost center, which every resource with tags takes in place."""
    return json.loads(json.dumps(template), object_hook=_retag)


def _retag(value: Json) -> Json:
    return {**value, "Value": "changed"} if value.get("Key") == "cost-center" else value


def without_leaves(template: Json) -> Json:
    """The template without what nothing in it refers to and what its stack may delete."""
    used = set(references(template["Resources"]))
    smaller = copy.deepcopy(template)
    for name, resource in template["Resources"].items():
        if name not in used and resource.get("DeletionPolicy") not in RETAINED:
            del smaller["Resources"][name]
    gone = template["Resources"].keys() - smaller["Resources"].keys()
    for resource in smaller["Resources"].values():
        resource["DependsOn"] = [name for name in resource.get("DependsOn", []) if name not in gone]
    outputs: Json = template.get("Outputs", {})
    smaller["Outputs"] = {name: body for name, body in outputs.items() if not gone & set(references(body))}
    return smaller


def main(platform_file: str, assembly: str, *others: str) -> None:
    """Run the matrix of one organization, without what it shares with others."""
    server.keep_loaded()
    platform = load(Path(platform_file))
    aws = FaultyAws(platform.region)
    if platform.organization_id is not None:
        aws.join_organization(deploy.organization_of(platform))
    matrix = Matrix(aws, Path(assembly))
    for other in others:
        matrix.leave_to(Path(other))
    matrix.run()
    sys.stdout.write(json.dumps({"cells": matrix.cells, "problems": matrix.problems}, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
