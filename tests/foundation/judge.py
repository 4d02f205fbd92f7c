"""An independent judge of policies: ministack's IAM evaluator, which knows nothing of this project."""

import importlib
import json
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from mlops_stages.condition_keys import Spelling, supplied
from tests.foundation.built import ACCOUNT, ORGANIZATION, REGION, Json

_evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")
spelling = Spelling.NEWER
"""In which spelling condition keys that have two are supplied; the fixture `either_spelling` tries each."""

_TAG = re.compile(r"\$\{aws:PrincipalTag/(\w+)\}")


@contextmanager
def _owner_as_told() -> Generator[None]:
    """Take the owner of a resource from the request, where it tells one; the evaluator would take the caller."""
    resolve: Callable[[str, Any], Any] = _evaluator._resolve_condition_key

    def resolve_key(key: str, asked: Any) -> Any:  # noqa: ANN401
        told = asked.service_context.get(key.lower()) if key.lower() == "aws:resourceaccount" else None
        return resolve(key, asked) if told is None else told

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_evaluator, "_resolve_condition_key", resolve_key)
        yield


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whoever asks: the tags and the policies of their role, and the boundary over it."""

    policies: Sequence[Json] = ()
    boundary: Json | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    account: str = ACCOUNT
    organization: str = ORGANIZATION
    role: str = "acme-fraud-ann"
    user_id: str = "AROAEXAMPLE:session"

    def may(self, action: str, resource: str = "*", *, region: str = REGION, **context: Any) -> bool:  # noqa: ANN401
        """Say whether the role's own policies, under the boundary, allow a request."""
        limits = [[self._parsed(self.boundary)]] if self.boundary is not None else []
        asked = self._request(action, resource, region, context)
        verdict = _evaluator.evaluate(asked, [self._parsed(policy) for policy in self.policies], *limits)
        return verdict.decision == "Allow"

    def passes(self, policy: Json, action: str, resource: str = "*", **context: Any) -> str:  # noqa: ANN401
        """What the policy of a bucket, key, topic or endpoint says: Allow, Deny, or ImplicitDeny for nothing."""
        with _owner_as_told():
            return _evaluator.evaluate_resource_policy(
                policy, self._request(action, resource, REGION, context)
            ).decision

    def _request(self, action: str, resource: str, region: str, context: Mapping[str, Any]) -> Any:  # noqa: ANN401
        # Python's keywords cannot hold a colon: sagemaker__VpcSubnets is sagemaker:VpcSubnets, aws_ is aws:.
        named = supplied({key.replace("__", ":"): value for key, value in context.items()}, spelling)
        keys = {key.lower(): value for key, value in named.items()}
        session = f"arn:aws:sts::{self.account}:assumed-role/{self.role}/session"
        return _evaluator.EvalContext(
            # AWS compares aws:PrincipalArn with the role, path included, and not with the session.
            principal_arn=keys.pop("aws:principalarn", session),
            principal_type="AssumedRole",
            principal_account=self.account,
            action=action,
            resource_arn=resource,
            region=region,
            secure_transport=True,
            service_context=keys,
            principal_keys={
                "aws:principalorgid": self.organization,
                "aws:principalisawsservice": "false",
                **{f"aws:principaltag/{name}": value for name, value in self.tags.items()},
            },
        )

    def _parsed(self, policy: Json) -> Any:  # noqa: ANN401 - the evaluator has no types
        text = _TAG.sub(lambda found: self.tags.get(found.group(1), "\ufffe"), json.dumps(policy))
        text = text.replace("${aws:userid}", self.user_id)
        assert "${" not in text, f"a variable that the judge does not know: {text}"
        return _evaluator.parse_policy_document(text)


@dataclass(frozen=True, kw_only=True)
class Service:
    """An AWS service that acts for `account`, such as CloudTrail writing to a bucket; None where it does not say."""

    principal: str
    account: str | None = ACCOUNT

    def passes(self, policy: Json, action: str, resource: str = "*", **context: Any) -> str:  # noqa: ANN401
        """What a resource's or role's policy says to it: Allow, Deny, or ImplicitDeny for nothing."""
        keys = {key.replace("__", ":").lower(): value for key, value in context.items()}
        source = {} if self.account is None else {"aws:sourceaccount": self.account}
        asked = _evaluator.EvalContext(
            principal_arn=self.principal,
            principal_type="Service",
            principal_account="",
            action=action,
            resource_arn=resource,
            region=REGION,
            secure_transport=True,
            service_context={**source, **keys},
            principal_keys={"aws:principalisawsservice": "true"},
        )
        return _evaluator.evaluate_resource_policy(policy, asked, service=self.principal).decision
