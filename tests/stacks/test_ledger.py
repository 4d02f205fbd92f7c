"""The ledger's stacks: where they are, that a model changes its own team's alone, and that one account may hold all."""

import json
from collections.abc import Callable

import pytest

from mlops_stages.platform import load
from tests.conftest import Assembly


@pytest.fixture(scope="module")
def reference(assembly: Callable[[str], Assembly]) -> Assembly:
    return assembly("reference")


@pytest.fixture(scope="module")
def alone(assembly: Callable[[str], Assembly]) -> Assembly:
    return assembly("serving_alone")


def of_type(template: dict[str, object], kind: str) -> list[dict[str, object]]:
    resources: dict[str, dict[str, object]] = template["Resources"]  # type: ignore[assignment]
    return [each["Properties"] for each in resources.values() if each["Type"] == kind]  # type: ignore[misc]


def test_records_and_heads_are_in_two_accounts(reference: Assembly) -> None:
    names = load(reference.platform_file).addresses
    accounts = {name: account for name, (account, _) in reference.environments.items() if "ledger" in name}
    assert accounts == {
        "acme-ledger": names.ledger_account,
        "acme-ledger-heads": names.heads_account,
        "acme-ledger-team-arrivals": names.ledger_account,
        "acme-ledger-team-fraud": names.ledger_account,
    }
    assert names.ledger_account != names.heads_account


def test_the_signer_which_runs_as_it_is_deployed_finds_the_bucket_of_records(reference: Assembly) -> None:
    assert "acme-ledger" in reference.manifest["artifacts"]["acme-ledger-heads"]["dependencies"]


def test_the_trail_of_governance_comes_with_the_ledger_and_no_account_gets_a_second(
    reference: Assembly, alone: Assembly
) -> None:
    for found in (reference, alone):
        trails = [
            found.environments[name][0]
            for name, template in found.templates.items()
            for _ in of_type(template, "AWS::CloudTrail::Trail")
        ]
        assert len(trails) == len(set(trails))
    ledgers = {name: account for name, (account, _) in reference.environments.items() if name == "acme-ledger"}
    assert set(ledgers.values()) <= {
        reference.environments[name][0]
        for name, template in reference.templates.items()
        if of_type(template, "AWS::CloudTrail::Trail")
    }


def test_who_deploys_the_bucket_is_the_bootstraps_role_of_its_account(reference: Assembly) -> None:
    account = reference.environments["acme-ledger"][0]
    text = json.dumps(reference.templates["acme-ledger"])
    assert f"arn:aws:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-{account}-eu-west-1" in text


def test_a_model_has_its_queues_in_its_teams_stack_and_nothing_of_it_is_elsewhere(reference: Assembly) -> None:
    for stack, model in (("acme-ledger-team-arrivals", "late-arrival"), ("acme-ledger-team-fraud", "card-fraud")):
        template = reference.templates[stack]
        assert len(of_type(template, "AWS::SQS::Queue")) == 2
        assert model in json.dumps(template)
    for shared in ("acme-ledger", "acme-ledger-heads"):
        text = json.dumps(reference.templates[shared])
        assert not any(model in text for model in ("late-arrival", "card-fraud", "arrivals", "fraud"))


def test_one_account_may_hold_records_heads_and_all_else_and_no_name_is_there_twice(
    assembly: Callable[[str], Assembly],
) -> None:
    shared = assembly("staging_with_production")
    named = {
        "AWS::IAM::Role": "RoleName",
        "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
        "AWS::KMS::Alias": "AliasName",
        "AWS::Lambda::Function": "FunctionName",
        "AWS::SQS::Queue": "QueueName",
        "AWS::S3::Bucket": "BucketName",
        "AWS::CloudWatch::Alarm": "AlarmName",
        "AWS::Events::Rule": "Name",
    }
    for found in (shared, assembly("serving_alone")):
        seen: set[tuple[str, str, str]] = set()
        for stack, template in found.templates.items():
            for kind, key in named.items():
                for properties in of_type(template, kind):
                    if isinstance(properties.get(key), str):
                        name = (found.environments[stack][0], kind, str(properties[key]))
                        assert name not in seen, name
                        seen.add(name)
        assert any(name.endswith("-ledger") for name in found.templates)
