"""Clients of a local AWS, policies, and refusals, as the tests write them."""

from __future__ import annotations

import importlib
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from mlops_stages.local.endpoint import Endpoint

REGION = "eu-west-1"
_boto3: Any = importlib.import_module("boto3")  # by name, because it has no types to check
_config: Any = importlib.import_module("botocore.config")
_session: Any = importlib.import_module("botocore.session")
_LOADER: Any = importlib.import_module("botocore.loaders").create_loader()
_exceptions: Any = importlib.import_module("botocore.exceptions")


@dataclass(frozen=True)
class Credentials:
    """Keys of a root (a 12-digit access key), a user or a session."""

    key: str
    secret: str
    token: str | None = None


class LocalAws:
    """The running server, as tests see it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint

    def root(self, account: str) -> Credentials:
        """The keys of an account's root."""
        return Credentials(account, self.endpoint.secret)

    def client(self, service: str, who: Credentials | str, *, region: str = REGION, http: bool = False) -> Any:  # noqa: ANN401  # built at run time
        """A boto3 client of an account's root, or of other credentials; `http` says that it does not come by TLS."""
        credentials = self.root(who) if isinstance(who, str) else who
        inner = _session.Session()
        inner.register_component("data_loader", _LOADER)  # what it reads of the services is read once for all
        client = _boto3.session.Session(botocore_session=inner).client(
            service,
            region_name=region,
            endpoint_url=self.endpoint.url,
            aws_access_key_id=credentials.key,
            aws_secret_access_key=credentials.secret,
            aws_session_token=credentials.token,
            config=_config.Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
        )
        if http:
            client.meta.events.register("before-sign", _say_http)
        return client

    def role(
        self,
        account: str,
        *statements: Mapping[str, Any],
        trust: Mapping[str, Any] | None = None,
        **more: Any,  # noqa: ANN401  # as boto3 has it
    ) -> str:
        """Create a role with those statements as its policy; return its ARN. It trusts its own account unless told."""
        name = f"role-{secrets.token_hex(4)}"
        iam = self.client("iam", account)
        trusted = trust or {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "sts:AssumeRole",
        }
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trusted), **more)["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy(*statements))
        return str(arn)

    def assume(self, arn: str, who: Credentials | str | None = None, **more: Any) -> Credentials:  # noqa: ANN401  # as boto3 has it
        """Assume a role, as the root of its account unless told otherwise."""
        sts = self.client("sts", arn.split(":")[4] if who is None else who)
        given = sts.assume_role(RoleArn=arn, RoleSessionName="test", **more)["Credentials"]
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def as_role(self, account: str, *statements: Mapping[str, Any], **more: Any) -> Credentials:  # noqa: ANN401  # as boto3 has it
        """Credentials of a new role with those statements."""
        return self.assume(self.role(account, *statements, **more))

    def ask(
        self,
        method: str,
        path: str,
        content: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        known: bool = True,
    ) -> tuple[int, Any]:
        """One plain HTTP request, with the secret of this start where `known`; its status and JSON."""
        body = None if content is None else json.dumps(content).encode()
        given = {**(self.endpoint.headers if known else {}), **(headers or {})}
        request = urllib.request.Request(self.endpoint.url + path, data=body, method=method, headers=given)
        try:
            # A move of the clock by a week does what is due in ten thousand minutes, of all tests' accounts.
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")


def policy(*statements: Mapping[str, Any]) -> str:
    """A policy document of those statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, on: str | list[str] = "*", when: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An Allow statement; `when` holds its conditions."""
    return _statement("Allow", actions, on, when or {})


def deny(*actions: str, on: str | list[str] = "*", when: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A Deny statement; `when` holds its conditions."""
    return _statement("Deny", actions, on, when or {})


def _statement(
    effect: str, actions: tuple[str, ...], on: str | list[str], condition: Mapping[str, Any]
) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": effect, "Action": list(actions), "Resource": on}
    return {**statement, "Condition": dict(condition)} if condition else statement


def refusal(call: Callable[[], object], *, code: str = "AccessDenied") -> str:
    """Make a call that must be refused; return the message. `code` may go on (AccessDeniedException)."""
    with pytest.raises(_exceptions.ClientError) as refused:
        call()
    error: Mapping[str, str] = refused.value.response["Error"]
    assert error["Code"].startswith(code), error
    return error["Message"]


def _say_http(request: Any, **_: object) -> None:  # noqa: ANN401  # botocore has no types
    request.headers["x-forwarded-proto"] = "http"
