"""A local AWS inside this process whose CloudFormation can be made to fail at any type of resource.

It changes the process that it runs in for good: only `tests.local.fault_matrix` uses it, in a process of its own.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mlops_stages.local import refusals
from mlops_stages.local.server import engine
from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.front import server
from mlops_stages.local.server.organizations import membership as organizations

# By name, because boto3 has no types to check.
_session: Any = importlib.import_module("boto3").session.Session()
_config: Any = importlib.import_module("botocore.config")
_awsrequest: Any = importlib.import_module("botocore.awsrequest")
_cloudformation: Any = importlib.import_module("ministack.services.cloudformation.engine")

Json = dict[str, Any]
Resource = tuple[str, str]
"""Type and physical id."""

ENDPOINT = "http://127.0.0.1:4599"


class InjectedFaultError(Exception):
    """What CloudFormation is told by a resource that is made to fail."""


@dataclass
class Faults:
    """Which resources fail, and what CloudFormation has made and not deleted, by stack."""

    failing: set[tuple[str, str]] = field(default_factory=set)
    """Operations (`create`, `update`, `delete`) and types."""
    only: str | None = None
    """The logical id that fails to be created; `None` for the first one of the type."""
    held: dict[str, list[Resource]] = field(default_factory=dict)

    def install(self) -> None:
        """Stand before every type of the local AWS."""
        handlers: dict[str, Json] = ministack.provisioners._RESOURCE_HANDLERS
        for type_name, known in list(handlers.items()):
            handlers[type_name] = {**known, **self._watched(type_name, known)}

    def of(self, stack: str) -> list[Resource]:
        """What a stack has made and not deleted."""
        return self.held.setdefault(stack, [])

    def _watched(self, type_name: str, known: Mapping[str, Any]) -> Json:
        watchers = {"create": self._creating, "update": self._updating, "delete": self._deleting}
        return {name: watch(type_name, known[name]) for name, watch in watchers.items() if name in known}

    def _creating(self, type_name: str, create: Callable[..., Any]) -> Callable[..., Any]:
        def creating(logical_id: str, properties: Json, stack_name: str) -> Any:  # noqa: ANN401  # as the wrapped one
            if self.only in (None, logical_id):
                self._fail("create", type_name)
            physical_id, attributes = create(logical_id, properties, stack_name)
            self.of(stack_name).append((type_name, physical_id))
            return physical_id, attributes

        return creating

    def _updating(self, type_name: str, update: Callable[..., Any]) -> Callable[..., Any]:
        def updating(physical_id: str, old: Json, new: Json, stack_name: str, *more: object) -> Any:  # noqa: ANN401
            if old != new:
                self._fail("update", type_name)
            current, attributes = update(physical_id, old, new, stack_name, *more)
            if current != physical_id:
                self.of(stack_name).append((type_name, current))
            return current, attributes

        return updating

    def _deleting(self, type_name: str, delete: Callable[..., Any]) -> Callable[..., Any]:
        def deleting(physical_id: str, *more: Any) -> None:  # noqa: ANN401
            self._fail("delete", type_name)
            delete(physical_id, *more)
            for resources in self.held.values():
                if (type_name, physical_id) in resources:
                    resources.remove((type_name, physical_id))

        return deleting

    def _fail(self, operation: str, type_name: str) -> None:
        """Fail once: what CloudFormation asks for while it rolls back succeeds."""
        if (operation, type_name) in self.failing:
            self.failing.remove((operation, type_name))
            raise InjectedFaultError(f"{type_name}: the test has this {operation} fail")


def creation_order(template: Json) -> list[str]:
    """The logical ids in the order in which the local CloudFormation makes them."""
    ordered: list[str] = _cloudformation._topological_sort(template["Resources"], {})
    return ordered


class FaultyAws:
    """The whole local AWS without a socket: what boto3 would send goes to the application at once."""

    def __init__(self, region: str) -> None:
        os.umask(0o077)
        self.region = region
        self.faults = Faults()
        self._loop = asyncio.new_event_loop()
        self._secret = secrets.token_urlsafe(32)
        self._directory = tempfile.TemporaryDirectory(prefix="mlops-stages-")  # it goes with this
        self._application = server.build(self._secret, Path(self._directory.name), port=0)
        self._clients: dict[tuple[str, str], Any] = {}
        self._buckets: set[str] = set()
        self.faults.install()

    def join_organization(self, told: Mapping[str, object]) -> None:
        """Put the accounts into an organization, as `up` does."""
        organizations.set_organization(json.loads(json.dumps(told)))

    def resource_types(self) -> frozenset[str]:
        """The types that a template may hold."""
        return frozenset(engine.resource_types())

    def client(self, account: str, service: str) -> Any:  # noqa: ANN401  # built at run time
        """A client of an account's root."""
        if (account, service) not in self._clients:
            made = _session.client(
                service,
                region_name=self.region,
                endpoint_url=ENDPOINT,
                aws_access_key_id=account,
                aws_secret_access_key=self._secret,
                config=_config.Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
            )
            made.meta.events.register("before-send", self._answer)
            self._clients[account, service] = made
        return self._clients[account, service]

    def assets_bucket(self, account: str) -> str:
        """The bucket of an account's bootstrap."""
        name = f"cdk-hnb659fds-assets-{account}-{self.region}"
        if name not in self._buckets:
            where = {"LocationConstraint": self.region}
            self.client(account, "s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
            self._buckets.add(name)
        return name

    def _answer(self, request: Any, **_: object) -> Any:  # noqa: ANN401  # botocore's
        url = urlsplit(str(request.url))
        content = request.body or b""
        body: bytes = content.encode() if isinstance(content, str) else getattr(content, "read", lambda: content)()
        headers = [(name.lower().encode(), _bytes(value)) for name, value in request.headers.items()]
        headers.append((b"host", url.netloc.encode()))
        scope: Json = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote(url.path),
            "raw_path": url.path.encode(),
            "query_string": url.query.encode(),
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 4599),
        }
        sent: list[Json] = []
        received = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Json:
            return received.pop() if received else {"type": "http.disconnect"}

        async def send(message: Any) -> None:  # noqa: ANN401
            sent.append(message)

        self._loop.run_until_complete(self._application(scope, receive, send))
        answer = b"".join(message.get("body", b"") for message in sent[1:])
        answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return _awsrequest.AWSResponse(request.url, sent[0]["status"], answered, _Raw(answer))


