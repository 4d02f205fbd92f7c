"""CloudFormation's rules: the native library finds what the CDK's engine finds, which serves where it is missing."""

import copy
import filecmp
import json
import os
import random
import re
import subprocess
import sys
import tarfile
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import aws_cdk
import jsii
import pytest
from aws_cdk import (
    App,
    CloudFormationValidatePlugin,
    IPolicyValidationContext,
    PolicyValidationPluginReport,
    PolicyValidationStack,
)

from stacks.native_rules import VERSION, NativeRules
from stacks.validation import cloudformation_rules
from tests.conftest import ROOT, Assembly, Template

Place = tuple[str | int, ...]

# What AWS's rules say of other sections than Resources, of one fault in two templates, and of intrinsic functions.
BY_HAND: dict[str, Template] = {
    "unused-parameter": {
        "Parameters": {"Size": {"Type": "String"}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    },
    "output-of-nothing": {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"Arn": {"Value": {"Ref": "NoSuchResource"}}},
    },
    "same-fault-a": {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"NoSuch": 1}}}},
    "same-fault-b": {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"NoSuch": 1}}}},
    "unknown-type": {"Resources": {"Topic": {"Type": "AWS::SNS::NoSuchType"}}},
    "circle": {
        "Resources": {
            "A": {"Type": "AWS::SNS::Topic", "DependsOn": "B"},
            "B": {"Type": "AWS::SNS::Topic", "DependsOn": "A"},
        }
    },
    "no-resources": {"Resources": {}},
    "unknown-section": {"Recources": {}, "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}},
}
GAME = {
    "Type": "AWS::GameLift::Alias",
    "Properties": {"Name": "a", "RoutingStrategy": {"Type": "SIMPLE", "Message": "which has no place here"}},
}


@jsii.implements(IPolicyValidationContext)
class Context:
    """Templates to check, without a synth."""

    def __init__(self, stacks: list[PolicyValidationStack]) -> None:
        self._stacks = stacks

    @property
    def stack_templates(self) -> list[PolicyValidationStack]:
        return self._stacks

    @property
    def template_paths(self) -> list[str]:
        return [stack.template_path for stack in self._stacks]

    @property
    def app_construct(self) -> App:
        return App()

    @property
    def account_id(self) -> str | None:
        return None

    @property
    def region(self) -> str | None:
        return None


def context_of(files: Sequence[Path], account: str | None = "111111111111") -> Context:
    region = None if account is None else "eu-west-1"
    return Context(
        [
            PolicyValidationStack(
                stack_construct_path=path.name.split(".")[0], template_path=str(path), account_id=account, region=region
            )
            for path in files
        ]
    )


def findings(report: PolicyValidationPluginReport) -> list[dict[str, Any]]:
    """All that a report says, in its order."""
    return [
        {
            "rule": violation.rule_name,
            "severity": violation.severity,
            "description": violation.description,
            "fix": violation.fix,
            "metadata": violation.rule_metadata,
            "resources": [
                {
                    "logical_id": resource.resource_logical_id,
                    "construct": resource.construct_path,
                    "template": resource.template_path,
                    "locations": list(resource.locations),
                }
                for resource in violation.violating_resources
            ],
        }
        for violation in report.violations
    ]


def leaves(value: Any, place: Place = ()) -> Iterator[Place]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        for key, inner in cast("dict[str, Any]", value).items():
            yield from leaves(inner, (*place, key))
    elif isinstance(value, list):
        for index, inner in enumerate(cast("list[Any]", value)):
            yield from leaves(inner, (*place, index))
    else:
        yield place


def put(properties: Any, place: Place, value: Any) -> None:  # noqa: ANN401 - any JSON
    *above, last = place
    for key in above:
        properties = properties[key]
    properties[last] = value


def broken(template: Template, kind: str, chance: random.Random) -> Template:
    """The template with up to four faults of a kind, in resources that chance picks."""
    changed = copy.deepcopy(template)
    for _ in range(4):
        properties: dict[str, Any] = (
            changed["Resources"][chance.choice(sorted(changed["Resources"]))].get("Properties") or {}
        )
        places = list(leaves(properties))
        if not places:
            continue
        place = chance.choice(places)
        if kind == "dropped":
            del properties[chance.choice(sorted(properties))]
        elif kind == "wrong-type":
            put(properties, place, {"wrong": [1]})
        elif kind == "wrong-word":
            put(properties, place, "!! no such value %% ")
        elif kind == "unknown-property":
            properties["NoSuchProperty"] = 1
        else:
            properties[str(place[0])] = {"Fn::GetAtt": ["NoSuchResource", "Arn"]}
    return changed


