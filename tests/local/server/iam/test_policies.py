"""What ministack's IAM lacks of AWS's: variables, boundaries, organizations, multi-factor codes, source identities."""

from __future__ import annotations

import secrets
import time

import pytest

from mlops_stages.local.server.engine import totp
from tests.local.clients import Credentials, LocalAws, allow, deny, policy, refusal

ORGANIZATION = "o-a1b2c3d4e5"


@pytest.fixture
def bucket(local_aws: LocalAws, account: str) -> str:
    """A bucket with an object in each team's folder."""
    name = f"bucket-{secrets.token_hex(6)}"
    s3 = local_aws.client("s3", account)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for team in ("fraud", "credit", "*", "unset"):
        s3.put_object(Bucket=name, Key=f"{team}/data", Body=b"1")
    return name


def team_tag(team: str) -> list[dict[str, str]]:
    return [{"Key": "team", "Value": team}]


def test_a_principal_tag_stands_for_its_value_in_a_resource(local_aws: LocalAws, account: str, bucket: str) -> None:
    own = allow("s3:GetObject", on=f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/team}}/*")
    s3 = local_aws.client("s3", local_aws.assume(local_aws.role(account, own, Tags=team_tag("fraud"))))
    s3.get_object(Bucket=bucket, Key="fraud/data")
    refusal(lambda: s3.get_object(Bucket=bucket, Key="credit/data"))


def test_a_batch_of_messages_needs_what_one_message_needs(local_aws: LocalAws, account: str) -> None:
    url = local_aws.client("sqs", account).create_queue(QueueName="hours")["QueueUrl"]
    entries = [{"Id": "1", "MessageBody": "9"}]
    may = allow("sqs:SendMessage", "sqs:ReceiveMessage", on=f"arn:aws:sqs:eu-west-1:{account}:hours")
    sqs = local_aws.client("sqs", local_aws.as_role(account, may))
    assert sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    taken = [{"Id": "1", "ReceiptHandle": message["ReceiptHandle"]}]
    refusal(lambda: sqs.delete_message_batch(QueueUrl=url, Entries=taken))
    hidden = [{**each, "VisibilityTimeout": 0} for each in taken]
    refusal(lambda: sqs.change_message_visibility_batch(QueueUrl=url, Entries=hidden))
    # No such action is IAM's.
    other = local_aws.client("sqs", local_aws.as_role(account, allow("sqs:SendMessageBatch")))
    refusal(lambda: other.send_message_batch(QueueUrl=url, Entries=entries))


def test_a_principal_tag_stands_for_its_value_in_a_condition(local_aws: LocalAws, account: str) -> None:
    same = {"StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}}
    role = local_aws.role(account, allow("sns:CreateTopic", "sns:TagResource", when=same), Tags=team_tag("fraud"))
    sns = local_aws.client("sns", local_aws.assume(role))
    sns.create_topic(Name="mine", Tags=team_tag("fraud"))
    refusal(lambda: sns.create_topic(Name="theirs", Tags=team_tag("credit")), code="AuthorizationError")


def test_a_session_is_known_to_policies_by_its_role_and_the_roles_path(local_aws: LocalAws, account: str) -> None:
    ours = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{account}:role/acme/fraud/*"}}
    listed = allow("sns:ListTopics", when=ours)
    local_aws.client("sns", local_aws.assume(local_aws.role(account, listed, Path="/acme/fraud/"))).list_topics()
    stranger = local_aws.client("sns", local_aws.assume(local_aws.role(account, listed, Path="/acme/pricing/")))
    refusal(stranger.list_topics, code="AuthorizationError")


def test_an_unset_variable_allows_nothing(local_aws: LocalAws, account: str, bucket: str) -> None:
    own = allow("s3:GetObject", on=f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/team}}/*")
    s3 = local_aws.client("s3", local_aws.as_role(account, own))
    for key in ("fraud/data", "*/data", "unset/data"):
        refusal(lambda key=key: s3.get_object(Bucket=bucket, Key=key))


