"""What lets another account in: the resource policies of the reference organization's templates."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from docs.tables.assembly import Assembly, Resource
from docs.tables.markdown import code, table
from docs.tables.names import Names
from docs.tables.statements import actions_in_words, conditions_in_words
from mlops_stages.platform import Platform

_POLICIES = {
    "AWS::CodeArtifact::Domain": ("PermissionsPolicyDocument", "package domain"),
    "AWS::CodeArtifact::Repository": ("PermissionsPolicyDocument", "package repository"),
    "AWS::ECR::Repository": ("RepositoryPolicyText", "image repository"),
    "AWS::IAM::Role": ("AssumeRolePolicyDocument", "role"),
    "AWS::KMS::Key": ("KeyPolicy", "key"),
    "AWS::S3::BucketPolicy": ("PolicyDocument", "bucket"),
    "AWS::SageMaker::ModelPackageGroup": ("ModelPackageGroupPolicy", "model package group"),
}
_PEOPLE = "ADDRESSES OF WHOSE DUTY IT IS"
_NAMES = ("RoleName", "RepositoryName", "DomainName", "ModelPackageGroupName")


def crossing(assembly: Assembly, platform: Platform) -> str:
    """One row a statement that lets another account in; the same statement of several teams or models is one."""
    names = Names(platform)
    numbers = {purpose: number for number, purpose in assembly.accounts.items()}
    rows: dict[tuple[str, ...], None] = {}
    for resource in assembly.resources:
        if resource.type not in _POLICIES:
            continue
        attribute, kind = _POLICIES[resource.type]
        for statement in resource.properties.get(attribute, {}).get("Statement", []):
            who = sorted(set(_foreign(statement, numbers[resource.purpose])))
            if who:
                row = (
                    resource.purpose,
                    f"{kind} {code(_name(resource, assembly, names))}",
                    ", ".join(names.accounts.get(each, f"account {each}") for each in who),
                    actions_in_words(_listed(statement["Action"])) + _parts(statement.get("Resource", []), names),
                    conditions_in_words(_without_addresses(statement.get("Condition", {})), names.shorter),
                )
                rows[row] = None
    for share in assembly.of_type("AWS::RAM::ResourceShare"):
        who = ", ".join(names.accounts[each] for each in share.properties["Principals"])
        permissions = ", ".join(each.rpartition("/")[2] for each in share.properties["PermissionArns"])
        rows[share.purpose, "share of feature groups", who, permissions, "of the organization"] = None
    return table(("in", "what", "lets in, by account", "for", "only if"), sorted(rows))


def _parts(resources: str | list[Any], names: Names) -> str:
    """Which part of a bucket is meant, where it is not all of it."""
    objects = [cast("dict[str, Any]", each) for each in resources if isinstance(each, dict)]
    paths: list[str] = [each["Fn::Join"][1][-1] for each in objects if "Fn::Join" in each]
    return f", in {', '.join(code(names.general(path)) for path in paths)}" if paths else ""


def _without_addresses(conditions: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    """The conditions, with one word for the addresses of people."""
    return {
        operator: {key: _PEOPLE if "email" in key else value for key, value in keys.items()}
        for operator, keys in conditions.items()
    }


def _foreign(statement: Mapping[str, Any], own: str) -> Iterator[str]:
    if statement["Effect"] != "Allow" or not isinstance(statement["Principal"], dict):
        return
    principals = cast("dict[str, str | list[str]]", statement["Principal"])
    for principal in _listed(principals.get("AWS", [])):
        found = re.search(r"::(\d{12}):", principal)
        if found and found[1] != own:
            yield found[1]


def _name(resource: Resource, assembly: Assembly, names: Names) -> str:
    name = next((resource.properties[key] for key in _NAMES if key in resource.properties), None)
    if resource.type == "AWS::KMS::Key":
        name = next(
            alias.properties["AliasName"]
            for alias in assembly.of_type("AWS::KMS::Alias")
            if (alias.stack, alias.properties["TargetKeyId"]) == (resource.stack, {"Ref": resource.logical_id})
        )
    if resource.type == "AWS::S3::BucketPolicy":
        bucket = resource.properties["Bucket"]["Ref"]
        name = next(
            each.properties["BucketName"]
            for each in assembly.of_type("AWS::S3::Bucket")
            if (each.stack, each.logical_id) == (resource.stack, bucket)
        )
    text = name if isinstance(name, str) else json.dumps(name)
    return names.general(text)


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