class _Raw:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content

    def read(self, *_: object) -> bytes:
        content, self._content = self._content, b""
        return content


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@dataclass
class Deployed:
    """One stack of a cloud assembly, deployed as the CDK CLI deploys it."""

    aws: FaultyAws
    account: str
    name: str

    @property
    def state(self) -> str:
        """Its status; empty where there is none."""
        try:
            (found,) = self._formation.describe_stacks(StackName=self.name)["Stacks"]
        except refusals.ClientError as error:
            if "does not exist" not in refusals.message(error):
                raise
            return ""
        return str(found["StackStatus"])

    def deploy(self, template: Json) -> str:
        """Delete what a failed create left, make a change set and execute it; the status at the end.

        Source: `deployStack` of the CDK CLI (lib/api/deployments/deploy-stack.ts).
        """
        state = self.state
        if state in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"):
            state = self.delete()
            if state:
                raise AssertionError(f"{self.name}: cannot be deleted before it is created again: {state}")
        if state:
            self._formation.delete_change_set(StackName=self.name, ChangeSetName="cdk-deploy-change-set")
        made = self._formation.create_change_set(
            StackName=self.name,
            ChangeSetName="cdk-deploy-change-set",
            ChangeSetType="UPDATE" if state else "CREATE",
            TemplateURL=self._uploaded(template),
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        change_set = self._formation.describe_change_set(ChangeSetName=made["Id"])
        if change_set["Status"] == "FAILED":
            self._formation.delete_change_set(ChangeSetName=made["Id"])
            return self.state
        self._formation.execute_change_set(StackName=made["StackId"], ChangeSetName=made["Id"])
        return self._settled()

    def delete(self) -> str:
        """Delete the stack; the status of what is left, empty for nothing."""
        self._formation.delete_stack(StackName=self.name)
        return self._settled()

    def reasons(self) -> str:
        """What failed."""
        events = self._formation.describe_stack_events(StackName=self.name)["StackEvents"]
        failed = [e for e in events if e["ResourceStatus"].endswith("FAILED")]
        return "; ".join(f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason')}" for e in failed)

    @property
    def _formation(self) -> Any:  # noqa: ANN401
        return self.aws.client(self.account, "cloudformation")

    def _settled(self) -> str:
        for _ in range(1000):
            state = self.state
            if not state.endswith("_IN_PROGRESS"):
                return state
        raise AssertionError(f"{self.name} does not come to an end")

    def _uploaded(self, template: Json) -> str:
        s3, bucket = self.aws.client(self.account, "s3"), self.aws.assets_bucket(self.account)
        s3.put_object(Bucket=bucket, Key=f"{self.name}.json", Body=json.dumps(template).encode())
        return f"https://s3.{self.aws.region}.amazonaws.com/{bucket}/{self.name}.json"
