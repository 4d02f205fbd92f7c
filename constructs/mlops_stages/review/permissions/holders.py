"""Who holds which permissions by a template: each policy's statements, by what it is attached to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from mlops_stages.review.permissions.security_groups import Rule, group_named_by, rules_in, rules_of
from mlops_stages.review.permissions.statements import (
    ANYBODY,
    EVERYTHING,
    Statement,
    Terms,
    is_policy,
    statements_of,
)
from mlops_stages.review.permissions.templates import Template
from mlops_stages.review.permissions.texts import Texts

NAMES: Mapping[str, str] = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SSO::PermissionSet": "Name",
    "AWS::Organizations::Policy": "Name",
}
"""The property that names a resource, where a reviewer knows it by that: another logical id is then no other holder."""
TARGETS: Mapping[str, tuple[str, ...]] = {
    "AWS::IAM::Policy": ("Roles", "Users", "Groups"),
    "AWS::IAM::RolePolicy": ("RoleName",),
    "AWS::IAM::ManagedPolicy": ("Roles", "Users", "Groups"),
    "AWS::S3::BucketPolicy": ("Bucket",),
    "AWS::SQS::QueuePolicy": ("Queues",),
    "AWS::SNS::TopicPolicy": ("Topics",),
    "AWS::Organizations::Policy": ("TargetIds",),
}
"""The properties that say what a policy is attached to."""
TARGET = "target of "
"""Before the type of a policy, where it is attached to what is no resource of the templates."""
DOORS = frozenset(
    {
        "AWS::EC2::EIP", "AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route",
        "AWS::EC2::TransitGatewayAttachment", "AWS::EC2::VPCGatewayAttachment", "AWS::EC2::VPCPeeringConnection",
        "AWS::IAM::AccessKey", "AWS::IAM::OIDCProvider", "AWS::IAM::SAMLProvider", "AWS::IAM::User",
        "AWS::IAM::UserToGroupAddition", "AWS::KMS::Grant", "AWS::LakeFormation::DataLakeSettings",
        "AWS::LakeFormation::Permissions", "AWS::LakeFormation::PrincipalPermissions", "AWS::Lambda::Url",
        "AWS::RAM::ResourceShare", "AWS::RolesAnywhere::Profile", "AWS::RolesAnywhere::TrustAnchor",
        "AWS::SSO::Assignment",
    }
)  # fmt: skip
"""Types that give somebody access without a policy: each new one counts, and each change."""
LOCKS: Mapping[str, tuple[str, ...]] = {
    "AWS::Lambda::Url": ("AuthType",),
    "AWS::RDS::DBInstance": ("PubliclyAccessible",),
    "AWS::S3::Bucket": ("PublicAccessBlockConfiguration", "OwnershipControls", "AccessControl"),
}
"""Properties that close a resource: each change of one counts."""
_PRIVATE = (None, "Private", "LogDeliveryWrite")
"""Canned access lists of a bucket that let nobody else in."""
BOUNDARY, ATTACHED, WAY_IN, ACTS_AS, NONE = "boundary", "attached policy", "way in", "acts as", "none"
"""What a fact is about, and its value where there is nothing."""
QUIET_WHEN_NEW = frozenset({BOUNDARY, ACTS_AS, *(name for names in LOCKS.values() for name in names)})
"""What says nothing about a new resource; of one that was there before, each change counts."""
_BOUNDED = {"AWS::IAM::Role", "AWS::IAM::User", "AWS::SSO::PermissionSet"}
_ACTORS = ("Role", "RoleArn", "RoleARN", "IamInstanceProfile")
"""How the properties end that say under which role something acts."""
_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_GROUPS = {"AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"}


@dataclass
class Holder:
    """What something may do, or who may do something with it."""

    where: str
    statements: list[Statement] = field(default_factory=list)
    facts: set[tuple[str, str]] = field(default_factory=set)
    """What is compared as it stands: attached policies of others, boundaries, doors, by what it is."""
    rules: list[Rule] = field(default_factory=list)


Key = tuple[str, str, str]
"""The stack, or the account where a name is fixed; the type; the name, or the logical id."""


def holders(templates: Iterable[Template]) -> dict[Key, Holder]:
    """Return everything in the templates that holds permissions."""
    found: dict[Key, Holder] = {}
    for template in templates:
        _Reader(template, found).read()
    return found


class _Reader:
    def __init__(self, template: Template, found: dict[Key, Holder]) -> None:
        self._template = template
        self._texts: Texts = template.texts
        self._found = found

    def read(self) -> None:
        for logical_id, resource in self._template.resources.items():
            properties: object = resource.get("Properties", {})
            if isinstance(properties, dict):
                self._resource(logical_id, str(resource["Type"]), cast("dict[str, Any]", properties))

    def _resource(self, logical_id: str, kind: str, properties: dict[str, Any]) -> None:
        holder = self._holder(kind, logical_id, properties)
        attached = [self._attached(kind, text) for text in self._targets(kind, properties)] or [holder]
        if kind == "AWS::IAM::ManagedPolicy":
            attached.append(holder)
        for path, policy in _policies(properties):
            for each in attached:
                self._add_policy(each, path, policy)
        holder.facts |= set(self._facts(kind, properties))
        if kind == "AWS::EC2::VPCEndpoint" and "PolicyDocument" not in properties:
            holder.statements.append(Statement(True, EVERYTHING, EVERYTHING, Terms(frozenset({ANYBODY})), {}))
        elif kind == "AWS::Lambda::Permission":
            self._invocation(properties)
        elif kind in _GROUPS:
            self._group(kind, properties, holder)

    def _facts(self, kind: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        if kind in _BOUNDED:
            boundary = properties.get("PermissionsBoundary")
            yield BOUNDARY, NONE if boundary is None else self._texts.of(boundary)
        for name in ("ManagedPolicyArns", "ManagedPolicies"):
            listed: object = properties.get(name)
            for arn in cast("list[object]", listed) if isinstance(listed, list) else []:
                yield ATTACHED, self._texts.of(arn)
        if kind in DOORS:
            yield WAY_IN, self._texts.of({name: value for name, value in properties.items() if name != "Tags"})
        if kind == "AWS::Events::EventBusPolicy" and "Statement" not in properties:
            yield WAY_IN, self._texts.of(properties)
        for name in LOCKS.get(kind, ()):
            value = properties.get(name)
            yield name, NONE if value is None else self._texts.of(value)
        if kind == "AWS::S3::Bucket" and _is_public(properties):
            yield WAY_IN, "the public, as far as its policy lets it"
        if not kind.startswith("AWS::IAM::"):
            for role in _values_of(properties, _ACTORS):
                yield ACTS_AS, self._texts.of(role)

    def _holder(self, kind: str, logical_id: str, properties: Mapping[str, Any]) -> Holder:
        name = properties.get(NAMES.get(kind, ""))
        if isinstance(name, str):
            return self._keyed(self._template.account or self._template.stack, kind, name)
        return self._keyed(self._template.stack, kind, logical_id)

    def _keyed(self, scope: str, kind: str, name: str) -> Holder:
        where = f"{self._template.stack}: {kind} {name}"
        return self._found.setdefault((scope, kind, name), Holder(where))

    def _targets(self, kind: str, properties: Mapping[str, Any]) -> Iterator[object]:
        for name in TARGETS.get(kind, ()):
            value: object = properties.get(name)
            if value is not None:
                yield from cast("list[object]", value) if isinstance(value, list) else [value]

    def _attached(self, kind: str, target: object) -> Holder:
        """The holder that a policy's target is: a resource of the template, or what is named so."""
        referred = cast("dict[str, object]", target).get("Ref") if isinstance(target, dict) else None
        if isinstance(referred, str):
            logical_id = referred
            resource = self._template.resources.get(logical_id)
            if resource is not None:
                properties: object = resource.get("Properties", {})
                own = cast("dict[str, Any]", properties) if isinstance(properties, dict) else {}
                return self._holder(str(resource["Type"]), logical_id, own)
        return self._keyed(
            self._template.account or self._template.stack, f"{TARGET}{kind}", self._texts.of(cast("object", target))
        )

    def _add_policy(self, holder: Holder, path: str, policy: dict[str, Any]) -> None:
        try:
            found = statements_of(policy, self._texts)
        except ValueError:
            holder.facts.add((f"policy {path} that cannot be read", self._texts.of(policy)))
            return
        holder.statements.extend(found)

    def _invocation(self, properties: Mapping[str, Any]) -> None:
        principal = self._texts.of(properties.get("Principal", ANYBODY))
        kind = "Service" if "." in principal else "AWS"
        asked = {
            ("ArnLike", "aws:sourcearn"): properties.get("SourceArn"),
            ("StringEquals", "aws:sourceaccount"): properties.get("SourceAccount"),
            ("StringEquals", "aws:principalorgid"): properties.get("PrincipalOrgID"),
            ("StringEquals", "lambda:functionurlauthtype"): properties.get("FunctionUrlAuthType"),
            ("StringEquals", "lambda:eventsourcetoken"): properties.get("EventSourceToken"),
        }
        statement = Statement(
            allows=True,
            actions=Terms(frozenset({self._texts.of(properties.get("Action", "*")).lower()})),
            resources=EVERYTHING,
            principals=Terms(frozenset({ANYBODY if principal == ANYBODY else f"{kind}:{principal}"})),
            conditions={key: frozenset({self._texts.of(value)}) for key, value in asked.items() if value is not None},
        )
        self._attached("AWS::Lambda::Function", properties.get("FunctionName")).statements.append(statement)

    def _group(self, kind: str, properties: Mapping[str, Any], holder: Holder) -> None:
        if kind == "AWS::EC2::SecurityGroup":
            for direction, rule in rules_in(properties):
                self._rule(direction, rule, holder)
            return
        group: object = properties.get("GroupId")
        name = group_named_by(group)
        target: object = group if name is None else {"Ref": name}
        self._rule(kind.rsplit("Group", 1)[1], properties, self._attached(kind, target))

    def _rule(self, direction: str, rule: object, holder: Holder) -> None:
        found = rules_of(direction, rule, self._texts)
        if found:
            holder.rules += found
        else:
            holder.facts.add((f"{direction} rule that cannot be read", self._texts.of(rule)))


