"""Every statement of every policy against AWS's own IAM data: what it names exists, and counts."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from mlops_stages.condition_keys import spellings
from tests.iam_data import actions
from tests.iam_faults import denies_what_is_given, faults
from tests.invariants.conftest import Organization, Placed
from tests.invariants.statements import Statement, statements
from tests.resolved_templates import ResolvedTemplates

REGISTRY = "arn:aws:sagemaker:eu-west-1:111111111111"
BUCKET = "arn:aws:s3:::acme-data"
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
TRAIN = "sagemaker:CreateTrainingJob"
JOBS = f"{REGISTRY}:training-job/fraud-*"


def placed_statements(organization: Organization) -> Iterator[tuple[Placed, Statement]]:
    """Every statement with its references resolved, and the resource that it stands in."""
    resolved = ResolvedTemplates(organization.templates, organization.assembly.environments)
    for resource in organization.resources():
        if '"Effect"' in json.dumps(resource.properties):
            for statement in statements(resolved.resolve(resource.stack, resource.properties)):
                yield resource, statement


def test_every_statement_is_right_by_the_data_of_aws(organization: Organization) -> None:
    found = {
        f"{fault} [{statement['Sid']} of {resource}]"
        for resource, statement in placed_statements(organization)
        for fault in faults(statement)
    }
    assert sorted(found) == []


def test_what_refuses_a_key_refuses_its_other_spelling_too(organization: Organization) -> None:
    refused = [
        (str(resource), key, json.dumps({**statement, "Sid": "", "Condition": ""}, sort_keys=True))
        for resource, statement in placed_statements(organization)
        for operator, keys in statement.get("Condition", {}).items()
        for key in keys
        if denies_what_is_given(statement, operator, key)
    ]
    for resource, key, rest in refused:
        assert {name for at, name, other in refused if (at, other) == (resource, rest)} >= set(spellings(key))


def test_no_statement_hides_in_a_text(organization: Organization) -> None:
    hidden = [str(resource) for resource in organization.resources() if '\\"Effect\\"' in json.dumps(resource.body)]
    assert hidden == []


def allow(action: str, resource: str, **conditions: dict[str, Any]) -> Statement:
    """A statement as it stands in a template."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": conditions}


