"""ECR: repositories are ministack's; what AWS refuses of them is refused here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import Properties, RefusedError, call, gone

REPOSITORY = "AWS::ECR::Repository"


def _refuse_a_second_one(properties: Properties) -> None:
    """Ministack would overwrite the repository, and lose it when the first stack lets go of it."""
    name = properties.get("RepositoryName")
    if not name:
        return
    try:
        call("ecr", "DescribeRepositories", {"repositoryNames": [name]})
    except RefusedError as error:
        if gone(error, "RepositoryNotFoundException"):
            return
        raise
    said = f"The repository with name '{name}' already exists in the registry with id '{engine.account()}'"
    raise RefusedError(f"{REPOSITORY}: {said} (Error Code: RepositoryAlreadyExistsException)")


def _check(properties: Properties) -> None:
    for statement in listed(_document(properties.get("RepositoryPolicyText")).get("Statement")):
        if "Resource" in statement:
            raise RefusedError(f"{REPOSITORY}: Invalid parameter at 'PolicyText': Invalid repository policy provided")
    lifecycle = mapping(properties.get("LifecyclePolicy")).get("LifecyclePolicyText")
    if lifecycle is not None:
        rules = listed(_document(lifecycle).get("rules"))
        priorities = [rule.get("rulePriority") for rule in rules]
        if not rules or len(set(priorities)) != len(priorities):
            raise RefusedError(f"{REPOSITORY}: Invalid parameter at 'LifecyclePolicyText': rules need own priorities")
    key = mapping(properties.get("EncryptionConfiguration")).get("KmsKey")
    if key:
        call("kms", "DescribeKey", {"KeyId": key})


def _document(text: str | Mapping[str, Any] | None) -> dict[str, Any]:
    if not isinstance(text, str):
        return dict(text or {})
    try:
        return mapping(json.loads(text))
    except ValueError as error:
        raise RefusedError(f"{REPOSITORY}: a policy is not JSON: {error}") from error


def register() -> None:
    """Mend the type."""
    engine.guard_resource_type(REPOSITORY, _refuse_a_second_one)
    engine.mend_resource_type(
        REPOSITORY,
        after_create=lambda _name, properties, _stack: _check(properties),
        after_update=lambda _name, _old, new, _stack: _check(new),
    )
