"""DataAccount: boundary, logs, alarms, a network for data jobs, an encrypted catalog."""

from dataclasses import replace

import pytest
from aws_cdk import Stack

from mlops_stages.foundation.statement import MANAGED_POLICY_MAX_CHARACTERS, size_in_iam
from mlops_stages.initial import GivenFromOutside, ImportedNetworkOptions
from mlops_stages.repeatable import DataAccount
from mlops_stages.repeatable.data_account import actions_in_use
from tests.foundation.built import NETWORK, Built, built, refused
from tests.foundation.judge import Caller
from tests.repeatable.data_given import ADDRESSES, DATA, PERIMETER, STRANGER, data_account


@pytest.fixture(scope="module")
def found() -> Built:
    return built(data_account)


def test_no_pack_finds_anything(found: Built) -> None:
    assert found.findings == ()


def test_the_catalog_is_under_a_key_of_its_own(found: Built) -> None:
    settings = found.one("AWS::Glue::DataCatalogEncryptionSettings")
    assert settings["CatalogId"] == DATA
    declared = settings["DataCatalogEncryptionSettings"]
    key = declared["EncryptionAtRest"]["SseAwsKmsKeyId"]["Fn::GetAtt"][0]
    assert declared["EncryptionAtRest"]["CatalogEncryptionMode"] == "SSE-KMS"
    assert declared["ConnectionPasswordEncryption"]["ReturnConnectionPasswordEncrypted"] is True
    (alias,) = [a for a in found.all("AWS::KMS::Alias") if a["TargetKeyId"] == {"Ref": key}]
    assert alias["AliasName"] == "alias/acme/data/catalog"


def test_everybody_whom_iam_lets_use_glue_in_the_account_may_use_the_catalogs_key_and_nobody_else(found: Built) -> None:
    """The setting is the whole account's: who has no permission of KMS's there must not lose the catalog."""
    (alias,) = [a for a in found.all("AWS::KMS::Alias") if a["AliasName"] == "alias/acme/data/catalog"]
    policy = found.resources("AWS::KMS::Key")[alias["TargetKeyId"]["Ref"]]["Properties"]["KeyPolicy"]
    (everybody,) = [s for s in policy["Statement"] if s["Principal"] == "*"]
    glue = {"kms:CallerAccount": DATA, "kms:ViaService": "glue.eu-west-1.amazonaws.com"}
    assert everybody["Condition"] == {"StringEquals": glue}
    assert "kms:Decrypt" in everybody["Action"]
    assert not any("*" in action for action in everybody["Action"])
    key = f"arn:aws:kms:eu-west-1:{DATA}:key/0123"
    request = {"kms:CallerAccount": DATA, "kms:ViaService": "glue.eu-west-1.amazonaws.com"}
    someone, stranger = Caller(account=DATA), Caller(account=STRANGER)
    elsewhere = {**request, "kms:ViaService": "s3.eu-west-1.amazonaws.com"}
    alone = {"Version": "2012-10-17", "Statement": [everybody]}
    assert someone.passes(alone, "kms:Decrypt", key, **request) == "Allow"
    assert someone.passes(alone, "kms:Decrypt", key, **elsewhere) == "ImplicitDeny"
    assert stranger.passes(alone, "kms:Decrypt", key, **{**request, "kms:CallerAccount": STRANGER}) == "ImplicitDeny"


def test_the_catalogs_setting_outlives_its_stack(found: Built) -> None:
    (settings,) = found.resources("AWS::Glue::DataCatalogEncryptionSettings").values()
    assert settings["DeletionPolicy"] == "RetainExceptOnCreate"


def test_an_account_may_keep_its_own_setting_for_the_catalog() -> None:
    made = built(lambda stack: data_account(stack, with_catalog_encryption=False))
    assert "AWS::Glue::DataCatalogEncryptionSettings" not in made.types
    assert "alias/acme/data/catalog" not in {alias["AliasName"] for alias in made.all("AWS::KMS::Alias")}
    assert made.findings == ()


def test_names_differ_from_those_of_the_accounts_other_purposes(found: Built) -> None:
    (boundary,) = [p for p in found.all("AWS::IAM::ManagedPolicy") if "ManagedPolicyName" in p]
    assert boundary["ManagedPolicyName"] == "acme-data-boundary"
    aliases = {alias["AliasName"] for alias in found.all("AWS::KMS::Alias")}
    assert aliases == {"alias/acme-audit", "alias/acme/data/catalog", "alias/acme/data/operations"}


def test_the_trail_is_the_platforms_once_an_account(found: Built) -> None:
    assert found.one("AWS::CloudTrail::Trail")["TrailName"] == "acme-audit"
    without = built(lambda stack: data_account(stack, with_audit_trail=False))
    assert "AWS::CloudTrail::Trail" not in without.types
    assert "AWS::CloudWatch::Alarm" not in without.types


def test_jobs_have_no_way_out_but_the_endpoints_of_what_they_use(found: Built) -> None:
    assert not {"AWS::EC2::InternetGateway", "AWS::EC2::NatGateway", "AWS::EC2::Route"} & set(found.types)
    services = {endpoint["ServiceName"].rpartition("eu-west-1.")[2] for endpoint in found.all("AWS::EC2::VPCEndpoint")}
    assert {"glue", "s3", "kms", "logs", "sagemaker.api", "sagemaker.featurestore-runtime"} <= services
    assert not {"experiments", "sagemaker.runtime"} & services


def test_an_existing_network_boundary_and_log_bucket_are_used() -> None:
    given = GivenFromOutside(permissions_boundary_arn=f"arn:aws:iam::{DATA}:policy/theirs", access_log_bucket="theirs")
    network = ImportedNetworkOptions(vpc_id=NETWORK.vpc_id, subnet_ids=NETWORK.subnet_ids)
    made = built(lambda stack: data_account(stack, given=given, network=network, with_audit_trail=False))
    assert made.findings == ()
    assert not {"AWS::EC2::VPC", "AWS::S3::Bucket"} & set(made.types)
    assert not [p for p in made.all("AWS::IAM::ManagedPolicy") if "ManagedPolicyName" in p]


def test_the_boundary_names_its_actions_and_fits() -> None:
    actions = actions_in_use()
    assert not [action for action in actions if "*" in action]
    assert "s3:PutObject" in actions
    assert not {"s3:DeleteObjectVersion", "s3:PutBucketPolicy", "kms:PutKeyPolicy", "iam:CreateRole"} & set(actions)
    document = {"Version": "2012-10-17", "Statement": [{"Action": list(actions)}]}
    assert size_in_iam(document) < MANAGED_POLICY_MAX_CHARACTERS


def test_addresses_of_another_account_are_refused() -> None:
    message, created = refused(lambda stack: data_account(stack, addresses=replace(ADDRESSES, data="999999999999")))
    assert message.startswith("REP-065")
    assert created == []


def test_it_can_be_made_in_a_stack_that_knows_no_account() -> None:
    def make(stack: Stack) -> DataAccount:
        perimeter = replace(PERIMETER, account=stack.account, region=stack.region)
        return data_account(stack, perimeter=perimeter)

    assert built(make).findings == ()
