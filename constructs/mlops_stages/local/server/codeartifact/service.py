"""CodeArtifact: domains, repositories, their policies and tokens; no package is stored."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping

from mlops_stages.local.server.api.records import Parameters, Record, Scope, merged_tags
from mlops_stages.local.server.codeartifact import package_origins
from mlops_stages.local.server.codeartifact.store import Domain, Held, Store, arn, capital, invalid, missing, taken

SERVICE = "codeartifact"
_EXTERNAL = "public:"
_HOURS = 3600


def _create_domain(store: Store, scope: Scope, given: Parameters) -> Record:
    domains = store.domains(scope)
    name = str(given["domain"])
    if name in domains:
        raise taken(f"Domain {name!r} already exists.")
    record: Record = {
        "name": name,
        "owner": scope.account,
        "arn": arn(scope, f"domain/{name}"),
        "status": "Active",
        "createdTime": store.clock(),
        "encryptionKey": store.key_arn(str(given.get("encryptionKey") or "alias/aws/codeartifact")),
        "repositoryCount": 0,
        "assetSizeBytes": 0,
    }
    store.keep_tags(record, given)
    domains[name] = Domain(record)
    domains[name].groups[package_origins.ROOT] = package_origins.root(store, scope, name)
    return {"domain": record}


def _delete_domain(store: Store, scope: Scope, given: Parameters) -> Record:
    found = store.domain(scope, given)
    if found.repositories:
        raise taken("The domain still has repositories.")
    del store.domains(scope)[found.record["name"]]
    return {"domain": {**found.record, "status": "Deleted"}}


def _list_domains(store: Store, scope: Scope, given: Parameters) -> Record:
    del given
    return {"domains": [each.record for each in store.domains(scope).values()]}


def _token(store: Store, scope: Scope, given: Parameters) -> Record:
    store.domain(scope, given)
    seconds = int(given.get("durationSeconds") or 12 * _HOURS)
    return {"authorizationToken": f"local.{secrets.token_urlsafe(48)}", "expiration": store.clock() + seconds}


def _create_repository(store: Store, scope: Scope, given: Parameters) -> Record:
    domain, name = store.domain(scope, given), str(given["repository"])
    if name in domain.repositories:
        raise taken(f"Repository {name!r} already exists.")
    record: Record = {
        "name": name,
        "administratorAccount": scope.account,
        "domainName": domain.record["name"],
        "domainOwner": scope.account,
        "arn": arn(scope, f"repository/{domain.record['name']}/{name}"),
        "description": str(given.get("description") or ""),
        "upstreams": _upstreams(store, domain, name, given),
        "externalConnections": [],
        "createdTime": store.clock(),
    }
    store.keep_tags(record, given)
    domain.repositories[name] = Held(record)
    domain.record["repositoryCount"] += 1
    return {"repository": record}


def _upstreams(store: Store, domain: Domain, name: str, given: Parameters) -> list[Record]:
    upstreams = [{"repositoryName": str(each["repositoryName"])} for each in given.get("upstreams") or ()]
    for each in upstreams:
        if each["repositoryName"] not in domain.repositories or each["repositoryName"] == name:
            raise missing(f"Repository {each['repositoryName']!r} does not exist.")
    return upstreams


def _update_repository(store: Store, scope: Scope, given: Parameters) -> Record:
    record = store.repository(scope, given).record
    if given.get("description") is not None:
        record["description"] = given["description"]
    if given.get("upstreams") is not None:
        if given["upstreams"] and record["externalConnections"]:
            raise invalid("A repository has upstream repositories or an external connection, not both.")
        record["upstreams"] = _upstreams(store, store.domain(scope, given), record["name"], given)
    return {"repository": record}


def _delete_repository(store: Store, scope: Scope, given: Parameters) -> Record:
    found, domain = store.repository(scope, given), store.domain(scope, given)
    del domain.repositories[found.record["name"]]
    domain.record["repositoryCount"] -= 1
    return {"repository": found.record}


def _list_repositories(store: Store, scope: Scope, given: Parameters) -> Record:
    prefix = str(given.get("repositoryPrefix") or "")
    held = store.domain(scope, given).repositories.items()
    return {"repositories": [each.record for name, each in held if name.startswith(prefix)]}


def _connect(store: Store, scope: Scope, given: Parameters) -> Record:
    record, name = store.repository(scope, given).record, str(given["externalConnection"])
    if record["upstreams"] or record["externalConnections"]:
        raise invalid("A repository has upstream repositories or one external connection, not both.")
    if not name.startswith(_EXTERNAL):
        raise missing(f"There is no external connection {name!r}.")
    kept = {"externalConnectionName": name, "packageFormat": name.removeprefix(_EXTERNAL), "status": "Available"}
    record["externalConnections"] = [kept]
    return {"repository": record}


def _disconnect(store: Store, scope: Scope, given: Parameters) -> Record:
    record = store.repository(scope, given).record
    if not any(each["externalConnectionName"] == given["externalConnection"] for each in record["externalConnections"]):
        raise missing(f"The repository has no connection {given['externalConnection']!r}.")
    record["externalConnections"] = []
    return {"repository": record}


def _endpoint(store: Store, scope: Scope, given: Parameters) -> Record:
    record = store.repository(scope, given).record
    host = f"{record['domainName']}-{scope.account}.d.codeartifact.{scope.region}.amazonaws.com"
    return {"repositoryEndpoint": f"https://{host}/{given['format']}/{record['name']}/"}


def _policed(store: Store, scope: Scope, given: Parameters) -> Held:
    return store.repository(scope, given) if given.get("repository") else store.domain(scope, given)


def _put_policy(store: Store, scope: Scope, given: Parameters) -> Record:
    held, document = _policed(store, scope, given), str(given["policyDocument"])
    try:
        json.loads(document)
    except ValueError as error:
        raise invalid(f"The policy is not JSON: {error}") from error
    held.policy = document
    return {"policy": _policy(held)}


def _get_policy(store: Store, scope: Scope, given: Parameters) -> Record:
    held = _policed(store, scope, given)
    if held.policy is None:
        raise missing("There is no permissions policy.")
    return {"policy": _policy(held)}


def _delete_policy(store: Store, scope: Scope, given: Parameters) -> Record:
    found = _get_policy(store, scope, given)
    _policed(store, scope, given).policy = None
    return found


def _tag(store: Store, scope: Scope, given: Parameters) -> Record:
    del scope
    tags = store.tags(given)
    tags.update(merged_tags(tags, capital(given.get("tags"))))
    return {}


def _untag(store: Store, scope: Scope, given: Parameters) -> Record:
    del scope
    tags = store.tags(given)
    for key in given["tagKeys"]:
        tags.pop(str(key), None)
    return {}


def _list_tags(store: Store, scope: Scope, given: Parameters) -> Record:
    del scope
    return {"tags": [{"key": key, "value": value} for key, value in store.tags(given).items()]}


def _policy(held: Held) -> Record:
    document = str(held.policy)
    revision = hashlib.sha256(document.encode()).hexdigest()[:32]
    return {"resourceArn": held.record["arn"], "revision": revision, "document": document}


OPERATIONS: Mapping[str, Callable[[Store, Scope, Parameters], Record]] = {
    "AssociateExternalConnection": _connect,
    "CreateDomain": _create_domain,
    "CreateRepository": _create_repository,
    "DeleteDomain": _delete_domain,
    "DeleteDomainPermissionsPolicy": _delete_policy,
    "DeleteRepository": _delete_repository,
    "DeleteRepositoryPermissionsPolicy": _delete_policy,
    "DescribeDomain": lambda store, scope, given: {"domain": store.domain(scope, given).record},
    "DescribeRepository": lambda store, scope, given: {"repository": store.repository(scope, given).record},
    "DisassociateExternalConnection": _disconnect,
    "GetAuthorizationToken": _token,
    "GetDomainPermissionsPolicy": _get_policy,
    "GetRepositoryEndpoint": _endpoint,
    "GetRepositoryPermissionsPolicy": _get_policy,
    "ListDomains": _list_domains,
    "ListRepositoriesInDomain": _list_repositories,
    "ListTagsForResource": _list_tags,
    "PutDomainPermissionsPolicy": _put_policy,
    "PutRepositoryPermissionsPolicy": _put_policy,
    "TagResource": _tag,
    "UntagResource": _untag,
    "UpdateRepository": _update_repository,
    **package_origins.OPERATIONS,
}


def dispatch(store: Store, scope: Scope, operation: str, parameters: Parameters) -> Record:
    """Answer one call, in the account that owns the domain."""
    owner = str(parameters.get("domainOwner") or scope.account)
    return OPERATIONS[operation](store, Scope(account=owner, region=scope.region), parameters)


def register() -> None:
    """Put the service, and the policies of its resources, in front of the emulators of this process."""
    from mlops_stages.local import refusals
    from mlops_stages.local.server import engine
    from mlops_stages.local.server.api import calls, rest

    def key_arn(name: str) -> str:
        if name.startswith("alias/aws/"):
            return f"arn:aws:kms:{engine.region()}:{engine.account()}:{name}"
        try:
            return str(calls.call("kms", "describe_key", KeyId=name)["KeyMetadata"]["Arn"])
        except refusals.ClientError as error:
            raise invalid(f"The encryption key {name!r} cannot be used: {refusals.message(error)}") from error

    store = Store(key_arn=key_arn)
    answer = rest.handler(
        SERVICE,
        OPERATIONS.__contains__,
        lambda scope, operation, parameters: dispatch(store, scope, operation, parameters),
    )
    engine.add_service(SERVICE, answer)
    engine.add_resource_policies(SERVICE, store.policy_of)
