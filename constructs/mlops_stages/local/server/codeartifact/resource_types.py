"""AWS::CodeArtifact::Domain, Repository and PackageGroup, over the operations in `service`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server import engine
from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, RefusedError, call

_SERVICE = "codeartifact"
_MISSING = ("ResourceNotFoundException",)
_ORIGINS = {"Publish": "PUBLISH", "ExternalUpstream": "EXTERNAL_UPSTREAM", "InternalUpstream": "INTERNAL_UPSTREAM"}
"""A restriction's name in a template, and the API's."""


def named(arn: str) -> Properties:
    """Return the parameters that find a domain, repository or package group by its ARN."""
    kind, _, rest = arn.split(":", 5)[5].partition("/")
    domain, slash, name = rest.partition("/")
    found = {"domain": domain, "domainOwner": arn.split(":")[4]}
    if kind == "repository":
        return {**found, "repository": name}
    return {**found, "packageGroup": f"{slash}{name}"} if kind == "package-group" else found


def _tags(properties: Properties) -> list[dict[str, str]]:
    return [{"key": str(tag["Key"]), "value": str(tag.get("Value", ""))} for tag in listed(properties.get("Tags"))]


class _Type(ApiType):
    """A type of CodeArtifact: one call creates, others give policy, rules and tags."""

    def _create(self, logical_id: str, properties: Properties, stack_name: str) -> tuple[str, Properties]:
        del logical_id, stack_name
        self.check(properties)
        answer = call(self.service, self.create, {**self.request(properties), "tags": _tags(properties)})
        arn = self.physical_id(properties, answer)
        try:
            self.settle(arn, {}, properties)
        except RefusedError:
            call(self.service, self.delete, named(arn))
            raise
        return arn, self.describe(arn)

    def _update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        self.check(new)
        if self.replaces(old, new):
            return self._create("Resource", new, stack_name)
        if self.update is not None:
            call(self.service, self.update, {**self.request(new), **named(physical_id)})
        self.settle(physical_id, old, new)
        self._retag(physical_id, old, new)
        return physical_id, self.describe(physical_id)

    def settle(self, arn: str, old: Properties, new: Properties) -> None:
        """Bring about what the create call does not take: nothing, where a type does not say otherwise."""

    def _retag(self, arn: str, old: Properties, new: Properties) -> None:
        before, after = ({tag["key"]: tag["value"] for tag in _tags(each)} for each in (old, new))
        gone_keys = [key for key in before if key not in after]
        if gone_keys:
            call(self.service, "UntagResource", {"resourceArn": arn, "tagKeys": gone_keys})
        if after:
            tags = [{"key": key, "value": value} for key, value in after.items()]
            call(self.service, "TagResource", {"resourceArn": arn, "tags": tags})


class _Policed(_Type):
    """A type with a permissions policy, by the operations of its `noun`."""

    def settle(self, arn: str, old: Properties, new: Properties) -> None:
        """Give, or take away, the permissions policy."""
        noun, document = self.type.rpartition(":")[2], new.get("PermissionsPolicyDocument")
        if document:
            text = document if isinstance(document, str) else json.dumps(document)
            call(self.service, f"Put{noun}PermissionsPolicy", {**named(arn), "policyDocument": text})
        elif old.get("PermissionsPolicyDocument"):
            call(self.service, f"Delete{noun}PermissionsPolicy", named(arn))


def _domain_request(properties: Properties) -> Properties:
    key = properties.get("EncryptionKey")
    return {"domain": properties["DomainName"], **({"encryptionKey": key} if key else {})}


def _domain_attributes(arn: str) -> Properties:
    found = call(_SERVICE, "DescribeDomain", named(arn))["domain"]
    return {"Arn": arn, "Name": found["name"], "Owner": found["owner"], "EncryptionKey": found["encryptionKey"]}


DOMAIN = _Policed(
    type="AWS::CodeArtifact::Domain",
    service=_SERVICE,
    properties=("DomainName", "EncryptionKey", "PermissionsPolicyDocument", "Tags"),
    required=("DomainName",),
    create_only=("DomainName", "EncryptionKey"),
    create="CreateDomain",
    delete="DeleteDomain",
    request=_domain_request,
    physical_id=lambda parameters, answer: answer["domain"]["arn"],
    identity=named,
    describe=_domain_attributes,
    arn=lambda physical_id: physical_id,
    missing=_MISSING,
)


def _repository_request(properties: Properties) -> Properties:
    upstreams = [{"repositoryName": str(name)} for name in listed(properties.get("Upstreams"))]
    return {
        "domain": properties["DomainName"],
        "domainOwner": str(properties.get("DomainOwner") or engine.account()),
        "repository": properties["RepositoryName"],
        "description": str(properties.get("Description") or ""),
        "upstreams": upstreams,
    }


class _Repository(_Policed):
    """A repository, with its connections to public ones."""

    def settle(self, arn: str, old: Properties, new: Properties) -> None:
        """Give it its connections and its policy."""
        before, after = (listed(each.get("ExternalConnections")) for each in (old, new))
        for operation, names in (
            ("DisassociateExternalConnection", [name for name in before if name not in after]),
            ("AssociateExternalConnection", [name for name in after if name not in before]),
        ):
            for name in names:
                call(self.service, operation, {**named(arn), "externalConnection": name})
        super().settle(arn, old, new)


def _repository_attributes(arn: str) -> Properties:
    found = call(_SERVICE, "DescribeRepository", named(arn))["repository"]
    names = {"Arn": "arn", "Name": "name", "DomainName": "domainName", "DomainOwner": "domainOwner"}
    return {name: found[api] for name, api in names.items()}


REPOSITORY = _Repository(
    type="AWS::CodeArtifact::Repository",
    service=_SERVICE,
    properties=(
        "Description",
        "DomainName",
        "DomainOwner",
        "ExternalConnections",
        "PermissionsPolicyDocument",
        "RepositoryName",
        "Tags",
        "Upstreams",
    ),
    required=("DomainName", "RepositoryName"),
    create_only=("DomainName", "DomainOwner", "RepositoryName"),
    create="CreateRepository",
    update="UpdateRepository",
    delete="DeleteRepository",
    request=_repository_request,
    physical_id=lambda parameters, answer: answer["repository"]["arn"],
    identity=named,
    describe=_repository_attributes,
    arn=lambda physical_id: physical_id,
    missing=_MISSING,
)


def _group_request(properties: Properties) -> Properties:
    return {
        "domain": properties["DomainName"],
        "domainOwner": str(properties.get("DomainOwner") or engine.account()),
        "packageGroup": properties["Pattern"],
        "contactInfo": str(properties.get("ContactInfo") or ""),
        "description": str(properties.get("Description") or ""),
    }


def _restrictions(properties: Properties) -> Mapping[str, Mapping[str, Any]]:
    return mapping(mapping(properties.get("OriginConfiguration")).get("Restrictions"))


def _repositories(properties: Properties) -> Iterable[dict[str, str]]:
    for name, restriction in _restrictions(properties).items():
        for repository in listed(restriction.get("Repositories")):
            yield {"originRestrictionType": _ORIGINS[name], "repositoryName": str(repository)}


class _Group(_Type):
    """A package group, with its rules of where versions may come from."""

    def settle(self, arn: str, old: Properties, new: Properties) -> None:
        """Give it its rules; those that the template leaves out are the parent's."""
        modes = dict.fromkeys(_ORIGINS.values(), "INHERIT")
        modes |= {_ORIGINS[name]: str(each["RestrictionMode"]) for name, each in _restrictions(new).items()}
        before, after = list(_repositories(old)), list(_repositories(new))
        call(
            self.service,
            "UpdatePackageGroupOriginConfiguration",
            {
                **named(arn),
                "restrictions": modes,
                "addAllowedRepositories": after,
                "removeAllowedRepositories": [each for each in before if each not in after],
            },
        )


PACKAGE_GROUP = _Group(
    type="AWS::CodeArtifact::PackageGroup",
    service=_SERVICE,
    properties=("ContactInfo", "Description", "DomainName", "DomainOwner", "OriginConfiguration", "Pattern", "Tags"),
    required=("DomainName", "Pattern"),
    create_only=("DomainName", "Pattern"),
    create="CreatePackageGroup",
    update="UpdatePackageGroup",
    delete="DeletePackageGroup",
    request=_group_request,
    physical_id=lambda parameters, answer: answer["packageGroup"]["arn"],
    identity=named,
    describe=lambda arn: {"Arn": arn},
    arn=lambda physical_id: physical_id,
    missing=_MISSING,
)

TYPES = (DOMAIN, REPOSITORY, PACKAGE_GROUP)
