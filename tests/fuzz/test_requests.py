"""Hostile requests of every protocol: each is answered, soon, and none is an error of the server's own."""

from __future__ import annotations

import http.client
import importlib
import time
from typing import Any
from urllib.parse import urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.requests import model, request
from tests.local.clients import REGION, LocalAws

_auth: Any = importlib.import_module("botocore.auth")
_awsrequest: Any = importlib.import_module("botocore.awsrequest")

ACCOUNT = "111111111111"
NOT_EMULATED = 501
SEEDS_AN_EXAMPLE = 3


class Sender:
    """Signs requests as the root of an account, and sends them as they are."""

    def __init__(self, aws: LocalAws) -> None:
        self.address = urlsplit(aws.endpoint.url)
        self.credentials = aws.client("sts", ACCOUNT)._request_signer._credentials

    def send(self, seed: int) -> tuple[int, bytes]:
        """Send the request of a number; the status and the body of the answer."""
        made = request(seed)
        url = f"http://{self.address.netloc}{made.path}"
        unsigned = _awsrequest.AWSRequest(made.method, url, data=made.body, headers=made.headers)
        kind = _auth.S3SigV4Auth if made.service == "s3" else _auth.SigV4Auth
        kind(self.credentials, model(made.service).signing_name, REGION).add_auth(unsigned)
        connection = http.client.HTTPConnection(str(self.address.hostname), self.address.port, timeout=60)
        try:
            connection.request(made.method, made.path, body=made.body, headers=dict(unsigned.headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@settings(max_examples=max(100, settings().max_examples))
@given(seeds=st.lists(st.integers(0, 2**32), min_size=SEEDS_AN_EXAMPLE, max_size=SEEDS_AN_EXAMPLE))
def test_every_request_is_answered_and_none_is_a_fault_of_the_server(local_aws: LocalAws, seeds: list[int]) -> None:
    sender = Sender(local_aws)
    for seed in seeds:
        began = time.monotonic()
        status, body = sender.send(seed)
        assert time.monotonic() - began < 30, seed
        assert status < 500 or status == NOT_EMULATED, (seed, body[:300])
        assert b"Traceback" not in body, seed
        assert len(body) < 2_000_000
    assert local_aws.ask("GET", "/_mlops-stages/health")[0] == 200
