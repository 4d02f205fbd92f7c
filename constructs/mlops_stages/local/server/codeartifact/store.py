"""What CodeArtifact keeps here: domains with their repositories and package groups, by account and region."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mlops_stages.local.server.api.records import Parameters, Record, Scope, ServiceError, merged_tags


@dataclass
class Held:
    """A record with what belongs to it beside its description; `modes` and `allowed` of a package group, by origin."""

    record: Record
    policy: str | None = None
    modes: dict[str, str] = field(default_factory=dict[str, str])
    allowed: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


@dataclass
class Domain(Held):
    """A domain, its repositories by name and its package groups by pattern."""

    repositories: dict[str, Held] = field(default_factory=dict[str, Held])
    groups: dict[str, Held] = field(default_factory=dict[str, Held])


class Store:
    """The domains of all accounts and regions."""

    def __init__(self, clock: Callable[[], float] = time.time, key_arn: Callable[[str], str] = str) -> None:
        """`key_arn` turns what a request calls a KMS key into its ARN, or raises ServiceError."""
        self.clock = clock
        self.key_arn = key_arn
        self._domains: dict[tuple[str, str], dict[str, Domain]] = {}
        self._tags: dict[str, dict[str, str]] = {}

    def domains(self, scope: Scope) -> dict[str, Domain]:
        """The domains of an account and region, by name."""
        return self._domains.setdefault((scope.account, scope.region), {})

    def domain(self, scope: Scope, given: Parameters) -> Domain:
        """The domain that a request names."""
        found = self.domains(scope).get(str(given.get("domain")))
        if found is None:
            raise missing(f"Domain {given.get('domain')!r} does not exist.")
        return found

    def repository(self, scope: Scope, given: Parameters) -> Held:
        """The repository that a request names."""
        found = self.domain(scope, given).repositories.get(str(given.get("repository")))
        if found is None:
            raise missing(f"Repository {given.get('repository')!r} does not exist.")
        return found

    def group(self, scope: Scope, given: Parameters) -> Held:
        """The package group that a request names."""
        found = self.domain(scope, given).groups.get(str(given.get("packageGroup")))
        if found is None:
            raise missing(f"Package group {given.get('packageGroup')!r} does not exist.")
        return found

    def keep_tags(self, record: Record, given: Parameters) -> None:
        """Keep the tags of a request that creates."""
        self._tags[record["arn"]] = merged_tags({}, capital(given.get("tags")))

    def tags(self, given: Parameters) -> dict[str, str]:
        """The tags of the resource that a request names, to be changed in place."""
        tags = self._tags.get(str(given["resourceArn"]))
        if tags is None:
            raise missing(f"{given['resourceArn']} does not exist.")
        return tags

    def policy_of(self, arn: str) -> tuple[str | None, str] | None:
        """Return the policy that counts for a resource, and the account that owns it; None for no such resource.

        For a package it is its repository's.
        """
        parts = arn.split(":", 5)
        if len(parts) != 6:
            return None
        kind, _, rest = parts[5].partition("/")
        names = rest.split("/")
        domain = self.domains(Scope(account=parts[4], region=parts[3])).get(names[0])
        if domain is None:
            return None
        if kind in ("repository", "package"):
            repository = domain.repositories.get(names[1]) if len(names) > 1 else None
            return None if repository is None else (repository.policy, parts[4])
        return domain.policy, parts[4]


def arn(scope: Scope, resource: str) -> str:
    """The ARN of a resource of CodeArtifact."""
    return f"arn:aws:codeartifact:{scope.region}:{scope.account}:{resource}"


def capital(tags: Any) -> list[dict[str, str]]:  # noqa: ANN401  # a request's list
    """Tags in the form that other services have them in."""
    return [{"Key": str(tag["key"]), "Value": str(tag["value"])} for tag in tags or ()]


def missing(message: str) -> ServiceError:
    """What does not exist."""
    return ServiceError("ResourceNotFoundException", message, 404)


def taken(message: str) -> ServiceError:
    """What exists already, or cannot go yet."""
    return ServiceError("ConflictException", message, 409)


def invalid(message: str) -> ServiceError:
    """What makes no sense."""
    return ServiceError("ValidationException", message)
