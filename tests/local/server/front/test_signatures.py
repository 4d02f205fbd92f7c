"""Signature Version 4 as it is checked: botocore's signers sign, and everything that was not signed is refused."""

from __future__ import annotations

import datetime
import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from mlops_stages.local.server.front import signatures
from mlops_stages.local.server.front.signatures import Refused, Request

# By name, because botocore has no types to check.
_auth: Any = importlib.import_module("botocore.auth")
_awsrequest: Any = importlib.import_module("botocore.awsrequest")
_credentials: Any = importlib.import_module("botocore.credentials")

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
KEY, SECRET = "111111111111", "the secret of this start"
SIGNERS = {"s3": _auth.S3SigV4Auth, "s3-url": _auth.S3SigV4QueryAuth, "url": _auth.SigV4QueryAuth}

Signer = Callable[..., Request]
Change = Callable[[Request], Request]


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> Signer:
    """Sign a request as botocore does."""

    def sign(  # a request has this many parts
        service: str = "iam",
        *,
        by: str = "",
        method: str = "POST",
        url: str = "http://127.0.0.1:4599/",
        body: bytes = b"Action=ListUsers",
        secret: str = SECRET,
        at: datetime.datetime = NOW,
        headers: dict[str, str] | None = None,
    ) -> Request:
        monkeypatch.setattr(_auth, "get_current_datetime", lambda: at)
        request = _awsrequest.AWSRequest(method=method, url=url, data=body, headers=headers or {})
        credentials = _credentials.Credentials(KEY, secret)
        SIGNERS.get(by, _auth.SigV4Auth)(credentials, service, "eu-west-1").add_auth(request)
        parts = urlsplit(str(request.url))
        raw = [(name.encode(), str(value).encode()) for name, value in request.headers.items()]
        return Request.of(
            {
                "method": method,
                "raw_path": parts.path.encode(),
                "query_string": parts.query.encode(),
                "headers": [*raw, (b"host", parts.netloc.encode()), (b"user-agent", b"test")],
            }
        )

    return sign


def verify(request: Request, body: bytes = b"Action=ListUsers", *, now: datetime.datetime = NOW) -> None:
    signature = signatures.read(request)
    signatures.check_time(signature, now)
    actual = signatures.sha256([body])
    declared = signatures.declared_payload(request, signature)
    signatures.check(request, signature, SECRET, declared or actual)
    if len(declared) == len(actual) and declared != actual:
        raise signatures.mismatch(signature)


def refused(request: Request, body: bytes = b"Action=ListUsers", *, now: datetime.datetime = NOW) -> str:
    with pytest.raises(Refused) as found:
        verify(request, body, now=now)
    return found.value.code


def always(payload: str) -> Callable[..., str]:
    def say(*_: object) -> str:
        return payload

    return say


def with_header(request: Request, name: str, *values: str) -> Request:
    return replace(request, headers={**request.headers, name: values})


def without_header(request: Request, name: str) -> Request:
    return replace(request, headers={key: values for key, values in request.headers.items() if key != name})


def with_query(request: Request, name: str, value: str) -> Request:
    others = [pair for pair in request.query if pair[0] != name]
    return replace(request, query=[*others, (name, value)])


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4599/",
        "http://127.0.0.1:4599/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Af/invocations",
        "http://127.0.0.1:4599/a?b=c%20d&b=a&empty&x=%2Fy%2B",
    ],
)
def test_what_botocore_signs_is_taken(signed: Signer, url: str) -> None:
    verify(signed(url=url))


@pytest.mark.parametrize("path", ["bucket/key", "bucket/a//b/../c", "bucket/%E2%82%AC%20+&=;@,!'()*$~"])
def test_the_path_of_an_object_is_signed_as_it_is_sent(signed: Signer, path: str) -> None:
    verify(signed("s3", by="s3", method="PUT", url=f"http://127.0.0.1:4599/{path}", body=b"x"), b"x")
    verify(signed("s3", by="s3-url", method="GET", url=f"http://127.0.0.1:4599/{path}?versionId=1", body=b""), b"")


def test_a_body_that_is_not_the_signed_one_is_refused(signed: Signer) -> None:
    assert refused(signed(), b"Action=CreateUser&UserName=eve") == "SignatureDoesNotMatch"
    object_put = signed("s3", by="s3", method="PUT", url="http://127.0.0.1:4599/b/k", body=b"x")
    assert refused(object_put, b"y") == "SignatureDoesNotMatch"
    said = with_header(object_put, "x-amz-content-sha256", signatures.sha256([b"y"]))
    assert refused(said, b"y") == "SignatureDoesNotMatch"


