"""What `mlops-stages preflight` asks, and the policy that lets it: from the checks themselves."""

import json
from collections.abc import Mapping
from typing import Any

from docs.tables.markdown import code, table
from mlops_stages.preflight import CHECKS
from mlops_stages.preflight.aws import action
from mlops_stages.preflight.run import OF_THE_RUN

NARROWED: Mapping[str, tuple[str, str]] = {
    "s3:ListBucket": ("FindBucketsOfThePlatform", "arn:aws:s3:::PLATFORM-*"),
    "ssm:GetParameter": ("ReadBootstrapVersion", "arn:aws:ssm:*:*:parameter/cdk-bootstrap/*"),
}
"""Actions that read what is in a resource, with the sid and the one resource of their statement.

On every resource they would show the names of all objects, and the secrets that an account keeps as parameters.
"""


def checks() -> str:
    """One row a check."""
    rows = [(row.code, row.severity.value, row.looks_at, row.breaks, "") for row in OF_THE_RUN]
    rows += [
        (check.code, check.severity.value, check.looks_at, check.breaks, ", ".join(map(code, _actions(check.asks))))
        for check in CHECKS
    ]
    return table(("code", "severity", "what it looks at", "what breaks", "asks"), rows)


def policy() -> str:
    """The policy that lets a preflight see everything, as JSON."""
    return json.dumps(document(), indent=2) + "\n"


def document() -> dict[str, Any]:
    """The policy document: every action that a check asks, and no other."""
    asked = {name for check in CHECKS for name in _actions(check.asks)}
    return {
        "Version": "2012-10-17",
        "Statement": [
            _statement("ReadForPreflight", sorted(asked - NARROWED.keys()), "*"),
            *(_statement(sid, [name], resource) for name, (sid, resource) in NARROWED.items() if name in asked),
        ],
    }


def _statement(sid: str, actions: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _actions(asks: tuple[str, ...]) -> list[str]:
    return sorted({action(operation) for operation in asks})
