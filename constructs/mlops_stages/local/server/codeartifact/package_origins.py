"""CodeArtifact's package groups: which names may come from where.

https://docs.aws.amazon.com/codeartifact/latest/ug/package-group-origin-controls.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.api.records import Parameters, Record, Scope
from mlops_stages.local.server.codeartifact import package_patterns
from mlops_stages.local.server.codeartifact.store import Domain, Held, Store, arn, invalid, missing, taken

ORIGINS = ("PUBLISH", "EXTERNAL_UPSTREAM", "INTERNAL_UPSTREAM")
"""How a version may come into a repository."""
ROOT = package_patterns.ROOT


def root(store: Store, scope: Scope, domain: str) -> Held:
    """The group that every domain has from the start: it covers everything, and allows it."""
    return Held(_record(store, scope, domain, ROOT, {}), modes=dict.fromkeys(ORIGINS, "ALLOW"))


def _record(store: Store, scope: Scope, domain: str, pattern: str, given: Parameters) -> Record:
    return {
        "arn": arn(scope, f"package-group/{domain}{pattern}"),
        "pattern": pattern,
        "domainName": domain,
        "domainOwner": scope.account,
        "createdTime": store.clock(),
        "contactInfo": str(given.get("contactInfo") or ""),
        "description": str(given.get("description") or ""),
    }


def _create(store: Store, scope: Scope, given: Parameters) -> Record:
    domain, pattern = store.domain(scope, given), str(given["packageGroup"])
    if not package_patterns.is_pattern(pattern):
        raise invalid(f"{pattern!r} is no pattern of a package group.")
    if pattern in domain.groups:
        raise taken(f"Package group {pattern!r} already exists.")
    record = _record(store, scope, domain.record["name"], pattern, given)
    store.keep_tags(record, given)
    domain.groups[pattern] = Held(record, modes=dict.fromkeys(ORIGINS, "INHERIT"))
    return {"packageGroup": _described(domain, pattern)}


def _describe(store: Store, scope: Scope, given: Parameters) -> Record:
    pattern = store.group(scope, given).record["pattern"]
    return {"packageGroup": _described(store.domain(scope, given), pattern)}


def _update(store: Store, scope: Scope, given: Parameters) -> Record:
    record = store.group(scope, given).record
    record.update({name: given[name] for name in ("contactInfo", "description") if given.get(name) is not None})
    return _describe(store, scope, given)


def _delete(store: Store, scope: Scope, given: Parameters) -> Record:
    pattern = store.group(scope, given).record["pattern"]
    if pattern == ROOT:
        raise invalid("The root package group cannot be deleted.")
    described = _describe(store, scope, given)
    del store.domain(scope, given).groups[pattern]
    return described


def _list(store: Store, scope: Scope, given: Parameters) -> Record:
    domain, prefix = store.domain(scope, given), str(given.get("prefix") or "")
    return {"packageGroups": [_described(domain, each) for each in domain.groups if each.startswith(prefix)]}


def _restrict(store: Store, scope: Scope, given: Parameters) -> Record:
    held, domain = store.group(scope, given), store.domain(scope, given)
    added, removed = (
        [(str(each["originRestrictionType"]), str(each["repositoryName"])) for each in given.get(name) or ()]
        for name in ("addAllowedRepositories", "removeAllowedRepositories")
    )
    for _, repository in added:
        if repository not in domain.repositories:
            raise missing(f"Repository {repository!r} does not exist.")
    modes = {origin: str(mode) for origin, mode in mapping(given.get("restrictions")).items()}
    if held.record["pattern"] == ROOT and "INHERIT" in modes.values():
        raise invalid("The root package group has nothing to inherit from.")
    held.modes.update(modes)
    for origin, repository in removed:
        held.allowed[origin] = [each for each in held.allowed.get(origin, []) if each != repository]
    for origin, repository in added:
        held.allowed[origin] = [*dict.fromkeys([*held.allowed.get(origin, []), repository])]
    return _describe(store, scope, given)


def _allowed(store: Store, scope: Scope, given: Parameters) -> Record:
    return {"allowedRepositories": store.group(scope, given).allowed.get(str(given["originRestrictionType"]), [])}


def _associated(store: Store, scope: Scope, given: Parameters) -> Record:
    domain = store.domain(scope, given)
    path = package_patterns.path(str(given["format"]), str(given.get("namespace") or ""), str(given["package"]))
    return {
        "packageGroup": _described(domain, package_patterns.closest(domain.groups, path)),
        "associationType": "STRONG",
    }


def _described(domain: Domain, pattern: str) -> Record:
    restrictions = {origin: _restriction(domain, pattern, origin) for origin in ORIGINS}
    record = {**domain.groups[pattern].record, "originConfiguration": {"restrictions": restrictions}}
    if pattern != ROOT:
        record["parent"] = _reference(domain, package_patterns.parent(domain.groups, pattern))
    return record


def _restriction(domain: Domain, pattern: str, origin: str) -> Record:
    deciding = pattern
    while domain.groups[deciding].modes[origin] == "INHERIT":
        deciding = package_patterns.parent(domain.groups, deciding)
    found: Record = {
        "mode": domain.groups[pattern].modes[origin],
        "effectiveMode": domain.groups[deciding].modes[origin],
        "repositoriesCount": len(domain.groups[deciding].allowed.get(origin, [])),
    }
    return found if deciding == pattern else {**found, "inheritedFrom": _reference(domain, deciding)}


def _reference(domain: Domain, pattern: str) -> Record:
    return {name: domain.groups[pattern].record[name] for name in ("arn", "pattern")}


OPERATIONS: Mapping[str, Callable[[Store, Scope, Parameters], Record]] = {
    "CreatePackageGroup": _create,
    "DeletePackageGroup": _delete,
    "DescribePackageGroup": _describe,
    "GetAssociatedPackageGroup": _associated,
    "ListAllowedRepositoriesForGroup": _allowed,
    "ListPackageGroups": _list,
    "UpdatePackageGroup": _update,
    "UpdatePackageGroupOriginConfiguration": _restrict,
}
