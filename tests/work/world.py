"""An organization as a judge of requests needs it: roles, resources, endpoints and guardrails, by their ARNs.

All of it is read from the templates of a synth. What only AWS will choose (ids, unnamed buckets) is a made-up id here,
one for each resource.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mlops_stages.repeatable.shared_data import READ_FEATURES
from tests.resolved_templates import ResolvedTemplates

Json = Mapping[str, Any]

_HASH = re.compile(r"[0-9A-F]{8}$")
_FULL_ACCESS: Json = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
"""FullAWSAccess, which AWS attaches to every root, unit and account."""

_POLICIES: Mapping[str, str] = {
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::SageMaker::ModelPackageGroup": "ModelPackageGroupPolicy",
    "AWS::CodeArtifact::Domain": "PermissionsPolicyDocument",
    "AWS::CodeArtifact::Repository": "PermissionsPolicyDocument",
    "AWS::IAM::Role": "AssumeRolePolicyDocument",
}
"""The property with the policy of a resource, by its type."""

_HOLDERS: Mapping[str, tuple[str, str]] = {
    "s3": (r"/.*$", ""),
    "sagemaker": (r":model-package/([^/]+)/\d+$", r":model-package-group/\1"),
    "codeartifact": (r":package/([^/]+/[^/]+)/.*$", r":repository/\1"),
}
"""What makes the ARN of whatever has the policy of the ARN of something in it, by service."""


class ConcreteTemplates(ResolvedTemplates):
    """Templates in which a made-up id stands for what only AWS will choose."""

    def _reference(self, stack: str, name: str) -> str:
        return super()._reference(stack, name).replace("*", _made_up(stack, name))

    def _attribute(self, stack: str, name: str, attribute: str) -> str:
        found = super()._attribute(stack, name, attribute)
        return found if self._type(stack, name) == "AWS::Logs::LogGroup" else found.replace("*", _made_up(stack, name))

    def arn(self, stack: str, name: str) -> str:
        """The ARN of a resource."""
        found = super().arn(stack, name)
        if self._type(stack, name) == "AWS::Logs::LogGroup":  # the asterisk at its end is the ARN's own
            return found.removesuffix(":*").replace("*", _made_up(stack, name)) + ":*"
        return found.replace("*", _made_up(stack, name))

    def _type(self, stack: str, name: str) -> str:
        return self.templates[stack]["Resources"][name]["Type"]

    def ref(self, stack: str, name: str) -> str:
        """What `Ref` gives for a resource."""
        return self._reference(stack, name)


def _made_up(stack: str, name: str) -> str:
    return f"{stack}-{name}".lower()


@dataclass(frozen=True)
class Role:
    """Who asks: a role, and all that its requests are judged by."""

    arn: str
    account: str
    tags: Mapping[str, str]
    policies: Mapping[str, Json]
    boundary: Json | None


@dataclass(frozen=True)
class Owned:
    """What a request is on: who owns it, its policy where its type has one, its tags, and a key's aliases."""

    account: str
    policy: Json | None = None
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    aliases: Sequence[str] = ()


@dataclass(frozen=True)
class Endpoint:
    """A VPC endpoint: its ids and what it lets through."""

    vpc: str
    id: str
    policy: Json


