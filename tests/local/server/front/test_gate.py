"""Whose local AWS it is: its starter's. A stranger on the machine, a web page, a link and a step get what is theirs."""

from __future__ import annotations

import importlib
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.local.client import process
from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.side_doors import CLOSED
from tests.local.clients import REGION, Credentials, LocalAws, allow, refusal
from tests.local.conftest import directory
from tests.local.signed_requests import send, signed

# By name, because botocore has no types to check.
_auth: Any = importlib.import_module("botocore.auth")
_awsrequest: Any = importlib.import_module("botocore.awsrequest")
_config: Any = importlib.import_module("botocore.config")
_credentials: Any = importlib.import_module("botocore.credentials")
_boto3: Any = importlib.import_module("boto3")

APP = Path(importlib.import_module("ministack.app").__file__ or "").read_text("utf-8")
ADMIN_PATHS = {
    "/_alb/",
    "/_aws/execute-api/",
    "/_aws/lambda-url/",
    "/_localstack/",
    "/_localstack/health",
    "/_ministack/cfn-response/",
    "/_ministack/cfn-signal/",
    "/_ministack/config",
    "/_ministack/eks-auth/",
    "/_ministack/elasticache/ca.pem",
    "/_ministack/health",
    "/_ministack/iot/ca.pem",
    "/_ministack/lambda-code/",
    "/_ministack/lambda-layers/",
    "/_ministack/rds/ca.pem",
    "/_ministack/rds/iam-auth",
    "/_ministack/ready",
    "/_ministack/reset",
    "/_ministack/ses/messages",
    "/_ministack/sns/sms-messages",
    "/_ministack/sqs/messages",
    "/_ministack/transfer/sftp-ports",
}
"""Every path of ministack's own in the source of its application."""

BEHIND_CLOSED = {
    "_handle_admin_reset",
    "_handle_cognito_get_request",
    "_handle_elasticache_ca_request",
    "_handle_health_request",
    "_handle_iot_ca_request",
    "_handle_lambda_download_request",
    "_handle_options_request",
    "_handle_rds_ca_request",
    "_handle_ready_request",
    "_handle_ses_messages_request",
    "_handle_sns_sms_messages_request",
    "_handle_sqs_messages_request",
    "_handle_transfer_sftp_ports_request",
    "_handle_unknown_localstack_request",
}
"""Handlers of ministack's that only those ask which are closed."""

OPEN = {
    "_handle_lifespan",
    "_handle_post_body_shortcuts",
    "_handle_rds_data_request",
    "_handle_s3_control_request",
    "_handle_s3_vhost_request",
    "_handle_ses_v2_request",
    "_handle_special_data_plane_request",
}
"""Handlers of AWS's APIs, and those that ask the others."""


@pytest.fixture
def bucket(local_aws: LocalAws, account: str) -> str:
    """A bucket with one object."""
    name = f"bucket-{secrets.token_hex(6)}"
    s3 = local_aws.client("s3", account)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=name, Key="key", Body=b"content")
    return name


def always(payload: str) -> Callable[..., str]:
    """What stands for every body."""

    def say(*_: object) -> str:
        return payload

    return say


def presigning(aws: LocalAws, who: Credentials, version: str = "s3v4") -> Any:  # noqa: ANN401  # built at run time
    return _boto3.session.Session().client(
        "s3",
        region_name=REGION,
        endpoint_url=aws.endpoint.url,
        aws_access_key_id=who.key,
        aws_secret_access_key=who.secret,
        aws_session_token=who.token,
        config=_config.Config(signature_version=version, s3={"addressing_style": "path"}),
    )


def presigned(aws: LocalAws, who: Credentials, operation: str, bucket: str, **more: str) -> str:
    url = presigning(aws, who).generate_presigned_url(operation, Params={"Bucket": bucket, "Key": "key", **more})
    return str(url).removeprefix(aws.endpoint.url)


# --- another user of the machine


