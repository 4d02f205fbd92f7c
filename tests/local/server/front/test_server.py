"""The front door: loopback only, TLS as policies see it, and the server's own paths."""

from __future__ import annotations

import concurrent.futures
import json
import secrets
import socket
from typing import Any

import pytest

from mlops_stages.local import endpoint
from mlops_stages.local.server.front import server
from tests.local.clients import Credentials, LocalAws, allow, policy, refusal


@pytest.fixture
def bucket(local_aws: LocalAws, account: str) -> str:
    """A bucket that takes nothing but TLS."""
    name = f"bucket-{secrets.token_hex(6)}"
    s3 = local_aws.client("s3", account)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    only_tls = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=name, Policy=policy(only_tls))
    return name


def test_a_loopback_request_counts_as_tls(local_aws: LocalAws, account: str, bucket: str) -> None:
    s3 = local_aws.client("s3", local_aws.as_role(account, allow("s3:*")))
    s3.put_object(Bucket=bucket, Key="data", Body=b"1")


def test_a_request_that_says_plain_http_is_refused_by_a_tls_only_bucket(
    local_aws: LocalAws, account: str, bucket: str
) -> None:
    credentials = local_aws.as_role(account, allow("s3:*"))
    plain = local_aws.client("s3", credentials, http=True)
    message = refusal(lambda: plain.put_object(Bucket=bucket, Key="data", Body=b"1"))
    assert "explicit deny in a resource-based policy" in message
    refusal(lambda: plain.list_objects_v2(Bucket=bucket))


def test_plain_http_is_refused_to_the_root_too(local_aws: LocalAws, account: str, bucket: str) -> None:
    refusal(lambda: local_aws.client("s3", account, http=True).list_objects_v2(Bucket=bucket))
    local_aws.client("s3", account).list_objects_v2(Bucket=bucket)


def test_the_root_can_always_mend_a_bucket_policy(local_aws: LocalAws, account: str, bucket: str) -> None:
    local_aws.client("s3", account, http=True).delete_bucket_policy(Bucket=bucket)


def test_plain_http_is_refused_by_an_identity_policy_that_demands_tls(local_aws: LocalAws, account: str) -> None:
    credentials = local_aws.as_role(
        account, allow("sagemaker:ListModels", when={"Bool": {"aws:SecureTransport": "true"}})
    )
    local_aws.client("sagemaker", credentials).list_models()
    refusal(lambda: local_aws.client("sagemaker", credentials, http=True).list_models())


def test_only_the_loopback_is_listened_on() -> None:
    with pytest.raises(ValueError, match="loopback"):
        server.listen("0.0.0.0", 0)
    with server.listen("127.0.0.1", 0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "host", ["127.0.0.1:4599", "localhost:4599", "bucket.localhost", "[::1]:4599", "s3.amazonaws.com"]
)
def test_a_name_of_this_machine_or_of_aws_is_answered(host: str) -> None:
    assert server.is_local(host)


@pytest.mark.parametrize(
    "host", ["evil.example", "10.0.0.1:4599", "localhost.evil.example", "127.0.0.1.evil.example:80"]
)
def test_a_foreign_host_name_is_refused(local_aws: LocalAws, host: str) -> None:
    status, _ = local_aws.ask("GET", "/_mlops-stages/declared", headers={"Host": host})
    assert status == 421


@pytest.mark.parametrize("path", ["/_mlops-stages/sessions", "/_ministack/reset", "/2015-03-31/functions"])
@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_web_page_reaches_nothing(local_aws: LocalAws, path: str, header: dict[str, str]) -> None:
    status, answer = local_aws.ask("POST", path, {}, headers=header)
    assert (status, answer["message"]) == (403, "the local AWS is not for web pages")


def test_a_link_that_a_person_opens_is_answered(local_aws: LocalAws) -> None:
    assert local_aws.ask("GET", "/_mlops-stages/health", headers={"Sec-Fetch-Site": "none"})[0] == 200


def test_an_unknown_path_of_ours_is_not_found(local_aws: LocalAws) -> None:
    assert local_aws.ask("GET", "/_mlops-stages/nothing")[0] == 404


def test_what_stacks_declare_is_listed_by_account(local_aws: LocalAws, account: str) -> None:
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "hello"}}}}
    cloudformation = local_aws.client("cloudformation", account)
    cloudformation.create_stack(StackName="one", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="one", WaiterConfig={"Delay": 1})
    _, answer = local_aws.ask("GET", "/_mlops-stages/declared")
    mine = [found for found in answer["resources"] if found["account"] == account]
    assert [(found["stack"], found["logical_id"], found["type"], found["properties"]) for found in mine] == [
        ("one", "Topic", "AWS::SNS::Topic", {"DisplayName": "hello"})
    ]
    cloudformation.delete_stack(StackName="one")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="one", WaiterConfig={"Delay": 1})
    _, answer = local_aws.ask("GET", "/_mlops-stages/declared")
    assert not [found for found in answer["resources"] if found["account"] == account]