def test_an_unset_variable_takes_its_default(local_aws: LocalAws, account: str, bucket: str) -> None:
    own = allow("s3:GetObject", on=f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/team, 'unset'}}/*")
    s3 = local_aws.client("s3", local_aws.as_role(account, own))
    s3.get_object(Bucket=bucket, Key="unset/data")
    refusal(lambda: s3.get_object(Bucket=bucket, Key="fraud/data"))


def test_an_unset_variable_in_a_negation_allows_nothing(local_aws: LocalAws, account: str, bucket: str) -> None:
    others = {"StringNotEquals": {"aws:PrincipalAccount": "${aws:PrincipalTag/account}"}}
    s3 = local_aws.client("s3", local_aws.as_role(account, allow("s3:GetObject", when=others)))
    refusal(lambda: s3.get_object(Bucket=bucket, Key="fraud/data"))


def test_an_unset_variable_in_an_exception_allows_nothing(local_aws: LocalAws, account: str, bucket: str) -> None:
    all_but = {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::${aws:PrincipalTag/bucket}/*"}
    s3 = local_aws.client("s3", local_aws.as_role(account, all_but))
    refusal(lambda: s3.get_object(Bucket=bucket, Key="fraud/data"))


def test_an_asterisk_in_a_tag_is_no_wildcard(local_aws: LocalAws, account: str, bucket: str) -> None:
    own = allow("s3:GetObject", on=f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/team}}/*")
    # IAM refuses the character in tags of roles; a session's tags could bring it
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
    }
    role = local_aws.role(account, own, trust=trust)
    s3 = local_aws.client("s3", local_aws.assume(role, Tags=team_tag("*")))
    s3.get_object(Bucket=bucket, Key="*/data")
    refusal(lambda: s3.get_object(Bucket=bucket, Key="fraud/data"))


def test_a_user_name_is_a_variable(local_aws: LocalAws, account: str) -> None:
    iam = local_aws.client("iam", account)
    iam.create_user(UserName="ann")
    own = allow("iam:GetUser", on=f"arn:aws:iam::{account}:user/${{aws:username}}")
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=policy(own))
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    iam.create_user(UserName="bob")
    ann = local_aws.client("iam", Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
    ann.get_user(UserName="ann")
    refusal(lambda: ann.get_user(UserName="bob"))


def test_a_user_id_with_a_wildcard_is_a_variable(local_aws: LocalAws, account: str, bucket: str) -> None:
    role = local_aws.role(account)
    identity = local_aws.client("iam", account).get_role(RoleName=role.rpartition("/")[2])["Role"]["RoleId"]
    own = allow("s3:GetObject", when={"StringLike": {"aws:userid": f"{identity}:*"}})
    other = allow("s3:DeleteObject", when={"StringLike": {"aws:userid": "AROAOTHER:*"}})
    local_aws.client("iam", account).put_role_policy(
        RoleName=role.rpartition("/")[2], PolicyName="inline", PolicyDocument=policy(own, other)
    )
    s3 = local_aws.client("s3", local_aws.assume(role))
    s3.get_object(Bucket=bucket, Key="fraud/data")
    refusal(lambda: s3.delete_object(Bucket=bucket, Key="fraud/data"))


def boundary(local_aws: LocalAws, account: str) -> str:
    statements = (allow("s3:*", "iam:*"), deny("iam:*RolePermissionsBoundary"))
    name = f"boundary-{secrets.token_hex(4)}"
    made = local_aws.client("iam", account).create_policy(PolicyName=name, PolicyDocument=policy(*statements))
    return str(made["Policy"]["Arn"])


def test_a_role_does_no_more_than_its_boundary_allows(local_aws: LocalAws, account: str) -> None:
    limited = local_aws.as_role(account, allow("*"), PermissionsBoundary=boundary(local_aws, account))
    local_aws.client("s3", limited).list_buckets()
    refusal(lambda: local_aws.client("sns", limited).list_topics(), code="AuthorizationError")
    refusal(lambda: local_aws.client("sagemaker", limited).list_models())


def test_a_role_cannot_shed_its_boundary(local_aws: LocalAws, account: str) -> None:
    arn = boundary(local_aws, account)
    role = local_aws.role(account, allow("*"), PermissionsBoundary=arn)
    iam = local_aws.client("iam", local_aws.assume(role))
    name = role.rpartition("/")[2]
    refusal(lambda: iam.delete_role_permissions_boundary(RoleName=name))
    wide = local_aws.client("iam", account).create_policy(
        PolicyName=f"wide-{secrets.token_hex(4)}", PolicyDocument=policy(allow("*"))
    )["Policy"]["Arn"]
    refusal(lambda: iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=wide))
    held = local_aws.client("iam", account).get_role(RoleName=name)["Role"]["PermissionsBoundary"]
    assert held["PermissionsBoundaryArn"] == arn


