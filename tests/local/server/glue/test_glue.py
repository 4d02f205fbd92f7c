"""Glue's catalog: its encryption through CloudFormation, and what a call is judged on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.clients import LocalAws, allow, refusal
from tests.local.feature_groups import KEY_POLICY, template
from tests.local.stacks import RefusedStackError, Stack, changed, ref, resource


@pytest.fixture
def stack(local_aws: LocalAws, account: str) -> Stack:
    return Stack(local_aws, account)


def test_the_catalogs_encryption_is_set_changed_and_taken_away(account: str, stack: Stack) -> None:
    key = resource("AWS::KMS::Key", KeyPolicy=KEY_POLICY)

    def settings(mode: str) -> dict[str, Any]:
        at_rest = {"CatalogEncryptionMode": mode, **({"SseAwsKmsKeyId": ref("Key")} if mode == "SSE-KMS" else {})}
        return resource(
            "AWS::Glue::DataCatalogEncryptionSettings",
            CatalogId=ref("AWS::AccountId"),
            DataCatalogEncryptionSettings={
                "EncryptionAtRest": at_rest,
                "ConnectionPasswordEncryption": {"ReturnConnectionPasswordEncrypted": True, "KmsKeyId": ref("Key")},
            },
        )

    def found() -> dict[str, Any]:
        answer = stack.client("glue").get_data_catalog_encryption_settings()
        return answer["DataCatalogEncryptionSettings"]

    assert found()["EncryptionAtRest"] == {"CatalogEncryptionMode": "DISABLED"}
    stack.create({"Key": key, "Settings": settings("SSE-KMS")})
    assert found()["EncryptionAtRest"]["CatalogEncryptionMode"] == "SSE-KMS"
    assert found()["ConnectionPasswordEncryption"]["AwsKmsKeyId"] == stack.id_of("Key")
    stack.update({"Key": key, "Settings": settings("DISABLED")})
    assert found()["EncryptionAtRest"] == {"CatalogEncryptionMode": "DISABLED"}
    stack.update({"Key": key})
    assert found()["ConnectionPasswordEncryption"] == {"ReturnConnectionPasswordEncrypted": False}
    with pytest.raises(RefusedStackError, match="does not exist"):
        stack.update({"Key": key, "Settings": changed({"S": settings("SSE-KMS")}, "S")["S"] | _with_key("none")})


def _with_key(key: str) -> dict[str, Any]:
    at_rest = {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": key}
    return {
        "Properties": {
            "CatalogId": ref("AWS::AccountId"),
            "DataCatalogEncryptionSettings": {"EncryptionAtRest": at_rest},
        }
    }


def test_a_glue_call_is_judged_on_the_catalog_the_database_and_the_table(
    local_aws: LocalAws, account: str, stack: Stack
) -> None:
    stack.create(template())
    prefix = f"arn:aws:glue:eu-west-1:{account}"
    on = [f"{prefix}:catalog", f"{prefix}:database/acme_routes", f"{prefix}:table/acme_routes/routes"]
    asked = {"DatabaseName": "acme_routes", "Name": "routes"}
    glue = local_aws.client("glue", local_aws.as_role(account, allow("glue:*", on=on)))
    assert glue.get_table(**asked)["Table"]["Name"] == "routes"
    assert glue.get_database(Name="acme_routes")["Database"]["Name"] == "acme_routes"
    refusal(lambda: glue.create_table(DatabaseName="acme_routes", TableInput={"Name": "other"}))
    refusal(lambda: glue.get_database(Name="other"))
    refusal(lambda: glue.get_crawler(Name="any"))
    for missing in on:
        less = local_aws.as_role(account, allow("glue:*", on=[arn for arn in on if arn != missing]))
        refusal(lambda less=less: local_aws.client("glue", less).get_table(**asked))