def _policies(value: object, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy document in a resource's properties, with where it is; also one that is written as a text."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return
    if is_policy(value):
        yield path, cast("dict[str, Any]", value)
    elif isinstance(value, dict):
        for name, part in cast("dict[str, object]", value).items():
            yield from _policies(part, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for number, part in enumerate(cast("list[object]", value)):
            yield from _policies(part, f"{path}[{number}]")


def _values_of(value: object, endings: tuple[str, ...]) -> Iterator[object]:
    """The values of all properties, however deep, whose names end so."""
    if isinstance(value, dict):
        for name, part in cast("dict[str, object]", value).items():
            if name.endswith(endings) and not isinstance(part, list):
                yield part
            yield from _values_of(cast("object", part), endings)
    elif isinstance(value, list):
        for part in cast("list[object]", value):
            yield from _values_of(part, endings)


def _is_public(bucket: Mapping[str, Any]) -> bool:
    """Whether a bucket does without what keeps the public out; where it says nothing, AWS keeps it out."""
    blocked: object = bucket.get("PublicAccessBlockConfiguration")
    flags = cast("dict[str, object]", blocked) if isinstance(blocked, dict) else {}
    is_blocked = blocked is None or all(flags.get(name) in (True, "true") for name in _BLOCKS)
    return not is_blocked or bucket.get("AccessControl") not in _PRIVATE
