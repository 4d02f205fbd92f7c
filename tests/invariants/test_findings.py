"""Invariant 2: no finding that is not acknowledged, and no acknowledgement without a reason for one resource."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, cast

from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from cfnlint.core import get_rules  # pyright: ignore[reportUnknownVariableType]
from cfnlint.rules import RulesCollection

from mlops_stages.platform import load
from stacks.validation import CHECKS
from tests.conftest import GENERATED_TEAMS, ROOT
from tests.invariants.conftest import Organization
from tests.invariants.quick_lint import quick

ACKNOWLEDGED = "aws:cdk:acknowledged-rules"
# A whole rule of a compliance pack, or one finding of the solutions pack; nothing wider.
NARROW = re.compile(r"^(AwsSolutions::AwsSolutions-(IAM5\[.+\]|S1)|(NIST|HIPAA|PCI)[\w.]+::[\w.]+-\w+)$")
SHORTEST_REASON = 25


def acknowledgements(organization: Organization) -> dict[str, dict[str, str]]:
    """Rules and reasons, by the path of the construct that carries them."""
    found: dict[str, dict[str, str]] = {}
    for path in organization.assembly.directory.glob("*.metadata.json"):
        metadata: dict[str, list[dict[str, Any]]] = json.loads(path.read_text("utf-8"))
        for construct, entries in metadata.items():
            for entry in entries:
                if entry["type"] == ACKNOWLEDGED:
                    found.setdefault(construct, {}).update(entry["data"])
    return found


def reported(organization: Organization, kind: str) -> set[tuple[str, str]]:
    """Construct and rule of each finding in the synth's report."""
    report = json.loads((organization.assembly.directory / "validation-report.json").read_text("utf-8"))
    return {
        (construct["constructPath"], finding["ruleName"])
        for plugin in report["pluginReports"]
        for finding in plugin.get(kind, [])
        for construct in finding["violatingConstructs"]
    }


def test_the_synth_finds_nothing_that_is_not_acknowledged(organization: Organization) -> None:
    """Neither the four packs nor CloudFormation's own validation; the synth itself fails on errors, not on warnings."""
    assert reported(organization, "violations") == set()


def test_every_acknowledgement_silences_a_finding(organization: Organization) -> None:
    given = {
        (construct.removeprefix("/"), rule.split("::", 1)[1])
        for construct, rules in acknowledgements(organization).items()
        for rule in rules
    }
    assert given == reported(organization, "suppressedViolations")


def test_the_packs_would_find_something() -> None:
    app = App()
    s3.Bucket(Stack(app, "Careless"), "Bucket")
    rules = {rule for check in CHECKS for rule in _violations(check(app), app)}
    assert {"AwsSolutions-S10", "NIST.800.53.R5-S3BucketLoggingEnabled"} <= rules
    assert {"HIPAA.Security-S3BucketVersioningEnabled", "PCI.DSS.321-S3BucketSSLRequestsOnly"} <= rules


def _violations(check: Any, app: App) -> set[str]:  # noqa: ANN401 - four classes without a common base
    return {violation.rule_name for violation in check.validate_scope(app).violations}


def test_an_acknowledgement_names_one_resource_one_finding_and_a_reason(organization: Organization) -> None:
    resources = {
        metadata["aws:cdk:path"] for r in organization.resources() if (metadata := r.body.get("Metadata")) is not None
    }
    found = acknowledgements(organization)
    assert found
    for construct, rules in found.items():
        assert construct.removeprefix("/") in resources, f"{construct} is no resource"
        for rule, reason in rules.items():
            assert NARROW.match(rule), f"{construct}: {rule}"
            assert len(reason) >= SHORTEST_REASON, f"{construct}: {rule}: {reason!r}"


def test_cfn_lint_finds_neither_error_nor_warning(organization: Organization) -> None:
    """Of teams that are generated in numbers, the first and the last are linted; of all else, everything."""
    region = load(organization.assembly.platform_file).region
    files = sorted(organization.assembly.directory.glob("*.template.json"))
    if organization.name in GENERATED_TEAMS:
        teams = GENERATED_TEAMS[organization.name][0]
        left_out = tuple(f"-team-{number:03}.template.json" for number in range(2, teams))
        files = [path for path in files if not path.name.endswith(left_out)]
    assert [finding for path in files for finding in lint_findings(path, region)] == []


