"""The Initial stage's stacks: what platform.yaml says is what is deployed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from mlops_stages.platform import Persona, Platform, PlatformErrors, Purpose, load
from stacks.platform_app import platform_app
from tests.conftest import Assembly
from tests.foundation.built import Json, resolved

TEAMS = ("fraud", "pricing", "arrivals")
Synthesize = Callable[[str], Assembly]


@pytest.fixture(scope="module")
def reference(assembly: Synthesize) -> Assembly:
    return assembly("reference")


@pytest.fixture(scope="module")
def platform(reference: Assembly) -> Platform:
    return load(reference.platform_file)


@pytest.fixture(scope="module")
def account(reference: Assembly) -> Json:
    """The account's template."""
    return reference.templates["acme-experimentation"]


@pytest.fixture(scope="module")
def fraud(reference: Assembly) -> Json:
    """Team fraud's template."""
    return reference.templates["acme-experimentation-team-fraud"]


def of_type(template: Json, kind: str) -> list[Json]:
    """The properties of each resource of a type."""
    resources = cast("dict[str, Json]", template["Resources"])
    return [resource["Properties"] for resource in resources.values() if resource["Type"] == kind]


def tags_of(properties: Json) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in properties["Tags"]}


def manifest(assembly: Assembly) -> Json:
    return json.loads((assembly.directory / "manifest.json").read_text("utf-8"))["artifacts"]


def imports(part: Any) -> list[str]:  # noqa: ANN401 - any part of a template
    if isinstance(part, dict):
        body = cast("Json", part)
        own = [body["Fn::ImportValue"]] if "Fn::ImportValue" in body else []
        return [*own, *(name for value in body.values() for name in imports(value))]
    if isinstance(part, list):
        return [name for value in cast("list[Any]", part) for name in imports(value)]
    return []


def test_an_account_and_each_team_have_a_stack(reference: Assembly) -> None:
    here = {name for name in reference.templates if name.startswith("acme-experimentation")}
    assert here == {"acme-experimentation", *(f"acme-experimentation-team-{t}" for t in TEAMS)}


def test_stacks_are_for_the_experimentation_account(reference: Assembly, platform: Platform) -> None:
    environment = f"aws://{platform.account(Purpose.EXPERIMENTATION)}/{platform.region}"
    for name in reference.templates:
        if not name.startswith("acme-experimentation"):
            continue
        stack = manifest(reference)[name]
        assert stack["environment"] == environment


def test_a_team_comes_after_its_account_and_knows_no_other_team(reference: Assembly) -> None:
    for team in TEAMS:
        needed = set(manifest(reference)[f"acme-experimentation-team-{team}"]["dependencies"])
        assert needed & set(reference.templates) == {"acme-experimentation"}


def test_a_team_imports_what_its_account_exports(account: Json, fraud: Json) -> None:
    exported = {output["Export"]["Name"] for output in account["Outputs"].values()}
    assert set(imports(fraud)) <= exported
    assert exported == {f"acme-experimentation-{name}" for name in ("AccessLogBucket", "BoundaryArn", "DomainId")}


def test_an_account_exports_the_same_whether_or_not_a_team_imports_it(
    platform: Platform, account: Json, tmp_path: Path
) -> None:
    alone = platform.model_copy(update={"teams": ()})
    platform_app(alone, outdir=str(tmp_path)).synth()
    template = json.loads((tmp_path / "acme-experimentation.template.json").read_text("utf-8"))
    assert template == account


def test_everyone_of_a_team_has_a_role_and_no_one_else(fraud: Json, platform: Platform) -> None:
    (team,) = [team for team in platform.teams if team.name == "fraud"]
    roles = {role["RoleName"]: role for role in of_type(fraud, "AWS::IAM::Role") if "RoleName" in role}
    assert set(roles) == {f"acme-fraud-{member.name}" for member in team.members}
    for member in team.members:
        tags = tags_of(roles[f"acme-fraud-{member.name}"])
        assert (tags["team"], tags["person"], tags["persona"]) == ("fraud", member.name, member.persona)


def test_those_who_serve_all_teams_have_a_role_in_the_accounts_stack(account: Json, platform: Platform) -> None:
    names = {role["RoleName"] for role in of_type(account, "AWS::IAM::Role") if "RoleName" in role}
    assert names == {f"acme-platform-{member.name}" for member in platform.members}
    assert {member.persona for member in platform.members} == {Persona.PLATFORM_ENGINEER, Persona.AUDITOR}


def test_the_roles_of_the_account_wait_for_the_policies_they_name(account: Json) -> None:
    resources = cast("dict[str, Json]", account["Resources"])
    policies = {
        name
        for name, resource in resources.items()
        if resource["Type"] == "AWS::IAM::ManagedPolicy" and "Personas" in name
    }
    people = [resource for resource in resources.values() if "RoleName" in resource.get("Properties", {})]
    assert policies
    assert people
    assert all(policies <= set(role["DependsOn"]) for role in people)