def trusting_sagemaker(account: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }


def test_a_service_gets_the_session_that_the_trust_policy_lets_it_have(local_aws: LocalAws, account: str) -> None:
    role = local_aws.role(account, allow("s3:ListAllMyBuckets"), trust=trusting_sagemaker(account))
    status, given = local_aws.ask(
        "POST", "/_mlops-stages/sessions", {"role_arn": role, "service": "sagemaker.amazonaws.com"}
    )
    assert status == 200
    credentials = Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    local_aws.client("s3", credentials).list_buckets()
    refusal(lambda: local_aws.client("iam", credentials).create_user(UserName="eve"))
    identity = local_aws.client("sts", credentials).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/SageMaker"


@pytest.mark.parametrize(
    "change",
    [
        {"service": "lambda.amazonaws.com"},
        {"source_account": "999999999999"},
        {"source_identity": "ann"},
        {"role_arn": "arn:aws:iam::111111111111:role/none"},
    ],
)
def test_a_service_that_the_trust_policy_does_not_let_in_gets_nothing(
    local_aws: LocalAws, account: str, change: dict[str, str]
) -> None:
    role = local_aws.role(account, allow("s3:*"), trust=trusting_sagemaker(account))
    asked = {"role_arn": role, "service": "sagemaker.amazonaws.com", **change}
    status, answer = local_aws.ask("POST", "/_mlops-stages/sessions", asked)
    assert (status, answer["code"]) == (403, "AccessDenied")


def test_a_role_that_trusts_only_people_is_not_given_to_a_service(local_aws: LocalAws, account: str) -> None:
    asked = {"role_arn": local_aws.role(account, allow("s3:*")), "service": "sagemaker.amazonaws.com"}
    assert local_aws.ask("POST", "/_mlops-stages/sessions", asked)[0] == 403


@pytest.mark.parametrize("content", [{}, {"role_arn": "x"}, {"role_arn": "x", "service": "sagemaker"}])
def test_a_session_request_without_sense_is_a_bad_request(local_aws: LocalAws, content: dict[str, str]) -> None:
    assert local_aws.ask("POST", "/_mlops-stages/sessions", content)[0] == 400


def test_a_twelve_digit_key_is_the_root_of_that_account(local_aws: LocalAws, account: str) -> None:
    identity = local_aws.client("sts", account).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{account}:root"


def test_the_management_account_may_assume_the_access_role_of_its_members(local_aws: LocalAws, account: str) -> None:
    management = str(int(account) + 1)
    organization = {"id": "o-management", "accounts": [account, management], "management": management}
    assert local_aws.ask("POST", "/_mlops-stages/organization", organization)[0] == 200
    arn = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    assert local_aws.client("sts", local_aws.assume(arn, management)).get_caller_identity()["Account"] == account
    refusal(lambda: local_aws.assume(arn, "555555555555"))


def test_an_organization_of_no_accounts_is_a_bad_request(local_aws: LocalAws) -> None:
    assert local_aws.ask("POST", "/_mlops-stages/organization", {"id": "o-1", "accounts": ["ann"]})[0] == 400


def test_the_environment_points_at_the_endpoint_and_at_no_profile() -> None:
    variables = endpoint.environment(endpoint.Endpoint("http://127.0.0.1:4599", "s3cret"), "111111111111", "eu-west-1")
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4599"
    assert (variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]) == ("111111111111", "s3cret")
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(variables)


def test_the_server_takes_the_next_port_where_one_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with server.listen_near(port) as listening:
            assert listening.getsockname()[1] != port


def test_several_stacks_are_taken_at_once(local_aws: LocalAws, account: str) -> None:
    topics = {f"Topic{number}": {"Type": "AWS::SNS::Topic"} for number in range(20)}
    template = json.dumps({"Resources": topics})

    def create(number: int) -> str:
        cloudformation = local_aws.client("cloudformation", str(int(account) + number % 2))
        name = f"stack-{number}"
        cloudformation.create_change_set(
            StackName=name, ChangeSetName="cdk-deploy-change-set", ChangeSetType="CREATE", TemplateBody=template
        )
        cloudformation.execute_change_set(StackName=name, ChangeSetName="cdk-deploy-change-set")
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        assert set(pool.map(create, range(6))) == {"CREATE_COMPLETE"}
    own = local_aws.client("cloudformation", account).describe_stacks()["Stacks"]
    assert {stack["StackName"] for stack in own} == {"stack-0", "stack-2", "stack-4"}
