"""Whether GitLab's settings are those that the delivery relies on: its token's subject, and who is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import quote

from mlops_stages.errors import UserError
from mlops_stages.platform import Delivery, PlatformRepository
from mlops_stages.platform.token_subject import DEPLOYS_AT_GITLAB, GITLAB_SUBJECT


def open_at_gitlab(answers: str, delivery: Delivery) -> tuple[str, ...]:
    """What is missing, in three answers of GitLab's API: project, its protected environments, group.

    Sources: https://docs.gitlab.com/api/projects/, https://docs.gitlab.com/api/protected_environments/,
    https://docs.gitlab.com/ci/environments/deployment_approvals/

    Raises:
        UserError: `DLV-010` for something else than these answers.
    """
    try:
        project, environments, group = _documents(answers)
        return (
            *_missing_of_project(project, delivery.repository),
            *_missing_of_group(group, delivery.approvers),
            *_missing_of_environments(environments, group["id"], delivery.approvers),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            "DLV-010",
            "standard input",
            "these are not GitLab's answers about the project, its protected environments and the group",
            f"pipe in what these print, together: {asks(delivery)}",
        ) from error


def asks(delivery: Delivery) -> str:
    """The commands that ask GitLab for the three."""
    repository = delivery.repository
    project = f"projects/{quote(f'{repository.owner}/{repository.name}', safe='')}"
    group = f"groups/{quote(delivery.approvers, safe='')}"
    paths = (project, f"{project}/protected_environments?per_page=100", group)
    return ", ".join(f"`glab api '{path}'`" for path in paths)


def _documents(text: str) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    decoder, found, rest = json.JSONDecoder(), list[Any](), text.lstrip()
    while rest:
        value, end = decoder.raw_decode(rest)
        found.append(value)
        rest = rest[end:].lstrip()
    project, environments, group = found
    return project, environments, group


def _missing_of_project(project: dict[str, Any], repository: PlatformRepository) -> Iterator[str]:
    path = f"{repository.owner}/{repository.name}"
    if project["path_with_namespace"] != path:  # to the letter: AWS compares the subject, capitals and all
        yield f"this is the project {project['path_with_namespace']}, not {path}"
    if str(project["id"]) != repository.repository_id:
        yield f"the project's number is {project['id']}, not {repository.repository_id}"
    if str(project["namespace"]["id"]) != repository.owner_id:
        yield f"the number of the project's group is {project['namespace']['id']}, not {repository.owner_id}"
    if tuple(project.get("ci_id_token_sub_claim_components") or ()) != GITLAB_SUBJECT:
        yield f"the subject of tokens does not hold {', '.join(GITLAB_SUBJECT)}, so that AWS lets no job in"
    if project.get("allow_pipeline_trigger_approve_deployment") is not False:
        yield "who started a pipeline may agree to it"
    if project.get("ci_pipeline_variables_minimum_override_role") != "no_one_allowed":
        yield "who starts a pipeline may give it variables, and with them other roles and programs"


def _missing_of_group(group: dict[str, Any], path: str) -> Iterator[str]:
    if group["full_path"].lower() != path.lower():
        yield f"this is the group {group['full_path']}, not {path}"


def _missing_of_environments(environments: list[dict[str, Any]], group: int, path: str) -> Iterator[str]:
    protected = {str(each["name"]): each for each in environments}
    for each in DEPLOYS_AT_GITLAB.values():
        if not each.is_protected:
            continue
        if each.name not in protected:
            yield f"environment {each.name} is not protected"
            continue
        rules = cast("list[dict[str, Any]]", protected[each.name].get("approval_rules") or [])
        if not any(rule.get("group_id") == group and rule["required_approvals"] >= 1 for rule in rules):
            yield f"environment {each.name} does not ask group {path}"
    for name in sorted(protected):
        if name not in DEPLOYS_AT_GITLAB or not DEPLOYS_AT_GITLAB[name].is_protected:
            yield f"environment {name} is protected, and AWS takes the jobs of what is protected for agreed to"
