"""Roles that AWS services act in: calls through this server's own front, signed, judged and recorded as anybody's.

Never from the event loop: the calls wait for it.
"""

from __future__ import annotations

import functools
import importlib
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops_stages.local.server import engine
from mlops_stages.local.server.sts import sessions

_FRESH_S = 3000.0
"""How long a session is used again, of an hour."""

_MOST_SESSIONS = 256
_LONGEST_CALL_S = 960  # a function takes 15 minutes at most

Client = Any
"""A client that botocore builds at run time."""

# By name, because botocore has no types to check.
_botocore_session: Any = importlib.import_module("botocore.session")
_botocore_config: Any = importlib.import_module("botocore.config")

_lock = threading.Lock()


class NotAssumableError(Exception):
    """The service may not act in the role."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """A session of a role, for calls in one region."""

    arn: str
    region: str
    key: str
    secret: str
    token: str

    def client(self, service: str) -> Client:
        """Return a client that every policy binds."""
        with _lock:  # botocore's sessions are not safe to create clients from in parallel
            return _client(self, service)

    def assumed(self, role: str, name: str, **more: str) -> Session:
        """Return a session of another role, which this one assumes. Raises botocore's ClientError."""
        given = self.client("sts").assume_role(RoleArn=role, RoleSessionName=name, **more)["Credentials"]
        return Session(
            arn=role,
            region=self.region,
            key=given["AccessKeyId"],
            secret=given["SecretAccessKey"],
            token=given["SessionToken"],
        )


@functools.lru_cache(maxsize=256)
def _client(session: Session, service: str) -> Client:
    return _session().create_client(
        service,
        region_name=session.region,
        endpoint_url=f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
        aws_access_key_id=session.key,
        aws_secret_access_key=session.secret,
        aws_session_token=session.token,
        config=_botocore_config.Config(
            proxies={},
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            read_timeout=_LONGEST_CALL_S,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


@functools.cache
def _session() -> Any:  # noqa: ANN401  # botocore has no types
    nothing = (None, None, os.devnull, None)
    return _botocore_session.Session(
        {"profile": (None, None, None, None), "config_file": nothing, "credentials_file": nothing}
    )


class Actor:
    """One AWS service, and the sessions that it has of the roles it was given."""

    def __init__(self, principal: str) -> None:
        self.principal = principal
        self._sessions: dict[tuple[str, str, str], tuple[float, Session]] = {}

    def session(self, role: str, source_arn: str, name: str) -> Session:
        """Return a session of the role, for the resource of the service that it is given to.

        Raises NotAssumableError.
        """
        key = (role, source_arn, name)
        began, known = self._sessions.get(key, (0.0, None))
        if known is not None and time.monotonic() - began < _FRESH_S and engine.role(role) is not None:
            return known
        region, account = source_arn.split(":")[3:5]
        request: Mapping[str, str] = {
            "role_arn": role,
            "service": self.principal,
            "source_arn": source_arn,
            "source_account": account,
        }
        with engine.within(account, region):
            try:
                given = sessions.assume_as_service(request, session_name=name)
            except sessions.Refused as refused:
                raise NotAssumableError(refused.message) from refused
        session = Session(
            arn=role,
            region=region,
            key=given["AccessKeyId"],
            secret=given["SecretAccessKey"],
            token=given["SessionToken"],
        )
        with _lock:
            while len(self._sessions) >= _MOST_SESSIONS:
                self._sessions.pop(next(iter(self._sessions)))
            self._sessions[key] = (time.monotonic(), session)
        return session