@pytest.mark.parametrize("secret", ["local", "test", "none", "x" * 43])
def test_a_root_with_a_guessed_secret_is_refused(local_aws: LocalAws, account: str, secret: str) -> None:
    stranger = Credentials(account, secret)
    told = [
        refusal(lambda: local_aws.client("iam", stranger).list_users(), code="SignatureDoesNotMatch"),
        refusal(lambda: local_aws.client("lambda", stranger).list_functions(), code="InvalidSignatureException"),
        refusal(lambda: local_aws.client("kms", stranger).list_keys(), code="InvalidSignatureException"),
        refusal(lambda: local_aws.client("s3", stranger).list_buckets(), code="SignatureDoesNotMatch"),
        refusal(lambda: local_aws.client("ec2", stranger).describe_vpcs(), code="AuthFailure"),
        refusal(lambda: local_aws.client("cloudwatch", stranger).list_metrics(), code="SignatureDoesNotMatch"),
        refusal(lambda: local_aws.client("sagemaker", stranger).list_models(), code="InvalidSignatureException"),
        refusal(lambda: local_aws.client("cloudformation", stranger).list_stacks(), code="SignatureDoesNotMatch"),
        refusal(lambda: local_aws.client("sts", stranger).get_caller_identity(), code="SignatureDoesNotMatch"),
    ]
    assert all('eval "$(mlops-stages env)"' in message for message in told)


@pytest.mark.parametrize("key", ["test", "none", "AKIAIOSFODNN7EXAMPLE", "1111111111111", "11111111111"])
def test_a_key_that_nobody_has_is_refused(local_aws: LocalAws, key: str) -> None:
    for secret in ("test", "none", local_aws.endpoint.secret):
        stranger = Credentials(key, secret)
        refusal(lambda who=stranger: local_aws.client("iam", who).list_users(), code="InvalidClientTokenId")
        refusal(lambda who=stranger: local_aws.client("s3", who).list_buckets(), code="InvalidAccessKeyId")
        refusal(lambda who=stranger: local_aws.client("kms", who).list_keys(), code="UnrecognizedClientException")


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "code"),
    [
        ("GET", "/?Action=ListUsers&Version=2010-05-08", {}, b"", b"<Code>MissingAuthenticationToken</Code>"),
        ("POST", "/", {"content_type": "application/x-www-form-urlencoded"}, b"Action=ListUsers", b"<Code>Missing"),
        (
            "POST",
            "/",
            {"x_amz_target": "TrentService.ListKeys", "content_type": "application/x-amz-json-1.1"},
            b"{}",
            b'"MissingAuthenticationTokenException"',
        ),
        ("GET", "/", {}, b"", b"<Code>AccessDenied</Code>"),
        ("PUT", "/bucket", {}, b"", b"<Code>AccessDenied</Code>"),
        ("POST", "/2015-03-31/functions", {}, b"{}", b"<Code>AccessDenied</Code>"),
        ("POST", "/", {"content_type": "application/x-www-form-urlencoded"}, b"Action=AssumeRoleWithSAML", b"Missing"),
        ("GET", "/v2/", {}, b"", b"<Code>AccessDenied</Code>"),
        ("GET", "/v2/_catalog", {"authorization": "Basic QVdTOnRlc3Q="}, b"", b"<Code>InvalidRequest</Code>"),
        ("GET", "/pypi/shared/simple/", {"authorization": "Bearer token"}, b"", b"<Code>InvalidRequest</Code>"),
        ("GET", "/iceberg/v1/config", {}, b"", b"<Code>AccessDenied</Code>"),
        ("POST", "/oauth2/token", {}, b"", b"<Code>AccessDenied</Code>"),
        ("OPTIONS", "/", {}, b"", b"<Code>AccessDenied</Code>"),
        ("TRACE", "/", {}, b"", b"<Code>AccessDenied</Code>"),
        ("GET", "/?AWSAccessKeyId=111111111111&Signature=x&Expires=9999999999", {}, b"", b"InvalidRequest"),
    ],
)
def test_a_request_without_a_signature_is_refused_in_the_words_of_its_protocol(
    local_aws: LocalAws, method: str, path: str, headers: dict[str, str], body: bytes, code: bytes
) -> None:
    status, _, answered = send(local_aws, method, path, body, **headers)
    assert status in (400, 403)
    assert code in answered


def test_every_path_of_ministacks_own_is_known_here() -> None:
    assert set(re.findall(r'[f(= ]"(/_[a-z][^"{% ]*)["{]', APP)) == ADMIN_PATHS


def test_every_handler_of_ministacks_application_is_known_here() -> None:
    assert set(re.findall(r"(?m)^(?:async )?def (_handle_\w+)", APP)) == {*CLOSED, *BEHIND_CLOSED, *OPEN}


@pytest.mark.parametrize("path", sorted(ADMIN_PATHS | {"/health", "/%5Fministack/reset", "/_"}))
def test_an_admin_path_is_not_found_by_anybody(local_aws: LocalAws, account: str, path: str) -> None:
    for method in ("GET", "POST", "PUT"):
        assert send(local_aws, method, path)[0] == 404
    if path != "/health":  # it could be a bucket's
        assert send(local_aws, "POST", path, **signed(local_aws, local_aws.root(account), "s3", "POST", path))[0] == 404


