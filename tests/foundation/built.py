"""Constructs in a bare stack: synthesized once with the four packs on, and read back."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from aws_cdk import App, Stack, Validations
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from mlops_stages.foundation import CustomerManagedKey, Network, Perimeter, alarms_may_encrypt, logs_may_encrypt
from stacks.validation import CHECKS

ACCOUNT = "111111111111"
REGION = "eu-west-1"
ORGANIZATION = "o-a1b2c3d4e5"
HERE = Perimeter(partition="aws", account=ACCOUNT, region=REGION, organization_id=ORGANIZATION)
ALONE = Perimeter(partition="aws", account=ACCOUNT, region=REGION)
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/acme-boundary"
NETWORK = Network(
    vpc_id="vpc-0123456789abcdef0",
    subnet_ids=["subnet-aaaaaaaaaaaaaaaaa", "subnet-bbbbbbbbbbbbbbbbb"],
    workload_security_group_id="sg-0123456789abcdef0",
)

Json = dict[str, Any]


@dataclass(frozen=True)
class Built:
    """What a construct became in CloudFormation, and what the packs found."""

    body: Json
    findings: tuple[str, ...]

    @cached_property
    def template(self) -> Template:
        """For matchers."""
        return Template.from_json(self.body)

    def resources(self, type: str) -> Mapping[str, Json]:
        """Whole resources of a type, by logical id."""
        found = cast("dict[str, Json]", self.body.get("Resources", {}))
        return {name: resource for name, resource in found.items() if resource["Type"] == type}

    def all(self, type: str) -> list[Json]:
        """The properties of each resource of a type."""
        return [resource.get("Properties", {}) for resource in self.resources(type).values()]

    def one(self, type: str) -> Json:
        """The properties of the only resource of a type."""
        (properties,) = self.all(type)
        return properties

    @property
    def types(self) -> dict[str, int]:
        """How many resources of each type there are."""
        counted: dict[str, int] = {}
        for resource in cast("dict[str, Json]", self.body.get("Resources", {})).values():
            counted[resource["Type"]] = counted.get(resource["Type"], 0) + 1
        return counted


def built(make: Callable[[Stack], object]) -> Built:
    """Synthesize a bare stack, of no given account and region, that `make` fills."""
    with tempfile.TemporaryDirectory() as directory:
        app = App(outdir=directory, analytics_reporting=False)
        Validations.of(app).add_plugins(*(check() for check in CHECKS))
        make(Stack(app, "Alone"))
        try:
            app.synth()
        except RuntimeError as error:
            # A finding fails the synth once everything is written; whatever else goes wrong is an error here too.
            if "ValidationFailed" not in str(error):
                raise
        body = json.loads(Path(directory, "Alone.template.json").read_text("utf-8"))
        report = json.loads(Path(directory, "validation-report.json").read_text("utf-8"))
    body.get("Resources", {}).pop("CDKMetadata", None)
    return Built(body, tuple(_findings(report)))


def _findings(report: Json) -> Iterator[str]:
    for pack in report["pluginReports"]:
        for violation in pack["violations"]:
            paths = [construct["constructPath"] for construct in violation["violatingConstructs"]]
            yield f"{violation['ruleName']}: {', '.join(paths)}"


def refused(make: Callable[[Stack], object]) -> tuple[str, list[str]]:
    """The message of a construct that refuses its arguments, and what it had created before (nothing, we hope)."""
    stack = Stack(App(analytics_reporting=False), "Alone")
    try:
        make(stack)
    except ValueError as error:
        return str(error), [child.node.path for child in stack.node.find_all()[1:]]
    message = "nothing was refused"
    raise AssertionError(message)


def a_key(stack: Stack, perimeter: Perimeter = HERE) -> CustomerManagedKey:
    """A key that logs and alarms may use, as the account's operations key is."""
    allowed = [*logs_may_encrypt(perimeter), alarms_may_encrypt(perimeter)]
    return CustomerManagedKey(
        stack, "GivenKey", perimeter=perimeter, alias="acme/given", description="for a test", statements=allowed
    )


def a_service(name: str = "lambda.amazonaws.com") -> iam.IPrincipal:
    """An AWS service: a principal without a policy of its own."""
    # jsii's Python names a parameter unlike its protocol does, so the checker sees no IPrincipal.
    return cast("iam.IPrincipal", cast("object", iam.ServicePrincipal(name)))


def a_role(stack: Stack, id: str = "GivenRole") -> iam.Role:
    """A role that grants can be given to."""
    return iam.Role(stack, id, assumed_by=a_service())


def statement(document: Json, sid: str) -> Json:
    """A policy's statement by its name."""
    (found,) = [each for each in document["Statement"] if each["Sid"] == sid]
    return found


def sids(document: Json) -> list[str]:
    """The names of a policy's statements."""
    return [each["Sid"] for each in document["Statement"]]


def resolved(value: Any, names: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - any part of a template
    """The value with CloudFormation's joins done and references replaced: by `names`, else by their logical id."""
    known: Mapping[str, str] = names if names is not None else {}
    if isinstance(value, list):
        return [resolved(item, known) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    part = cast("Json", value)
    match part:
        case {"Fn::Join": [separator, items]}:
            return str(separator).join(str(resolved(item, known)) for item in items)
        case {"Ref": name}:
            return known.get(name, name)
        case {"Fn::GetAtt": [name, attribute]}:
            return known.get(f"{name}.{attribute}", f"{name}.{attribute}")
        case _:
            return {key: resolved(item, known) for key, item in part.items()}