class World:
    """All roles, resources, endpoints and guardrails of one organization."""

    def __init__(self, templates: ConcreteTemplates, *, organization: str, region: str) -> None:
        self.templates = templates
        self.organization = organization
        self.region = region

    def _each(self, *types: str) -> list[tuple[str, str, str, dict[str, Any]]]:
        return [
            (stack, name, body["Type"], body.get("Properties", {}))
            for stack, template in self.templates.templates.items()
            for name, body in template["Resources"].items()
            if body["Type"] in types
        ]

    def resource(self, reference: str) -> tuple[str, str]:
        """Stack and logical id of `STACK/ID`, the id without the hash at its end."""
        stack, _, wanted = reference.partition("/")
        found = [name for name in self.templates.templates[stack]["Resources"] if _HASH.sub("", name) == wanted]
        assert len(found) == 1, f"{reference}: {found}"
        return stack, found[0]

    @cached_property
    def managed_policies(self) -> Mapping[str, Json]:
        """The managed policies, by ARN."""
        return {
            self.templates.arn(stack, name): self.templates.resolve(stack, properties["PolicyDocument"])
            for stack, name, _, properties in self._each("AWS::IAM::ManagedPolicy")
        }

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """The roles, by ARN."""
        found: dict[str, Role] = {}
        for stack, name, _, properties in self._each("AWS::IAM::Role"):
            arn = self.templates.arn(stack, name)
            attached: list[str] = self.templates.resolve(stack, properties.get("ManagedPolicyArns", []))
            boundary = self.templates.resolve(stack, properties["PermissionsBoundary"])
            found[arn] = Role(
                arn=arn,
                account=self.templates.environments[stack][0],
                tags={tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])},
                policies={each: self.managed_policies[each] for each in attached},
                boundary=self.managed_policies[boundary],
            )
        return found

    def role(self, name: str, account: str) -> Role:
        """The role of that name, path left out."""
        (found,) = (role for role in self.roles.values() if role.arn.endswith(f"/{name}") and role.account == account)
        return found

    @cached_property
    def _owned(self) -> Mapping[str, Owned]:
        """What has a policy or an owner that its ARN does not tell, by ARN."""
        aliases: dict[str, list[str]] = {}
        for stack, _, _, properties in self._each("AWS::KMS::Alias"):
            key = self.templates.resolve(stack, properties["TargetKeyId"])
            aliases.setdefault(key.rpartition("/")[2], []).append(properties["AliasName"])
        found: dict[str, Owned] = {}
        for stack, name, kind, properties in self._each(*_POLICIES, "AWS::S3::Bucket", "AWS::SageMaker::FeatureGroup"):
            account = self.templates.environments[stack][0]
            document = properties.get(_POLICIES[kind]) if kind in _POLICIES else None
            arn = self._arn(stack, name, kind, properties, account)
            found[arn] = Owned(
                account=account,
                policy=None if document is None else self.templates.resolve(stack, document),
                tags={tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])},
                aliases=aliases.get(arn.rpartition("/")[2], ()),
            )
        for stack, _, _, properties in self._each("AWS::S3::BucketPolicy"):
            arn = "arn:aws:s3:::" + self.templates.resolve(stack, properties["Bucket"])
            policy = self.templates.resolve(stack, properties["PolicyDocument"])
            found[arn] = Owned(found[arn].account, policy, found[arn].tags)
        for stack, _, _, properties in self._each("AWS::RAM::ResourceShare"):
            shared = self.templates.resolve(stack, properties)
            for arn in shared["ResourceArns"]:
                found[arn] = Owned(found[arn].account, _policy_of_share(arn, shared["Principals"]), found[arn].tags)
        return found

    def _arn(self, stack: str, name: str, kind: str, properties: Json, account: str) -> str:
        if kind.startswith("AWS::CodeArtifact::"):
            domain = self.templates.resolve(stack, properties["DomainName"])
            resource = (
                f"domain/{domain}" if kind.endswith("Domain") else f"repository/{domain}/{properties['RepositoryName']}"
            )
            return f"arn:aws:codeartifact:{self.region}:{account}:{resource}"
        return self.templates.arn(stack, name)

    def owned(self, arn: str, caller: str) -> Owned:
        """Owner, policy and tags of what a request is on; where no template has it, of the account in its ARN."""
        parts = arn.split(":", 5)
        if len(parts) < 6:
            return Owned(caller)
        holder = re.sub(*_HOLDERS[parts[2]], arn) if parts[2] in _HOLDERS else arn
        known = self._owned.get(holder)
        if known is None:
            return Owned(parts[4] or caller)
        return known if holder == arn else Owned(known.account, known.policy)

    def has(self, arn: str) -> bool:
        """Whether a template has the resource, of those that have a policy or an owner of their own."""
        return arn in self._owned

    @property
    def accounts(self) -> set[str]:
        """The accounts that anything is deployed to."""
        return {account for account, _ in self.templates.environments.values()}

    def bucket_owner(self, arn: str) -> str | None:
        """The account that owns the bucket of an ARN of S3's; None for any other ARN."""
        return (self.owned(arn, "").account or None) if arn.startswith("arn:aws:s3:::") else None

    def key(self, alias: str, account: str) -> str:
        """The ARN of the key that has an alias."""
        (found,) = (arn for arn, owned in self._owned.items() if alias in owned.aliases and owned.account == account)
        return found

    @cached_property
    def endpoints(self) -> Mapping[tuple[str, str], Endpoint]:
        """The endpoints, by account and service, such as `sagemaker.api`."""
        found: dict[tuple[str, str], Endpoint] = {}
        for stack, name, _, properties in self._each("AWS::EC2::VPCEndpoint"):
            service = properties["ServiceName"].partition(f"{self.region}.")[2]
            found[self.templates.environments[stack][0], service] = Endpoint(
                vpc=self.templates.resolve(stack, properties["VpcId"]),
                id=self.templates.ref(stack, name),
                policy=self.templates.resolve(stack, properties["PolicyDocument"]),
            )
        return found

    @cached_property
    def guardrails(self) -> Mapping[str, Mapping[str, Json]]:
        """The service control policies on each account itself, by name."""
        found: dict[str, dict[str, Json]] = {}
        for stack, _, _, properties in self._each("AWS::Organizations::Policy"):
            policy = self.templates.resolve(stack, properties)
            for target in policy["TargetIds"]:
                if re.fullmatch(r"\d{12}", target):
                    found.setdefault(target, {})[policy["Name"]] = policy["Content"]
        return found

    def control_policies(self, account: str) -> list[tuple[str, Mapping[str, Json]]]:
        """The policies over an account, level by level: AWS's own at the root, and ours with it on the account."""
        ours = self.guardrails.get(account, {})
        return [("root", {"FullAWSAccess": _FULL_ACCESS}), (account, {"FullAWSAccess": _FULL_ACCESS, **ours})]


def _policy_of_share(arn: str, accounts: Sequence[str]) -> Json:
    """The policy that Resource Access Manager writes for a feature group that is shared for reading."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ShareForReading",
                "Effect": "Allow",
                "Principal": {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]},
                "Action": list(READ_FEATURES),
                "Resource": arn,
            }
        ],
    }
