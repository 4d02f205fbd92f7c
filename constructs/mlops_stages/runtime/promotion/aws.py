"""Clients of boto3: of the tooling account, and of the accounts that the model serves in."""

from __future__ import annotations

import importlib
from typing import Any, Protocol

from .settings import Environment

Client = Any
"""A client of boto3, which has no types."""


class Aws(Protocol):
    """Where clients come from."""

    def client(self, service: str, environment: Environment | None = None) -> Client:
        """A client of the tooling account, or of an environment's as the promotion's role there."""
        ...


class Boto3Aws:
    """The clients that Lambda's boto3 makes; kept while Lambda keeps the process."""

    def __init__(self, session_name: str) -> None:
        self._session_name = session_name
        self._made: dict[tuple[str, str], Client] = {}

    def client(self, service: str, environment: Environment | None = None) -> Client:
        """A client of the tooling account, or of an environment's."""
        return self.client_as(service, "" if environment is None else environment.deploy_role)

    def client_as(self, service: str, role: str) -> Client:
        """A client as another role, of whichever account; as the function's own where none is named."""
        if (service, role) not in self._made:
            self._made[service, role] = self._make(service, role)
        return self._made[service, role]

    def _make(self, service: str, role: str) -> Client:
        boto3: Any = importlib.import_module("boto3")
        configuration: Any = importlib.import_module("botocore.config")
        # InvokeEndpoint answers within 60 s; a request that may change something is not sent again by itself.
        attempts = 1 if service == "sagemaker-runtime" else 6
        config = configuration.Config(
            retries={"mode": "standard", "max_attempts": attempts},
            connect_timeout=3,
            read_timeout=65,
            max_pool_connections=64,
        )
        if not role:
            return boto3.client(service, config=config)
        # Regional and refreshed: a session lasts an hour, a function's process may last longer.
        credentials: Any = importlib.import_module("botocore.credentials")
        sessions: Any = importlib.import_module("botocore.session")
        session = sessions.get_session()
        sts = self.client("sts")

        def refresh() -> dict[str, str]:
            given = sts.assume_role(RoleArn=role, RoleSessionName=self._session_name)["Credentials"]
            return {
                "access_key": given["AccessKeyId"],
                "secret_key": given["SecretAccessKey"],
                "token": given["SessionToken"],
                "expiry_time": given["Expiration"].isoformat(),
            }

        session._credentials = credentials.RefreshableCredentials.create_from_metadata(
            metadata=refresh(), refresh_using=refresh, method="sts-assume-role"
        )
        return boto3.Session(botocore_session=session).client(service, config=config)


def error_code(error: Exception) -> str:
    """The code of an error of AWS's; empty for another."""
    response: dict[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def error_message(error: Exception) -> str:
    """Its message."""
    response: dict[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Message", error))