def test_where_a_custom_resource_answers_is_the_one_address_that_takes_no_signature(local_aws: LocalAws) -> None:
    token = "0f0e0d0c-0b0a-4908-8706-050403020100"
    assert send(local_aws, "PUT", f"/_ministack/cfn-response/{token}", b"{}")[0] == 200
    assert send(local_aws, "PUT", f"/_ministack/cfn-signal/{token}", b"{}")[0] == 404
    for path in (f"/_ministack/cfn-response/{token}/../../reset", "/_ministack/cfn-response/x", "/_ministack/reset"):
        assert send(local_aws, "PUT", path, b"{}")[0] == 404
    assert send(local_aws, "POST", f"/_ministack/cfn-response/{token}", b"{}")[0] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "process"),
        ("GET", "containers"),
        ("GET", "declared"),
        ("GET", "clock"),
        ("POST", "clock"),
        ("POST", "sessions"),
        ("POST", "imported"),
        ("POST", "organization"),
        ("GET", "nothing"),
    ],
)
def test_the_servers_own_paths_need_the_secret(local_aws: LocalAws, method: str, path: str) -> None:
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": "Bearer local"}, {"authorization": "bearer x"}):
        status, answer = local_aws.ask(method, f"/_mlops-stages/{path}", {}, headers=headers, known=False)
        assert (status, answer["code"]) == (403, "AccessDenied")


