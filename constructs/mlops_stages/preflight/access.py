"""With whose credentials each account is asked: the user's own, a profile of theirs, or the CDK's lookup role."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mlops_stages.preflight.aws import Account, Unseen, client_config, unseen
from mlops_stages.preflight.findings import Reason

# By name, because boto3 and botocore have no types to check.
_boto3: Any = importlib.import_module("boto3")
_botocore: Any = importlib.import_module("botocore.session")
_exceptions: Any = importlib.import_module("botocore.exceptions")

_SESSION_NAME = "mlops-stages-preflight"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who the user's credentials are."""

    account: str
    arn: str


class Access(Protocol):
    """Gives the accounts that are asked."""

    def caller(self) -> Caller:
        """Who asks. Raises Unseen where there are no credentials, or none that AWS accepts."""
        ...

    def account(self, id: str) -> Account:
        """An account to ask. Raises Unseen, with what to do, where no credentials lead to it."""
        ...


class UserAccess:
    """The user's credentials, as every AWS tool finds them: environment, profile, IAM Identity Center.

    Their own account is asked with them, unless they are for taking on roles alone; an account with a profile of its
    own with that; the others by the role that `cdk bootstrap` makes for looking (`lookup_roles`: ARNs by account).
    """

    def __init__(
        self,
        region: str,
        *,
        profiles: Mapping[str, str],
        lookup_roles: Mapping[str, str],
        by_roles_alone: bool = False,
    ) -> None:
        self._region = region
        self._profiles = profiles
        self._lookup_roles = lookup_roles
        self._by_roles_alone = by_roles_alone
        self._sessions = _Sessions(region)
        self._caller: Caller | None = None

    def caller(self) -> Caller:
        """Who the user's credentials are. Raises Unseen."""
        if self._caller is None:
            self._caller = _identity(self._sessions.own(None), self._region)
        return self._caller

    def account(self, id: str) -> Account:
        """Return the account, by the first way that there is. Raises Unseen."""
        if id in self._profiles:
            return self._by_profile(id, self._profiles[id])
        caller = self.caller()
        own = caller.account == id and not self._by_roles_alone
        session = self._sessions.own(None) if own else self._assumed(id, caller)
        return Account(id, self._region, self._sessions.clients(session))

    def _by_profile(self, id: str, profile: str) -> Account:
        try:
            session = self._sessions.own(profile)
        except _exceptions.BotoCoreError as error:
            raise Unseen(Reason.CREDENTIALS, f"profile {profile}: {error}") from error
        found = _identity(session, self._region).account
        if found != id:
            raise Unseen(Reason.CREDENTIALS, f"profile {profile} is of account {found}; name one of account {id}")
        return Account(id, self._region, self._sessions.clients(session))

    def _assumed(self, id: str, caller: Caller) -> Any:  # noqa: ANN401  # boto3's session
        role = self._lookup_roles.get(id)
        if role is None:
            raise Unseen(Reason.CREDENTIALS, f"no role leads there; give --profile {id}=NAME")
        sts = _client(self._sessions.own(None), "sts", self._region)
        try:
            given = sts.assume_role(RoleArn=role, RoleSessionName=_SESSION_NAME)["Credentials"]
        except (_exceptions.BotoCoreError, _exceptions.ClientError, OSError) as error:
            why = unseen("sts.assume_role", error)
            if why.reason is not Reason.DENIED:
                raise why from error
            name = role.rpartition("/")[2]
            message = (
                f"{caller.arn} may not assume {name}: the account is not bootstrapped, or trusts account "
                f"{caller.account} with no look-ups; give --profile {id}=NAME"
            )
            raise Unseen(Reason.DENIED, message, "sts:AssumeRole") from error
        return self._sessions.given(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


class LocalAccess:
    """The root of each account of a local AWS."""

    def __init__(self, url: str, secret: str, region: str, home: str) -> None:
        self._url = url
        self._secret = secret
        self._region = region
        self._home = home
        self._sessions = _Sessions(region)

    def caller(self) -> Caller:
        """The root of the home account."""
        return Caller(account=self._home, arn=f"arn:aws:iam::{self._home}:root")

    def account(self, id: str) -> Account:
        """Return the account; its id is the access key of its root."""
        root = self._sessions.given(id, self._secret, None)
        return Account(id, self._region, self._sessions.clients(root, self._url))


class _Sessions:
    """Sessions that share what botocore loads, and make one client at a time: it is not safe to make two at once."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._lock = threading.Lock()
        self._own: dict[str | None, Any] = {}
        self._loader: Any = None

    def own(self, profile: str | None) -> Any:  # noqa: ANN401  # boto3's session
        """A session of the user's own credentials. Raises botocore's errors for a profile that does not exist."""
        with self._lock:
            if profile not in self._own:
                self._own[profile] = self._made(_boto3.session.Session, profile_name=profile)
            return self._own[profile]

    def given(self, key: str, secret: str, token: str | None) -> Any:  # noqa: ANN401  # boto3's session
        """A session of temporary credentials."""
        with self._lock:
            return self._made(
                _boto3.session.Session, aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token
            )

    def clients(self, session: Any, endpoint: str | None = None) -> Any:  # noqa: ANN401  # boto3's
        """What makes the clients of a session."""

        def client(service: str, region: str) -> Any:  # noqa: ANN401  # built at run time
            with self._lock:
                return _client(session, service, region, endpoint)

        return client

    def _made(self, session: Any, **arguments: Any) -> Any:  # noqa: ANN401  # boto3's
        inner = _botocore.get_session()
        if self._loader is None:
            self._loader = inner.get_component("data_loader")
        else:
            inner.register_component("data_loader", self._loader)
        return session(botocore_session=inner, region_name=self._region, **arguments)


def _client(session: Any, service: str, region: str, endpoint: str | None = None) -> Any:  # noqa: ANN401  # boto3's
    return session.client(service, region_name=region, endpoint_url=endpoint, config=client_config())


def _identity(session: Any, region: str) -> Caller:  # noqa: ANN401  # boto3's session
    try:
        found = _client(session, "sts", region).get_caller_identity()
    except (_exceptions.BotoCoreError, _exceptions.ClientError, OSError) as error:
        raise unseen("sts.get_caller_identity", error) from error
    return Caller(account=str(found["Account"]), arn=str(found["Arn"]))
