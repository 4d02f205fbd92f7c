"""Where AWS clients go: the variables that are set and those that are taken out."""

from __future__ import annotations

import pytest

from mlops_stages.local.endpoint import Endpoint, environment, past_proxies, settings

LOCAL = environment(Endpoint("http://127.0.0.1:4599", "s3cret"), "111111111111", "eu-west-1")


def test_every_other_variable_of_aws_is_taken_out() -> None:
    found = settings(LOCAL, {"AWS_ENDPOINT_URL_MADE_UP": "http://x", "AWS_REGION": "us-east-1", "EDITOR": "vi"})
    assert "AWS_ENDPOINT_URL_MADE_UP" in found.unset
    assert not set(found.unset) & set(found.variables)
    assert found.applied({"AWS_PROFILE": "corp", "EDITOR": "vi", "AWS_REGION": "us-east-1"}) == {
        **LOCAL,
        "EDITOR": "vi",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def test_what_is_strongest_is_taken_out_even_where_it_is_not_seen() -> None:
    strong = {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_ENDPOINT_URL_STS"}
    assert strong <= set(settings(LOCAL, {}).unset)


def test_a_token_of_the_holder_is_kept() -> None:
    found = settings({**LOCAL, "AWS_SESSION_TOKEN": "token"}, {"AWS_SESSION_TOKEN": "left over"})
    assert "AWS_SESSION_TOKEN" not in found.unset
    assert found.variables["AWS_SESSION_TOKEN"] == "token"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "127.0.0.1"),
        ({"NO_PROXY": "corp.example, .local"}, "corp.example,.local,127.0.0.1"),
        ({"NO_PROXY": "upper.example", "no_proxy": "lower.example"}, "lower.example,127.0.0.1"),
        ({"no_proxy": "127.0.0.1"}, "127.0.0.1"),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_hosts_that_no_proxy_is_asked_for_stay_and_this_machine_joins_them(
    environ: dict[str, str], expected: str
) -> None:
    assert past_proxies(environ) == {"NO_PROXY": expected, "no_proxy": expected}


def test_lines_are_quoted_for_a_shell() -> None:
    lines = settings({"AWS_SESSION_TOKEN": "a'b $(date) =c"}, {}).lines()
    assert lines[0].startswith("unset AWS_CA_BUNDLE ")
    assert lines[1] == """export AWS_SESSION_TOKEN='a'"'"'b $(date) =c'"""
