"""Invariant 3: least privilege, boundaries everywhere, trust narrowed."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.conftest import Assembly
from tests.invariants.conftest import Organization
from tests.invariants.statements import Statement, allows, as_list, statements
from tests.resolved_templates import ResolvedTemplates

# What a reference becomes is no longer than the id of a subnet or the ARN of a bucket or key.
INTRINSIC = re.compile(r'{"(Ref|Fn::GetAtt|Fn::ImportValue)":(\[[^]]*\]|"[^"]*")}')
LONG_ID = "arn:aws:kms:ap-northeast-1:111111111111:key/00000000-0000-0000-0000-000000000000"
GIVEN_BOUNDARIES = frozenset({"comprehensive", "control_tower"})
"""The organizations that bring a boundary of their own, in some account."""
SID = re.compile(r"^[A-Z][A-Za-z0-9]{7,}$")


def test_no_statement_allows_a_wildcard_action_on_a_wildcard_resource(organization: Organization) -> None:
    found = [
        f"{resource}: {statement['Sid']}"
        for resource in organization.resources()
        for statement in allows(statements(resource.properties))
        if any("*" in action for action in as_list(statement.get("Action", "*")))
        and any(target == "*" for target in as_list(statement.get("Resource", "*")))
    ]
    assert found == []


def test_no_statement_allows_by_what_it_leaves_out(organization: Organization) -> None:
    found = [
        f"{resource}: {statement}"
        for resource in organization.resources()
        for statement in allows(statements(resource.properties))
        if {"NotAction", "NotResource", "NotPrincipal"} & statement.keys()
    ]
    assert found == []


def test_every_statement_has_a_sid_that_reads_as_a_sentence(organization: Organization) -> None:
    found = [
        f"{resource}: {statement.get('Sid')}"
        for resource in organization.resources()
        for statement in statements(resource.properties)
        if not SID.match(statement.get("Sid", ""))
    ]
    assert found == []


WITHOUT_TYPES = frozenset({"s3", "sns", "sqs"})
"""Services whose ARNs name a resource without its type, some of S3's apart."""


def test_no_arn_has_a_wildcard_in_the_type_of_a_resource(organization: Organization) -> None:
    """IAM takes none there but a `*` for all: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html."""
    found = list[str]()
    for resource in organization.resources():
        for statement in statements(resource.properties):
            for arn in as_list(statement.get("Resource", "*")):
                parts = str(arn).split(":", 5)
                kind = re.split("[/:]", parts[-1])[0]
                if len(parts) == 6 and parts[2] not in WITHOUT_TYPES and "*" in kind and kind != "*":
                    found.append(f"{resource}: {statement.get('Sid')}: {arn}")
    assert found == []


def test_every_role_has_a_permissions_boundary(organization: Organization) -> None:
    roles = list(organization.resources("AWS::IAM::Role"))
    assert roles
    assert [str(role) for role in roles if not role.properties.get("PermissionsBoundary")] == []


def beyond_boundaries(organization: Organization) -> set[str]:
    """Every action that a role's policies allow and its boundary does not, where a template makes the boundary.

    A boundary is computed from lists of statements: what such a list leaves out would be refused on AWS alone.
    """
    templates = ResolvedTemplates(organization.templates, organization.assembly.environments)
    beyond = set[str]()
    for role in organization.resources("AWS::IAM::Role"):
        boundary = templates.find(role.stack, role.properties["PermissionsBoundary"])
        if boundary is None:
            assert organization.name in GIVEN_BOUNDARIES, f"{role} is under a boundary that no template makes"
            continue
        within = _allowed(boundary)
        for attached in role.properties.get("ManagedPolicyArns", []):
            policy = templates.find(role.stack, attached)
            assert policy is not None, f"{role} carries a policy that no template makes: {attached}"
            beyond |= {f"{role}: {action}" for action in _allowed(policy) - within}
    return beyond


def _allowed(policy: Mapping[str, Any]) -> set[str]:
    return {action for s in allows(statements(policy["Properties"])) for action in as_list(s["Action"])}


