"""Findings of the security packs that stand, each with the reason a reviewer would accept.

Every acknowledgement names one resource and one finding; the rule's other findings still fail the synth.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct

from mlops_stages.foundation.statement import Statement

COMPLIANCE_PACKS = ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")


def acknowledge(
    construct: IConstruct, rule: str, reason: str, *, in_solutions: str | None = None, in_pci: bool = True
) -> None:
    """Acknowledge one rule that the three compliance packs share, such as `S3BucketReplicationEnabled`.

    `in_pci` is false for a rule that PCI DSS's has not.
    `in_solutions` is the same rule's id in AWS Solutions, such as `S1`, where it has it too.
    """
    ids = [f"{pack}::{pack}-{rule}" for pack in COMPLIANCE_PACKS if in_pci or not pack.startswith("PCI")]
    if in_solutions is not None:
        ids.append(f"AwsSolutions::AwsSolutions-{in_solutions}")
    Validations.of(construct).acknowledge(*(Acknowledgment(id=finding, reason=reason) for finding in ids))


def refuse_unexplained(where: str, statements: Iterable[Statement]) -> None:
    """Refuse a wildcard in a resource that nobody gave a reason for.

    Raises:
        ValueError: `FND-002`.
    """
    for statement in statements:
        if not statement.why and any("*" in resource for resource in statement.resources):
            message = f"FND-002: {where}: statement {statement.sid} has a wildcard and says not why; give `why`"
            raise ValueError(message)


def acknowledge_wildcards(construct: IConstruct, statements: Sequence[Statement]) -> None:
    """Acknowledge the wildcard in each resource that these statements allow, for the reason that each gives.

    Raises:
        ValueError: `FND-002` for a wildcard without a reason.
    """
    allowed = [statement for statement in statements if statement.effect == "Allow"]
    wild = [(resource, s.why) for s in allowed for resource in s.resources if "*" in resource]
    if not all(why for _, why in wild):
        refuse_unexplained(construct.node.path, allowed)
    findings: dict[str, Acknowledgment] = {}
    for resource, (_, why) in zip(_as_reported(construct, [resource for resource, _ in wild]), wild, strict=True):
        finding = f"AwsSolutions::AwsSolutions-IAM5[Resource::{resource}]"
        findings.setdefault(finding, Acknowledgment(id=finding, reason=why))
    if findings:
        Validations.of(construct).acknowledge(*findings.values())


def _as_reported(construct: IConstruct, resources: list[str]) -> list[str]:
    """The resources as the rule prints them: references and policy variables in angle brackets."""
    if not any("${Token[" in resource for resource in resources):
        return [_in_brackets(resource) for resource in resources]
    # One question for all of them: each costs a message to another process.
    return [_flat(resolved) for resolved in Stack.of(construct).resolve(resources)]


def _flat(part: Any) -> str:  # noqa: ANN401 - a resolved part of a template
    match part:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_flat(each) for each in parts)
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{resource}.{attribute}>"
        case {"Fn::ImportValue": name}:
            return _flat(name)
        case {"Ref": name}:
            return f"<{name}>"
        case _:
            return _in_brackets(str(part))


def _in_brackets(text: str) -> str:
    return text.replace("${", "<").replace("}", ">")
