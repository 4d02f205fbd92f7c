"""The edge to AWS: calls to one account, each made once, and what becomes of those that fail."""

from __future__ import annotations

import functools
import importlib
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from typing import Any

from mlops_stages.preflight.findings import Reason

# By name, because botocore has no types to check.
_config: Any = importlib.import_module("botocore.config")
_exceptions: Any = importlib.import_module("botocore.exceptions")
_loaders: Any = importlib.import_module("botocore.loaders")
_model: Any = importlib.import_module("botocore.model")
_names: Any = importlib.import_module("botocore")

CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 20
ATTEMPTS = 3
WORKERS = 16

_PREFIXES = {
    "identitystore": "identitystore",
    "service-quotas": "servicequotas",
    "sso-admin": "sso",
    "stepfunctions": "states",
}
"""The IAM prefix of a service, where it is not boto3's name."""
_ACTIONS = {
    "budgets.describe_budgets": "budgets:ViewBudget",
    "s3.get_bucket_encryption": "s3:GetEncryptionConfiguration",
    "s3.head_bucket": "s3:ListBucket",
    "s3.list_buckets": "s3:ListAllMyBuckets",
}
"""The IAM action of an operation, where it is not the operation's own name."""

_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "Forbidden", "UnauthorizedOperation", "403"}
)
_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
_UNAUTHENTICATED = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_LONGEST_MESSAGE = 300


class Unseen(Exception):  # noqa: N818  # no error of the program: it is told
    """Something could not be looked at: why, and the IAM action that is missing where it was denied."""

    def __init__(self, reason: Reason, message: str, permission: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.permission = permission


class Account:
    """One account in the home region. Calls are remembered: checks ask for what they need, and AWS is asked once."""

    def __init__(self, id: str, region: str, client: Callable[[str, str], Any]) -> None:
        self.id = id
        self.region = region
        self._new_client = client
        self._clients: dict[tuple[str, str], Any] = {}
        self._answers: dict[Any, Future[Any]] = {}
        self._lock = threading.Lock()

    def call(
        self,
        operation: str,
        *,
        missing: tuple[str, ...] = (),
        region: str | None = None,
        **parameters: Any,  # noqa: ANN401  # as boto3 has it
    ) -> dict[str, Any] | None:
        """Return the answer to a call such as "iam.get_role"; None for one of the error codes in `missing`.

        `region` is the home region unless it is given. Raises Unseen for every other failure.
        """
        where = self.region if region is None else region
        key = (operation, missing, where, repr(sorted(parameters.items())))
        return self.once(key, lambda: self._call(operation, missing, where, parameters))

    def items(self, operation: str, member: str, **parameters: Any) -> tuple[Any, ...]:  # noqa: ANN401  # as boto3 has it
        """Return a list of all pages of a call. Raises Unseen."""
        key = (operation, member, repr(sorted(parameters.items())))
        return self.once(key, lambda: tuple(self._items(operation, member, parameters)))

    def once(self, key: object, work: Callable[[], Any]) -> Any:  # noqa: ANN401  # what the work gives
        """Return what `work` gave or raised for a key; whoever comes while it is at work waits."""
        with self._lock:
            future = self._answers.get(key)
            first = future is None
            if future is None:
                future = self._answers[key] = Future()
        if first:
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
                raise
        return future.result()

    def _call(
        self, operation: str, missing: tuple[str, ...], region: str, parameters: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        service, _, method = operation.partition(".")
        try:
            return getattr(self._client(service, region), method)(**parameters)
        except _exceptions.ClientError as error:
            if _code(error) in missing:
                return None
            raise unseen(operation, error) from error
        except (_exceptions.BotoCoreError, OSError) as error:
            raise unseen(operation, error) from error

    def _items(self, operation: str, member: str, parameters: Mapping[str, Any]) -> Iterator[Any]:
        service, _, method = operation.partition(".")
        try:
            client = self._client(service, self.region)
            if not client.can_paginate(method):
                yield from self._by_token(getattr(client, method), member, parameters)
                return
            for page in client.get_paginator(method).paginate(**parameters):
                yield from page.get(member) or ()
        except (_exceptions.BotoCoreError, _exceptions.ClientError, OSError) as error:
            raise unseen(operation, error) from error

    def _by_token(
        self, ask: Callable[..., dict[str, Any]], member: str, parameters: Mapping[str, Any]
    ) -> Iterator[Any]:
        """The pages of a call that botocore has no paginator for; each names its token in one of these ways."""
        given = dict(parameters)
        while True:
            page = ask(**given)
            yield from page.get(member) or ()
            token = next((name for name in ("NextToken", "NextPageToken", "nextToken") if page.get(name)), None)
            if token is None:
                return
            given[token] = page[token]

    def _client(self, service: str, region: str) -> Any:  # noqa: ANN401  # built at run time
        with self._lock:
            key = (service, region)
            if key not in self._clients:
                self._clients[key] = self._new_client(service, region)
            return self._clients[key]


def client_config() -> Any:  # noqa: ANN401  # botocore's
    """Return the limits of every client: nothing hangs, and nothing is tried for long."""
    return _config.Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=WORKERS,
    )


def unseen(operation: str, error: Exception) -> Unseen:
    """Return why a call gave nothing."""
    if isinstance(error, _exceptions.ClientError):
        code, said = _code(error), _said(error)
        if code in _DENIED:
            return Unseen(Reason.DENIED, f"denied: {said}", action(operation))
        if code in _THROTTLED:
            return Unseen(Reason.THROTTLED, f"AWS throttles {action(operation)}; run the preflight again")
        if code in _UNAUTHENTICATED:
            return Unseen(Reason.CREDENTIALS, f"the credentials are not accepted ({code}); sign in again")
        return Unseen(Reason.UNANSWERED, f"{action(operation)}: {code}: {said}")
    if isinstance(error, (_exceptions.ConnectionError, _exceptions.HTTPClientError, OSError)):
        return Unseen(Reason.UNREACHABLE, _short(str(error)))
    return Unseen(Reason.CREDENTIALS, f"{_short(str(error))}; sign in, or name a profile")


@functools.cache
def action(operation: str) -> str:
    """Return the IAM action of a call: "iam:ListRoles" of "iam.list_roles"."""
    if operation in _ACTIONS:
        return _ACTIONS[operation]
    service, _, method = operation.partition(".")
    description = _loaders.Loader().load_service_model(service, "service-2")
    names: list[str] = _model.ServiceModel(description, service).operation_names
    name = next(name for name in names if _names.xform_name(name) == method)
    return f"{_PREFIXES.get(service, service)}:{name}"


def _code(error: Any) -> str:  # noqa: ANN401  # botocore's ClientError
    return str(error.response.get("Error", {}).get("Code", ""))


def _said(error: Any) -> str:  # noqa: ANN401  # botocore's ClientError
    return _short(str(error.response.get("Error", {}).get("Message", "")))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:_LONGEST_MESSAGE]}..."
