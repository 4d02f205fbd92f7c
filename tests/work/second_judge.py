"""A second judge, independent of the local AWS: npm's `@cloud-copilot/iam-simulate`, one node process for all requests.

It is licensed under the AGPL, so it is neither imported nor shipped: a process of its own, in tests alone. No evaluator
that is kept and licensed permissively takes service control, endpoint and resource policies together; moto's ignores
conditions, PyPI's policy_sentry and parliament look at policies without a request.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlops_stages.node import binary
from tests.iam_data import installed
from tests.work.request import Request
from tests.work.world import Json

_SCRIPT = Path(__file__).with_suffix(".mjs")


@dataclass(frozen=True)
class Verdict:
    """What it says of a request.

    Attributes:
        result: `Allowed`, `ImplicitlyDenied`, `ExplicitlyDenied`, or `error`.
        error: why it could not judge.
        blocked_by: what stood in the way of an identity policy that allows: `pb` for a boundary, `scp`, `vpce`.
        ignored: condition keys of the request that AWS's data does not have for the action.
    """

    result: str
    blocked_by: Sequence[str] = ()
    ignored: Sequence[str] = ()
    error: str = ""

    @property
    def allows(self) -> bool | None:
        """Whether it allows the request; None where it could not judge, which is no denial."""
        return None if self.error else self.result == "Allowed"


@dataclass
class _Documents:
    """Policies by id, each sent once."""

    by_id: dict[str, Json] = field(default_factory=dict[str, Json])
    _ids: dict[int, str] = field(default_factory=dict[int, str])

    def id_of(self, policy: Json) -> str:
        if id(policy) not in self._ids:
            self._ids[id(policy)] = f"policy-{len(self._ids)}"
            self.by_id[self._ids[id(policy)]] = policy
        return self._ids[id(policy)]


def judge(requests: Sequence[Request]) -> list[Verdict]:
    """Judge all of them, in one process."""
    installed()
    documents = _Documents()
    asked = [_asked(request, documents) for request in requests]
    done = subprocess.run(
        [str(binary()), str(_SCRIPT)],
        input=json.dumps({"documents": documents.by_id, "requests": asked}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [_verdict(answer) for answer in json.loads(done.stdout)]


def _asked(request: Request, documents: _Documents) -> Mapping[str, Any]:
    def known(policy: Json | None) -> str | None:
        return None if policy is None else documents.id_of(policy)

    return {
        "principal": request.role.arn,
        "action": request.action,
        "resource": request.resource,
        "owner": request.owned.account,
        "context": request.context,
        "policies": [documents.id_of(policy) for policy in request.role.policies.values()],
        "boundary": known(request.role.boundary),
        "controlPolicies": [
            [level, [documents.id_of(policy) for policy in policies.values()]]
            for level, policies in request.control_policies
        ],
        "resourcePolicy": known(request.owned.policy),
        "endpoint": known(request.endpoint),
    }


def _verdict(answer: Mapping[str, Any]) -> Verdict:
    if "error" in answer:
        return Verdict("error", error=json.dumps(answer["error"]))
    return Verdict(answer["result"], tuple(answer["blockedBy"]), tuple(answer["ignored"]))
