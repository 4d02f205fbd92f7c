"""Looks at a filled definition once more, without knowing how it was filled: is each job as the platform wants it?

Written out by hand on purpose: a fault in the filling must not be a fault here too.
"""

from collections.abc import Iterator

from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.pipeline_definition.injected import Injected
from mlops_stages.pipeline_definition.kinds import JOBS, STEP_TYPES
from mlops_stages.pipeline_definition.steps import Step, steps_in
from mlops_stages.platform.plain import Map, is_map, list_of, map_of


def faults_of_filled(document: Map, injected: Injected) -> Iterator[Fault]:
    """Every job that is not isolated, encrypted, in the network and under the role, and every free registration."""
    for step in steps_in(document):
        if step.type not in STEP_TYPES:
            yield _fault(step, "Type")
        elif step.type in JOBS:
            yield from _job(step, injected)
        elif step.type == "RegisterModel":
            arguments = step.arguments
            if arguments.get("ModelPackageGroupName") != injected.package_group_arn:
                yield _fault(step, "ModelPackageGroupName")
            if arguments.get("ModelApprovalStatus") != "PendingManualApproval":
                yield _fault(step, "ModelApprovalStatus")
            named = map_of(arguments.get("CustomerMetadataProperties"))
            yield from (
                _fault(step, key) for key in ("model-sha256", "image-digest", "execution") if not named.get(key)
            )


def _job(step: Step, injected: Injected) -> Iterator[Fault]:
    arguments = step.arguments
    if step.type == "Processing":
        network, name = map_of(arguments.get("NetworkConfig")), "ProcessingJobName"
        volumes = map_of(map_of(arguments.get("ProcessingResources")).get("ClusterConfig"))
        output = map_of(arguments.get("ProcessingOutputConfig"))
    else:
        network, name = arguments, "TrainingJobName"
        volumes = map_of(arguments.get("ResourceConfig"))
        output = map_of(arguments.get("OutputDataConfig"))
    vpc = map_of(network.get("VpcConfig"))
    keys = [injected.volume_key, *(place.key for place in injected.places)]
    tags = {str(tag.get("Key")): tag.get("Value") for tag in list_of(arguments.get("Tags")) if is_map(tag)}
    wanted = {
        "RoleArn": arguments.get("RoleArn") == injected.role_arn,
        "EnableNetworkIsolation": network.get("EnableNetworkIsolation") is True,
        "EnableInterContainerTrafficEncryption": network.get("EnableInterContainerTrafficEncryption") is True,
        "Subnets": bool(injected.subnets) and vpc.get("Subnets") == list(injected.subnets),
        "SecurityGroupIds": vpc.get("SecurityGroupIds") == list(injected.security_group_ids),
        "VolumeKmsKeyId": volumes.get("VolumeKmsKeyId") == injected.volume_key,
        "KmsKeyId": output.get("KmsKeyId") in keys,
        "Tags": all(tags.get(key) == value for key, value in injected.tags.items()),
        name: arguments.get(name) == injected.job_prefix,
    }
    yield from (_fault(step, field) for field, as_wanted in wanted.items() if not as_wanted)


def _fault(step: Step, field: str) -> Fault:
    return Fault("PIP-060", *step.place("Arguments", field), f"After everything was filled in, `{field}` is not ours.")
