"""RetainedBucket: encrypted, versioned, logged, TLS only, never deleted with its stack."""

from collections.abc import Callable

import pytest
from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Match

from mlops_stages.foundation import AccessLogBucket, Lifecycle, Perimeter, RetainedBucket, Statement, import_bucket
from mlops_stages.foundation.retained_bucket import READ, WRITE
from tests.foundation.built import (
    ALONE,
    HERE,
    Built,
    Json,
    a_key,
    a_role,
    a_service,
    built,
    refused,
    resolved,
    statement,
)
from tests.foundation.judge import Caller, Service

BUCKET = "arn:aws:s3:::data"
OBJECT = f"{BUCKET}/file"
ANN = Caller()
STRANGER = Caller(account="999999999999", organization="o-stranger00")


def a_bucket(stack: Stack, perimeter: Perimeter = HERE, **options: object) -> RetainedBucket:
    logs = AccessLogBucket(stack, "Logs", perimeter=perimeter)
    return RetainedBucket(
        stack,
        "Bucket",
        key=a_key(stack, perimeter),
        perimeter=perimeter,
        access_log_bucket=logs.bucket,
        **options,  # pyright: ignore[reportArgumentType]  # each test names a real option
    )


def bucket_of(found: Built) -> Json:
    """The data bucket, not the access logs'."""
    (resource,) = (r for name, r in found.resources("AWS::S3::Bucket").items() if name.startswith("Bucket"))
    return resource


def policy_of(found: Built) -> Json:
    """The data bucket's policy, its names made short."""
    (policy,) = (r for name, r in found.resources("AWS::S3::BucketPolicy").items() if name.startswith("Bucket"))
    (bucket,) = (name for name in found.resources("AWS::S3::Bucket") if name.startswith("Bucket"))
    (key,) = found.resources("AWS::KMS::Key")
    return resolved(policy["Properties"]["PolicyDocument"], {f"{bucket}.Arn": BUCKET, f"{key}.Arn": "the-key"})


@pytest.fixture(scope="module")
def bucket() -> Built:
    """A bucket with no option given."""
    return built(a_bucket)


@pytest.fixture(scope="module")
def policy(bucket: Built) -> Json:
    return policy_of(bucket)


