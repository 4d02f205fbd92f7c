"""AuditTrail: everything is recorded, signed, and cannot be deleted."""

import pytest
from aws_cdk import Stack

from mlops_stages.foundation import import_bucket
from mlops_stages.initial import AuditTrail
from tests.foundation.built import BOUNDARY, HERE, Built, Json, built, refused, resolved
from tests.foundation.judge import Caller, Service

TRAIL = "arn:aws:cloudtrail:eu-west-1:111111111111:trail/acme-audit"
BUCKET = "arn:aws:s3:::trail"
CLOUDTRAIL = Service(principal="cloudtrail.amazonaws.com")
FROM_TRAIL = {"aws__SourceArn": TRAIL}
FROM_ANOTHER = {"aws__SourceArn": TRAIL.replace("acme-audit", "other")}


def trail(stack: Stack, locked_days: int = 365) -> AuditTrail:
    return AuditTrail(
        stack,
        "Trail",
        name="acme-audit",
        perimeter=HERE,
        access_log_bucket=import_bucket(stack, "Logs", name="access-logs"),
        permissions_boundary_arn=BOUNDARY,
        locked_days=locked_days,
    )


@pytest.fixture(scope="module")
def found() -> Built:
    return built(trail)


@pytest.fixture(scope="module")
def bucket_policy(found: Built) -> Json:
    (bucket,) = found.resources("AWS::S3::Bucket")
    return resolved(found.one("AWS::S3::BucketPolicy")["PolicyDocument"], {f"{bucket}.Arn": BUCKET})


def test_it_records_every_region_and_signs_what_it_writes(found: Built) -> None:
    properties = found.one("AWS::CloudTrail::Trail")
    for setting in ("IsLogging", "IsMultiRegionTrail", "IncludeGlobalServiceEvents", "EnableLogFileValidation"):
        assert properties[setting] is True
    assert properties["TrailName"] == "acme-audit"


def test_it_records_management_and_every_object_but_its_own(found: Built) -> None:
    (bucket,) = found.resources("AWS::S3::Bucket")
    management, objects = found.one("AWS::CloudTrail::Trail")["AdvancedEventSelectors"]
    assert management["FieldSelectors"] == [{"Field": "eventCategory", "Equals": ["Management"]}]
    fields = {field["Field"]: field for field in objects["FieldSelectors"]}
    assert fields["eventCategory"]["Equals"] == ["Data"]
    assert fields["resources.type"]["Equals"] == ["AWS::S3::Object"]
    excluded = resolved(fields["resources.ARN"]["NotStartsWith"], {f"{bucket}.Arn": BUCKET, "AWS::Partition": "aws"})
    assert excluded == [f"{BUCKET}/", "arn:aws:s3:::access-logs/"]


def test_it_is_under_a_key_of_its_own(found: Built) -> None:
    (key,) = found.resources("AWS::KMS::Key")
    assert found.one("AWS::CloudTrail::Trail")["KMSKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    assert found.one("AWS::Logs::LogGroup")["KmsKeyId"] == {"Fn::GetAtt": [key, "Arn"]}


@pytest.mark.parametrize("days", [365, 30])
def test_nobody_deletes_a_log_file_before_its_time(days: int) -> None:
    properties = built(lambda stack: trail(stack, days)).one("AWS::S3::Bucket")
    retention = properties["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert retention == {"Mode": "COMPLIANCE", "Days": days}
    (rule,) = properties["LifecycleConfiguration"]["Rules"]
    assert "ExpirationInDays" not in rule


def test_the_bucket_lets_this_trail_write_and_no_other(bucket_policy: Json) -> None:
    log = f"{BUCKET}/AWSLogs/111111111111/CloudTrail/x.json.gz"
    assert CLOUDTRAIL.passes(bucket_policy, "s3:PutObject", log, **FROM_TRAIL) == "Allow"
    assert CLOUDTRAIL.passes(bucket_policy, "s3:GetBucketAcl", BUCKET, **FROM_TRAIL) == "Allow"
    assert CLOUDTRAIL.passes(bucket_policy, "s3:PutObject", log, **FROM_ANOTHER) == "ImplicitDeny"
    assert CLOUDTRAIL.passes(bucket_policy, "s3:PutObject", f"{BUCKET}/elsewhere", **FROM_TRAIL) == "ImplicitDeny"


def test_digests_without_our_key_are_let_in(bucket_policy: Json) -> None:
    digest = f"{BUCKET}/AWSLogs/111111111111/CloudTrail-Digest/x.json.gz"
    encrypted = {"s3:x-amz-server-side-encryption": "AES256"}
    assert CLOUDTRAIL.passes(bucket_policy, "s3:PutObject", digest, **FROM_TRAIL, **encrypted) == "Allow"


def test_strangers_are_refused(bucket_policy: Json) -> None:
    stranger = Caller(account="999999999999", organization="o-stranger00")
    assert stranger.passes(bucket_policy, "s3:GetObject", f"{BUCKET}/AWSLogs/x") == "Deny"


def test_the_key_encrypts_for_this_trail_and_for_its_log_group(found: Built) -> None:
    policy = found.one("AWS::KMS::Key")["KeyPolicy"]
    assert CLOUDTRAIL.passes(policy, "kms:GenerateDataKey", **FROM_TRAIL) == "Allow"
    assert CLOUDTRAIL.passes(policy, "kms:GenerateDataKey", **FROM_ANOTHER) == "ImplicitDeny"
    foreign = {"kms__EncryptionContext__aws__cloudtrail__arn": TRAIL.replace("111111111111", "999999999999")}
    assert CLOUDTRAIL.passes(policy, "kms:GenerateDataKey", **FROM_TRAIL, **foreign) == "ImplicitDeny"


def test_cloudtrail_takes_the_role_though_it_never_says_for_whom(found: Built) -> None:
    trust = found.one("AWS::IAM::Role")["AssumeRolePolicyDocument"]
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": ["cloudtrail.amazonaws.com"]}
    assert all(operator.endswith("IfExists") for operator in statement["Condition"])
    stranger = Service(principal="cloudtrail.amazonaws.com", account="999999999999")
    assert stranger.passes(trust, "sts:AssumeRole") == "ImplicitDeny"


def test_the_role_writes_to_the_log_group_only_and_under_the_boundary(found: Built) -> None:
    (group,) = found.resources("AWS::Logs::LogGroup")
    (statement,) = found.one("AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"] == [{"Fn::GetAtt": [group, "Arn"]}]
    assert found.one("AWS::IAM::Role")["PermissionsBoundary"] == BOUNDARY


def test_the_trail_waits_for_the_buckets_policy(found: Built) -> None:
    (trail,) = found.resources("AWS::CloudTrail::Trail").values()
    assert set(found.resources("AWS::S3::BucketPolicy")) <= set(trail["DependsOn"])


def test_a_lock_of_no_days_is_refused() -> None:
    message, _ = refused(lambda stack: trail(stack, 0))
    assert message.startswith("FND-010")


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()
