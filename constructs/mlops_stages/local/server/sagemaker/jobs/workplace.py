"""Where the local AWS works, for those who act in it as AWS services do: its directory, and itself by HTTP."""

from __future__ import annotations

import functools
import importlib
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_stages.local.endpoint import holder
from mlops_stages.local.server.sagemaker.jobs.work import StepError

SERVICE = "sagemaker.amazonaws.com"
_lock = threading.Lock()

# By name, because botocore has no types to check.
_botocore_session: Any = importlib.import_module("botocore.session")
_botocore_config: Any = importlib.import_module("botocore.config")

Client = Any
"""A client that botocore builds at run time."""


@dataclass(frozen=True)
class Role:
    """A role's credentials for the time that a job or a pipeline works, in one account and region."""

    arn: str
    region: str
    key: str
    secret: str
    token: str

    def client(self, service: str) -> Client:
        """Return a client of the local AWS, over HTTP, that every policy binds."""
        with _lock:  # botocore's sessions are not safe to create clients from in parallel
            return _session().create_client(
                service,
                region_name=self.region,
                endpoint_url=endpoint(),
                aws_access_key_id=self.key,
                aws_secret_access_key=self.secret,
                aws_session_token=self.token,
                config=_config(),
            )

    def environment(self) -> dict[str, str]:
        """Return the variables that let any AWS client in a step act as the role."""
        credentials = {"AccessKeyId": self.key, "SecretAccessKey": self.secret, "SessionToken": self.token}
        return holder(endpoint(), self.region, credentials)


def assume(role_arn: str, account: str, region: str, source_arn: str) -> Role:
    """Return a role as SageMaker takes it for one of its resources; raises StepError where it may not."""
    from mlops_stages.local.server import engine
    from mlops_stages.local.server.sts import sessions  # in the server only

    request: Mapping[str, str] = {
        "role_arn": role_arn,
        "service": SERVICE,
        "source_arn": source_arn,
        "source_account": account,
    }
    if role_arn.split(":")[4] != account:
        raise StepError("Cross-account pass role is not allowed.")
    with engine.within(account, region):
        try:
            given = sessions.assume_as_service(request)
        except sessions.Refused as refused:
            raise StepError(
                f"Could not assume role {role_arn}. Please ensure that the role exists and allows principal "
                f"'{SERVICE}' to assume the role. ({refused.message})"
            ) from refused
    return Role(role_arn, region, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def endpoint() -> str:
    """Return the address of the local AWS that this process is."""
    return f"http://127.0.0.1:{port()}"


def port() -> int:
    """Return the port that the local AWS listens on, on the loopback: what a container may reach."""
    return int(os.environ["GATEWAY_PORT"])


def state() -> Path:
    """Return the directory that this local AWS works in: the server's own."""
    return Path.cwd()


@functools.cache
def _session() -> Any:  # noqa: ANN401  # botocore has no types
    nothing = (None, None, os.devnull, None)
    return _botocore_session.Session(
        {"profile": (None, None, None, None), "config_file": nothing, "credentials_file": nothing}
    )


@functools.cache
def _config() -> Any:  # noqa: ANN401  # botocore has no types
    return _botocore_config.Config(
        proxies={},
        retries={"max_attempts": 1},
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
