"""Signature Version 4, checked: whose key a request claims, and whether it is signed with that key's secret.

The canonical request is botocore's own. What AWS lets a signature leave out is refused where it could change what a
signed request means: every `x-amz-*` header is signed, the path is the one that is served, nothing is said twice.
Signature Version 2, Version 4A, forms (POST policies) and signed chunks are not taken.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

# By name, because botocore has no types to check.
_auth: Any = importlib.import_module("botocore.auth")
_awsrequest: Any = importlib.import_module("botocore.awsrequest")
_utils: Any = importlib.import_module("botocore.utils")

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = datetime.timedelta(minutes=15)
"""How far the time of a signature may be from now."""

_LONGEST_S = 7 * 24 * 3600
_UNSIGNED = frozenset({"UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"})
_CONTENT = "x-amz-content-sha256"
_QUERY = {
    name.lower(): name
    for name in (
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-Security-Token",
        "X-Amz-Signature",
        "X-Amz-SignedHeaders",
    )
}
_OF_VERSION_2 = frozenset({"awsaccesskeyid", "signature", "signatureversion"})
_ONCE = ("authorization", "host", "content-type", "x-amz-date", "x-amz-security-token", "x-amz-target", _CONTENT)
_CREDENTIAL = re.compile(r"(\w{1,128})/([0-9]{8})/([a-z0-9-]{1,64})/([A-Za-z0-9._-]{1,64})/aws4_request", re.ASCII)
_TIME = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_HASH = re.compile(r"[0-9a-f]{64}")
_HEADER_NAMES = re.compile(r"[a-z0-9-]+(;[a-z0-9-]+)*")
_PATH = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")


@dataclass(frozen=True)
class Refused(Exception):  # noqa: N818  # not an error of ours: the answer is no
    """The request is not signed, or not as AWS asks; `code` as ministack words it in each protocol."""

    code: str
    message: str
    service: str = ""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as it came: nothing decoded but the query, every header by its name in lower case."""

    method: str
    path: str
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, Sequence[str]]

    @staticmethod
    def of(scope: Mapping[str, Any]) -> Request:
        """Return the request of an ASGI scope."""
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(_text(value))
        query = parse_qsl(_text(scope.get("query_string", b"")), keep_blank_values=True)
        return Request(method=scope["method"], path=_text(scope["raw_path"]), query=query, headers=headers)

    def header(self, name: str) -> str:
        """Return a header that comes once at most, empty where it does not."""
        return self.headers.get(name, [""])[0]


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a request says of its signature."""

    key: str
    day: str
    region: str
    service: str
    time: str
    headers: tuple[str, ...]
    value: str
    token: str
    seconds: int | None
    """How long a presigned URL is good for; None for a signature in the Authorization header."""


def read(request: Request) -> Signature:
    """Return what the request says of its signature. Raises Refused."""
    names = {name.lower() for name, _ in request.query}
    authorization = "authorization" in request.headers
    if any(len(request.headers.get(name, ())) > 1 for name in _ONCE):
        raise Refused("IncompleteSignature", "A header that is signed comes twice.")
    if names & _OF_VERSION_2 or request.header("authorization").startswith("AWS "):
        raise Refused(
            "UnsupportedSignature",
            f"The authorization mechanism you have provided is not supported. Please use {ALGORITHM}.",
            "s3" if "awsaccesskeyid" in names and "signatureversion" not in names else "",
        )
    in_query = bool(names & _QUERY.keys())
    if not authorization and not in_query:
        raise Refused("MissingAuthenticationToken", "Request is missing Authentication Token")
    if authorization and in_query:
        raise Refused("IncompleteSignature", "Only one authentication mechanism may be used at a time.")
    return _of_query(request) if in_query else _of_header(request)


def _of_header(request: Request) -> Signature:
    algorithm, _, rest = request.header("authorization").partition(" ")
    pairs = [part.strip().partition("=") for part in rest.split(",")]
    fields = {name: value for name, _, value in pairs}
    if algorithm != ALGORITHM:
        raise Refused("UnsupportedSignature", f"Please use {ALGORITHM}.")
    if len(pairs) != 3 or fields.keys() != {"Credential", "SignedHeaders", "Signature"}:
        raise Refused(
            "IncompleteSignature",
            "The Authorization header requires Credential, SignedHeaders and Signature, each once.",
        )
    return _signature(
        fields["Credential"],
        fields["SignedHeaders"],
        fields["Signature"],
        request.header("x-amz-date"),
        request.header("x-amz-security-token"),
        None,
    )


def _of_query(request: Request) -> Signature:
    found = [(name, value) for name, value in request.query if name.lower() in _QUERY]
    fields = dict(found)
    needed = set(_QUERY.values()) - {"X-Amz-Security-Token"}
    if len(fields) != len(found) or fields.keys() - set(_QUERY.values()) or needed - fields.keys():
        raise Refused("IncompleteSignature", f"A signed URL has each of {', '.join(sorted(needed))} once.")
    if fields["X-Amz-Algorithm"] != ALGORITHM:
        raise Refused("UnsupportedSignature", f"Please use {ALGORITHM}.")
    expires = fields["X-Amz-Expires"]
    if not (expires.isascii() and expires.isdigit() and len(expires) < 7 and 0 < int(expires) <= _LONGEST_S):
        raise Refused("IncompleteSignature", f"X-Amz-Expires must be from 1 to {_LONGEST_S} seconds.")
    return _signature(
        fields["X-Amz-Credential"],
        fields["X-Amz-SignedHeaders"],
        fields["X-Amz-Signature"],
        fields["X-Amz-Date"],
        fields.get("X-Amz-Security-Token", ""),
        int(expires),
    )


def _signature(credential: str, headers: str, value: str, time: str, token: str, seconds: int | None) -> Signature:
    scope = _CREDENTIAL.fullmatch(credential)
    if scope is None:
        raise Refused("IncompleteSignature", "Credential must be KEY/YYYYMMDD/REGION/SERVICE/aws4_request.")
    key, day, region, service = scope.groups()
    if not (_HEADER_NAMES.fullmatch(headers) and _HASH.fullmatch(value) and _TIME.fullmatch(time)):
        raise Refused(
            "IncompleteSignature", "SignedHeaders, Signature or the date (X-Amz-Date) is missing or malformed.", service
        )
    if time[:8] != day:
        raise Refused("CredentialDateMismatch", "The date of the Credential is not that of the request.", service)
    return Signature(
        key=key,
        day=day,
        region=region,
        service=service,
        time=time,
        headers=tuple(headers.split(";")),
        value=value,
        token=token,
        seconds=seconds,
    )


def check_time(signature: Signature, now: datetime.datetime) -> None:
    """Refuse what is signed too long ago, or not yet. Raises Refused."""
    try:
        signed = datetime.datetime.strptime(signature.time, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.UTC)
    except ValueError:
        raise Refused("IncompleteSignature", "X-Amz-Date is not a date.", signature.service) from None
    lasts = SKEW if signature.seconds is None else datetime.timedelta(seconds=signature.seconds)
    if now > signed + lasts:
        if signature.seconds is not None:
            raise Refused("RequestExpired", "Request has expired", signature.service)
        raise Refused("RequestTimeTooSkewed", f"Signature expired: {signature.time} is too long ago", signature.service)
    if signed > now + SKEW:
        message = f"Signature not yet current: {signature.time} is still to come"
        raise Refused("RequestTimeTooSkewed", message, signature.service)


def declared_payload(request: Request, signature: Signature) -> str:
    """Return what the request says that its body is: a SHA-256, or that none is signed; empty where it does not say.

    Raises Refused for what may not be said.
    """
    service = signature.service
    said = request.header(_CONTENT) or dict(request.query).get("X-Amz-Content-Sha256", "")
    if not said and service == "s3":
        if signature.seconds is not None:
            return "UNSIGNED-PAYLOAD"
        raise Refused("SignatureDoesNotMatch", f"Missing required header for this request: {_CONTENT}", service)
    if not said or _HASH.fullmatch(said) or (service == "s3" and said in _UNSIGNED):
        return said
    raise Refused("SignatureDoesNotMatch", f"{_CONTENT} must be a SHA-256 here, or {' or '.join(_UNSIGNED)}", service)


def check(request: Request, signature: Signature, secret: str, payload: str) -> None:
    """Refuse a request that is not signed with the secret; `payload` is what stands for its body. Raises Refused."""
    signed = set(signature.headers)
    headers = _awsrequest.HTTPHeaders()
    for name, values in request.headers.items():
        if name in signed:
            for value in values:
                headers[name] = value
        elif name == "host" or name.startswith("x-amz-"):
            raise Refused("SignatureDoesNotMatch", f"The header {name} is not signed.", signature.service)
    canonical_path = _utils.normalize_url_path(request.path)
    if not _PATH.fullmatch(request.path) or (signature.service != "s3" and canonical_path != request.path):
        raise Refused("SignatureDoesNotMatch", "The path is not in its normal form.", signature.service)
    prepared = SimpleNamespace(
        method=request.method,
        url=f"http://localhost{request.path}",
        params=[pair for pair in request.query if pair[0] != "X-Amz-Signature"],
        headers=headers,
        context={"timestamp": signature.time},
    )
    signer = (_S3 if signature.service == "s3" else _Plain)(signature, secret, payload)
    computed = signer.signature(signer.string_to_sign(prepared, signer.canonical_request(prepared)), prepared)
    if len(signed & request.headers.keys()) != len(signature.headers) or not hmac.compare_digest(
        computed, signature.value
    ):
        raise mismatch(signature)


def mismatch(signature: Signature) -> Refused:
    """Return the refusal of a request that its key's secret did not sign."""
    return Refused(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method.",
        signature.service,
    )


def sha256(chunks: Sequence[bytes]) -> str:
    """Return the SHA-256 of a body."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


class _Plain(_auth.SigV4Auth):
    """botocore's signer, for the headers and the body that a signature is of."""

    def __init__(self, signature: Signature, secret: str, payload: str) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            SimpleNamespace(secret_key=secret), signature.service, signature.region
        )
        self._payload = payload

    def headers_to_sign(self, request: Any) -> Any:  # noqa: ANN401  # botocore's
        return request.headers

    def payload(self, request: Any) -> str:  # noqa: ANN401  # botocore's
        del request
        return self._payload


class _S3(_Plain):
    def _normalize_url_path(self, path: str) -> str:
        return path


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
