"""Whom a Lambda function acts as: its execution role, as Lambda assumes it for each execution environment."""

from __future__ import annotations

from mlops_stages.local.server import engine
from mlops_stages.local.server.sts import sessions

_SERVICE = "lambda.amazonaws.com"


def credentials(role_arn: str, function_arn: str, name: str) -> dict[str, str]:
    """Return credentials of a function's role for an hour. Raises RuntimeError where Lambda may not assume it.

    The session has the function's name, as on AWS; its secret is random.
    """
    account, region = function_arn.split(":")[4], function_arn.split(":")[3]
    request = {"role_arn": role_arn, "service": _SERVICE, "source_arn": function_arn, "source_account": account}
    with engine.within(account, region):
        try:
            return sessions.assume_as_service(request, session_name=name)
        except sessions.Refused as refused:
            raise RuntimeError(
                f"The role defined for the function cannot be assumed by Lambda. ({refused.message})"
            ) from refused
