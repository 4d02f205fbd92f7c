"""Requests written by hand, and signed as botocore signs them."""

from __future__ import annotations

import http.client
import importlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tests.local.clients import REGION, Credentials, LocalAws

# By name, because botocore has no types to check.
_auth: Any = importlib.import_module("botocore.auth")
_awsrequest: Any = importlib.import_module("botocore.awsrequest")
_credentials: Any = importlib.import_module("botocore.credentials")

Answer = tuple[int, Mapping[str, str], bytes]


def send(aws: LocalAws, method: str, target: str, body: bytes = b"", /, **headers: str) -> Answer:
    """One request as it is written: status, headers and body of the answer."""
    connection = http.client.HTTPConnection(urlsplit(aws.endpoint.url).netloc, timeout=30)
    try:
        connection.putrequest(method, target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def signed(
    aws: LocalAws, who: Credentials, service: str, method: str, path: str, body: bytes = b"", /, **headers: str
) -> dict[str, str]:
    """The headers of a request, signed as botocore does."""
    request = _awsrequest.AWSRequest(method, aws.endpoint.url + path, headers=headers, data=body)
    signer = _auth.S3SigV4Auth if service == "s3" else _auth.SigV4Auth
    signer(_credentials.Credentials(who.key, who.secret, who.token), service, REGION).add_auth(request)
    return {name.replace("-", "_"): str(value) for name, value in request.headers.items()}
