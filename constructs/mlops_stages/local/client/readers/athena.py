"""Reading Athena's workgroups back."""

from __future__ import annotations

from mlops_stages.local.client.readers.api import Api, Part, Properties, Reader, Resource, picked
from mlops_stages.local.client.readers.compare import key, tags


def _work_group(api: Api, resource: Resource) -> Properties:
    found = api.call("athena", "get_work_group", WorkGroup=resource.physical_id)["WorkGroup"]
    configuration = {name: value for name, value in found.get("Configuration", {}).items() if name != "EngineVersion"}
    version = found.get("Configuration", {}).get("EngineVersion", {})
    return {
        **picked(found, "Name", "Description", "State"),
        "WorkGroupConfiguration": {**configuration, "EngineVersion": picked(version, "SelectedEngineVersion")},
    }


def _tags(api: Api, resource: Resource) -> Properties:
    arn = f"arn:aws:athena:{resource.region}:{resource.account}:workgroup/{resource.physical_id}"
    return {"Tags": api.call("athena", "list_tags_for_resource", ResourceARN=arn)["Tags"]}


READERS = (
    Reader(
        type="AWS::Athena::WorkGroup",
        parts=(
            Part(properties=("Description", "Name", "State", "WorkGroupConfiguration"), read=_work_group),
            Part(properties=("Tags",), read=_tags),
        ),
        canonical={
            "Tags": tags,
            "WorkGroupConfiguration.ManagedQueryResultsConfiguration.EncryptionConfiguration.KmsKey": key,
        },
        hidden={"RecursiveDeleteOption": "it is asked for when the workgroup is deleted"},
    ),
)
