"""An organization whose accounts nobody else uses, in the local AWS, and what a preflight says of it."""

from __future__ import annotations

import importlib
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from mlops_stages.platform import Purpose, load
from mlops_stages.preflight import CHECKS, Access, Caller, Check, Plan, Report, preflight, read_plan
from mlops_stages.preflight.aws import Account
from tests.local.clients import Credentials, LocalAws

Answer = Callable[[str, Mapping[str, Any]], Any]
"""Gets the operation ("ListRoles") and AWS's answer; returns the answer that the client gets, or an error."""


_LOCK = threading.Lock()
_exceptions: Any = importlib.import_module("botocore.exceptions")


@dataclass
class World:
    """A plan, and its accounts in the local AWS."""

    aws: LocalAws
    plan: Plan
    file: Path
    clients: dict[tuple[str, str, str], Any] = field(default_factory=dict[tuple[str, str, str], Any])

    def account(self, purpose: str) -> str:
        """The account of a purpose, or of the guardrails ("management")."""
        if purpose == "management":
            assert self.plan.management is not None
            return self.plan.management
        return self.plan.platform.account(Purpose(purpose))

    def client(self, service: str, purpose: str) -> Any:  # noqa: ANN401  # built at run time
        """A client of an account's root, in the home region."""
        return self.lent(service, self.aws.root(self.account(purpose)), self.plan.region)

    def lent(self, service: str, who: Credentials, region: str) -> Any:  # noqa: ANN401  # built at run time
        """A client, made once; what botocore loads for it is loaded once for all worlds."""
        key = (service, who.key, region)
        with _LOCK:
            if key not in self.clients:
                self.clients[key] = self.aws.client(service, who, region=region)
            return self.clients[key]

    def join(self, *others: str, without: Iterable[str] = ()) -> None:
        """Let the accounts, and others, be members of the organization that platform.yaml names."""
        platform = self.plan.platform
        members = [each for each in (*platform.accounts_in_use, *others) if each not in set(without)]
        told: dict[str, Any] = {"id": platform.organization_id or f"o-{secrets.token_hex(6)}", "accounts": members}
        if platform.guardrails is not None:
            told |= {"management": platform.guardrails.management_account, "root": platform.guardrails.root_id}
        else:
            told |= {"management": new_id(), "root": f"r-{secrets.token_hex(3)}"}
        assert self.aws.ask("POST", "/_mlops-stages/organization", told)[0] == 200

    def changed(self, pattern: str, by: str) -> World:
        """The same world with another platform.yaml: what a pattern matches is written otherwise."""
        edited = re.sub(pattern, by, self.file.read_text("utf-8"), count=1, flags=re.MULTILINE)
        other = self.file.with_name(f"platform-{secrets.token_hex(3)}.yaml")
        other.write_text(edited, encoding="utf-8")
        return replace(self, file=other, plan=replace(self.plan, platform=load(other)))

    def with_properties(self, type: str, **ids: Mapping[str, str]) -> World:
        """The same world, where a property of the resources of a type has other values."""
        resources = tuple(
            replace(each, properties={**each.properties, **{n: v[str(each.properties.get(n))] for n, v in ids.items()}})
            if each.type == type
            else each
            for each in self.plan.resources
        )
        return replace(self, plan=replace(self.plan, resources=resources))

    def check(self, *codes: str, only: str = "", answer: Answer | None = None, who: Access | None = None) -> Report:
        """What the checks of these codes say; all of them without one, or those with words in what they look at."""
        wanted: list[Check[Any]] = [
            check for check in CHECKS if (not codes or check.code in codes) and only in check.looks_at
        ]
        assert wanted
        return preflight(self.plan, who or Roots(self, answer), wanted)


@dataclass
class Roots:
    """The root of each account; `answer` may change what AWS says on its way, `calls` are those that were made."""

    world: World
    answer: Answer | None = None
    calls: list[str] = field(default_factory=list[str])

    def caller(self) -> Caller:
        """The root of the first account."""
        first = self.world.plan.accounts[0]
        return Caller(account=first, arn=f"arn:aws:iam::{first}:root")

    def account(self, id: str) -> Account:
        """An account, by its root."""
        return self._account(id, self.world.aws.root(id))

    def _account(self, id: str, who: Credentials) -> Account:
        def client(service: str, region: str) -> Any:  # noqa: ANN401  # built at run time
            return _Told(self.world.lent(service, who, region), self)

        return Account(id, self.world.plan.region, client)