@pytest.mark.parametrize("payload", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
def test_an_objects_content_need_not_be_signed_and_everything_else_must_be(
    signed: Signer, monkeypatch: pytest.MonkeyPatch, payload: str
) -> None:
    monkeypatch.setattr(_auth.S3SigV4Auth, "payload", always(payload))
    monkeypatch.setattr(_auth.SigV4Auth, "payload", always(payload))
    verify(signed("s3", by="s3", method="PUT", url="http://127.0.0.1:4599/b/k", body=b"x"), b"any")
    elsewhere = signed(headers={"X-Amz-Content-SHA256": payload})
    assert refused(elsewhere, b"any") == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    "payload", ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "0" * 63, "E" * 64]
)
def test_a_payload_of_another_kind_is_refused(signed: Signer, monkeypatch: pytest.MonkeyPatch, payload: str) -> None:
    monkeypatch.setattr(_auth.S3SigV4Auth, "payload", always(payload))
    put = signed("s3", by="s3", method="PUT", url="http://127.0.0.1:4599/b/k", body=b"x")
    assert refused(put, b"x") == "SignatureDoesNotMatch"


def test_a_secret_that_is_guessed_is_refused(signed: Signer) -> None:
    for guess in ("", "local", "test", SECRET[:-1]):
        assert refused(signed(secret=guess)) == "SignatureDoesNotMatch"


CHANGES: list[tuple[str, str, Change]] = [
    ("", "/", lambda r: replace(r, method="DELETE")),
    ("", "/", lambda r: replace(r, path="/other")),
    ("", "/a", lambda r: replace(r, path="/b/../a")),
    ("", "/a", lambda r: replace(r, path="//a")),
    ("", "/", lambda r: replace(r, query=[("Action", "CreateUser")])),
    ("", "/", lambda r: with_header(r, "host", "localhost:4599")),
    ("", "/", lambda r: with_header(r, "x-amz-target", "AWSOrganizationsV20161128.LeaveOrganization")),
    ("", "/", lambda r: with_header(r, "x-amz-security-token", "token")),
    ("", "/", lambda r: without_header(r, "host")),
    ("s3-url", "/b/k", lambda r: replace(r, path="/b/k2")),
    ("s3-url", "/b/k", lambda r: replace(r, path="/b/k#2")),
    ("s3-url", "/b/k", lambda r: replace(r, path="/b/k?2")),
    ("s3-url", "/b/k", lambda r: replace(r, path="/b/%6b")),
    ("s3-url", "/b/k", lambda r: replace(r, method="DELETE")),
    ("s3-url", "/b/k", lambda r: with_query(r, "versionId", "2")),
    ("s3-url", "/b/k", lambda r: with_query(r, "X-Amz-Expires", "604800")),
    ("s3-url", "/b/k", lambda r: with_header(r, "x-amz-copy-source", "/other/secret")),
    ("s3-url", "/b/k", lambda r: with_header(r, "x-amz-content-sha256", "UNSIGNED-PAYLOAD")),
]


@pytest.mark.parametrize(("by", "url", "change"), CHANGES)
def test_nothing_of_a_signed_request_can_be_changed(signed: Signer, by: str, url: str, change: Change) -> None:
    service, body = ("s3", b"") if by else ("iam", b"Action=ListUsers")
    request = signed(service, by=by, method="GET" if by else "POST", url=f"http://127.0.0.1:4599{url}", body=body)
    verify(request, body)
    assert refused(change(request), body) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("minutes", [-15, 15])
def test_the_clock_may_be_a_quarter_of_an_hour_wrong(signed: Signer, minutes: int) -> None:
    then = NOW + datetime.timedelta(minutes=minutes)
    verify(signed(at=then))
    further = then + datetime.timedelta(seconds=minutes / 15)
    assert refused(signed(at=further)) == "RequestTimeTooSkewed"


def test_a_presigned_url_is_good_for_its_seconds_and_not_yet_before(signed: Signer) -> None:
    request = signed("s3", by="s3-url", method="GET", url="http://127.0.0.1:4599/b/k", body=b"")
    verify(request, b"", now=NOW + datetime.timedelta(seconds=3600))
    assert refused(request, b"", now=NOW + datetime.timedelta(seconds=3601)) == "RequestExpired"
    assert refused(request, b"", now=NOW - datetime.timedelta(minutes=16)) == "RequestTimeTooSkewed"


