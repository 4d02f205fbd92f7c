"""What becomes broader from one template to the next, and what does not."""

import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_stages.review.permissions import Template, compare
from tests.foundation.judge import Caller

Json = dict[str, Any]
READ: Json = {
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:ListBucket"],
    "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::a/*"],
}
DENY: Json = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
TRUST: Json = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111111111111:role/a"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
}


def policy(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def role(*statements: Json, **changes: Any) -> Json:  # noqa: ANN401
    own = [{"PolicyName": "own", "PolicyDocument": policy(*statements)}] if statements else []
    properties = {
        "RoleName": "acme-a",
        "AssumeRolePolicyDocument": policy(TRUST),
        "PermissionsBoundary": "arn:aws:iam::111111111111:policy/boundary",
        "Policies": own,
        **changes,
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {name: value for name, value in properties.items() if value is not None},
    }


def bucket_policy(*statements: Json) -> Json:
    return {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {}},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": policy(*statements)},
        },
    }


def group(*rules: Json) -> Json:
    return {"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": list(rules)}}}


def outgoing(**more: Any) -> Json:  # noqa: ANN401
    return {"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": more}}


def found(before: Json, after: Json) -> list[tuple[str, str]]:
    """The codes of what is broader, with the type and name of where."""
    templates = [[Template("stack", resources, account="111111111111")] for resources in (before, after)]
    return [(each.code, each.where.removeprefix("stack: ")) for each in compare(*templates)]