def test_health_tells_nothing_but_that_it_runs(local_aws: LocalAws) -> None:
    assert local_aws.ask("GET", "/_mlops-stages/health", known=False) == (200, {"status": "ready"})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_user_of_the_machine_finds_no_secret(
    local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> None:
    state = directory(tmp_path_factory) / process.STATE_DIRECTORY
    record = json.loads((state / "local.json").read_text("utf-8"))
    look = (
        "import os, pathlib, sys\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "pid, secret, *paths = sys.argv[1], sys.stdin.read(), *sys.argv[2:]\n"
        "paths += [f'/proc/{pid}/{name}' for name in ('environ', 'mem', 'maps', 'cmdline', 'status', 'fd/0')]\n"
        "read = []\n"
        "for path in paths:\n"
        "    try:\n"
        "        content = pathlib.Path(path).read_bytes()\n"
        "    except OSError:\n"
        "        continue\n"
        "    read.append(path)\n"
        "    assert secret.encode() not in content, path\n"
        "print(*read)\n"
    )
    paths = [str(path) for path in state.iterdir()]
    done = subprocess.run(
        [sys.executable, "-c", look, str(record["pid"]), *paths],
        input=record["secret"],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [f"/proc/{record['pid']}/cmdline", f"/proc/{record['pid']}/status"], done.stderr


# --- web pages and links


def test_a_link_in_a_mail_calls_nothing(local_aws: LocalAws, account: str) -> None:
    query = "Action=CreateUser&UserName=eve&Version=2010-05-08"
    key = f"X-Amz-Credential={account}/20260301/us-east-1/iam/aws4_request"
    forged = f"/?{query}&{key}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00&X-Amz-Date=20260301T000000Z"
    for headers in ({}, {"sec_fetch_site": "none", "sec_fetch_mode": "navigate"}):
        assert send(local_aws, "GET", forged, **headers)[0] in (400, 403)
    assert local_aws.client("iam", account).list_users()["Users"] == []


def test_a_link_that_is_well_signed_calls_nothing_from_a_browser(local_aws: LocalAws, account: str) -> None:
    url = local_aws.client("sts", account).generate_presigned_url("get_caller_identity", HttpMethod="GET")
    target = str(url).removeprefix(local_aws.endpoint.url)
    assert send(local_aws, "GET", target)[0] == 200
    status, _, answered = send(local_aws, "GET", target, sec_fetch_site="none")
    assert (status, json.loads(answered)["message"]) == (403, "the local AWS is not for web pages")
    assert send(local_aws, "GET", target, sec_fetch_mode="navigate")[0] == 403


def test_a_presigned_url_of_an_object_opens_in_a_browser(local_aws: LocalAws, account: str, bucket: str) -> None:
    target = presigned(local_aws, local_aws.root(account), "get_object", bucket)
    assert send(local_aws, "GET", target, sec_fetch_site="none", sec_fetch_mode="navigate")[::2] == (200, b"content")
    assert send(local_aws, "GET", target, sec_fetch_site="cross-site")[0] == 403
    assert send(local_aws, "GET", target, origin="http://127.0.0.1")[0] == 403


def test_no_websocket_is_opened(local_aws: LocalAws) -> None:
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec_websocket_version": "13"}
    status, _, _ = send(
        local_aws, "GET", "/_aws/execute-api/x/y", sec_websocket_key="AAAAAAAAAAAAAAAAAAAAAA==", **upgrade
    )
    assert status == 403


# --- steps, functions, users: whoever has credentials of their own


@pytest.fixture
def step(local_aws: LocalAws, account: str) -> Credentials:
    """What a step has: its role's session, with every permission."""
    return local_aws.as_role(account, allow("*"))


def test_a_session_signs_with_its_own_secret_and_shows_its_token(local_aws: LocalAws, step: Credentials) -> None:
    local_aws.client("iam", step).list_users()
    wrong = replace(step, secret=local_aws.endpoint.secret)
    refusal(lambda: local_aws.client("iam", wrong).list_users(), code="SignatureDoesNotMatch")
    refusal(lambda: local_aws.client("s3", wrong).list_buckets(), code="SignatureDoesNotMatch")
    for token in (None, "", f"{step.token}x", "x"):
        shown = replace(step, token=token)
        refusal(lambda who=shown: local_aws.client("iam", who).list_users(), code="InvalidClientTokenId")


def test_a_token_makes_no_root_of_a_session(local_aws: LocalAws, step: Credentials, account: str) -> None:
    as_root = replace(step, key=account)
    refusal(lambda: local_aws.client("iam", as_root).list_users(), code="InvalidClientTokenId")
    refusal(lambda: local_aws.client("iam", replace(as_root, token=None)).list_users(), code="SignatureDoesNotMatch")


def test_a_user_signs_with_the_secret_of_their_key_while_it_is_active(local_aws: LocalAws, account: str) -> None:
    iam = local_aws.client("iam", account)
    iam.create_user(UserName="ann")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    local_aws.client("sts", ann).get_caller_identity()
    for secret in (local_aws.endpoint.secret, "x"):
        guess = replace(ann, secret=secret)
        refusal(lambda who=guess: local_aws.client("sts", who).get_caller_identity(), code="SignatureDoesNotMatch")
    iam.update_access_key(UserName="ann", AccessKeyId=ann.key, Status="Inactive")
    refusal(lambda: local_aws.client("sts", ann).get_caller_identity(), code="InvalidClientTokenId")


@pytest.mark.parametrize("operation", ["assume_role_with_web_identity", "assume_role_with_saml"])
def test_a_token_that_anybody_can_write_opens_no_role(
    local_aws: LocalAws, account: str, step: Credentials, operation: str
) -> None:
    trust = {"Effect": "Allow", "Principal": {"Federated": "*"}, "Action": "sts:*"}
    role = local_aws.role(account, trust=trust)
    body = (
        f"Action={''.join(part.title() for part in operation.split('_')).replace('Saml', 'SAML')}&Version=2011-06-15"
        f"&RoleArn={role}&RoleSessionName=x&WebIdentityToken=e30.e30.&SAMLAssertion=x&PrincipalArn={role}"
    ).encode()
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert send(local_aws, "POST", "/", body, **{name.replace("-", "_"): v for name, v in form.items()})[0] == 403
    for who in (step, local_aws.root(account)):
        headers = signed(local_aws, who, "sts", "POST", "/", body, **form)
        status, _, answered = send(local_aws, "POST", "/", body, **headers)
        assert (status, b"cannot check who signed" in answered) == (403, True)
        path = f"/?{body.decode()}"
        request = _awsrequest.AWSRequest("GET", local_aws.endpoint.url + path)
        _auth.SigV4QueryAuth(_credentials.Credentials(who.key, who.secret, who.token), "sts", REGION).add_auth(request)
        status, _, answered = send(local_aws, "GET", str(request.url).removeprefix(local_aws.endpoint.url))
        assert (status, b"cannot check who signed" in answered) == (403, True)


def test_what_is_judged_is_what_is_done_where_a_call_says_something_twice(local_aws: LocalAws, account: str) -> None:
    allowed, other = local_aws.role(account), local_aws.role(account)
    who = local_aws.as_role(account, allow("sts:AssumeRole", on=allowed))
    refusal(lambda: local_aws.assume(other, who))
    common = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=x"
    for path, body, kind in (
        (f"/?{common}&RoleArn={allowed}", f"{common}&RoleArn={other}", "application/x-www-form-urlencoded"),
        (f"/?{common}&RoleArn={allowed}", f"RoleArn={other}", "text/plain"),
        (f"/?RoleArn={allowed}", f"{common}&RoleArn={other}", "application/x-www-form-urlencoded"),
        ("/", f"{common}&RoleArn={other}", "text/plain"),
    ):
        headers = signed(local_aws, who, "sts", "POST", path, body.encode(), **{"content-type": kind})
        assert send(local_aws, "POST", path, body.encode(), **headers)[0] == 403


# --- objects


def test_a_presigned_url_is_good_for_what_it_says_alone(local_aws: LocalAws, account: str, bucket: str) -> None:
    for who in (local_aws.root(account), local_aws.as_role(account, allow("s3:*"))):
        target = presigned(local_aws, who, "get_object", bucket)
        assert send(local_aws, "GET", target)[::2] == (200, b"content")
        assert send(local_aws, "DELETE", target)[0] == 403
        assert send(local_aws, "GET", target.replace("/key", "/key2"))[0] == 403
        assert send(local_aws, "GET", target, x_amz_target="TrentService.ListKeys")[0] == 403
        stored = presigned(local_aws, who, "put_object", bucket)
        assert send(local_aws, "PUT", stored, b"content")[0] == 200
        assert send(local_aws, "PUT", stored, b"", x_amz_copy_source=f"/{bucket}/key")[0] == 403


def test_a_presigned_upload_is_no_call_of_another_service(local_aws: LocalAws, account: str, bucket: str) -> None:
    target = presigned(local_aws, local_aws.root(account), "create_multipart_upload", bucket)
    form = b"Action=CreateUser&UserName=eve&Version=2010-05-08"
    status, _, _ = send(local_aws, "POST", target, form, content_type="application/x-www-form-urlencoded")
    assert status == 403
    assert local_aws.client("iam", account).list_users()["Users"] == []
    assert send(local_aws, "POST", target)[0] == 200


def test_version_2_is_refused_and_the_message_names_what_is_taken(
    local_aws: LocalAws, account: str, bucket: str
) -> None:
    url = presigning(local_aws, local_aws.root(account), "s3").generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "key"}
    )
    status, _, answered = send(local_aws, "GET", str(url).removeprefix(local_aws.endpoint.url))
    assert (status, b"Please use AWS4-HMAC-SHA256." in answered) == (400, True)


