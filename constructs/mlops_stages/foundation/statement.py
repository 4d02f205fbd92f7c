"""IAM statements as data: what is allowed, on what, when, and why."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

PolicyDocument = dict[str, Any]
"""A policy in IAM's JSON, as CloudFormation takes it."""

_REFERENCE = re.compile(r"\$\{Token\[[^]]*\]\}")
_PSEUDO_PARAMETER = re.compile(r"\$\{Token\[AWS[.:][^]]*\]\}")
_LONGEST_REGION = "ap-southeast-1"  # as long as any region, account or partition
_LONGEST_ARN = "arn:aws-us-gov:kms:ap-southeast-1:111111111111:key/00000000-0000-0000-0000-000000000000"
MANAGED_POLICY_MAX_CHARACTERS = 6144
"""White space not counted (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One IAM statement; its `sid` reads as a sentence, and `why` says what a reviewer would ask.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[str] = ("*",)
    conditions: Mapping[str, Mapping[str, Any]] | None = None
    principals: Mapping[str, Sequence[str]] | Literal["*"] | None = None
    effect: Literal["Allow", "Deny"] = "Allow"
    why: str = ""

    def to_json(self, *, with_resource: bool = True) -> dict[str, Any]:
        """The statement in IAM's JSON; a trust policy has no resource."""
        document: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
        if self.principals is not None:
            document["Principal"] = "*" if self.principals == "*" else {k: list(v) for k, v in self.principals.items()}
        document["Action"] = sorted(self.actions)
        if with_resource:
            document["Resource"] = list(self.resources)
        if self.conditions:
            document["Condition"] = {operator: dict(keys) for operator, keys in self.conditions.items()}
        return document


def policy_document(statements: Iterable[Statement]) -> PolicyDocument:
    """An identity or resource policy of these statements."""
    return {"Version": "2012-10-17", "Statement": [s.to_json() for s in statements]}


def trust_policy(statements: Iterable[Statement]) -> PolicyDocument:
    """A role's trust policy of these statements."""
    return {"Version": "2012-10-17", "Statement": [s.to_json(with_resource=False) for s in statements]}


def size_in_iam(document: PolicyDocument) -> int:
    """Characters that IAM counts in a policy at most: a reference to a resource is taken for the ARN of a key."""
    written = json.dumps(document, separators=(",", ":"))
    return len(_REFERENCE.sub(_LONGEST_ARN, _PSEUDO_PARAMETER.sub(_LONGEST_REGION, written)))


def checked_policy(statements: Iterable[Statement], refusal: str) -> PolicyDocument:
    """The policy of these statements.

    Raises:
        ValueError: `refusal`, which has the code, what is too large and what to do, for a policy over IAM's size.
    """
    document = policy_document(statements)
    size = size_in_iam(document)
    if size > MANAGED_POLICY_MAX_CHARACTERS:
        message = f"{refusal} ({size} characters, at most {MANAGED_POLICY_MAX_CHARACTERS})"
        raise ValueError(message)
    return document


def actions_of(statements: Iterable[Statement]) -> tuple[str, ...]:
    """Every action that these statements allow, sorted, each once."""
    return tuple(sorted({action for s in statements if s.effect == "Allow" for action in s.actions}))
