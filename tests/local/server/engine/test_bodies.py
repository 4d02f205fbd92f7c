"""What a body may hold before a service reads it: what it inflates to, how deep it nests, which numbers are in it."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import pytest

from mlops_stages.local.server.bounds import nesting
from mlops_stages.local.server.bounds.requests import MIB
from mlops_stages.local.server.engine.bodies import GZIP, BodyError, inflated
from tests.local.clients import REGION, LocalAws
from tests.local.signed_requests import send, signed

DEEP = "[" * 50_000 + "]" * 50_000
DEEP_OBJECT = '{"a":' * 300 + "1" + "}" * 300


def test_what_is_packed_is_inflated_to_its_bound_only() -> None:
    assert inflated(gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0", 10) == b"ab"
    with pytest.raises(BodyError, match="inflated"):
        inflated(gzip.compress(b"\0" * 50_000_000), MIB)
    with pytest.raises(BodyError):
        inflated(gzip.compress(b"a" * 600) * 2, 1000)
    for broken in (b"no gzip", gzip.compress(b"a" * 100)[:-9]):
        with pytest.raises((OSError, EOFError)):
            inflated(broken, 1000)
    assert GZIP.decompress(gzip.compress(b"a")) == b"a"
    assert GZIP.open is gzip.open


@pytest.mark.parametrize(
    "document",
    [
        DEEP,
        DEEP_OBJECT,
        "[" * 1_000_000,
        json.dumps({"policy": DEEP_OBJECT}),
        json.dumps({"outer": json.dumps({"inner": DEEP_OBJECT})}),
        '{"policy": "' + r"[" * 300 + r"]" * 300 + '"}',
        '{"a": "\\"", "b": ' + DEEP_OBJECT + "}",
    ],
)
def test_what_nests_too_deep_is_seen_before_it_is_read(document: str) -> None:
    assert nesting.is_deep(document.encode())


@pytest.mark.parametrize(
    "document",
    [
        json.dumps([{"a": [1, 2]}] * 10_000),
        json.dumps({"message": "[" * 5000}),  # a line of a log, and no document
        json.dumps({"a": "]" * 5000}),
        "[" * 99 + "]" * 99,
    ],
)
def test_what_is_long_and_flat_is_read(document: str) -> None:
    assert not nesting.is_deep(document.encode())


def test_templates_that_nest_too_deep_are_seen_in_yaml_too() -> None:
    assert nesting.is_deep_document("a: " + "[" * 200 + "]" * 200)
    assert nesting.is_deep_document("- " * 300 + "a")
    assert nesting.is_deep_document("\n".join(" " * level + "a:" for level in range(300)))
    assert not nesting.is_deep_document("Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n" * 100)


@pytest.mark.parametrize("document", ['{"a": NaN}', "[Infinity]", "[-Infinity]", '{"a":"x","b":NaN}'])
def test_numbers_that_json_lacks_are_seen(document: str) -> None:
    assert nesting.has_constants(document.encode())
    assert not nesting.has_constants(json.dumps({"a": document, "NaN": 1}).encode())


# Through the local AWS


def post(aws: LocalAws, account: str, service: str, body: bytes, **headers: str) -> tuple[int, str]:
    """Send a body as the root of an account; the status and the answer."""
    name = aws.client(service, account).meta.service_model.signing_name
    given = {header.replace("_", "-"): value for header, value in headers.items()}
    signature = signed(aws, aws.root(account), name, "POST", "/", body, **given)
    status, _headers, answer = send(aws, "POST", "/", body, **signature)
    return status, answer.decode()


JSON_TARGETS = [
    ("sagemaker", "SageMaker.CreatePipeline"),
    ("organizations", "AWSOrganizationsV20161128.CreatePolicy"),
    ("logs", "Logs_20140328.PutLogEvents"),
    ("ecr", "AmazonEC2ContainerRegistry_V20150921.SetRepositoryPolicy"),
    ("events", "AWSEvents.PutRule"),
    ("stepfunctions", "AWSStepFunctions.CreateStateMachine"),
    ("dynamodb", "DynamoDB_20120810.PutItem"),
    ("servicecatalog", "AWS242ServiceCatalogService.CreatePortfolio"),
]


@pytest.mark.parametrize(("service", "target"), JSON_TARGETS)
@pytest.mark.parametrize(
    "body", [DEEP, DEEP_OBJECT, json.dumps({"PipelineName": "p", "policyText": DEEP_OBJECT}), '{"a": NaN}']
)
def test_a_hostile_body_is_a_fault_of_its_sender(
    local_aws: LocalAws, account: str, service: str, target: str, body: str
) -> None:
    kind = "application/x-amz-json-1.1"
    status, said = post(local_aws, account, service, body.encode(), X_Amz_Target=target, Content_Type=kind)
    assert status == 400, said
    assert "Traceback" not in said
    assert len(said) < 1000


def test_a_call_that_names_its_operation_is_read_wherever_it_is_sent(local_aws: LocalAws, account: str) -> None:
    path = "/endpoints/e/invocations"
    headers = {"X-Amz-Target": "SageMaker.CreatePipeline", "Content-Type": "application/x-amz-json-1.1"}
    signature = signed(local_aws, local_aws.root(account), "sagemaker", "POST", path, DEEP.encode(), **headers)
    status, _headers, said = send(local_aws, "POST", path, DEEP.encode(), **signature)
    assert (status, b"deep" in said) == (400, True)


@pytest.mark.parametrize(
    ("service", "action", "field", "code"),
    [
        ("iam", "CreatePolicy", "PolicyDocument", "MalformedPolicyDocument"),
        ("iam", "CreateRole", "AssumeRolePolicyDocument", "MalformedPolicyDocument"),
        ("sts", "AssumeRole", "Policy", "MalformedPolicyDocument"),
        ("cloudformation", "CreateStack", "TemplateBody", "ValidationError"),
        ("sns", "CreateTopic", "Attributes.entry.1.value", "MalformedPolicyDocument"),
    ],
)
@pytest.mark.parametrize("document", [DEEP_OBJECT, "[" * 2000])
def test_a_deep_document_in_a_form_is_refused(
    local_aws: LocalAws, account: str, service: str, action: str, field: str, code: str, document: str
) -> None:
    body = f"Action={action}&{field}={document}".encode()
    status, said = post(local_aws, account, service, body, Content_Type="application/x-www-form-urlencoded")
    assert status == 400
    assert f"<Code>{code}</Code>" in said


def test_a_packed_body_that_inflates_to_much_is_refused(local_aws: LocalAws, account: str) -> None:
    packed = gzip.compress(b'{"logGroupName": "' + b"a" * 100_000_000 + b'"}', 9)
    assert len(packed) < MIB
    headers = {"X_Amz_Target": "Logs_20140328.CreateLogGroup", "Content_Type": "application/x-amz-json-1.1"}
    status, said = post(local_aws, account, "logs", packed, Content_Encoding="gzip", **headers)
    assert status == 413, said
    small = gzip.compress(b'{"logGroupName": "/packed"}')
    assert post(local_aws, account, "logs", small, Content_Encoding="gzip", **headers)[0] == 200
    assert post(local_aws, account, "logs", small[:-9], Content_Encoding="gzip", **headers)[0] == 400


def test_a_body_longer_than_its_service_takes_is_refused(local_aws: LocalAws, account: str) -> None:
    body = json.dumps({"logGroupName": "a" * 3_000_000}).encode()
    headers = {"X_Amz_Target": "Logs_20140328.CreateLogGroup", "Content_Type": "application/x-amz-json-1.1"}
    status, said = post(local_aws, account, "logs", body, **headers)
    assert (status, json.loads(said)["__type"]) == (413, "RequestEntityTooLargeException")


def test_a_message_quotes_the_beginning_of_a_value_only(local_aws: LocalAws, account: str) -> None:
    settings = {"ExecutionRole": f"arn:aws:iam::{account}:role/r", "SecurityGroups": ["a" * 2_000_000]}
    with pytest.raises(Exception, match="failed to satisfy constraint") as error:
        local_aws.client("sagemaker", account).create_domain(
            DomainName="studio", AuthMode="IAM", DefaultUserSettings=settings
        )
    assert len(str(error.value)) < 2000


ALIASES = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("template", [ALIASES, "Resources: &r\n  T: {Type: AWS::SNS::Topic}\nMappings: *r\n"])
def test_a_template_has_no_aliases(local_aws: LocalAws, account: str, template: str) -> None:
    cloudformation = local_aws.client("cloudformation", account)
    for call in (
        lambda: cloudformation.create_stack(StackName="s", TemplateBody=template),
        lambda: cloudformation.validate_template(TemplateBody=template),
    ):
        with pytest.raises(Exception, match="ValidationError"):
            call()


def test_a_zip_that_inflates_to_much_is_refused(local_aws: LocalAws, account: str) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.py", "w") as content:
        for _ in range(270):
            content.write(b"\0" * MIB)
    role = f"arn:aws:iam::{account}:role/r"
    with pytest.raises(Exception, match="Unzipped size"):
        local_aws.client("lambda", account).create_function(
            FunctionName="bomb",
            Runtime="python3.12",
            Handler="a.handler",
            Role=role,
            Code={"ZipFile": packed.getvalue()},
        )


def test_a_definition_in_a_bucket_is_read_to_its_bound_only(local_aws: LocalAws, account: str) -> None:
    s3 = local_aws.client("s3", account)
    s3.create_bucket(Bucket=f"definitions-{account}", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=f"definitions-{account}", Key="d.json", Body=b" " * (5 * MIB))
    with pytest.raises(Exception, match="at most"):
        local_aws.client("sagemaker", account).create_pipeline(
            PipelineName="p",
            RoleArn=f"arn:aws:iam::{account}:role/r",
            ClientRequestToken="0" * 32,
            PipelineDefinitionS3Location={"Bucket": f"definitions-{account}", "ObjectKey": "d.json"},
        )