ROLE = "AWS::IAM::Role acme-a"
BUCKET = "AWS::S3::Bucket Bucket"
QUIET: dict[str, tuple[Json, Json]] = {
    "the same": (role(READ), role(READ)),
    "another order": (role(READ), role({**READ, "Action": READ["Action"][::-1], "Resource": READ["Resource"][::-1]})),
    "a sid": (role(READ), role({"Sid": "Read", **READ})),
    "split": (role(READ), role(*({**READ, "Action": action} for action in READ["Action"]))),
    "joined": (role(*({**READ, "Resource": resource} for resource in READ["Resource"])), role(READ)),
    "other letters of an action": (role(READ), role({**READ, "Action": ["S3:getobject", "s3:LISTBUCKET"]})),
    "fewer actions": (role(READ), role({**READ, "Action": "s3:GetObject"})),
    "a part of what was there": (role({**READ, "Action": "s3:Get*"}), role({**READ, "Action": "s3:GetObjectTag*"})),
    "a condition more": (role(READ), role({**READ, "Condition": {"Bool": {"aws:SecureTransport": "true"}}})),
    "a denial more": (role(READ), role(READ, {"Effect": "Deny", "Action": "s3:*", "Resource": "*"})),
    "nothing any longer": (role(READ), role()),
    "another document of the same role": (
        {"Role": role(READ)},
        {
            "Role": role(),
            "Policy": {
                "Type": "AWS::IAM::Policy",
                "Properties": {"Roles": [{"Ref": "Role"}], "PolicyName": "b", "PolicyDocument": policy(READ)},
            },
        },
    ),
    "another logical id of a role with the same name": ({"Role": role(READ)}, {"Renamed": role(READ)}),
    "an account's root by its id": (
        role(AssumeRolePolicyDocument=policy({**TRUST, "Principal": {"AWS": "arn:aws:iam::222222222222:root"}})),
        role(AssumeRolePolicyDocument=policy({**TRUST, "Principal": {"AWS": "222222222222"}})),
    ),
    "the account instead of its pseudo parameter": (
        role({**READ, "Resource": {"Fn::Sub": "arn:aws:s3:::${AWS::AccountId}-a"}}),
        role({**READ, "Resource": {"Fn::Join": ["", ["arn:aws:s3:::", "111111111111", "-a"]]}}),
    ),
    "the tags of a way in": (
        {"G": {"Type": "AWS::EC2::InternetGateway"}},
        {"G": {"Type": "AWS::EC2::InternetGateway", "Properties": {"Tags": [{"Key": "a", "Value": "b"}]}}},
    ),
    "a new function and its role's name": (
        {},
        {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Role": "arn:aws:iam::111111111111:role/a"}}},
    ),
    "a new bucket that AWS keeps private": ({}, {"B": {"Type": "AWS::S3::Bucket", "Properties": {}}}),
    "fewer ports": (
        group({"CidrIp": "10.0.0.0/8", "IpProtocol": "-1"}),
        group({"CidrIp": "10.0.0.0/8", "IpProtocol": "icmp", "FromPort": 8, "ToPort": 0}),
    ),
    "a smaller range of addresses": (
        group({"CidrIp": "10.0.0.0/8", "IpProtocol": "tcp", "FromPort": 0, "ToPort": 9000}),
        group({"CidrIp": "10.1.0.0/16", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}),
    ),
}
BROADER: dict[str, tuple[Json, Json, list[tuple[str, str]]]] = {
    "an action more": (role(READ), role({**READ, "Action": "s3:*"}), [("RVW-101", ROLE)] * 2),
    "another resource": (role(READ), role({**READ, "Resource": "arn:aws:s3:::b"}), [("RVW-101", ROLE)] * 2),
    "a condition dropped": (
        role({**READ, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}), role(READ), [("RVW-101", ROLE)] * 4
    ),
    "a value more in a condition": (
        role(AssumeRolePolicyDocument=policy(TRUST)),
        role(
            AssumeRolePolicyDocument=policy(
                {**TRUST, "Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-1", "o-2"]}}}
            )
        ),
        [("RVW-103", ROLE)],
    ),
    "a condition that may be absent": (
        role(AssumeRolePolicyDocument=policy(TRUST)),
        role(
            AssumeRolePolicyDocument=policy(
                {**TRUST, "Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}}
            )
        ),
        [("RVW-103", ROLE)],
    ),
    "another principal": (
        role(),
        role(AssumeRolePolicyDocument=policy({**TRUST, "Principal": {"AWS": "222222222222"}})),
        [("RVW-103", ROLE)],
    ),
    "everything but an action": (
        role(READ), role({**READ, "NotAction": "iam:*", "Action": None}), [("RVW-101", ROLE)] * 2
    ),
    "a new role": ({}, {"Role": role(READ)}, [("RVW-103", ROLE), *[("RVW-101", ROLE)] * 4]),
    "no boundary": (role(), role(PermissionsBoundary=None), [("RVW-105", ROLE)]),
    "another boundary": (role(), role(PermissionsBoundary="arn:aws:iam::aws:policy/b"), [("RVW-105", ROLE)]),
    "a policy of others": (role(), role(ManagedPolicyArns=["arn:aws:iam::aws:policy/b"]), [("RVW-105", ROLE)]),
    "a denial lost": (bucket_policy(DENY), bucket_policy(), [("RVW-102", BUCKET)]),
    "a denial with a condition more": (
        bucket_policy(DENY),
        bucket_policy({**DENY, "Condition": {**DENY["Condition"], "StringEquals": {"aws:PrincipalTag/a": "b"}}}),
        [("RVW-102", BUCKET)],
    ),
    "a policy that let nobody in by HTTP is gone": (
        bucket_policy(DENY), {"Bucket": bucket_policy()["Bucket"]}, [("RVW-102", BUCKET)]
    ),
    "bucket and policy are gone, and the bucket is retained": (bucket_policy(DENY), {}, [("RVW-102", BUCKET)]),
    "a name that passes to a resource of another type": (
        {"A": {"Type": "AWS::S3::Bucket"}, "R": role({**READ, "Resource": {"Fn::GetAtt": ["A", "Arn"]}})},
        {"A": {"Type": "AWS::KMS::Key"}, "R": role({**READ, "Resource": {"Fn::GetAtt": ["A", "Arn"]}})},
        [("RVW-101", ROLE)] * 2,
    ),
    "a wildcard across the parts of an ARN": (
        role({**READ, "Action": "a:B", "Resource": "arn:aws:s3:*:a"}),
        role({**READ, "Action": "a:B", "Resource": "arn:aws:s3:::b:a"}),
        [("RVW-101", ROLE)],
    ),
    "a wider range of addresses": (
        group({"CidrIp": "10.1.0.0/16", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}),
        group({"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}),
        [("RVW-104", "AWS::EC2::SecurityGroup Group")],
    ),
    "nothing said of what a group lets out": (
        outgoing(SecurityGroupEgress=[]),
        outgoing(),
        [("RVW-104", "AWS::EC2::SecurityGroup Group")] * 2,
    ),
    "another message of ICMP": (
        group({"CidrIp": "10.0.0.0/8", "IpProtocol": "icmp", "FromPort": 0, "ToPort": 255}),
        group({"CidrIp": "10.0.0.0/8", "IpProtocol": "icmp", "FromPort": 8, "ToPort": 0}),
        [("RVW-104", "AWS::EC2::SecurityGroup Group")],
    ),
    "a rule beside the group": (
        outgoing(SecurityGroupEgress=[]),
        {
            **outgoing(SecurityGroupEgress=[]),
            "Rule": {
                "Type": "AWS::EC2::SecurityGroupEgress",
                "Properties": {"GroupId": {"Fn::GetAtt": "Group.GroupId"}, "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},
            },
        },
        [("RVW-104", "AWS::EC2::SecurityGroup Group")],
    ),
    "a new group with a rule that cannot be read": (
        {},
        group({"Fn::If": ["A", {"CidrIp": "0.0.0.0/0"}, {"Ref": "AWS::NoValue"}]}) | {},
        [*[("RVW-104", "AWS::EC2::SecurityGroup Group")] * 2, ("RVW-105", "AWS::EC2::SecurityGroup Group")],
    ),
    "a new role with a policy that cannot be read": (
        {},
        {"Role": role(AssumeRolePolicyDocument=policy({**TRUST, "Effect": {"Ref": "Effect"}}))},
        [("RVW-105", ROLE)],
    ),
    "a new bucket for the public": (
        {},
        {"B": {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}},
        [("RVW-105", "AWS::S3::Bucket B")],
    ),
    "a function under another role": (
        {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Role": "arn:aws:iam::111111111111:role/a"}}},
        {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Role": "arn:aws:iam::111111111111:role/b"}}},
        [("RVW-105", "AWS::Lambda::Function F")],
    ),
    "a bus for everybody": (
        {},
        {"B": {"Type": "AWS::Events::EventBusPolicy", "Properties": {"Action": "events:PutEvents", "Principal": "*"}}},
        [("RVW-105", "AWS::Events::EventBusPolicy B")],
    ),
    "an endpoint without a policy": (
        {"E": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"PolicyDocument": policy({**READ, "Principal": "*"})}}},
        {"E": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {}}},
        [("RVW-103", "AWS::EC2::VPCEndpoint E")],
    ),
    "a caller of a function": (
        {"F": {"Type": "AWS::Lambda::Function"}},
        {
            "F": {"Type": "AWS::Lambda::Function"},
            "P": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "FunctionName": {"Ref": "F"}, "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"
                },
            },
        },
        [("RVW-103", "AWS::Lambda::Function F")],
    ),
    "a way in": ({}, {"G": {"Type": "AWS::EC2::InternetGateway"}}, [("RVW-105", "AWS::EC2::InternetGateway G")]),
    "a public bucket": (
        {"B": {"Type": "AWS::S3::Bucket", "Properties": {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}}},
        {"B": {"Type": "AWS::S3::Bucket", "Properties": {}}},
        [("RVW-105", "AWS::S3::Bucket B")],
    ),
    "a policy that cannot be read": (
        role(), role({**READ, "Effect": {"Ref": "Effect"}}), [("RVW-105", ROLE)]
    ),
    "a policy as a text": (
        {},
        {
            "P": {
                "Type": "AWS::Logs::ResourcePolicy",
                "Properties": {"PolicyDocument": json.dumps(policy({**DENY, "Effect": "Allow"}))},
            }
        },
        [("RVW-103", "AWS::Logs::ResourcePolicy P")],
    ),
}  # fmt: skip