def test_a_presigned_call_of_another_service_signs_its_body_too(signed: Signer) -> None:
    url = "http://127.0.0.1:4599/?Action=GetCallerIdentity&Version=2011-06-15"
    request = signed("sts", by="url", method="GET", url=url, body=b"")
    verify(request, b"")
    assert refused(request, b"Action=AssumeRole") == "SignatureDoesNotMatch"


@pytest.mark.parametrize("seconds", ["0", "-1", "604801", "1e3", "", "\u0663", "9" * 5000])
def test_a_presigned_url_is_good_for_a_week_at_most(signed: Signer, seconds: str) -> None:
    request = signed("s3", by="s3-url", method="GET", url="http://127.0.0.1:4599/b/k", body=b"")
    assert refused(with_query(request, "X-Amz-Expires", seconds), b"") == "IncompleteSignature"


CREDENTIAL = f"{KEY}/20260301/eu-west-1/iam/aws4_request"
GOOD = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        ("", "UnsupportedSignature"),
        ("AWS 111111111111:c2lnbmF0dXJl", "UnsupportedSignature"),
        ("Basic QVdTOnRva2Vu", "UnsupportedSignature"),
        ("Bearer the secret of this start", "UnsupportedSignature"),
        (GOOD.replace("HMAC", "ECDSA-P256"), "UnsupportedSignature"),
        (GOOD.lower(), "UnsupportedSignature"),
        ("AWS4-HMAC-SHA256 ", "IncompleteSignature"),
        (GOOD.replace("SignedHeaders", "signedheaders"), "IncompleteSignature"),
        (GOOD + ", Credential=222222222222/20260301/eu-west-1/iam/aws4_request", "IncompleteSignature"),
        (GOOD.replace("host;x-amz-date", "Credential=222222222222/"), "IncompleteSignature"),
        (GOOD.replace("host;x-amz-date", ""), "IncompleteSignature"),
        (GOOD.replace("0" * 64, "00"), "IncompleteSignature"),
        (GOOD.replace("0" * 64, ""), "IncompleteSignature"),
        (GOOD.replace("/aws4_request", ""), "IncompleteSignature"),
        (GOOD.replace(KEY, "\u0661" * 12), "IncompleteSignature"),
        (GOOD.replace(KEY, ""), "IncompleteSignature"),
        (GOOD.replace("20260301", "20260302"), "CredentialDateMismatch"),
        (GOOD, "SignatureDoesNotMatch"),
    ],
)
def test_an_authorization_of_another_form_is_refused(signed: Signer, authorization: str, code: str) -> None:
    assert refused(with_header(signed(), "authorization", authorization)) == code


@pytest.mark.parametrize("name", ["authorization", "host", "x-amz-date", "content-type"])
def test_what_is_said_twice_is_refused(signed: Signer, name: str) -> None:
    request = signed(headers={"Content-Type": "application/x-www-form-urlencoded"})
    verify(request)
    assert refused(with_header(request, name, *request.headers[name], "other")) == "IncompleteSignature"


def test_a_request_is_signed_in_one_place(signed: Signer) -> None:
    request = signed()
    both = with_query(request, "X-Amz-Credential", "222222222222/20260301/eu-west-1/iam/aws4_request")
    assert refused(both) == "IncompleteSignature"
    lower = with_query(request, "x-amz-credential", "222222222222/20260301/eu-west-1/iam/aws4_request")
    assert refused(lower) == "IncompleteSignature"
    assert refused(with_query(request, "AWSAccessKeyId", "222222222222")) == "UnsupportedSignature"
    assert refused(replace(request, headers={"host": ["127.0.0.1"]})) == "MissingAuthenticationToken"


@pytest.mark.parametrize("name", ["X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders"])
def test_a_presigned_url_names_each_of_its_parts_once(signed: Signer, name: str) -> None:
    request = signed("s3", by="s3-url", method="GET", url="http://127.0.0.1:4599/b/k", body=b"")
    twice = replace(request, query=[*request.query, (name, "other")])
    assert refused(twice, b"") == "IncompleteSignature"
    left = replace(request, query=[pair for pair in request.query if pair[0] != name])
    assert refused(left, b"") == "IncompleteSignature"
    spelled = replace(request, query=[(key.lower() if key == name else key, value) for key, value in request.query])
    assert refused(spelled, b"") == "IncompleteSignature"


def test_an_object_says_what_its_body_is(signed: Signer) -> None:
    put = signed("s3", method="PUT", url="http://127.0.0.1:4599/b/k", body=b"x")
    assert refused(put, b"x") == "SignatureDoesNotMatch"
