"""Invariant 2: no finding that is not acknowledged, and no acknowledgement without a reason for one resource."""

import json
import re
from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3
from cfnlint.api import ManualArgs, lint_file

from mlops_stages.platform import load
from stacks.validation import CHECKS
from tests.conftest import ROOT
from tests.invariants.conftest import Organization

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
    region = load(organization.assembly.platform_file).region
    files = sorted(organization.assembly.directory.glob("*.template.json"), key=lambda p: (len(p.name), p.name))
    # A hundred teams of one make: the account and the last two of them.
    matches = [
        f"{path.name}: {match}"
        for path in (files if len(files) < 10 else [files[0], *files[-2:]])
        for match in lint_file(path, config=ManualArgs(regions=[region]))
    ]
    assert matches == []


def test_the_reference_is_the_repositorys_own_platform_file(organization: Organization) -> None:
    if organization.name == "reference":
        assert organization.assembly.platform_file == ROOT / "platform.yaml"
