"""What is told of a call to AWS that failed, whether or not it came to an answer."""

import importlib
from typing import Any

import pytest

from mlops_stages.local import refusals

_exceptions: Any = importlib.import_module("botocore.exceptions")  # by name, because botocore has no types to check

ANSWER = {"Error": {"Code": "AccessDenied", "Message": "not you"}, "ResponseMetadata": {"HTTPStatusCode": 403}}


def test_what_was_answered_is_told() -> None:
    error = refusals.ClientError(ANSWER, "PutObject")
    assert (refusals.code(error), refusals.message(error), refusals.status(error)) == ("AccessDenied", "not you", 403)
    assert refusals.response(error) == ANSWER


@pytest.mark.parametrize(
    "error",
    [
        _exceptions.ReadTimeoutError(endpoint_url="https://sqs.eu-west-1.amazonaws.com"),
        _exceptions.EndpointConnectionError(endpoint_url="https://sqs.eu-west-1.amazonaws.com"),
        _exceptions.NoCredentialsError(),
        ValueError("something else"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_where_no_answer_came_nothing_is_made_up(error: Exception) -> None:
    assert (refusals.code(error), refusals.message(error), refusals.status(error)) == ("", "", 0)
    assert refusals.response(error) == {}
