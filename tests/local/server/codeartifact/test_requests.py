"""What a request to CodeArtifact asks for: its resources, in the account that owns the domain."""

from __future__ import annotations

from typing import Any

import pytest

from mlops_stages.local.server.api import operations
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.codeartifact import requests as codeartifact_requests

ARN = "arn:aws:codeartifact:eu-west-1:333333333333"
OWNED = {"domain": "acme", "domainOwner": "333333333333"}


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("GetAuthorizationToken", OWNED, [f"{ARN}:domain/acme"]),
        ("DescribeDomain", {"domain": "acme"}, ["arn:aws:codeartifact:eu-west-1:111111111111:domain/acme"]),
        ("GetRepositoryEndpoint", {**OWNED, "repository": "shared"}, [f"{ARN}:repository/acme/shared"]),
        ("CreateRepository", {**OWNED, "repository": "x"}, [f"{ARN}:domain/acme", f"{ARN}:repository/acme/x"]),
        ("UpdatePackageGroup", {**OWNED, "packageGroup": "/pypi//acme~"}, [f"{ARN}:package-group/acme/pypi//acme~"]),
        ("ListPackageGroups", OWNED, [f"{ARN}:domain/acme"]),
        (
            "PutPackageOriginConfiguration",
            {**OWNED, "repository": "shared", "format": "pypi", "package": "acme-x"},
            [f"{ARN}:package/acme/shared/pypi//acme-x"],
        ),
        ("TagResource", {"resourceArn": f"{ARN}:domain/acme"}, [f"{ARN}:domain/acme"]),
        ("ListDomains", {}, ["*"]),
    ],
)
def test_a_request_is_for_what_it_names(name: str, given: dict[str, Any], expected: list[str]) -> None:
    operation = Operation("codeartifact", name, given)
    assert list(codeartifact_requests.resources(operation, "aws", "eu-west-1", "111111111111")) == expected


def test_parameters_in_the_query_have_the_names_of_the_api() -> None:
    query = {"domain": ["acme"], "domain-owner": ["333333333333"], "package-group": ["/pypi//acme~"]}
    found = operations.find("codeartifact", "GET", "/v1/package-group", {}, b"", query)
    assert found == Operation("codeartifact", "DescribePackageGroup", {**OWNED, "packageGroup": "/pypi//acme~"})