def test_every_role_stays_within_its_boundary(organization: Organization) -> None:
    assert sorted(beyond_boundaries(organization)) == []


def test_a_boundary_that_shrinks_is_found(assembly: Callable[[str], Assembly]) -> None:
    built = assembly("reference")
    organization = Organization("reference", built, dict(built.templates))
    taken = 0
    for policy in organization.resources("AWS::IAM::ManagedPolicy"):
        if policy.properties.get("ManagedPolicyName", "").endswith("-boundary"):
            for statement in statements(policy.properties):
                taken += statement["Action"].count("kms:Decrypt")
                statement["Action"] = [action for action in statement["Action"] if action != "kms:Decrypt"]
    assert taken > 1
    assert {found.rpartition(": ")[2] for found in beyond_boundaries(organization)} == {"kms:Decrypt"}


def refused_by_queues(organization: Organization) -> list[str]:
    """Every role that its own policies let send to a queue whose policy denies that to all but others."""
    templates = ResolvedTemplates(organization.templates, organization.assembly.environments)
    senders: dict[str, list[str]] = {
        queue: as_list(statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"])
        for placed in organization.resources("AWS::SQS::QueuePolicy")
        for statement in statements(templates.resolve(placed.stack, placed.properties))
        if statement["Effect"] == "Deny" and "sqs:SendMessage" in as_list(statement["Action"])
        for queue in as_list(statement["Resource"])
        if "ArnNotEquals" in statement.get("Condition", {})
    }
    return [
        f"{role}: {queue}"
        for role in organization.resources("AWS::IAM::Role")
        for attached in role.properties.get("ManagedPolicyArns", [])
        if (policy := templates.find(role.stack, attached)) is not None
        for statement in allows(statements(policy["Properties"]))
        if "sqs:SendMessage" in as_list(statement["Action"])
        for queue in as_list(statement["Resource"])  # of another account, and so by its name
        if isinstance(queue, str)
        and queue in senders
        and templates.arn(role.stack, role.logical_id) not in senders[queue]
    ]


def test_a_queue_lets_in_every_role_that_may_send_to_it(organization: Organization) -> None:
    assert refused_by_queues(organization) == []


def test_a_queue_that_leaves_out_a_sender_is_found(assembly: Callable[[str], Assembly]) -> None:
    built = assembly("reference")
    organization = Organization("reference", built, dict(built.templates))
    for policy in organization.resources("AWS::SQS::QueuePolicy"):
        for statement in statements(policy.properties):
            named = statement.get("Condition", {}).get("ArnNotEquals", {})
            if statement["Sid"] == "DenyOtherSenders" and isinstance(named["aws:PrincipalArn"], list):
                del named["aws:PrincipalArn"][1:]
    (found,) = refused_by_queues(organization)
    assert "RetrainingRole" in found
    assert found.endswith(":acme_ledger_arrivals_late-arrival.fifo")


def test_no_role_carries_a_policy_that_aws_manages(organization: Organization) -> None:
    found = [
        str(role)
        for role in organization.resources("AWS::IAM::Role")
        if "iam::aws:policy" in json.dumps(role.properties.get("ManagedPolicyArns", []))
    ]
    assert found == []


def test_no_policy_stands_inline_and_no_user_is_made(organization: Organization) -> None:
    inline = [str(role) for role in organization.resources("AWS::IAM::Role") if "Policies" in role.properties]
    others = [str(r) for r in organization.resources("AWS::IAM::User", "AWS::IAM::Policy", "AWS::IAM::AccessKey")]
    assert inline + others == []


def test_every_trust_is_narrowed(organization: Organization) -> None:
    """A service to this account; a person to their e-mail address; another account to the organization too."""
    loose: list[str] = []
    for role in organization.resources("AWS::IAM::Role"):
        for statement in statements(role.properties["AssumeRolePolicyDocument"]):
            condition = json.dumps(statement.get("Condition", {}))
            principal = statement["Principal"]
            assert principal != "*"
            kinds = set(principal)
            narrowed = (
                (kinds == {"Service"} and "aws:SourceAccount" in condition)
                or (kinds == {"Federated"} and "SAML:sub" in condition and "SAML:aud" in condition)
                or (kinds == {"Federated"} and _one_repository(statement))
                or (kinds == {"AWS"} and "aws:PrincipalTag/email" in condition)
                or (kinds == {"AWS"} and _one_role(statement))
            )
            if not narrowed:
                loose.append(f"{role}: {statement}")
    assert loose == []


def _one_repository(statement: Statement) -> bool:
    """Whether a trust in CI names audience and subject in full, and nothing by pattern."""
    condition = statement.get("Condition", {})
    exact = condition.get("StringEquals", {})
    keys = {key.rpartition(":")[2] for key in exact}
    return set(condition) == {"StringEquals"} and {"aud", "sub"} <= keys and "*" not in json.dumps(exact)


def _one_role(statement: Statement) -> bool:
    """Whether a trust in an account is one role's of it, and of ours."""
    condition = statement.get("Condition", {})
    ours = {"aws:PrincipalOrgID", "aws:PrincipalAccount"} & set(condition.get("StringEquals", {}))
    return bool(ours) and "*" not in str(condition.get("ArnEquals", {}).get("aws:PrincipalArn", "*"))


def test_a_trust_in_another_account_names_the_organization(organization: Organization) -> None:
    environments = organization.assembly.environments
    for role in organization.resources("AWS::IAM::Role"):
        account = environments[role.stack][0]
        for statement in statements(role.properties["AssumeRolePolicyDocument"]):
            for principal in as_list(statement["Principal"].get("AWS", [])):
                if account not in json.dumps(principal):
                    assert "aws:PrincipalOrgID" in json.dumps(statement["Condition"]), f"{role}"


def test_a_key_is_never_used_or_administered_by_everyone(organization: Organization) -> None:
    """But the catalog's, a setting of the account: by those of the account whom IAM lets use Glue, through Glue."""
    keys = list(organization.resources("AWS::KMS::Key"))
    assert keys
    for key in keys:
        for statement in allows(statements(key.properties["KeyPolicy"])):
            if statement["Principal"] == "*":
                account, region = organization.assembly.environments[key.stack]
                assert statement["Sid"] == "AllowGlueUsersOfThisAccount", f"{key}"
                assert statement["Condition"] == {
                    "StringEquals": {
                        "kms:CallerAccount": account,
                        "kms:ViaService": f"glue.{region}.amazonaws.com",
                    }
                }, f"{key}"
            assert not any("*" in action for action in as_list(statement["Action"])), f"{key}"
            if statement["Sid"] == "AdministratorsManageButDoNotDecrypt":
                used = {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"}
                assert not used & set(as_list(statement["Action"])), f"{key}"


def test_an_endpoint_lets_through_only_named_actions_of_ours(organization: Organization) -> None:
    for endpoint in organization.resources("AWS::EC2::VPCEndpoint"):
        document = endpoint.properties["PolicyDocument"]
        for statement in statements(document):
            assert not any("*" in action for action in as_list(statement["Action"])), f"{endpoint}"
            condition = json.dumps(statement.get("Condition", {}))
            ours = "aws:PrincipalOrgID" in condition or "aws:PrincipalAccount" in condition
            of_aws = statement.get("Condition") == {"Bool": {"aws:PrincipalIsAWSService": "true"}}
            assert ours or of_aws or statement["Sid"] == "LayersOfImagesLieInBucketsOfEcr", f"{endpoint}: {statement}"


def test_managed_policies_are_within_the_size_that_iam_takes(organization: Organization) -> None:
    for policy in organization.resources("AWS::IAM::ManagedPolicy"):
        text = json.dumps(policy.properties["PolicyDocument"], separators=(",", ":"))
        size = len(INTRINSIC.sub(LONG_ID, text))
        assert size <= 6144, f"{policy}: {size}"


def test_a_role_carries_at_most_ten_policies(organization: Organization) -> None:
    for role in organization.resources("AWS::IAM::Role"):
        assert len(role.properties.get("ManagedPolicyArns", [])) <= 10, f"{role}"
