"""Findings of the security packs that stand, each with the reason a reviewer would accept.

Every acknowledgement names one resource and one finding; the rule's other findings still fail the synth.
"""

from collections.abc import Iterable

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct

from mlops_stages.foundation.statement import Statement

COMPLIANCE_PACKS = ("NIST.800.53.R5", "HIPAA.Security", "PCI.DSS.321")


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Acknowledge one rule that the three compliance packs share, such as `S3BucketReplicationEnabled`."""
    findings = (Acknowledgment(id=f"{pack}::{pack}-{rule}", reason=reason) for pack in COMPLIANCE_PACKS)
    Validations.of(construct).acknowledge(*findings)


def acknowledge_wildcards(construct: IConstruct, statements: Iterable[Statement]) -> None:
    """Acknowledge the wildcard in each resource of these statements, for the reason that the statement gives.

    Raises:
        ValueError: `FND-002` for a wildcard without a reason.
    """
    findings: dict[str, Acknowledgment] = {}
    for statement in statements:
        for resource in statement.resources:
            if "*" not in resource:
                continue
            if not statement.why:
                message = f"FND-002: {construct.node.path}: statement {statement.sid} has a wildcard and says not why"
                raise ValueError(message)
            finding = f"AwsSolutions::AwsSolutions-IAM5[Resource::{_as_reported(construct, resource)}]"
            findings.setdefault(finding, Acknowledgment(id=finding, reason=statement.why))
    if findings:
        Validations.of(construct).acknowledge(*findings.values())


def _as_reported(construct: IConstruct, resource: str) -> str:
    """The resource as the rule prints it: references and policy variables in angle brackets."""
    if "${Token[" not in resource:
        return resource.replace("${", "<").replace("}", ">")
    resolved = Stack.of(construct).resolve(resource)
    parts = resolved["Fn::Join"][1] if "Fn::Join" in resolved else [resolved]
    return "".join(part if isinstance(part, str) else f"<{'.'.join(part['Fn::GetAtt'])}>" for part in parts)