@dataclass
class Roles(Roots):
    """A role with those statements in each account."""

    statements: tuple[Mapping[str, Any], ...] = ()
    managed: str | None = None

    def account(self, id: str) -> Account:
        """An account, by a new role, which may have a managed policy besides."""
        role = self.world.aws.role(id, *self.statements)
        if self.managed is not None:
            self.world.lent("iam", self.world.aws.root(id), self.world.plan.region).attach_role_policy(
                RoleName=role.rpartition("/")[2], PolicyArn=self.managed
            )
        return self._account(id, self.world.aws.assume(role))


class _Told:
    """A client whose answers pass the test: refused with an error's code, or changed."""

    def __init__(self, client: Any, roots: Roots) -> None:  # noqa: ANN401  # built at run time
        self._client = client
        self._roots = roots

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:  # noqa: ANN401  # as boto3 has it
            name = self._client.meta.method_to_api_mapping[method]
            self._before(name)
            return self._after(name, getattr(self._client, method)(**parameters))

        return call

    def can_paginate(self, method: str) -> bool:
        """Whether botocore has a paginator."""
        return bool(self._client.can_paginate(method))

    def get_paginator(self, method: str) -> _ToldPages:
        """A paginator whose pages pass the test."""
        name = self._client.meta.method_to_api_mapping[method]
        self._before(name)
        return _ToldPages(self._client.get_paginator(method), lambda page: self._after(name, page))

    def _before(self, name: str) -> None:
        self._roots.calls.append(f"{self._client.meta.service_model.service_name}.{name}")
        refused = None if self._roots.answer is None else self._roots.answer(name, {})
        if isinstance(refused, str):
            raise _exceptions.ClientError({"Error": {"Code": refused, "Message": "told by the test"}}, name)
        if isinstance(refused, Exception):
            raise refused

    def _after(self, name: str, said: dict[str, Any]) -> dict[str, Any]:
        changed = None if self._roots.answer is None else self._roots.answer(name, said)
        return cast("dict[str, Any]", changed) if isinstance(changed, dict) else said


@dataclass
class _ToldPages:
    paginator: Any
    change: Callable[[dict[str, Any]], dict[str, Any]]

    def paginate(self, **parameters: Any) -> Iterable[dict[str, Any]]:  # noqa: ANN401  # as boto3 has it
        """The pages, changed."""
        return map(self.change, self.paginator.paginate(**parameters))


def new_id() -> str:
    """An account id that nobody else has."""
    return str(100_000_000_000 + secrets.randbelow(800_000_000_000))


def made(aws: LocalAws, assembly: Path, platform_file: Path, directory: Path) -> World:
    """Copy an organization, its synthesized stacks too, under ids of its own."""
    text = platform_file.read_text("utf-8")
    accounts = dict.fromkeys(re.findall(r"\b\d{12}\b", text))
    ids = {account: new_id() for account in accounts}
    ids |= {found: f"o-{secrets.token_hex(6)}" for found in re.findall(r"\bo-[a-z0-9]{10,32}\b", text)[:1]}
    ids |= {found: f"ssoins-{secrets.token_hex(8)}" for found in re.findall(r"\bssoins-[0-9a-f]{16}\b", text)[:1]}
    ids |= {found: f"r-{secrets.token_hex(3)}" for found in re.findall(r"\br-[a-z0-9]{4,32}\b", text)[:1]}

    def renamed(text: str) -> str:
        return re.sub("|".join(map(re.escape, ids)), lambda found: ids[found[0]], text)

    (directory / "platform.yaml").write_text(renamed(text), encoding="utf-8")
    pipelines = platform_file.parent / "pipelines"
    if pipelines.is_dir():
        (directory / "pipelines").mkdir()
        for path in pipelines.glob("*.json"):
            (directory / "pipelines" / path.name).write_text(renamed(path.read_text("utf-8")), encoding="utf-8")
    (directory / "cdk.out").mkdir()
    for path in (assembly / "manifest.json", *assembly.glob("*.template.json")):
        (directory / "cdk.out" / path.name).write_text(renamed(path.read_text("utf-8")), encoding="utf-8")
    plan = read_plan(load(directory / "platform.yaml"), directory / "cdk.out")
    return World(aws, plan, directory / "platform.yaml")
