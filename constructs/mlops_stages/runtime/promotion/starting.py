"""Begins an attempt: counts it, remembers it, then starts the execution of its name. Made again, it is the same one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from .attempts import STARTED, approval_key, attempt_key
from .aws import error_code
from .codes import PromotionError
from .promotion import Promotion, Release
from .store import Content, change

_MOST_TAKEN = 20
_LONG_BEFORE = timedelta(minutes=15)
"""Longer than a function lives: an execution that is so much older than its attempt is another attempt's."""


def begin(
    promotion: Promotion,
    version: int,
    action: Literal["promote", "rollback"],
    *,
    cause: str,
    more: Mapping[str, Any],
) -> Release:
    """Begin the attempt of a cause with a version whose approval is in the table.

    Args:
        promotion: the model's.
        version: the version.
        action: which way.
        cause: what it is begun by: one attempt for each cause, whoever asks how often.
        more: what else to remember of it.

    Raises:
        PromotionError: `PRM-031` where its approval is not in the table.
    """
    taken = 0
    for _ in range(_MOST_TAKEN):
        release = Release(action=action, version=version, attempt=_number(promotion, version, cause, taken))
        content: Content = {
            **release.to_dict(),
            **more,
            "status": STARTED,
            "since": promotion.at(),
            "began": promotion.at(),
            "execution": execution_arn(promotion, release),
        }
        promotion.store.create(attempt_key(version, release.attempt), content)
        if start(promotion, release) or not _of_a_lost_attempt(promotion, release):
            return release
        taken = release.attempt
    message = f"{_MOST_TAKEN} executions with version {version} are there that the table does not know"
    raise PromotionError("PRM-031", promotion.settings.name, message)


def start(promotion: Promotion, release: Release) -> bool:
    """Start an attempt's execution; False where one of its name is there."""
    states = promotion.aws.client("stepfunctions")
    try:
        states.start_execution(
            stateMachineArn=promotion.settings.machine,
            name=release.name,
            input=json.dumps(release.to_dict(), sort_keys=True),
        )
    except states.exceptions.ClientError as error:
        if error_code(error) == "ExecutionAlreadyExists":
            return False
        raise
    return True


def execution_arn(promotion: Promotion, release: Release) -> str:
    """The ARN that its execution has."""
    return f"{promotion.settings.machine.replace(':stateMachine:', ':execution:')}:{release.name}"


def _number(promotion: Promotion, version: int, cause: str, taken: int) -> int:
    """The number of a cause's attempt: its own, if it is above what is taken; else the next that nobody has had."""

    def by(content: Content | None) -> Content:
        if content is None:
            raise PromotionError("PRM-031", f"{promotion.settings.name} v{version}", "its approval is not in the table")
        begun = dict(content.get("begun", {}))
        if int(begun.get(cause, 0)) > taken:
            return content
        number = max(int(content.get("attempts", 0)), taken) + 1
        return {**content, "attempts": number, "begun": {**begun, cause: number}}

    return int(change(promotion.store, approval_key(version), by)["begun"][cause])


def _of_a_lost_attempt(promotion: Promotion, release: Release) -> bool:
    """Whether the execution that has the name is older than the attempt: of one that the table has lost."""
    held = promotion.store.get(attempt_key(release.version, release.attempt))
    arn = execution_arn(promotion, release)
    began = promotion.aws.client("stepfunctions").describe_execution(executionArn=arn)["startDate"]
    return held is not None and began < datetime.fromisoformat(str(held.content["began"])) - _LONG_BEFORE
