"""Amazon Q Developer in chat applications: which channel of Slack shows which topics. Nothing is shown.

Source: https://docs.aws.amazon.com/chatbot/latest/APIReference/API_CreateSlackChannelConfiguration.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlops_stages.local.server.api.records import MOST_TAGS, Parameters, Record, Scope, ServiceError, page

SERVICE = "chatbot"
_DEFAULTS: Mapping[str, Any] = {
    "SnsTopicArns": [],
    "GuardrailPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
    "LoggingLevel": "NONE",
    "UserAuthorizationRequired": False,
}


class Channels:
    """The configurations of all accounts; the service is global."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Record]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._operations: Mapping[str, Callable[[Scope, Parameters], Record]] = {
            "CreateSlackChannelConfiguration": self._create,
            "UpdateSlackChannelConfiguration": self._update,
            "DeleteSlackChannelConfiguration": self._delete,
            "DescribeSlackChannelConfigurations": self._describe,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": self._list_tags,
        }

    def handles(self, operation: str) -> bool:
        """Whether an operation is answered here."""
        return operation in self._operations

    def dispatch(self, scope: Scope, operation: str, parameters: Parameters) -> Record:
        """Answer one call whose parameters have been checked against its shape."""
        return self._operations[operation](scope, parameters)

    def _create(self, scope: Scope, given: Parameters) -> Record:
        kept, name = self._kept.setdefault(scope.account, {}), str(given["ConfigurationName"])
        arn = f"arn:aws:chatbot::{scope.account}:chat-configuration/slack-channel/{name}"
        if arn in kept:
            raise ServiceError("ConflictException", f"A configuration with the name {name} exists already.", 409)
        self._refuse_a_second(scope, given)
        tags = {str(each["TagKey"]): str(each["TagValue"]) for each in given.get("Tags") or ()}
        record = {**_DEFAULTS, **{key: value for key, value in given.items() if key != "Tags"}}
        kept[arn] = {**record, "ChatConfigurationArn": arn, "SlackTeamName": given["SlackTeamId"], "State": "ENABLED"}
        self._tags[arn] = {}
        self._add(arn, tags)
        return {"ChannelConfiguration": kept[arn]}

    def _update(self, scope: Scope, given: Parameters) -> Record:
        record = self._of(scope, str(given["ChatConfigurationArn"]))
        self._refuse_a_second(scope, {**record, **given})
        record.update(given)
        return {"ChannelConfiguration": record}

    def _delete(self, scope: Scope, given: Parameters) -> Record:
        arn = str(given["ChatConfigurationArn"])
        self._of(scope, arn)
        del self._kept[scope.account][arn], self._tags[arn]
        return {}

    def _describe(self, scope: Scope, given: Parameters) -> Record:
        arn = given.get("ChatConfigurationArn")
        found = list(self._kept.get(scope.account, {}).values()) if arn is None else [self._of(scope, str(arn))]
        items, token = page(found, given.get("MaxResults") or 100, given.get("NextToken"))
        return {"SlackChannelConfigurations": items, "NextToken": token}

    def _refuse_a_second(self, scope: Scope, given: Parameters) -> None:
        """AWS takes a channel once an account."""
        team, channel = given["SlackTeamId"], given["SlackChannelId"]
        for arn, other in self._kept[scope.account].items():
            if (other["SlackTeamId"], other["SlackChannelId"]) == (team, channel) and arn != given.get(
                "ChatConfigurationArn"
            ):
                message = (
                    f"Invalid request provided: Slack channel with ID {channel} in Slack team {team} has already been "
                    f"configured for AWS account {scope.account}."
                )
                raise ServiceError("InvalidRequestException", message)

    def _of(self, scope: Scope, arn: str) -> Record:
        try:
            return self._kept[scope.account][arn]
        except KeyError:
            raise ServiceError("ResourceNotFoundException", f"Resource {arn} does not exist.", 404) from None

    # Tags

    def _tag(self, scope: Scope, given: Parameters) -> Record:
        self._of(scope, given["ResourceARN"])
        self._add(given["ResourceARN"], {str(each["TagKey"]): str(each["TagValue"]) for each in given["Tags"]})
        return {}

    def _add(self, arn: str, tags: Mapping[str, str]) -> None:
        together = {**self._tags[arn], **tags}
        if len(together) > MOST_TAGS:
            raise ServiceError("TooManyTagsException", f"A resource takes at most {MOST_TAGS} tags.")
        self._tags[arn] = together

    def _untag(self, scope: Scope, given: Parameters) -> Record:
        self._of(scope, given["ResourceARN"])
        for key in given["TagKeys"]:
            self._tags[given["ResourceARN"]].pop(key, None)
        return {}

    def _list_tags(self, scope: Scope, given: Parameters) -> Record:
        self._of(scope, given["ResourceARN"])
        tags = self._tags[given["ResourceARN"]]
        return {"Tags": [{"TagKey": key, "TagValue": value} for key, value in tags.items()]}
