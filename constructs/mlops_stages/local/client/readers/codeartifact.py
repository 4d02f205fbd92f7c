"""Reading CodeArtifact's domains, repositories and package groups back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import policy, tags

_SERVICE = "codeartifact"
_ABSENT = ("ResourceNotFoundException",)
_ORIGINS = {"Publish": "PUBLISH", "ExternalUpstream": "EXTERNAL_UPSTREAM", "InternalUpstream": "INTERNAL_UPSTREAM"}


def _named(arn: str) -> dict[str, str]:
    kind, _, rest = arn.split(":", 5)[5].partition("/")
    domain, slash, name = rest.partition("/")
    if kind == "repository":
        return {"domain": domain, "repository": name}
    return {"domain": domain, "packageGroup": f"{slash}{name}"} if kind == "package-group" else {"domain": domain}


def _domain(api: Api, resource: Resource) -> Properties:
    found = api.call(_SERVICE, "describe_domain", **_named(resource.physical_id))["domain"]
    return {"DomainName": found["name"], "EncryptionKey": found["encryptionKey"]}


def _domain_policy(api: Api, resource: Resource) -> Properties:
    found = api.ask(_ABSENT, _SERVICE, "get_domain_permissions_policy", **_named(resource.physical_id))
    return {"PermissionsPolicyDocument": found["policy"]["document"]} if found else {}


def _repository(api: Api, resource: Resource) -> Properties:
    found = api.call(_SERVICE, "describe_repository", **_named(resource.physical_id))["repository"]
    return {
        "RepositoryName": found["name"],
        "DomainName": found["domainName"],
        "DomainOwner": found["domainOwner"],
        "Description": found.get("description"),
        "Upstreams": [each["repositoryName"] for each in found.get("upstreams") or ()],
        "ExternalConnections": [each["externalConnectionName"] for each in found.get("externalConnections") or ()],
    }


def _repository_policy(api: Api, resource: Resource) -> Properties:
    found = api.ask(_ABSENT, _SERVICE, "get_repository_permissions_policy", **_named(resource.physical_id))
    return {"PermissionsPolicyDocument": found["policy"]["document"]} if found else {}


def _group(api: Api, resource: Resource) -> Properties:
    named = _named(resource.physical_id)
    found = api.call(_SERVICE, "describe_package_group", **named)["packageGroup"]
    restrictions: dict[str, Properties] = {}
    for name, origin in _ORIGINS.items():
        allowed = api.call(_SERVICE, "list_allowed_repositories_for_group", originRestrictionType=origin, **named)
        mode = found["originConfiguration"]["restrictions"][origin]["mode"]
        restrictions[name] = {"RestrictionMode": mode, "Repositories": allowed.get("allowedRepositories") or []}
    return {
        "Pattern": found["pattern"],
        **{
            name: found[api_name]
            for name, api_name in (("DomainName", "domainName"), ("DomainOwner", "domainOwner"))
            if api_name in found
        },
        **{
            name: found.get(api_name)
            for name, api_name in (("ContactInfo", "contactInfo"), ("Description", "description"))
        },
        "OriginConfiguration": {"Restrictions": restrictions},
    }


def _tags(api: Api, resource: Resource) -> Properties:
    found = picked(api.call(_SERVICE, "list_tags_for_resource", resourceArn=resource.physical_id), "tags")
    return {"Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in found.get("tags") or ()]}


_TAGS = Part(properties=("Tags",), read=_tags)

READERS = (
    Reader(
        type="AWS::CodeArtifact::Domain",
        parts=(
            Part(properties=("DomainName", "EncryptionKey"), read=_domain),
            Part(properties=("PermissionsPolicyDocument",), read=_domain_policy),
            _TAGS,
        ),
        canonical={"PermissionsPolicyDocument": policy, "Tags": tags},
    ),
    Reader(
        type="AWS::CodeArtifact::Repository",
        parts=(
            Part(
                properties=(
                    "RepositoryName",
                    "DomainName",
                    "DomainOwner",
                    "Description",
                    "Upstreams",
                    "ExternalConnections",
                ),
                read=_repository,
            ),
            Part(properties=("PermissionsPolicyDocument",), read=_repository_policy),
            _TAGS,
        ),
        canonical={"PermissionsPolicyDocument": policy, "Tags": tags},
    ),
    Reader(
        type="AWS::CodeArtifact::PackageGroup",
        parts=(
            Part(
                properties=(
                    "Pattern",
                    "DomainName",
                    "DomainOwner",
                    "ContactInfo",
                    "Description",
                    "OriginConfiguration",
                ),
                read=_group,
            ),
            _TAGS,
        ),
        canonical={"Tags": tags},
    ),
)
