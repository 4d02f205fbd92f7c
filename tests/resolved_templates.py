"""An organization's templates with the references in them resolved, as far as policies need it.

A reference to a resource becomes an ARN or a name of the right form, with `*` for what only AWS will choose; an import
becomes what the other stack exports.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

_ARNS: Mapping[str, str] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "application-autoscaling:{region}:{account}:scalable-target/*",
    "AWS::CE::AnomalyMonitor": "ce::{account}:anomalymonitor/*",
    "AWS::CloudTrail::Trail": "cloudtrail:{region}:{account}:trail/{TrailName}",
    "AWS::CloudWatch::Alarm": "cloudwatch:{region}:{account}:alarm:{AlarmName}",
    "AWS::CodeArtifact::Domain": "codeartifact:{region}:{account}:domain/{DomainName}",
    "AWS::CodeArtifact::PackageGroup": "codeartifact:{region}:{account}:package-group/{DomainName}{Pattern}",
    "AWS::CodeArtifact::Repository": "codeartifact:{region}:{account}:repository/{DomainName}/{RepositoryName}",
    "AWS::CodeConnections::Connection": "codeconnections:{region}:{account}:connection/*",
    "AWS::ECR::Repository": "ecr:{region}:{account}:repository/{RepositoryName}",
    "AWS::IAM::ManagedPolicy": "iam::{account}:policy/{ManagedPolicyName}",
    "AWS::IAM::OIDCProvider": "iam::{account}:oidc-provider/*",
    "AWS::IAM::Role": "iam::{account}:role{Path}{RoleName}",
    "AWS::KMS::Alias": "kms:{region}:{account}:{AliasName}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/*",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{FunctionName}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{LogGroupName}:*",
    "AWS::S3::Bucket": "s3:::{BucketName}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{TopicName}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{QueueName}",
    "AWS::SSO::PermissionSet": "sso:::permissionSet/*/*",
    "AWS::Scheduler::Schedule": "scheduler:{region}:{account}:schedule/{Name}/{Name}",
    "AWS::Scheduler::ScheduleGroup": "scheduler:{region}:{account}:schedule-group/{Name}",
    "AWS::SageMaker::Domain": "sagemaker:{region}:{account}:domain/*",
    "AWS::SageMaker::Endpoint": "sagemaker:{region}:{account}:endpoint/{EndpointName}",
    "AWS::SageMaker::EndpointConfig": "sagemaker:{region}:{account}:endpoint-config/{EndpointConfigName}",
    "AWS::SageMaker::FeatureGroup": "sagemaker:{region}:{account}:feature-group/{FeatureGroupName}",
    "AWS::SageMaker::MlflowApp": "sagemaker:{region}:{account}:mlflow-app/*",
    "AWS::SageMaker::Model": "sagemaker:{region}:{account}:model/{ModelName}",
    "AWS::SageMaker::ModelPackageGroup": "sagemaker:{region}:{account}:model-package-group/{ModelPackageGroupName}",
    "AWS::SageMaker::Pipeline": "sagemaker:{region}:{account}:pipeline/{PipelineName}",
    "AWS::SageMaker::UserProfile": "sagemaker:{region}:{account}:user-profile/*/{UserProfileName}",
}
"""What `Arn` of a resource is, or `Ref` where that gives an ARN."""

_REFERS_BY_ARN = frozenset(
    {
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::OIDCProvider",
        "AWS::SNS::Topic",
        "AWS::CodeConnections::Connection",
        "AWS::SageMaker::MlflowApp",
    }
)


@dataclass(frozen=True)
class ResolvedTemplates:
    """The templates of one organization, and where each is deployed: account and region by the stack's name."""

    templates: Mapping[str, Mapping[str, Any]]
    environments: Mapping[str, tuple[str, str]]
    exports: Mapping[str, tuple[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        """Find what the stacks export."""
        found = {
            output["Export"]["Name"]: (stack, output["Value"])
            for stack, template in self.templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output
        }
        object.__setattr__(self, "exports", found)

    def resolve(self, stack: str, value: Any) -> Any:  # noqa: ANN401 - any part of a template
        """The value with every reference in it resolved."""
        if isinstance(value, list):
            return [self.resolve(stack, each) for each in cast("list[Any]", value)]
        if not isinstance(value, dict):
            return value
        match cast("dict[str, Any]", value):
            case {"Ref": name}:
                return self._reference(stack, name)
            case {"Fn::GetAtt": [name, attribute]}:
                return self._attribute(stack, name, attribute)
            case {"Fn::ImportValue": name}:
                return self.resolve(*self.exports[name])
            case {"Fn::Join": [separator, parts]}:
                return separator.join(self.resolve(stack, each) for each in parts)
            case {"Fn::If": [_, there, _]}:
                return self.resolve(stack, there)
            case {"Fn::Select": _}:
                return "*"  # a zone of the region
            case body:
                unknown = [key for key in body if key.startswith("Fn::")]
                assert not unknown, f"a function that is not resolved here: {unknown}"
                return {key: self.resolve(stack, each) for key, each in body.items()}

    def find(self, stack: str, reference: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - as it stands in a template
        """The resource that a reference, an import or a policy's ARN leads to; None where no template makes it."""
        if isinstance(reference, str):
            return self.named_policies.get(reference)
        if isinstance(reference, dict):
            match cast("dict[str, Any]", reference):
                case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
                    return self.templates[stack]["Resources"][name]
                case {"Fn::ImportValue": name}:
                    return self.find(*self.exports[name])
                case _:
                    pass
        return None

    @cached_property
    def named_policies(self) -> Mapping[str, Mapping[str, Any]]:
        """The managed policies by their ARNs."""
        return {
            self.arn(stack, name): body
            for stack, template in self.templates.items()
            for name, body in template["Resources"].items()
            if body["Type"] == "AWS::IAM::ManagedPolicy" and "ManagedPolicyName" in body["Properties"]
        }

    def _reference(self, stack: str, name: str) -> str:
        account, region = self.environments[stack]
        pseudo = {"AWS::AccountId": account, "AWS::Region": region, "AWS::Partition": "aws"}
        if name in pseudo:
            return pseudo[name]
        if name in self.templates[stack].get("Parameters", {}):
            return self._given(stack, name)
        kind = self.templates[stack]["Resources"][name]["Type"]
        if kind in _REFERS_BY_ARN:
            return self.arn(stack, name)
        # The id or name alone: a policy takes it as a part of an ARN, or as the value of a condition.
        return self.arn(stack, name).rpartition(":")[2].rpartition("/")[2] if kind in _ARNS else "*"

    def _given(self, stack: str, name: str) -> str:
        """What may be given for a parameter: whatever begins as its pattern does, where it may be empty otherwise."""
        start, _, rest = self.templates[stack]["Parameters"][name].get("AllowedPattern", "").partition("^(|")
        return f"{rest.partition('[')[0]}*" if not start else "*"

    def _attribute(self, stack: str, name: str, attribute: str) -> str:
        kind = self.templates[stack]["Resources"][name]["Type"]
        is_arn = attribute.endswith("Arn")
        assert not is_arn or kind in _ARNS, f"an ARN that is not known here: {kind}.{attribute}"
        return self.arn(stack, name) if is_arn else "*"

    def has_arn(self, type_name: str) -> bool:
        """Whether the ARNs of a type are known here."""
        return type_name in _ARNS

    def arn(self, stack: str, name: str) -> str:
        """The ARN of a resource."""
        account, region = self.environments[stack]
        body = self.templates[stack]["Resources"][name]
        properties: dict[str, Any] = body.get("Properties", {})
        values = _Given({"account": account, "region": region})
        values["Path"] = "/"
        values.update(
            {
                key: self.resolve(stack, each)
                for key, each in properties.items()
                if isinstance(each, str) or _joined(each)
            }
        )
        return "arn:aws:" + _ARNS[body["Type"]].format_map(values)


def _joined(value: object) -> bool:
    return isinstance(value, dict) and "Fn::Join" in value


class _Given(dict[str, str]):
    """Properties by name; what is not given is AWS's to choose."""

    def __missing__(self, key: str) -> str:
        return "*"
