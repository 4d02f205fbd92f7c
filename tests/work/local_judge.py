"""The local AWS as a judge: ministack's evaluator, with what `mlops_stages.local` adds to it."""

import importlib
import sys
from collections.abc import Generator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from mlops_stages.local.server.engine import conditions
from tests.work.request import Request
from tests.work.world import Json, World

_evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")  # by name: it has no types
_actions: Any = importlib.import_module("ministack.core.iam_actions")

_MUST_ALLOW = frozenset({"kms", "sts"})
"""Services whose resources' own policies must allow, callers of the same account too: keys, and the trust of roles."""


@contextmanager
def judging(world: World) -> Generator[None]:
    """Let the local AWS's evaluator know the world's accounts and buckets, and take condition keys from the request.

    A server finds these keys by itself: who owns a bucket by what is deployed, TLS by the connection.
    """
    ours = conditions.Organization(world.organization, frozenset(world.accounts))
    with _left_as_found(_evaluator, _actions), pytest.MonkeyPatch.context() as patch:
        conditions.mend_policies()
        patch.setattr(conditions, "organizations", [ours])
        patch.setattr(conditions, "_bucket_owner", world.bucket_owner)
        patch.setattr(conditions, "_OF_THE_REQUEST", {"aws:resourceaccount": _told_account})
        patch.setattr(sys.modules[__name__], "_known", {})
        yield


def _told_account(context: Any) -> str | None:  # noqa: ANN401
    return context.service_context.get("aws:resourceaccount")


@contextmanager
def _left_as_found(*modules: ModuleType) -> Generator[None]:
    """Take back what is put into modules: a server is a process of its own, these tests share theirs with others."""
    before = [(module, dict(vars(module))) for module in modules]
    try:
        yield
    finally:
        for module, names in before:
            for added in vars(module).keys() - names.keys():
                delattr(module, added)
            vars(module).update(names)


def allows(request: Request) -> bool:
    """Whether every policy taken together allows the request; inside `judging`."""
    asked = _asked(request)
    parsed = [_parsed(policy) for policy in request.role.policies.values()]
    bounds = [] if request.role.boundary is None else [[_parsed(request.role.boundary)]]
    verdict = _evaluator.evaluate(asked, parsed, *bounds)
    if request.owned.policy is not None or request.owned.account != request.role.account:
        verdict = _evaluator.combine_resource_policy(
            verdict,
            asked,
            None if request.owned.policy is None else _complete(request.owned.policy),
            request.owned.account,
            required=request.action.partition(":")[0] in _MUST_ALLOW,
            limits=tuple(bounds),
        )
    return verdict.decision == "Allow" and _guardrails_allow(request, asked) and _endpoint_allows(request, asked)


_known: dict[int, tuple[Json, Any]] = {}
"""The policies of a judging by their identity, with what was parsed of each: thousands of requests share them."""


def _parsed(policy: Json) -> Any:  # noqa: ANN401
    if id(policy) not in _known:
        _known[id(policy)] = policy, _evaluator.parse_policy_document(dict(policy))
    return _known[id(policy)][1]


def _guardrails_allow(request: Request, asked: Any) -> bool:  # noqa: ANN401
    parsed = [[_parsed(policy) for policy in policies.values()] for _, policies in request.control_policies]
    return _evaluator.evaluate(asked, *parsed).decision == "Allow"


def _endpoint_allows(request: Request, asked: Any) -> bool:  # noqa: ANN401
    if request.endpoint is None:
        return True
    return _evaluator.evaluate_resource_policy(dict(request.endpoint), asked).decision == "Allow"


def _complete(policy: Json) -> Json:
    """The policy of a resource whose statements may leave the resource out: it is the one that has the policy."""
    return {**policy, "Statement": [{"Resource": "*", **statement} for statement in policy["Statement"]]}


def _asked(request: Request) -> Any:  # noqa: ANN401
    keys = {key.lower(): value for key, value in request.context.items()}
    return _evaluator.EvalContext(
        principal_arn=request.role.arn,
        principal_type="AssumedRole",
        principal_account=request.role.account,
        action=request.action,
        resource_arn=request.resource,
        region=keys["aws:requestedregion"],
        source_ip="10.20.0.10",
        secure_transport=keys["aws:securetransport"] == "true",
        service_context={"aws:tagkeys": None, **keys},
        principal_keys=keys,
    )
