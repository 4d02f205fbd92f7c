"""PackageRegistry: own names are published here only, and all others come from PyPI only."""

import pytest
from aws_cdk import Stack

from mlops_stages.repeatable import PackageRegistry
from tests.foundation.built import Built, Json, built, refused, resolved
from tests.foundation.judge import Caller
from tests.repeatable.tooling import ADDRESSES, DEVELOPMENT, HERE, STRANGER, TOOLING

ARN = "arn:aws:codeartifact:eu-west-1:333333333333"
OWN = f"{ARN}:package/acme/shared/pypi//acme-arrivals"
CI = {"aws__PrincipalArn": "arn:aws:iam::333333333333:role/acme/arrivals/acme-arrivals.ci"}
ADMINISTRATOR = {"aws__PrincipalArn": "arn:aws:iam::333333333333:role/Administrator"}
IMPOSTOR = {"aws__PrincipalArn": "arn:aws:iam::333333333333:role/other/arrivals/acme-arrivals.ci"}


def packages(stack: Stack, **options: list[str]) -> PackageRegistry:
    given: dict[str, list[str]] = {"readers": [DEVELOPMENT, TOOLING, DEVELOPMENT], **options}
    return PackageRegistry(stack, "Packages", perimeter=HERE, addresses=ADDRESSES, **given)


@pytest.fixture(scope="module")
def found() -> Built:
    return built(packages)


def repository(found: Built, name: str) -> Json:
    (one,) = (each for each in found.all("AWS::CodeArtifact::Repository") if each["RepositoryName"] == name)
    return one


def restrictions(found: Built, pattern: str) -> Json:
    (one,) = (each for each in found.all("AWS::CodeArtifact::PackageGroup") if each["Pattern"] == pattern)
    return one["OriginConfiguration"]["Restrictions"]


def test_the_domain_is_under_a_key_of_its_own(found: Built) -> None:
    domain = found.one("AWS::CodeArtifact::Domain")
    (key,) = found.resources("AWS::KMS::Key")
    assert domain["DomainName"] == "acme"
    assert domain["EncryptionKey"] == {"Fn::GetAtt": [key, "Arn"]}


def test_only_the_store_fetches_from_pypi(found: Built) -> None:
    assert repository(found, "pypi-store")["ExternalConnections"] == ["public:pypi"]
    assert "ExternalConnections" not in repository(found, "shared")
    assert repository(found, "shared")["Upstreams"] == ["pypi-store"]


def test_own_names_are_published_here_and_come_from_nowhere_else(found: Built) -> None:
    own = restrictions(found, "/pypi//acme~")
    assert own["Publish"] == {"RestrictionMode": "ALLOW_SPECIFIC_REPOSITORIES", "Repositories": ["shared"]}
    assert own["ExternalUpstream"] == own["InternalUpstream"] == {"RestrictionMode": "BLOCK"}


def test_all_other_names_come_from_pypi_and_are_never_published_here(found: Built) -> None:
    others = restrictions(found, "/pypi/*")
    assert others["Publish"] == {"RestrictionMode": "BLOCK"}
    assert others["ExternalUpstream"] == {
        "RestrictionMode": "ALLOW_SPECIFIC_REPOSITORIES",
        "Repositories": ["pypi-store"],
    }
    assert others["InternalUpstream"] == {"RestrictionMode": "ALLOW"}


def test_further_words_are_the_organizations_own() -> None:
    found = built(lambda stack: packages(stack, own_names=["airline", "acme"]))
    assert {each["Pattern"] for each in found.all("AWS::CodeArtifact::PackageGroup")} == {
        "/pypi//acme~",
        "/pypi//airline~",
        "/pypi/*",
    }


@pytest.mark.parametrize("word", ["", "Acme", "acme*", "acme_x", "a/b", "a~", "a.b", "é"])
def test_a_word_that_begins_no_normalized_name_is_refused_before_anything_is_created(word: str) -> None:
    message, created = refused(lambda stack: packages(stack, own_names=[word]))
    assert message.startswith("REP-034")
    assert created == []


def test_rules_are_made_after_the_repositories_that_they_name(found: Built) -> None:
    repositories = found.resources("AWS::CodeArtifact::Repository")
    for group in found.resources("AWS::CodeArtifact::PackageGroup").values():
        assert set(group["DependsOn"]) & set(repositories)


def test_everything_outlives_the_stack(found: Built) -> None:
    kept = [
        resource
        for kind in ("Domain", "Repository", "PackageGroup")
        for resource in found.resources(f"AWS::CodeArtifact::{kind}").values()
    ]
    assert len(kept) == 5
    assert {resource["DeletionPolicy"] for resource in kept} == {"RetainExceptOnCreate"}


def test_accounts_of_the_organization_sign_in_and_install(found: Built) -> None:
    domain = found.one("AWS::CodeArtifact::Domain")["PermissionsPolicyDocument"]
    shared = repository(found, "shared")["PermissionsPolicyDocument"]
    colleague = Caller(account=DEVELOPMENT)
    assert colleague.passes(domain, "codeartifact:GetAuthorizationToken", f"{ARN}:domain/acme") == "Allow"
    assert colleague.passes(shared, "codeartifact:ReadFromRepository", f"{ARN}:repository/acme/shared") == "Allow"
    assert colleague.passes(shared, "codeartifact:DeletePackage", OWN) == "ImplicitDeny"


@pytest.mark.parametrize(
    "stranger", [Caller(account=STRANGER), Caller(account=DEVELOPMENT, organization="o-left00000")]
)
def test_strangers_and_accounts_that_left_are_not_let_in(found: Built, stranger: Caller) -> None:
    shared = repository(found, "shared")["PermissionsPolicyDocument"]
    read = stranger.passes(shared, "codeartifact:ReadFromRepository", f"{ARN}:repository/acme/shared")
    assert read == "ImplicitDeny"


def test_only_ci_publishes_whatever_others_may(found: Built) -> None:
    shared = repository(found, "shared")["PermissionsPolicyDocument"]
    here = Caller(account=TOOLING)
    assert here.passes(shared, "codeartifact:PublishPackageVersion", OWN, **CI) == "ImplicitDeny"  # by its own policy
    assert here.passes(shared, "codeartifact:PublishPackageVersion", OWN, **ADMINISTRATOR) == "Deny"
    assert here.passes(shared, "codeartifact:PublishPackageVersion", OWN, **IMPOSTOR) == "Deny"


def test_nobody_publishes_to_the_store(found: Built) -> None:
    store = repository(found, "pypi-store")["PermissionsPolicyDocument"]
    package = f"{ARN}:package/acme/pypi-store/pypi//numpy"
    assert Caller(account=TOOLING).passes(store, "codeartifact:PublishPackageVersion", package, **CI) == "Deny"


def test_no_account_is_named_twice(found: Built) -> None:
    document = resolved(found.one("AWS::CodeArtifact::Domain")["PermissionsPolicyDocument"])
    assert document["Statement"][0]["Principal"]["AWS"] == [
        "arn:aws:iam::222222222222:root",
        "arn:aws:iam::333333333333:root",
    ]


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
