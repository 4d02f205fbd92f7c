"""Whether GitHub asks the named team before a protected environment is deployed to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from mlops_stages.errors import UserError

PROTECTED = ("permissions", "production")
"""The environments that somebody of the team must agree to."""


def unprotected(answer: str, team: str) -> tuple[str, ...]:
    """What is missing of the protection of a repository's environments, as GitHub's API lists them.

    Source: https://docs.github.com/en/rest/deployments/environments

    Raises:
        UserError: `DLV-010` for an answer that is not such a list.
    """
    try:
        body = json.loads(answer)
        environments = {str(each["name"]): each for each in body["environments"]}
        return tuple(says for name in PROTECTED for says in _missing(name, environments.get(name), team))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            "DLV-010",
            "standard input",
            "this is not GitHub's list of a repository's environments",
            "pipe in what `gh api 'repos/OWNER/NAME/environments?per_page=100'` prints",
        ) from error


def _missing(name: str, environment: dict[str, Any] | None, team: str) -> Iterator[str]:
    if environment is None:
        yield f"there is no environment {name}"
        return
    rules = cast("list[dict[str, Any]]", environment.get("protection_rules") or [])
    asked = [rule for rule in rules if rule["type"] == "required_reviewers"]
    if not any(rule.get("prevent_self_review") is True for rule in asked):
        yield f"in environment {name} who started a deployment may agree to it"
    reviewers = [each for rule in asked for each in rule["reviewers"]]
    if not reviewers:
        yield f"environment {name} asks nobody"
    others = [each for each in reviewers if not (each["type"] == "Team" and each["reviewer"]["slug"] == team)]
    if reviewers and others:
        yield f"environment {name} takes the word of others than team {team}"
