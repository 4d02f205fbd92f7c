"""CloudFormation's own rules in AWS's native library: the engine that the CDK runs as WebAssembly, three times faster.

Importing this fails where the library is not installed: on Linux with glibc before 2.34, or with musl, it has no wheel.
"""

import atexit
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cloudformation_validate as engine
import jsii
from aws_cdk import (
    CloudFormationValidatePlugin,
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyValidationStack,
    PolicyViolatingResource,
    PolicyViolation,
)

VERSION = "1.12.1"
"""The version that aws-cdk-lib bundles. Any other is refused: its findings could differ."""
if engine.version() != VERSION:
    raise ImportError(f"cloudformation-validate {engine.version()} is installed, and aws-cdk-lib bundles {VERSION}")

# The rules that the CDK's own plugin leaves out.
_EXCLUDED = engine.RuleFilterConfig(
    ids=["W3005", "W1020", "E1018", "W9002", "W9013", "W1103"],
    services=[engine.ServiceFilter(rule_id="W3697", service="AWS::AutoScaling")],
)
_SEVERITIES = {
    engine.Severity.FATAL: "error",
    engine.Severity.ERROR: "error",
    engine.Severity.WARN: "warning",
    engine.Severity.INFO: "informational",
    engine.Severity.DEBUG: "debug",
}
# The CDK's own plugin adds rules for these types, which are nowhere but in its node package.
_RULES_IN_THE_CDK_ONLY = b"AWS::GameLift::"


@jsii.implements(IPolicyValidationPlugin)
class NativeRules:
    """Stands in for the CDK's plugin `CloudFormation Validate`: the same findings, in the same words and order."""

    def __init__(self) -> None:
        self._engine = engine.CompositeEngine()
        atexit.register(self._free)

    def _free(self) -> None:
        del self._engine  # or the library prints an exception when Python ends, its module gone before the engine

    @property
    def name(self) -> str:
        """The name of the CDK's own plugin, by which reports and acknowledgements refer to it."""
        return CloudFormationValidatePlugin.PLUGIN_NAME

    @property
    def version(self) -> str:
        """The engine's version."""
        return VERSION

    @property
    def rule_ids(self) -> list[str] | None:
        """Not listed: the CDK reads it for its analytics only, which are off."""
        return None

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Check every template, on all cores."""
        stacks = context.stack_templates
        if any(_RULES_IN_THE_CDK_ONLY in Path(stack.template_path).read_bytes() for stack in stacks):
            return CloudFormationValidatePlugin().validate(context)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            reports = list(pool.map(self._diagnose, stacks))
        alike: dict[tuple[str, str, str], list[tuple[PolicyValidationStack, engine.Diagnostic]]] = {}
        for stack, diagnostics in zip(stacks, reports, strict=True):
            for each in diagnostics:
                alike.setdefault((each.rule_id, _SEVERITIES[each.severity], _description(each)), []).append(
                    (stack, each)
                )
        violations = [
            PolicyViolation(
                rule_name=rule,
                severity=severity,
                description=description,
                fix=same[0][1].suggested_fix,
                rule_metadata=_metadata(same[0][1]),
                violating_resources=[_resource(diagnostic, stack) for stack, diagnostic in same],
            )
            for (rule, severity, description), same in alike.items()
        ]
        return PolicyValidationPluginReport(
            success=all(violation.severity != "error" for violation in violations), violations=violations
        )

    def _diagnose(self, stack: PolicyValidationStack) -> Sequence[engine.Diagnostic]:
        config = engine.ValidateConfig(
            detail_level=engine.DetailLevel.STANDARD,
            severity_level=engine.Severity.WARN,
            exclude=_EXCLUDED,
            pseudo_parameter_overrides=engine.PseudoParameterOverrides(
                account_id=stack.account_id, region=stack.region
            ),
        )
        report = self._engine.validate_template(stack.template_path, config)  # pyright: ignore[reportUnknownMemberType]
        return report.diagnostics


def _description(diagnostic: engine.Diagnostic) -> str:
    if not diagnostic.property_path:
        return diagnostic.message
    return f"{diagnostic.property_path.removeprefix('Properties.')}: {diagnostic.message}"


def _metadata(diagnostic: engine.Diagnostic) -> dict[str, str] | None:
    return {"category": diagnostic.category} if diagnostic.category else None


def _resource(diagnostic: engine.Diagnostic, stack: PolicyValidationStack) -> PolicyViolatingResource:
    entity = diagnostic.entity
    logical_id = entity.logical_id if entity and entity.entity_type is engine.EntityType.RESOURCE else None
    return PolicyViolatingResource(
        resource_logical_id=logical_id,
        construct_path=stack.stack_construct_path if logical_id is None else None,
        template_path=stack.template_path,
        locations=[diagnostic.property_path] if diagnostic.property_path else [],
    )
