"""The tags of own records: one pair of operations a service, by the record's ARN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlops_stages.local.server.api.records import Parameters, Record, Records, ServiceError, merged_tags


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """How one service names its tag operations and their members."""

    add: str
    remove: str
    read: str
    arn: str  # the member that holds the ARN
    tags: str  # the member that holds tags
    keys: str  # the member that holds the keys to remove
    missing: str  # the error code for an ARN that nothing has
    answers_tags: bool = False  # whether adding tags answers with all of them

    @property
    def operations(self) -> tuple[str, ...]:
        """The three operations."""
        return (self.add, self.remove, self.read)

    def dispatch(self, records: Records, operation: str, parameters: Parameters) -> Record:
        """Answer one of the operations."""
        arn = parameters[self.arn]
        tags = records.tags(arn)
        if tags is None:
            raise ServiceError(self.missing, f"Resource {arn} does not exist.")
        if operation == self.add:
            tags.update(merged_tags(tags, parameters[self.tags]))
            return self._shown(tags) if self.answers_tags else {}
        if operation == self.remove:
            for key in parameters[self.keys]:
                tags.pop(key, None)
            return {}
        return self._shown(tags)

    def _shown(self, tags: Mapping[str, str]) -> Record:
        return {self.tags: [{"Key": key, "Value": value} for key, value in tags.items()]}


TAGGING = {
    "sagemaker": Tagging(
        add="AddTags",
        remove="DeleteTags",
        read="ListTags",
        arn="ResourceArn",
        tags="Tags",
        keys="TagKeys",
        missing="ValidationException",
        answers_tags=True,
    ),
    "codeconnections": Tagging(
        add="TagResource",
        remove="UntagResource",
        read="ListTagsForResource",
        arn="ResourceArn",
        tags="Tags",
        keys="TagKeys",
        missing="ResourceNotFoundException",
    ),
    "ce": Tagging(
        add="TagResource",
        remove="UntagResource",
        read="ListTagsForResource",
        arn="ResourceArn",
        tags="ResourceTags",
        keys="ResourceTagKeys",
        missing="ResourceNotFoundException",
    ),
}
"""By botocore's name of the service."""
