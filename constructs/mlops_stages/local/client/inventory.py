"""What lives in a running local AWS, asked of the AWS itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any, cast

from mlops_stages.errors import UserError
from mlops_stages.local.endpoint import Endpoint
from mlops_stages.platform.bootstrap import DEFAULT_QUALIFIER

_TOOLKIT = "CDKToolkit"

_PREFIX = "/_mlops-stages/"
_TIMEOUT_S = 30


@dataclass(frozen=True, kw_only=True)
class Live:
    """A resource that some stack of the local AWS holds."""

    account: str
    region: str
    stack: str
    logical_id: str
    type: str
    physical_id: str
    properties: dict[str, Any]


def toolkit_stack(qualifier: str) -> str:
    """Return the name of the stack that `cdk bootstrap` makes.

    One for each qualifier: what was deployed with another still looks for the version that its own bootstrap noted.
    """
    return _TOOLKIT if qualifier == DEFAULT_QUALIFIER else f"{_TOOLKIT}-{qualifier}"


def is_toolkit(stack: str) -> bool:
    """Whether a stack is one that `cdk bootstrap` made."""
    return stack == _TOOLKIT or stack.startswith(f"{_TOOLKIT}-")


def live(endpoint: Endpoint) -> tuple[Live, ...]:
    """Return every resource of every stack in every account. Errors: LOC-040 when the AWS does not answer."""
    answer = cast("dict[str, list[dict[str, Any]]]", get(endpoint, "declared"))
    return tuple(Live(**resource) for resource in answer["resources"])


def bootstrapped(resources: Iterable[Live], region: str, qualifier: str) -> frozenset[str]:
    """Return the accounts that `cdk bootstrap` has been run in with that qualifier."""
    return frozenset(r.account for r in resources if r.stack == toolkit_stack(qualifier) and r.region == region)


def studio_profiles(resources: Iterable[Live]) -> frozenset[str]:
    """Return the names of the Studio profiles, which are TEAM-PERSON."""
    profiles = (resource for resource in resources if resource.type == "AWS::SageMaker::UserProfile")
    return frozenset(profile.physical_id.partition("|")[0] for profile in profiles)


def by_type(resources: Iterable[Live]) -> dict[str, int]:
    """Count resources by type, in the order of the types' names."""
    counts = Counter(resource.type for resource in resources)
    return dict(sorted(counts.items()))


def by_stack(resources: Iterable[Live]) -> dict[tuple[str, str], int]:
    """Count resources by account and stack, those of the bootstrap left out, in the order of the names."""
    counts = Counter((resource.account, resource.stack) for resource in resources if not is_toolkit(resource.stack))
    return dict(sorted(counts.items()))


def get(endpoint: Endpoint, path: str) -> object:
    """Return what the local AWS answers to a GET, read as JSON."""
    return _ask(endpoint, "GET", path, None)


def containers(endpoint: Endpoint) -> dict[str, str]:
    """Return how code of jobs and functions runs: `run_in`, `described`, and a `warning`, empty where it is kept in."""
    return cast("dict[str, str]", get(endpoint, "containers"))


def post(endpoint: Endpoint, path: str, body: Mapping[str, object], *, timeout_s: float = _TIMEOUT_S) -> object:
    """Return what the local AWS answers to a POST of JSON. Errors: LOC-041 with what it refused."""
    return _ask(endpoint, "POST", path, json.dumps(body), timeout_s)


def _ask(endpoint: Endpoint, method: str, path: str, body: str | None, timeout_s: float = _TIMEOUT_S) -> object:
    url = f"{endpoint}{_PREFIX}{path}"
    # This machine: past any proxy.
    connection = HTTPConnection(endpoint.url.removeprefix("http://"), timeout=timeout_s)
    try:
        connection.request(method, _PREFIX + path, body, {**endpoint.headers, "content-type": "application/json"})
        response = connection.getresponse()
        answer: object = json.loads(response.read())
    except (OSError, HTTPException, ValueError) as error:
        raise UserError(
            "LOC-040",
            url,
            f"the local AWS does not answer: {error}",
            "run `mlops-stages status`, then `mlops-stages up`",
            exit_code=1,
        ) from error
    finally:
        connection.close()
    if response.status != HTTPStatus.OK:
        refused = cast("dict[str, str]", answer)
        raise UserError(
            "LOC-041",
            url,
            f"the local AWS refused ({refused['code']}): {refused['message']}",
            "correct what it names, then run `mlops-stages up`",
            exit_code=1,
        )
    return answer