@pytest.fixture(scope="module")
def seeded(assembly: Callable[[str], Assembly], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Broken templates: five kinds of each of the reference organization's, and those by hand."""
    made = dict(BY_HAND)
    for name, template in assembly("reference").templates.items():
        for kind in ("dropped", "wrong-type", "wrong-word", "unknown-property", "wrong-reference"):
            made[f"{name}-{kind}"] = broken(template, kind, random.Random(f"{name} {kind}"))
    directory = tmp_path_factory.mktemp("broken")
    for name, template in made.items():
        (directory / f"{name}.template.json").write_text(json.dumps(template, indent=1), encoding="utf-8")
    return sorted(directory.iterdir())


@pytest.fixture(scope="module")
def cdks_own() -> CloudFormationValidatePlugin:
    return CloudFormationValidatePlugin()


@pytest.fixture(scope="module")
def native() -> NativeRules:
    rules = cloudformation_rules()
    assert isinstance(rules, NativeRules)
    return rules


def test_the_version_is_the_one_that_the_cdk_bundles(
    cdks_own: CloudFormationValidatePlugin, native: NativeRules
) -> None:
    assert native.version == cdks_own.version
    assert native.name == cdks_own.name
    pin = f"cloudformation-validate=={VERSION}"
    assert pin in (ROOT / "requirements-native.txt").read_text("utf-8").splitlines()
    assert f"{pin} \\" in (ROOT / "requirements-native.lock").read_text("utf-8").splitlines()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert pin in project["optional-dependencies"]["dev"]
    # No wheel fits every machine, and an installation must not fail for want of it.
    assert not any("cloudformation-validate" in each for each in project["dependencies"])


def test_broken_templates_get_the_same_findings_from_both_engines(
    seeded: list[Path], cdks_own: CloudFormationValidatePlugin, native: NativeRules
) -> None:
    context = context_of(seeded)
    report = native.validate(context)
    found = findings(report)
    assert found == findings(cdks_own.validate(context))
    assert not report.success
    assert len(seeded) >= 70
    assert sum(len(each["resources"]) for each in found) >= 100
    rules = Counter(each["rule"] for each in found)
    assert len(rules) >= 10, rules
    assert {"error", "warning"} == {each["severity"] for each in found}
    assert any(len(each["resources"]) > 1 for each in found), "one fault in two templates is one finding"
    assert any(resource["construct"] for each in found for resource in each["resources"]), "of no resource"


def test_a_stack_of_no_account_is_judged_alike(
    seeded: list[Path], cdks_own: CloudFormationValidatePlugin, native: NativeRules
) -> None:
    context = context_of([path for path in seeded if "experimentation" in path.name], account=None)
    found = findings(native.validate(context))
    assert found
    assert found == findings(cdks_own.validate(context))


def test_good_templates_have_no_finding(assembly: Callable[[str], Assembly], native: NativeRules) -> None:
    files = sorted(assembly("reference").directory.glob("*.template.json"))
    report = native.validate(context_of(files))
    assert (report.success, findings(report)) == (True, [])


def test_types_for_which_the_cdk_has_rules_of_its_own_go_to_its_engine(tmp_path: Path, native: NativeRules) -> None:
    file = tmp_path / "game.template.json"
    file.write_text(json.dumps({"Resources": {"Alias": GAME}}), encoding="utf-8")
    assert [each["rule"] for each in findings(native.validate(context_of([file])))] == ["CDK-GameLift-004"]


def test_the_cdk_has_rules_of_its_own_for_gamelift_only() -> None:
    (bundle,) = (Path(aws_cdk.__file__).parent / "_jsii").glob("aws-cdk-lib@*.tgz")
    types: set[str] = set()
    with tarfile.open(bundle) as package:
        for member in package:
            if member.name.startswith("package/core/lib/validation/rules/"):
                file = package.extractfile(member)
                assert file is not None
                types |= set(re.findall(r'"(AWS::\w+::)', file.read().decode()))
                assert member.name.endswith(".rego"), f"{member.name}: another kind of rule"
    assert types == {"AWS::GameLift::"}


def hide(monkeypatch: pytest.MonkeyPatch, library: ModuleType | None) -> None:
    monkeypatch.delitem(sys.modules, "stacks.native_rules")
    monkeypatch.setitem(sys.modules, "cloudformation_validate", library)


def test_where_the_library_is_not_installed_the_cdks_own_engine_is_used(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    hide(monkeypatch, None)
    assert isinstance(cloudformation_rules.__wrapped__(), CloudFormationValidatePlugin)
    assert "slower: import of cloudformation_validate halted" in capfd.readouterr().err


def test_another_version_of_the_library_is_not_used(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    other = ModuleType("cloudformation_validate")
    other.__dict__["version"] = lambda: "0.0.1"
    hide(monkeypatch, other)
    assert isinstance(cloudformation_rules.__wrapped__(), CloudFormationValidatePlugin)
    assert f"cloudformation-validate 0.0.1 is installed, and aws-cdk-lib bundles {VERSION}" in capfd.readouterr().err


def test_where_the_library_does_not_load_a_synth_says_so_and_writes_the_same_bytes(
    tmp_path: Path, assembly: Callable[[str], Assembly]
) -> None:
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    why = "libc.so.6: version `GLIBC_2.34' not found"
    (shadow / "cloudformation_validate.py").write_text(f"raise OSError({why!r})\n", encoding="utf-8")
    organization = assembly("one_account")
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        cwd=tmp_path,
        env={
            **os.environ,
            "CDK_OUTDIR": str(out),
            "PLATFORM_FILE": str(organization.platform_file),
            "PYTHONPATH": os.pathsep.join((str(shadow), str(ROOT / "constructs"))),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = done.stderr.splitlines()[0]
    assert told.startswith("CloudFormation's rules run in the CDK's own engine, which is slower: ")
    assert why in told
    assert told.endswith("-m pip install -r requirements-native.lock")
    assert_same_files(out, organization.directory)


def assert_same_files(one: Path, other: Path) -> None:
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in other.iterdir())
    assert {"manifest.json", "validation-report.json"} <= set(names)
    differing = filecmp.cmpfiles(one, other, names, shallow=False)[1:]
    assert differing == ([], [])
