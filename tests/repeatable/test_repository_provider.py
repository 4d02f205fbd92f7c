"""RepositoryProvider and CodeConnection: a way in for CI, and a way out to the code."""

from aws_cdk import Stack

from mlops_stages.repeatable import CodeConnection, RepositoryProvider
from mlops_stages.repeatable.repository_provider import provider_arn
from tests.foundation.built import built, refused
from tests.repeatable.tooling import HERE


def test_only_tokens_made_for_aws_are_believed() -> None:
    found = built(lambda stack: RepositoryProvider(stack, "Provider", provider="github"))
    assert found.types == {"AWS::IAM::OIDCProvider": 1}
    provider = found.one("AWS::IAM::OIDCProvider")
    assert provider["Url"] == "https://token.actions.githubusercontent.com"
    assert provider["ClientIdList"] == ["sts.amazonaws.com"]
    assert found.findings == ()


def test_no_thumbprint_is_pinned() -> None:
    found = built(lambda stack: RepositoryProvider(stack, "Provider", provider="gitlab"))
    assert "ThumbprintList" not in found.one("AWS::IAM::OIDCProvider")


def test_the_provider_is_known_by_its_host() -> None:
    assert provider_arn(HERE, "gitlab") == "arn:aws:iam::333333333333:oidc-provider/gitlab.com"


def test_a_connection_is_named_for_the_platform_and_the_provider() -> None:
    found = built(lambda stack: CodeConnection(stack, "Connection", platform="acme", provider="github"))
    connection = found.one("AWS::CodeConnections::Connection")
    assert (connection["ConnectionName"], connection["ProviderType"]) == ("acme-github", "GitHub")
    assert found.findings == ()


def test_a_connection_with_too_long_a_name_is_refused_before_anything_is_created() -> None:
    def make(stack: Stack) -> None:
        CodeConnection(stack, "Connection", platform="a" * 30, provider="gitlab")

    message, created = refused(make)
    assert message.startswith("REP-033")
    assert created == []