def as_resources(given: Json) -> Json:
    return {"Role": given} if "Type" in given else given


@pytest.mark.parametrize(("before", "after"), QUIET.values(), ids=QUIET)
def test_what_means_the_same_or_less_is_no_finding(before: Json, after: Json) -> None:
    assert found(as_resources(before), as_resources(after)) == []


@pytest.mark.parametrize(("before", "after", "codes"), BROADER.values(), ids=BROADER)
def test_what_means_more_is_one(before: Json, after: Json, codes: list[tuple[str, str]]) -> None:
    assert found(as_resources(before), as_resources(without_none(after))) == codes


def without_none(value: object) -> Any:  # noqa: ANN401
    """`NotAction` in place of `Action`: the entry without a value goes."""
    if isinstance(value, dict):
        return {name: without_none(part) for name, part in cast("Json", value).items() if part is not None}
    return [without_none(part) for part in cast("list[object]", value)] if isinstance(value, list) else value


def test_a_finding_says_what_is_allowed_and_on_what_in_the_names_of_the_template() -> None:
    bucket = {"Type": "AWS::S3::Bucket"}
    allowed = {**READ, "Action": "s3:GetObject", "Resource": {"Fn::Sub": "${A.Arn}/*"}, "Condition": TRUST["Condition"]}
    before, after = ({"A": bucket, "R": role(*statements)} for statements in ((), (allowed,)))
    (finding,) = compare([Template("stack", before)], [Template("stack", after)])
    assert finding.says == "allows s3:getobject on ${A.Arn}/*, if StringEquals aws:principalorgid o-1"