def either(operator: str, value: object, effect: str = "Deny") -> Statement:
    """A statement on jobs with a condition on both spellings of a key."""
    keys: dict[str, Any] = dict.fromkeys(("sagemaker:VolumeKmsKey", "sagemaker:VolumeKmsKeyArn"), value)
    return {**allow(TRAIN, "*", **{operator: keys}), "Effect": effect}


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (allow("s3:GetObjects", f"{BUCKET}/*"), "no action is named s3:GetObjects"),
        (allow("sage:CreateApp", "*"), "no action is named sage:CreateApp"),
        (allow("s3:Fetch*", f"{BUCKET}/*"), "no action is named s3:Fetch*"),
        ({"Effect": "Deny", "NotAction": ["iamm:*"], "Resource": "*"}, "no action is named iamm:*"),
        (allow(TRAIN, f"{REGISTRY}:processing-job/fraud-*"), f"none of its actions is on {REGISTRY}:processing-job"),
        (allow(TRAIN, f"{REGISTRY}:processing-job/fraud-*"), f"{TRAIN} is on reserved-capacity, training-job, "),
        (allow("s3:GetObject", BUCKET), f"none of its actions is on {BUCKET}"),
        (allow("s3:ListBucket", f"{BUCKET}/*"), f"none of its actions is on {BUCKET}/*"),
        (allow("s3:GetObject", f"arn:aws:s3:eu-west-1::{BUCKET[13:]}/*"), "none of its actions is on arn:aws:s3:eu-"),
        (allow("kms:Decrypt", "arn:aws:kms:eu-west-1:key/1"), "none of its actions is on arn:aws:kms:eu-west-1:key/1"),
        (allow("sagemaker:ListDomains", f"{REGISTRY}:domain/*"), "sagemaker:ListDomains is on * alone"),
        (
            allow(TRAIN, JOBS, StringEquals={"sagemaker:AuthMode": "IAM"}),
            f"AWS supplies no sagemaker:AuthMode for {TRAIN}",
        ),
        (
            allow("kms:DescribeKey", KEY, ArnLike={"kms:EncryptionContext:aws:logs:arn": "*"}),
            "AWS supplies no kms:EncryptionContext:aws:logs:arn for kms:DescribeKey",
        ),
        (
            allow("s3:GetBucketLocation", BUCKET, StringLike={"s3:prefix": "a/*"}),
            "AWS supplies no s3:prefix for s3:GetBucketLocation",
        ),
        (
            allow("sagemaker:StopTrainingJob", JOBS, StringEquals={"aws:RequestTag/team": "fraud"}),
            "AWS supplies no aws:RequestTag/team for sagemaker:StopTrainingJob",
        ),
        (
            allow("s3:GetObject", f"{BUCKET}/*", StringEquals={"aws:PrincipalOrgId2": "o-1"}),
            "AWS supplies no aws:PrincipalOrgId2 for s3:GetObject",
        ),
        (
            allow("sts:AssumeRole", "*", StringEquals={"token.actions.githubusercontent.com:sub": "x"}),
            "AWS supplies no token.actions.githubusercontent.com:sub for sts:AssumeRole",
        ),
        (
            allow(TRAIN, JOBS, ArnLike={"sagemaker:VolumeKmsKey": KEY}),
            "ArnLike of sagemaker:VolumeKmsKey: AWS may call it sagemaker:VolumeKmsKeyArn",
        ),
        (
            allow(TRAIN, JOBS, Null={"sagemaker:OutputKmsKeyArn": "true"}),
            "Null of sagemaker:OutputKmsKeyArn: AWS may call it sagemaker:OutputKmsKey,",
        ),
        (
            allow(TRAIN, JOBS, StringEquals={"sagemaker:VpcSubnets": ["subnet-1"]}),
            "StringEquals of sagemaker:VpcSubnets: the key holds a list",
        ),
        (
            allow("kms:Decrypt", KEY, StringEquals={"kms:ResourceAliases": "alias/acme"}),
            "StringEquals of kms:ResourceAliases: the key holds a list",
        ),
        (
            allow("s3:GetObject", f"{BUCKET}/*", **{"ForAllValues:StringEquals": {"aws:PrincipalOrgID": ["o-1"]}}),
            "ForAllValues:StringEquals of aws:PrincipalOrgID: the key holds one value",
        ),
        (either("ArnLike", KEY, "Allow"), "it holds only where AWS supplies both spellings at once"),
        (either("Null", "false", "Allow"), "it holds only where AWS supplies both spellings at once"),
        (
            allow(TRAIN, "*", ArnNotLike={"sagemaker:VolumeKmsKey": KEY, "sagemaker:VolumeKmsKeyArn": f"{KEY}2"}),
            "its two spellings are not asked for the same",
        ),
    ],
)
def test_a_statement_that_never_counts_is_found(statement: Statement, fault: str) -> None:
    assert [found for found in faults(statement) if fault in found]


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:*", "*"),
        allow("s3:GetObject*", f"{BUCKET}/landing/*"),
        allow("s3:GetObject", "arn:aws:s3:::acme-*"),
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": [BUCKET, f"{BUCKET}/*"]},
        allow("SageMaker:createtrainingjob", f"{REGISTRY}:training-job/${{aws:PrincipalTag/team}}-*"),
        allow("iam:PassRole", "arn:aws:iam::111111111111:role/acme/fraud/*"),
        allow(TRAIN, JOBS, **{"ForAnyValue:StringEquals": {"aws:TagKeys": ["team"]}}),
        allow(TRAIN, JOBS, Null={"sagemaker:VpcSubnets": "false"}),
        allow("sagemaker:AddTags", JOBS, Null={"sagemaker:TaggingAction": "false"}),
        allow(TRAIN, JOBS, StringEquals={"aws:RequestTag/team": "fraud", "AWS:requestedregion": "eu-west-1"}),
        allow("kms:Decrypt", KEY, StringEquals={"kms:EncryptionContext:aws:logs:arn": "x", "kms:ViaService": "s3"}),
        allow("sagemaker:UpdateModelPackage", f"{REGISTRY}:model-package/fraud-card/3"),
        either("ArnNotLike", [KEY]),
        either("Null", "true"),
        either("ArnLikeIfExists", [KEY], "Allow"),
        {
            "Effect": "Allow",
            "Principal": {"Federated": "x"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"gitlab.com:sub": "x", "gitlab.com:project_id": "1"}},
        },
    ],
)
def test_a_statement_that_counts_is_left_alone(statement: Statement) -> None:
    assert list(faults(statement)) == []


@pytest.mark.parametrize(
    ("action", "told_by"),
    [
        ("sagemaker:CreateHyperParameterTuningJob", "warmstart|parent"),
        ("sagemaker:CreateModel", "modelpackage|image|modeldata"),
        ("sagemaker:CreateProcessingJob", "image|rolearn|experiment"),
        ("sagemaker:CreateTrainingJob", "image|rolearn|experiment"),
        ("sagemaker:CreateSpace", "filesystem"),
        ("sagemaker:UpdateSpace", "filesystem"),
        ("sagemaker:CreatePresignedDomainUrl", "space"),
    ],
)
def test_what_the_security_page_says_that_aws_has_no_condition_key_for_it_has_none_for(
    action: str, told_by: str
) -> None:
    """When this fails, AWS has one: narrow the statement by it, and take the sentence off docs/security.md."""
    (known,) = actions(action)
    assert [key for key in sorted(known.condition_keys) if re.search(told_by, key)] == []
