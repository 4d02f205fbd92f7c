"""The tables of work, read and completed: each request that a role's work takes, and those beside it that are denied.

A table (tests/work/tables/) lists roles, and for each piece of work its actions, what they are on, and the condition
keys of the request. `from` names the account whose network it leaves by an endpoint, `through` the service that calls
KMS for the role; `not` holds its neighbours, each with what is different in it. An `outsider` is a role that no
template has: its tags, actions and deploy policies stand in the table. `partly` says why a role's table holds not all
of its work. In braces stand: `region`, `account`
(the table's), `person`, the purpose of an account, `STACK/ID` (the name or id of a resource), and
`ALIAS in PURPOSE` (the ARN of a key).
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML

from tests.conftest import ROOT
from tests.invariants.statements import as_list
from tests.work.request import Request, request
from tests.work.world import Json, Role, World

FILES = tuple(
    Path(__file__).with_name("tables") / f"{name}.yaml"
    for name in (
        "sign_in",
        "people",
        "data",
        "pipelines",
        "promotion",
        "ledger",
        "serving",
        "services",
        "perimeter",
        "deployment",
    )
)

_BRACES = re.compile(r"(?<!\$)\{([^{}]+)\}")
_WORK = frozenset({"does", "source", "actions", "on", "with", "from", "through", "not", "foreign", "local_only"})
_NEIGHBOUR = frozenset({"role", "account", "actions", "on", "with", "from", "through"})
_TABLE = frozenset({"roles", "account", "who", "from", "work", "spare", "outsider", "partly"})
_SPARE = frozenset({"statement", "parts", "because"})


@dataclass(frozen=True)
class Permission:
    """An action, or a resource, of one statement that allows."""

    sid: str
    part: str


@dataclass(frozen=True, kw_only=True)
class Case:
    """One request, and what is to become of it.

    Attributes:
        does: the piece of work.
        local_only: why the second judge cannot take it; empty where it can.
        neighbour: how it differs from the work; empty for the work itself, which is allowed.
    """

    role: str
    does: str
    neighbour: str
    local_only: str
    request: Request

    @property
    def is_allowed(self) -> bool:
        """Whether it is the work itself."""
        return not self.neighbour

    def __str__(self) -> str:
        told = f"{self.does}, {self.neighbour}" if self.neighbour else self.does
        return f"{self.role} {told}: {self.request.action} on {self.request.resource}"


@cache
def read() -> tuple[dict[str, Any], ...]:
    """Every table, as it is written; half a second, and each mutant of the templates asks for all of them."""
    found: list[dict[str, Any]] = []
    for file in FILES:
        found += YAML(typ="safe").load(file)  # pyright: ignore[reportUnknownMemberType]
    for table in found:
        _check(table, _TABLE)
        for spare in table.get("spare", []):
            _check(spare, _SPARE)
        for work in table["work"]:
            _check(work, _WORK)
            assert work.get("source", "").startswith("https://docs.aws.amazon.com/"), work
            for neighbour in work.get("not", {}).values():
                _check(neighbour, _NEIGHBOUR)
    return tuple(found)


def spare(world: World, accounts: Mapping[str, str]) -> set[tuple[str, Permission]]:
    """What roles are granted that no work takes, each with the reason that the table gives; by ARN of the role."""
    found: set[tuple[str, Permission]] = set()
    for table in read():
        for name in table["roles"]:
            reader = _Reader(world, accounts, table, name)
            role = reader.role_named(name, accounts[table["account"]])
            for entry in table.get("spare", []):
                found |= {
                    (role.arn, Permission(entry["statement"], reader.filled(each, role))) for each in entry["parts"]
                }
    return found


def told_in_part() -> set[str]:
    """The names of the roles whose tables do not hold all of their work."""
    return {name for table in read() if "partly" in table for name in table["roles"]}


def _check(part: Mapping[str, Any], known: frozenset[str]) -> None:
    assert not part.keys() - known, f"{part}: {sorted(part.keys() - known)}"


def cases(world: World, accounts: Mapping[str, str], only: Collection[str] = ()) -> list[Case]:
    """Every request of every table, or of some roles; `accounts` by purpose."""
    return [
        case
        for table in read()
        for role in table["roles"]
        if not only or role in only
        for work in table["work"]
        for case in _Reader(world, accounts, table, role).cases(work)
    ]


@dataclass(frozen=True)
class _Reader:
    """Reads the work of one role."""

    world: World
    accounts: Mapping[str, str]
    table: Mapping[str, Any]
    role: str

    def cases(self, work: Mapping[str, Any]) -> Iterator[Case]:
        common: dict[str, Any] = {
            "role": self.role,
            "account": self.table["account"],
            "from": self.table.get("from"),
            **work,
        }
        yield from self._each(common, work["does"], "")
        for label, changes in work.get("not", {}).items():
            given: dict[str, Any] = {**common.get("with", {}), **changes.get("with", {})}
            yield from self._each({**common, **changes, "with": given}, work["does"], label)

    def _each(self, asked: Mapping[str, Any], does: str, neighbour: str) -> Iterator[Case]:
        role = self.role_named(asked["role"], self.accounts[asked["account"]])
        network = None if asked["from"] is None or asked.get("through") else self.accounts[asked["from"]]
        given = self.filled(dict(asked.get("with", {})), role)
        if asked.get("through"):
            service = f"{asked['through']}.{self.world.region}.amazonaws.com"
            given |= {"kms:ViaService": service, "aws:ViaAWSService": "true"}
        on: list[str] = as_list(asked["on"])
        for action in asked["actions"]:
            for resource in on:
                yield Case(
                    role=self.role,
                    does=does,
                    neighbour=neighbour,
                    local_only=asked.get("local_only", ""),
                    request=request(
                        self.world,
                        role=role,
                        action=action,
                        resource=self.filled(resource, role),
                        network=network,
                        given=given,
                        is_foreign="foreign" in asked,
                    ),
                )

    def role_named(self, name: str, account: str) -> Role:
        """The role of a table: by its name, or by `STACK/ID`."""
        if "outsider" in self.table and name in self.table["roles"]:
            return self._outsider(name, account)
        if "/" in name:
            return self.world.roles[self.world.templates.arn(*self.world.resource(name))]
        return self.world.role(name, account)

    def _outsider(self, name: str, account: str) -> Role:
        given = self.table["outsider"]
        policies = {each: self._deploy_policy(each, account) for each in given.get("policies", [])}
        if "may" in given:
            statement = {"Effect": "Allow", "Action": given["may"], "Resource": "*"}
            policies["outside"] = {"Version": "2012-10-17", "Statement": [statement]}
        return Role(f"arn:aws:iam::{account}:role/{name}", account, given.get("tags", {}), policies, None)

    def _deploy_policy(self, name: str, account: str) -> Json:
        text = (ROOT / "docs" / f"{name}.json").read_text("utf-8")
        words = {"ACCOUNT": account, "REGION": self.world.region, "PLATFORM": "acme", "QUALIFIER": "hnb659fds"}
        for word, value in words.items():
            text = text.replace(word, value)
        return json.loads(text)

    def filled(self, value: Any, role: Role) -> Any:  # noqa: ANN401 - YAML
        """The value with what stands in braces put in."""
        if isinstance(value, dict):
            return {key: self.filled(each, role) for key, each in cast("dict[str, Any]", value).items()}
        if isinstance(value, list):
            return [self.filled(each, role) for each in cast("list[Any]", value)]
        return value if not isinstance(value, str) else _BRACES.sub(lambda found: self._meant(found[1], role), value)

    def _meant(self, name: str, role: Role) -> str:
        words = {
            "region": self.world.region,
            "account": self.accounts[self.table["account"]],
            "person": role.tags.get("person", ""),
            **self.accounts,
        }
        if name in words:
            return words[name]
        if " in " in name:
            alias, _, purpose = name.partition(" in ")
            return self.world.key(alias, self.accounts[purpose])
        return self.world.templates.ref(*self.world.resource(name))