RELEASE = ("ModelPackageArn", "ConfigName")
"""The parameters of a release: while they are empty, nothing is served, and names would be wrong."""


def released(template: Path) -> list[Any]:
    """The values that a release would give: what the patterns take, where they do not have to be empty."""
    parameters: dict[str, dict[str, str]] = json.loads(template.read_text("utf-8")).get("Parameters", {})
    if not parameters.keys() >= {*RELEASE}:
        return []
    package, name = (parameters[each]["AllowedPattern"].removeprefix("^(|").split("[")[0] for each in RELEASE)
    return [{"ModelPackageArn": f"{package}12", "ConfigName": f"{name}12"}]


def test_cfn_lint_would_find_something(tmp_path: Path) -> None:
    topic: dict[str, Any] = {"Type": "AWS::SNS::Topic", "Properties": {"NoSuch": 1}}
    alarm = {"Type": "AWS::SNS::Topic", "DependsOn": "Topic", "Properties": {"DisplayName": {"Ref": "Topic"}}}
    file = tmp_path / "faulty.template.json"
    file.write_text(json.dumps({"Resources": {"Topic": topic, "Alarm": alarm}}), encoding="utf-8")
    found = [re.findall(r"\[([EW][0-9]+)", finding)[0] for finding in lint_findings(file, "eu-west-1")]
    assert sorted(found) == ["E3002", "W3005"]


def test_cfn_lint_finds_the_same_without_what_makes_it_quick(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": {"Fn::GetAtt": ["Topic", "NoSuch"]}}
    policy = {"Version": "2020-01-01", "Statement": [statement, {**statement, "Effect": "Maybe"}]}
    faulty: dict[str, tuple[str, dict[str, Any]]] = {
        "Topic": ("AWS::SNS::Topic", {"NoSuch": 1, "DisplayName": {"Fn::Sub": "${NoParameter}"}}),
        "Bucket": ("AWS::S3::Bucket", {"BucketName": {"Fn::If": ["Named", "UPPER", {"Ref": "AWS::NoValue"}]}}),
        "Policy": ("AWS::IAM::ManagedPolicy", {"PolicyDocument": policy}),
        "Role": ("AWS::IAM::Role", {"MaxSessionDuration": 1, "Tags": [{"Key": "twice"}, {"Key": "twice"}]}),
    }
    template = {
        "Conditions": {"Named": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}},
        "Resources": {name: {"Type": kind, "Properties": given} for name, (kind, given) in faulty.items()},
    }
    file = tmp_path / "faulty.template.json"
    file.write_text(json.dumps(template), encoding="utf-8")
    slowly = _linted(file, "eu-west-1")
    assert len(slowly) > 8
    assert lint_findings(file, "eu-west-1") == slowly


def lint_findings(template: Path, region: str) -> list[str]:
    with quick():
        return _linted(template, region)


def _linted(template: Path, region: str) -> list[str]:
    given = ManualArgs(regions=[region], parameters=released(template))
    return [f"{template.name}: {match}" for match in lint(template.read_text("utf-8"), lint_rules(), [region], given)]


@cache
def lint_rules() -> RulesCollection:
    """cfn-lint's errors and warnings, read once for all templates."""
    return get_rules([], [], [])


def test_the_reference_is_the_repositorys_own_platform_file(organization: Organization) -> None:
    if organization.name == "reference":
        assert organization.assembly.platform_file == ROOT / "platform.yaml"


def test_no_pattern_of_an_event_has_an_empty_list(organization: Organization) -> None:
    """EventBridge refuses them; the CDK makes them of lists of null, and no linter looks."""
    rules = [rule for rule in organization.resources("AWS::Events::Rule") if "EventPattern" in rule.properties]
    assert [rule.logical_id for rule in rules if _has_empty(rule.properties["EventPattern"])] == []


def _has_empty(pattern: object) -> bool:
    if isinstance(pattern, dict):
        return any(_has_empty(each) for each in cast("dict[str, object]", pattern).values())
    if isinstance(pattern, list):
        found = cast("list[object]", pattern)
        return not found or any(_has_empty(each) for each in found)
    return False
