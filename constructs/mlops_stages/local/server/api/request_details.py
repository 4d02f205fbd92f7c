"""What a service's requests are on, as IAM sees them, where that does not follow from the request alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlops_stages.local.json_values import leaves
from mlops_stages.local.server.api.operations import Operation

Keys = Mapping[str, Any]
"""Condition keys with their values."""


def _no_keys(*_: object) -> Keys:
    return {}


def own_arns(operation: Operation, *_: str) -> tuple[str, ...]:
    """Return the ARNs of the service that the request names at its top; any resource where it names none."""
    own = re.compile(rf"arn:aws[a-z-]*:{re.escape(operation.prefix)}:.*")
    return tuple(
        value for path, value in leaves(operation.parameters) if path.count(".") == 1 and own.fullmatch(value)
    ) or ("*",)


@dataclass(frozen=True, kw_only=True)
class RequestDetails:
    """How a service names its actions, resources and condition keys; one that says nothing has those of every service.

    `resources` and `condition_keys` are asked with the operation, partition, region and account; `current_keys` are
    those of what the operation is on, and `resource_tags` those of a resource, both looked up.
    """

    prefix: str | None = None
    """The service in policies, where it is not the name that its requests are signed for."""
    resources: Callable[[Operation, str, str, str], tuple[str, ...]] = own_arns
    action: Callable[[Operation], str] = field(default=lambda operation: operation.name)
    condition_keys: Callable[[Operation, str, str, str], Keys] = _no_keys
    current_keys: Callable[[Operation], Keys] = _no_keys
    resource_tags: Callable[[str], Keys] = _no_keys
    tagging: tuple[str, str] | None = None
    """The action that is asked for as well where tags are given to what is created, and the key that tells of which
    operation they are part."""
