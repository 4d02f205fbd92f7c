"""Reading ECR's image repositories back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource
from mlops_stages.local.client.readers.compare import key, parsed, policy, tags
from mlops_stages.local.json_values import mapping

_NO_POLICY = ("RepositoryPolicyNotFoundException", "LifecyclePolicyNotFoundException")


def _images(api: Api, resource: Resource) -> Properties:
    found = api.call("ecr", "describe_repositories", repositoryNames=[resource.physical_id])["repositories"][0]
    encryption = mapping(found.get("encryptionConfiguration"))
    return {
        "RepositoryName": found["repositoryName"],
        "ImageTagMutability": found.get("imageTagMutability"),
        "ImageScanningConfiguration": {"ScanOnPush": found["imageScanningConfiguration"]["scanOnPush"]},
        "EncryptionConfiguration": {
            "EncryptionType": encryption.get("encryptionType"),
            "KmsKey": encryption.get("kmsKey"),
        },
    }


def _image_policy(api: Api, resource: Resource) -> Properties:
    found = api.ask(_NO_POLICY, "ecr", "get_repository_policy", repositoryName=resource.physical_id)
    return {"RepositoryPolicyText": found["policyText"]} if found else {}


def _image_lifecycle(api: Api, resource: Resource) -> Properties:
    found = api.ask(_NO_POLICY, "ecr", "get_lifecycle_policy", repositoryName=resource.physical_id)
    return {"LifecyclePolicy": {"LifecyclePolicyText": found["lifecyclePolicyText"]}} if found else {}


def _image_tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:ecr:{resource.region}:{resource.account}:repository/{resource.physical_id}"
    return {"Tags": api.call("ecr", "list_tags_for_resource", resourceArn=arn).get("tags") or []}


READERS = (
    Reader(
        type="AWS::ECR::Repository",
        parts=(
            Part(
                properties=(
                    "RepositoryName",
                    "ImageTagMutability",
                    "ImageScanningConfiguration",
                    "EncryptionConfiguration",
                ),
                read=_images,
            ),
            Part(properties=("RepositoryPolicyText",), read=_image_policy),
            Part(properties=("LifecyclePolicy",), read=_image_lifecycle),
            Part(properties=("Tags",), read=_image_tags),
        ),
        canonical={
            "RepositoryPolicyText": policy,
            "LifecyclePolicy.LifecyclePolicyText": parsed,
            "EncryptionConfiguration.KmsKey": key,
            "Tags": tags,
        },
        hidden={"EmptyOnDelete": "only asked when CloudFormation deletes the repository"},
    ),
)
