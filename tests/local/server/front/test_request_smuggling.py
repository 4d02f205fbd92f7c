"""A request inside another is not answered as part of it: each needs a right of its own."""

from __future__ import annotations

import re
import socket
from urllib.parse import urlsplit

import pytest

from tests.local.clients import LocalAws

OPEN, SECRET = "/_mlops-stages/health", "/_mlops-stages/declared"


def get(path: str, *headers: str) -> str:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""])


INNER = get(SECRET, "Connection: close")
"""What a smuggler wants to have answered with the rights of the request around it."""


def answers(aws: LocalAws, request: str) -> list[str]:
    """The status of each answer to what is sent on one connection, until the server closes it."""
    parts = urlsplit(aws.endpoint.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request.encode("latin-1"))
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return re.findall(r"HTTP/1\.1 (\d{3}) ", received.decode("latin-1"))


def outer(*headers: str, body: str) -> str:
    """A request that anybody may make, around another."""
    return get(OPEN, *headers) + body


CHUNKED = f"0\r\n\r\n{INNER}"

AMBIGUOUS = {
    "length and chunks": outer(f"Content-Length: {len(CHUNKED)}", "Transfer-Encoding: chunked", body=CHUNKED),
    "chunks and length": outer("Transfer-Encoding: chunked", f"Content-Length: {len(CHUNKED)}", body=CHUNKED),
    "two lengths": outer("Content-Length: 0", f"Content-Length: {len(INNER)}", body=INNER),
    "a list of lengths": outer(f"Content-Length: 0, {len(INNER)}", body=INNER),
    "a signed length": outer("Content-Length: +0", body=INNER),
    "a hexadecimal length": outer("Content-Length: 0x0", body=INNER),
    "a space before the colon": outer(f"Content-Length : {len(INNER)}", body=INNER),
    "an unknown encoding": outer("Transfer-Encoding: xchunked", f"Content-Length: {len(CHUNKED)}", body=CHUNKED),
    "a chunk without a length": outer("Transfer-Encoding: chunked", body=f"x\r\n\r\n{INNER}"),
    "a folded header": outer("Content-Length: 0", "X-A: b", " Content-Length: 5", body=INNER),
    "a header without a name": outer(": value", "Content-Length: 0", body=INNER),
}


def test_two_requests_on_one_connection_are_both_answered(local_aws: LocalAws) -> None:
    assert answers(local_aws, get(OPEN) + get(OPEN, "Connection: close")) == ["200", "200"]


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_a_request_that_could_be_cut_in_two_ways_lends_no_right_to_what_is_in_it(
    local_aws: LocalAws, name: str
) -> None:
    inner = answers(local_aws, AMBIGUOUS[name])[1:]
    assert inner in ([], ["400"], ["403"])