# Whatever the comparison calls no broader, an evaluator that knows nothing of it must find no broader, too.

ACTIONS, RESOURCES = (
    ["s3:GetObject", "s3:PutObject", "kms:Decrypt"],
    ["arn:aws:s3:::a/x", "arn:aws:s3:::b/x", "arn:aws:s3:::ab"],
)
PATTERNS = ["*", "s3:*", "s3:Get*", "s3:?etObject", "*Object", *ACTIONS]
PLACES = ["*", "arn:aws:s3:::*", "arn:aws:s3:::a*", "arn:aws:s3:::?/x", "arn:aws:s3:::*/x", *RESOURCES]
VALUES = ["x", "y", "xy"]
OPERATORS = [
    "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists", "StringNotEqualsIfExists",
    "ForAllValues:StringEquals", "ForAnyValue:StringEquals",
]  # fmt: skip


@st.composite
def drawn_statement(draw: st.DrawFn) -> Json:
    """A statement on a few actions and resources, with conditions on the region."""

    def some(values: list[str]) -> list[str]:
        return draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))

    operators = draw(st.lists(st.sampled_from(OPERATORS), max_size=2, unique=True))
    condition = {operator: {"aws:RequestedRegion": some(["*", "x*", "?", *VALUES])} for operator in operators}
    return {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): some(PATTERNS),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): some(PLACES),
        **({"Condition": condition} if condition else {}),
    }


@st.composite
def drawn_change(draw: st.DrawFn) -> tuple[list[Json], list[Json]]:
    """A policy, and one whose statements differ from its own in an element or not at all."""
    before, after = draw(POLICIES), list[Json]()
    for statement in before:
        other, elements = draw(drawn_statement()), draw(st.sets(st.sampled_from(["Action", "Resource", "Condition"])))
        changed = {name for name in {*statement, *other} if name.removeprefix("Not") in elements}
        kept = {name: value for name, value in statement.items() if name not in changed}
        after.append({**kept, **{name: value for name, value in other.items() if name in changed}})
    return before, after


POLICIES = st.lists(drawn_statement(), min_size=1, max_size=3)


@given(drawn_change())
def test_what_is_no_finding_allows_nothing_more_by_another_evaluator(change: tuple[list[Json], list[Json]]) -> None:
    before, after = change
    if found({"R": role(*before)}, {"R": role(*after)}):
        return
    was, now = Caller(policies=[policy(*before)]), Caller(policies=[policy(*after)])
    for action in ACTIONS:
        for resource in RESOURCES:
            for region in VALUES:
                if now.may(action, resource, region=region):
                    assert was.may(action, resource, region=region), (action, resource, region)


@given(POLICIES, st.randoms(use_true_random=False))
def test_a_policy_that_is_split_and_shuffled_is_no_finding(statements: list[Json], chance: Any) -> None:  # noqa: ANN401
    parts: list[Json] = []
    for statement in statements:
        actions = statement.get("Action", [])
        parts += [{**statement, "Action": [action]} for action in actions] or [statement]
    chance.shuffle(parts)
    assert found({"R": role(*statements)}, {"R": role(*parts)}) == []


@given(POLICIES, POLICIES)
def test_dropping_what_is_allowed_is_no_finding(kept: list[Json], dropped: list[Json]) -> None:
    allowed = [statement for statement in dropped if statement["Effect"] == "Allow"]
    assert found({"R": role(*kept, *allowed)}, {"R": role(*kept)}) == []