def test_objects_are_under_the_key_with_a_bucket_key(bucket: Built) -> None:
    (rule,) = bucket_of(bucket)["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    (key,) = bucket.resources("AWS::KMS::Key")
    assert rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == {"Fn::GetAtt": [key, "Arn"]}


def test_versions_are_kept_and_old_ones_forgotten_after_90_days(bucket: Built) -> None:
    properties = bucket_of(bucket)["Properties"]
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = properties["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert "ExpirationInDays" not in rule


def test_nothing_is_public_and_no_acl_counts(bucket: Built) -> None:
    properties = bucket_of(bucket)["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_access_is_logged_under_the_constructs_path(bucket: Built) -> None:
    logging = bucket_of(bucket)["Properties"]["LoggingConfiguration"]
    assert logging["LogFilePrefix"] == "Alone/Bucket/"
    assert logging["DestinationBucketName"]["Ref"].startswith("Logs")


def test_bucket_and_policy_outlive_the_stack(bucket: Built) -> None:
    for resource in (
        *bucket.resources("AWS::S3::Bucket").values(),
        *bucket.resources("AWS::S3::BucketPolicy").values(),
    ):
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_its_name_is_left_to_aws(bucket: Built) -> None:
    assert "BucketName" not in bucket_of(bucket)["Properties"]


def test_a_name_that_other_accounts_know_is_kept() -> None:
    assert bucket_of(built(lambda stack: a_bucket(stack, name="acme-data")))["Properties"]["BucketName"] == "acme-data"


@pytest.mark.parametrize("name", ["", "Acme", "a", "acme_data", "acme-", "x" * 64, "acme.data"])
def test_a_name_that_s3_does_not_take_is_refused_before_anything_is_created(name: str) -> None:
    def make(stack: Stack) -> None:
        key, logs = a_key(stack), import_bucket(stack, "Logs", name="logs")
        RetainedBucket(stack, "Bucket", key=key, perimeter=HERE, access_log_bucket=logs, name=name)

    message, created = refused(make)
    assert message.startswith("FND-012")
    assert not [path for path in created if path.startswith("Alone/Bucket")]


def test_nothing_is_locked_unless_asked_for(bucket: Built) -> None:
    assert "ObjectLockEnabled" not in bucket_of(bucket)["Properties"]
    assert "ObjectLockConfiguration" not in bucket_of(bucket)["Properties"]


def test_the_packs_find_nothing(bucket: Built) -> None:
    assert bucket.findings == ()


def test_plain_http_is_refused(policy: Json) -> None:
    refusal = statement(policy, "RefusePlainHttp")
    assert (refusal["Effect"], refusal["Principal"], refusal["Action"]) == ("Deny", "*", ["s3:*"])
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert refusal["Resource"] == [BUCKET, f"{BUCKET}/*"]


@pytest.mark.parametrize(("version", "verdict"), [("1.0", "Deny"), ("1.1", "Deny"), ("1.2", "ImplicitDeny")])
def test_old_tls_is_refused(policy: Json, version: str, verdict: str) -> None:
    assert ANN.passes(policy, "s3:GetObject", OBJECT, s3__TlsVersion=version) == verdict


def test_strangers_are_refused_and_colleagues_left_to_their_policies(policy: Json) -> None:
    assert STRANGER.passes(policy, "s3:GetObject", OBJECT) == "Deny"
    assert ANN.passes(policy, "s3:GetObject", OBJECT) == "ImplicitDeny"
    assert Caller(account="222222222222").passes(policy, "s3:GetObject", OBJECT) == "ImplicitDeny"


def test_without_an_organization_other_accounts_are_strangers() -> None:
    policy = policy_of(built(lambda stack: a_bucket(stack, ALONE)))
    assert Caller(account="222222222222").passes(policy, "s3:GetObject", OBJECT) == "Deny"
    assert ANN.passes(policy, "s3:GetObject", OBJECT) == "ImplicitDeny"


def put(policy: Json, **headers: str) -> str:
    named = {f"s3:x-amz-{key.replace('_', '-')}": value for key, value in headers.items()}
    return ANN.passes(policy, "s3:PutObject", OBJECT, **named)


def test_objects_under_another_key_are_refused(policy: Json) -> None:
    key = "server_side_encryption_aws_kms_key_id"
    assert put(policy, server_side_encryption="aws:kms", **{key: "arn:of:another"}) == "Deny"
    assert put(policy, server_side_encryption="aws:kms", **{key: "the-key"}) == "ImplicitDeny"


def test_objects_without_our_key_are_refused_where_encryption_is_named(policy: Json) -> None:
    assert put(policy, server_side_encryption="AES256") == "Deny"
    assert put(policy, server_side_encryption="aws:kms") == "Deny"


def test_an_object_under_a_key_that_only_its_writer_has_is_refused_to_services_too(policy: Json) -> None:
    own = {"server_side_encryption_customer_algorithm": "AES256"}
    assert put(policy, **own) == "Deny"
    assert put(policy_of(built(lambda stack: a_bucket(stack, service_encrypts=True))), **own) == "Deny"


def test_the_key_may_be_named_by_its_alias_where_that_is_said() -> None:
    alias = "arn:aws:kms:eu-west-1:111111111111:alias/acme/given"
    found = policy_of(built(lambda stack: a_bucket(stack, key_names=[alias])))
    key = "server_side_encryption_aws_kms_key_id"
    assert put(found, server_side_encryption="aws:kms", **{key: alias}) == "ImplicitDeny"
    assert put(found, server_side_encryption="aws:kms", **{key: "the-key"}) == "ImplicitDeny"
    assert put(found, server_side_encryption="aws:kms", **{key: "arn:of:another"}) == "Deny"


def test_objects_without_a_header_get_the_default_key(policy: Json) -> None:
    assert put(policy) == "ImplicitDeny"


def test_a_service_that_names_no_key_is_let_in_only_when_asked_for() -> None:
    found = policy_of(built(lambda stack: a_bucket(stack, service_encrypts=True)))
    assert put(found, server_side_encryption="AES256") == "ImplicitDeny"
    assert STRANGER.passes(found, "s3:PutObject", OBJECT) == "Deny"


def test_a_lock_is_in_compliance_mode() -> None:
    found = built(lambda stack: a_bucket(stack, locked_days=7))
    properties = bucket_of(found)["Properties"]
    assert properties["ObjectLockEnabled"] is True
    assert properties["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 7}},
    }


@pytest.mark.parametrize("days", [0, -1])
def test_a_lock_of_no_days_is_refused_before_anything_is_created(days: int) -> None:
    def make(stack: Stack) -> None:
        key, logs = a_key(stack), import_bucket(stack, "Logs", name="logs")
        RetainedBucket(stack, "Bucket", key=key, perimeter=HERE, access_log_bucket=logs, locked_days=days)

    message, created = refused(make)
    assert message.startswith("FND-010")
    assert "at least 1" in message
    assert not [path for path in created if path.startswith("Alone/Bucket")]


def test_a_lifecycle_is_the_callers() -> None:
    lifecycle = Lifecycle(current_days=30, noncurrent_days=1, incomplete_upload_days=2)
    found = built(lambda stack: a_bucket(stack, lifecycle=lifecycle))
    (rule,) = bucket_of(found)["Properties"]["LifecycleConfiguration"]["Rules"]
    assert (rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) == (30, 1)


def test_further_statements_name_the_bucket_by_a_placeholder() -> None:
    deliver = Statement(
        sid="ServiceDelivers",
        principals={"Service": ["x.amazonaws.com"]},
        actions=["s3:PutObject"],
        resources=["{bucket}/in/*"],
    )
    policy = policy_of(built(lambda stack: a_bucket(stack, statements=[deliver])))
    service = Service(principal="x.amazonaws.com")
    assert service.passes(policy, "s3:PutObject", f"{BUCKET}/in/1") == "Allow"
    assert service.passes(policy, "s3:PutObject", f"{BUCKET}/out/1") == "ImplicitDeny"


def granted(grant: Callable[[RetainedBucket, iam.Role], iam.Grant]) -> tuple[Json, Json, Built]:
    """The key's statement and the role's policy after a grant."""

    def make(stack: Stack) -> None:
        role = a_role(stack, "Role")
        assert grant(a_bucket(stack), role).success

    found = built(make)
    return statement(found.one("AWS::KMS::Key")["KeyPolicy"], "Granted4"), found.one("AWS::IAM::Policy"), found


def test_a_reader_reads_and_decrypts_and_nothing_else() -> None:
    of_key, of_role, found = granted(lambda bucket, role: bucket.grant_read(role))
    assert of_key["Action"] == ["kms:Decrypt", "kms:DescribeKey"]
    actions = [action for each in of_role["PolicyDocument"]["Statement"] for action in each["Action"]]
    assert sorted(actions) == sorted([*READ, "kms:Decrypt", "kms:DescribeKey"])
    assert "AWS::S3::BucketPolicy" in found.types


def test_a_writer_writes_and_encrypts_and_destroys_no_version() -> None:
    of_key, of_role, _ = granted(lambda bucket, role: bucket.grant_read_write(role))
    assert "kms:GenerateDataKey" in of_key["Action"]
    actions = {action for each in of_role["PolicyDocument"]["Statement"] for action in each["Action"]}
    assert {*READ, *WRITE} < actions
    assert not actions & {
        "s3:DeleteObjectVersion",
        "s3:DeleteBucket",
        "s3:PutBucketPolicy",
        "s3:BypassGovernanceRetention",
    }


def test_a_grant_names_the_bucket_and_its_objects_only() -> None:
    _, of_role, found = granted(lambda bucket, role: bucket.grant_read(role))
    (bucket,) = (name for name in found.resources("AWS::S3::Bucket") if name.startswith("Bucket"))
    (objects,) = (each for each in of_role["PolicyDocument"]["Statement"] if "s3:GetObject" in each["Action"])
    assert resolved(objects["Resource"], {f"{bucket}.Arn": BUCKET}) == [BUCKET, f"{BUCKET}/*"]


def test_a_grant_to_a_service_is_refused() -> None:
    message, _ = refused(lambda stack: a_bucket(stack).grant_read(a_service()))
    assert message.startswith("FND-070")


def test_the_bucket_as_the_cdk_knows_it_is_the_same_bucket() -> None:
    def make(stack: Stack) -> None:
        bucket = a_bucket(stack)
        assert bucket.bucket.bucket_arn == bucket.bucket_arn
        assert bucket.bucket.encryption_key is not None

    assert built(make).types["AWS::S3::Bucket"] == 2


def test_an_imported_bucket_creates_nothing() -> None:
    found = built(lambda stack: import_bucket(stack, "Logs", name="central-logs"))
    assert found.types == {}


def test_an_imported_bucket_needs_a_name() -> None:
    message, created = refused(lambda stack: import_bucket(stack, "Logs", name=""))
    assert message.startswith("FND-011")
    assert created == []


def test_logs_go_to_an_imported_bucket_alike() -> None:
    def make(stack: Stack) -> None:
        logs = import_bucket(stack, "Logs", name="central-logs")
        RetainedBucket(stack, "Bucket", key=a_key(stack), perimeter=HERE, access_log_bucket=logs)

    found = built(make)
    found.template.has_resource_properties(
        "AWS::S3::Bucket",
        {"LoggingConfiguration": {"DestinationBucketName": "central-logs", "LogFilePrefix": Match.any_value()}},
    )