def test_a_team_has_a_bucket_for_each_of_its_classifications(reference: Assembly, platform: Platform) -> None:
    for team in platform.teams:
        template = reference.templates[f"acme-experimentation-team-{team.name}"]
        found = sorted(tags_of(bucket)["data-classification"] for bucket in of_type(template, "AWS::S3::Bucket"))
        assert found == sorted(classification.value for classification in team.classifications)


def test_a_budget_is_what_the_file_says(fraud: Json, platform: Platform) -> None:
    (budget,) = of_type(fraud, "AWS::Budgets::Budget")
    (team,) = [team for team in platform.teams if team.name == "fraud"]
    assert budget["Budget"]["BudgetLimit"]["Amount"] == team.budget.monthly_usd
    told = {s["Address"] for n in budget["NotificationsWithSubscribers"] for s in n["Subscribers"]}
    assert told == set(team.budget.notify)


def test_resources_carry_team_payer_and_the_organizations_own_tags(account: Json, fraud: Json) -> None:
    for template, team, payer in ((account, "platform", "1000"), (fraud, "fraud", "4711")):
        for bucket in of_type(template, "AWS::S3::Bucket"):
            tags = tags_of(bucket)
            assert (tags["team"], tags["cost-center"], tags["stage"]) == (team, payer, "initial")
            assert tags["business-unit"] == "lending-and-travel"


def test_studio_is_set_as_the_file_says(account: Json, platform: Platform) -> None:
    (domain,) = of_type(account, "AWS::SageMaker::Domain")
    idle = domain["DefaultUserSettings"]["JupyterLabAppSettings"]["AppLifecycleManagement"]["IdleSettings"]
    assert idle["IdleTimeoutInMinutes"] == platform.studio.idle_shutdown_minutes


def test_people_start_the_instance_types_of_the_file_only(account: Json, platform: Platform) -> None:
    allowed = [
        condition["ForAllValues:StringEquals"]["sagemaker:InstanceTypes"]
        for policy in of_type(account, "AWS::IAM::ManagedPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if "sagemaker:InstanceTypes" in str(condition := statement.get("Condition", {}))
    ]
    assert allowed
    assert all(types == list(platform.studio.instance_types) for types in allowed)


def test_the_platforms_owner_hears_of_alarms(account: Json, platform: Platform) -> None:
    assert [s["Endpoint"] for s in of_type(account, "AWS::SNS::Subscription")] == [platform.owner]


def test_an_imported_network_makes_no_vpc(assembly: Synthesize) -> None:
    found = assembly("imported_network")
    (account,) = [template for name, template in found.templates.items() if "-team-" not in name]
    assert of_type(account, "AWS::EC2::VPC") == of_type(account, "AWS::EC2::VPCEndpoint") == []
    assert of_type(account, "AWS::SageMaker::Domain")


def test_identity_center_opens_studio(assembly: Synthesize) -> None:
    templates = assembly("identity_center").templates.values()
    domains = [domain for template in templates for domain in of_type(template, "AWS::SageMaker::Domain")]
    profiles = [profile for template in templates for profile in of_type(template, "AWS::SageMaker::UserProfile")]
    assert [domain["AuthMode"] for domain in domains] == ["SSO"]
    assert profiles
    assert all(profile["SingleSignOnUserIdentifier"] == "UserName" for profile in profiles)


def test_control_towers_boundary_and_log_bucket_are_used(assembly: Synthesize) -> None:
    found = assembly("control_tower")
    platform = load(found.platform_file)
    account = found.templates[f"{platform.name}-experimentation"]
    given = platform.permissions_boundary_in(platform.account(Purpose.EXPERIMENTATION))
    assert given is not None
    assert {role["PermissionsBoundary"] for role in of_type(account, "AWS::IAM::Role")} == {given}
    logs = {bucket["LoggingConfiguration"]["DestinationBucketName"] for bucket in of_type(account, "AWS::S3::Bucket")}
    assert logs == {platform.access_log_bucket}
    exported = [resolved(output["Value"]) for output in account["Outputs"].values()]
    assert {given, platform.access_log_bucket} < set(exported)


def test_a_stage_that_is_not_built_yet_is_refused_and_nothing_is_written(reference: Assembly, tmp_path: Path) -> None:
    text = reference.platform_file.read_text("utf-8")
    source, out = tmp_path / "platform.yaml", tmp_path / "out"
    source.write_text(text.replace("\nstage: reliable", "\nstage: scalable", 1), "utf-8")
    with pytest.raises(PlatformErrors, match="PLT-401"):
        platform_app(load(source), outdir=str(out))
    assert not out.exists()