def test_a_form_that_uploads_is_refused(local_aws: LocalAws, account: str, bucket: str) -> None:
    form = presigning(local_aws, local_aws.root(account)).generate_presigned_post(bucket, "key")
    parts = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in {**form["fields"], "file": "other"}.items()
    )
    body = f"{parts}--x--\r\n".encode()
    assert send(local_aws, "POST", f"/{bucket}", body, content_type="multipart/form-data; boundary=x")[0] == 403
    assert local_aws.client("s3", account).get_object(Bucket=bucket, Key="key")["Body"].read() == b"content"


def test_content_in_chunks_with_a_checksum_behind_is_taken_as_the_javascript_sdk_sends_it(
    local_aws: LocalAws, account: str, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_auth.S3SigV4Auth, "payload", always("STREAMING-UNSIGNED-PAYLOAD-TRAILER"))
    told = {
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": "5",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    headers = signed(local_aws, local_aws.root(account), "s3", "PUT", f"/{bucket}/chunked", **told)
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    assert send(local_aws, "PUT", f"/{bucket}/chunked", body, **headers)[0] == 200
    monkeypatch.undo()
    stored = local_aws.client("s3", account).get_object(Bucket=bucket, Key="chunked")
    assert stored["Body"].read() == b"hello"


def test_a_body_that_was_changed_on_its_way_is_refused(local_aws: LocalAws, account: str, bucket: str) -> None:
    root = local_aws.root(account)
    for service, method, path in (("s3", "PUT", f"/{bucket}/key"), ("iam", "POST", "/"), ("kms", "POST", "/")):
        headers = signed(local_aws, root, service, method, path, b"one")
        assert send(local_aws, method, path, b"two", **headers)[0] == 403


def test_ministack_still_words_the_refusals_that_the_gate_gives() -> None:
    codes: Mapping[str, object] = ministack.iam_actions._AUTH_FAILURES
    given = {
        "CredentialDateMismatch",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidToken",
        "MissingAuthenticationToken",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "UnsupportedSignature",
    }
    assert given <= codes.keys()