def test_roles_are_made_and_changed_only_under_the_boundary_that_the_policy_demands(
    local_aws: LocalAws, account: str
) -> None:
    arn = boundary(local_aws, account)
    under = {"StringEquals": {"iam:PermissionsBoundary": arn}}
    only_reading = {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}
    maker = local_aws.as_role(
        account,
        allow("iam:CreateRole", "iam:PutRolePolicy", when=under),
        allow("iam:AttachRolePolicy", when=only_reading),
    )
    iam = local_aws.client("iam", maker)
    trust = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    refusal(lambda: iam.create_role(RoleName="free", AssumeRolePolicyDocument=trust))
    iam.create_role(RoleName="bound", AssumeRolePolicyDocument=trust, PermissionsBoundary=arn)
    iam.put_role_policy(RoleName="bound", PolicyName="inline", PolicyDocument=policy(allow("s3:*")))
    local_aws.client("iam", account).create_role(RoleName="free", AssumeRolePolicyDocument=trust)
    refusal(lambda: iam.put_role_policy(RoleName="free", PolicyName="inline", PolicyDocument=policy(allow("s3:*"))))
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    refusal(lambda: iam.attach_role_policy(RoleName="bound", PolicyArn=administrator))


def test_the_organization_of_the_caller_is_a_condition_key(local_aws: LocalAws, account: str) -> None:
    member = str(int(account) + 1)
    status, _ = local_aws.ask(
        "POST", "/_mlops-stages/organization", {"id": ORGANIZATION, "accounts": [account, member]}
    )
    assert status == 200
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
    }
    role = local_aws.role(account, allow("s3:ListAllMyBuckets"), trust=trust)
    local_aws.client("s3", local_aws.assume(role, member)).list_buckets()
    refusal(lambda: local_aws.assume(role, "555555555555"))


def test_a_source_identity_must_be_allowed_and_is_kept_through_chains(
    local_aws: LocalAws, account: str, bucket: str
) -> None:
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    plain = {"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"}
    naming = {"Effect": "Allow", "Principal": root, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}
    refusal(lambda: local_aws.assume(local_aws.role(account, trust=plain), SourceIdentity="ann"))
    read = allow("s3:GetObject", when={"StringEquals": {"aws:SourceIdentity": "ann"}})
    last = local_aws.role(account, read, trust=naming)
    first = local_aws.role(account, allow("sts:*"), trust=naming)
    chained = local_aws.assume(last, local_aws.assume(first, SourceIdentity="ann"))
    local_aws.client("s3", chained).get_object(Bucket=bucket, Key="fraud/data")
    other = local_aws.client("s3", local_aws.assume(last, local_aws.assume(first, SourceIdentity="bob")))
    refusal(lambda: other.get_object(Bucket=bucket, Key="fraud/data"))
    only_ann = {**naming, "Condition": {"StringEquals": {"aws:SourceIdentity": "ann"}}}
    guarded = local_aws.role(account, trust=only_ann)
    local_aws.assume(guarded, local_aws.assume(first, SourceIdentity="ann"))
    refusal(lambda: local_aws.assume(guarded, local_aws.assume(first, SourceIdentity="bob")))


def test_a_one_time_code_of_the_users_own_device_opens_a_role_that_demands_it(
    local_aws: LocalAws, account: str
) -> None:
    iam = local_aws.client("iam", account)
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="assume", PolicyDocument=policy(allow("sts:AssumeRole")))
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ann")["VirtualMFADevice"]
    seed, serial = device["Base32StringSeed"].decode(), device["SerialNumber"]
    iam.enable_mfa_device(
        UserName="ann", SerialNumber=serial, AuthenticationCode1="000000", AuthenticationCode2="000000"
    )
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }
    present = allow("s3:ListAllMyBuckets", when={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    role = local_aws.role(account, present, trust=trust)
    ann = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    refusal(lambda: local_aws.assume(role, ann))
    code = totp.code(seed, time.time())
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert "invalid MFA" in refusal(lambda: local_aws.assume(role, ann, SerialNumber=serial, TokenCode=wrong))
    local_aws.client("s3", local_aws.assume(role, ann, SerialNumber=serial, TokenCode=code)).list_buckets()
    bob = iam.create_user(UserName="bob") and iam.create_access_key(UserName="bob")["AccessKey"]
    not_bobs = Credentials(bob["AccessKeyId"], bob["SecretAccessKey"])
    refusal(lambda: local_aws.assume(role, not_bobs, SerialNumber=serial, TokenCode=code))
