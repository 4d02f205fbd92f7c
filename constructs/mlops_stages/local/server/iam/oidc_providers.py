"""AWS::IAM::OIDCProvider: whose tokens an account believes."""

from __future__ import annotations

from mlops_stages.local.server.cloudformation.api_types import ApiType, Properties, RefusedError, call, given

_API_NAMES = {"ClientIdList": "ClientIDList", "ThumbprintList": "ThumbprintList", "Url": "Url", "Tags": "Tags"}
"""A property's name, and the API's."""


def _request(properties: Properties) -> Properties:
    url = str(properties.get("Url") or "")
    if not url.startswith("https://"):
        raise RefusedError(f"AWS::IAM::OIDCProvider: Url must begin with https://, not {url!r}")
    return {_API_NAMES[name]: value for name, value in given(properties, *_API_NAMES).items()}


class _Provider(ApiType):
    """The provider's type; ministack changes none, so that a change makes it anew, under the same ARN."""

    def _update(self, physical_id: str, old: Properties, new: Properties, stack_name: str) -> tuple[str, Properties]:
        self.check(new)
        request = _request(new)
        if self.replaces(old, new):
            return self._create("Provider", new, stack_name)
        call("iam", "DeleteOpenIDConnectProvider", {"OpenIDConnectProviderArn": physical_id})
        call("iam", "CreateOpenIDConnectProvider", request)
        return physical_id, self.describe(physical_id)


PROVIDER = _Provider(
    type="AWS::IAM::OIDCProvider",
    service="iam",
    properties=tuple(_API_NAMES),
    create_only=("Url",),
    create="CreateOpenIDConnectProvider",
    delete="DeleteOpenIDConnectProvider",
    request=_request,
    physical_id=lambda parameters, answer: answer["OpenIDConnectProviderArn"],
    identity=lambda physical_id: {"OpenIDConnectProviderArn": physical_id},
    describe=lambda physical_id: {"Arn": physical_id},
    arn=lambda physical_id: physical_id,
    missing=("NoSuchEntity",),
)

TYPES = (PROVIDER,)
