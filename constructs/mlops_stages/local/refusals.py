"""What botocore raises when an AWS API refuses a call, with types."""

from __future__ import annotations

import importlib
from typing import Any, cast

_exceptions: Any = importlib.import_module("botocore.exceptions")  # by name, because botocore has no types to check

ClientError: type[Exception] = _exceptions.ClientError
"""An API answered with an error."""

BotoCoreError: type[Exception] = _exceptions.BotoCoreError
"""The call did not come to an answer."""


def code(error: Exception) -> str:
    """Return the error code that an API answered with; empty where it gave none."""
    return str(response(error).get("Error", {}).get("Code", ""))


def message(error: Exception) -> str:
    """Return the message that an API answered with; empty where it gave none."""
    return str(response(error).get("Error", {}).get("Message", ""))


def status(error: Exception) -> int:
    """Return the HTTP status of the answer, 0 where there was none."""
    return int(response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def response(error: Exception) -> dict[str, Any]:
    """Return all that an API answered with; empty where there was no answer, of which botocore says None."""
    found = getattr(error, "response", None)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
