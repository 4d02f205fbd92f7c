"""What a release gives to a deployed endpoint: the only things of its template that change from version to version."""

from dataclasses import dataclass
from typing import Any

from aws_cdk import CfnCondition, CfnParameter, CfnRule, CfnRuleAssertion, Fn, Stack
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from mlops_stages.reliable.served_model import LONGEST_CONFIG_NAME, ServedModel
from mlops_stages.serving.rollout import TrafficShift, at_once

MODEL_PACKAGE_ARN, CONFIG_NAME = "ModelPackageArn", "ConfigName"
SHADOW_PACKAGE_ARN, TRAFFIC_SHIFT = "ShadowPackageArn", "TrafficShift"
IN_STEPS, AT_ONCE = "InSteps", "AtOnce"
"""The values of `TrafficShift`."""


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """The version that a release names as challenger, and that it names one."""

    package_arn: str
    condition: CfnCondition


def refuse_a_second(scope: Construct, id: str) -> None:
    """Refuse a second endpoint or transform in a stack: their parameters have the same names.

    Raises:
        ValueError: `REL-037` for a stack that has an endpoint or a transform.
    """
    if any(isinstance(each, ReleaseParameters) for each in Stack.of(scope).node.find_all()):
        message = f"REL-037: {id}: the stack has an endpoint or a transform already; give this one a stack of its own"
        raise ValueError(message)


class ReleaseParameters(Construct):
    """The parameters of an endpoint's or a transform's template, and the conditions that follow.

    Their names are its interface.

    While `ModelPackageArn` and `ConfigName` are empty, nothing is served. A template with one of them given alone is
    refused before anything happens.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        served: ServedModel,
        shift: TrafficShift | None = None,
        has_challenger: bool = False,
    ) -> None:
        """Create them.

        Args:
            scope: the parent.
            id: the construct's id in it.
            served: whose packages, and which names, are taken.
            shift: how traffic goes over; where that is in steps, a release may ask for a shift at once. None where no
                traffic is.
            has_challenger: whether a package may be named that answers in the shadow.
        """
        super().__init__(scope, id)
        self._served = served
        self.package_arn: str = self._package(
            MODEL_PACKAGE_ARN, "The version that answers, by the ARN of its package; empty: none"
        )
        config = self._parameter(
            CONFIG_NAME,
            "What this release's model, configuration and alarms are named by. Never a name that was there before: "
            "they stay. Empty: nothing is served",
            served.config_pattern,
            f"{served.config_prefix}NUMBER, the version, and where it is released again a hyphen and a number, "
            "which letters may follow",
            LONGEST_CONFIG_NAME,
        )
        self.config_name: str = config.value_as_string
        """The first part of the names."""
        self.serving = self._condition("Serving", Fn.condition_not(Fn.condition_equals(self.package_arn, "")))
        """That a version answers."""
        self._rule(
            "PackageAndNameTogether",
            MODEL_PACKAGE_ARN,
            CONFIG_NAME,
            f"{MODEL_PACKAGE_ARN} and {CONFIG_NAME} go together: give both, or leave both empty",
            either_way=True,
        )
        self.shadow: Shadow | None = self._shadow() if has_challenger else None
        """The challenger, where there may be one."""
        self.routing: Any = None if shift is None else self._routing(shift)
        """How traffic goes over, as the endpoint takes it."""

    def _shadow(self) -> Shadow:
        package_arn = self._package(
            SHADOW_PACKAGE_ARN, "The version that answers in the shadow, by the ARN of its package; empty: none"
        )
        self._rule(
            "ShadowOfAVersion",
            SHADOW_PACKAGE_ARN,
            MODEL_PACKAGE_ARN,
            f"{SHADOW_PACKAGE_ARN} stands beside {MODEL_PACKAGE_ARN}: give that, too",
            either_way=False,
        )
        named = Fn.condition_not(Fn.condition_equals(package_arn, ""))
        serving = Fn.condition_not(Fn.condition_equals(self.package_arn, ""))
        return Shadow(package_arn=package_arn, condition=self._condition("Shadowing", Fn.condition_and(serving, named)))

    def _routing(self, shift: TrafficShift) -> Any:  # noqa: ANN401 - a token, which the CDK's types do not have
        if shift.kind == "ALL_AT_ONCE":
            return sagemaker.CfnEndpoint.TrafficRoutingConfigProperty(
                type=shift.kind, wait_interval_in_seconds=shift.wait_seconds
            )
        parameter = CfnParameter(
            self,
            TRAFFIC_SHIFT,
            description=f"{IN_STEPS}, as the rollout says, or {AT_ONCE}: back to a version that has served before",
            default=IN_STEPS,
            allowed_values=[IN_STEPS, AT_ONCE],
        )
        parameter.override_logical_id(TRAFFIC_SHIFT)
        hurried = self._condition("ShiftingAtOnce", Fn.condition_equals(parameter.value_as_string, AT_ONCE))
        fast = at_once(shift.termination_wait_seconds, shift.timeout_seconds)
        return Fn.condition_if(hurried.logical_id, _routing(fast), _routing(shift))

    def _package(self, name: str, description: str) -> str:
        versions = self._served.package_pattern.removeprefix("^(|").split("[", maxsplit=1)[0]
        return self._parameter(
            name, description, self._served.package_pattern, f"a version of this model, {versions}NUMBER", 256
        ).value_as_string

    def _parameter(self, name: str, description: str, pattern: str, constraint: str, longest: int) -> CfnParameter:
        parameter = CfnParameter(
            self,
            name,
            description=description,
            default="",
            allowed_pattern=pattern,
            constraint_description=f"must be empty, or {constraint}",
            max_length=longest,
        )
        parameter.override_logical_id(name)
        return parameter

    def _condition(self, name: str, expression: Any) -> CfnCondition:  # noqa: ANN401 - the CDK's own
        condition = CfnCondition(self, name, expression=expression)
        condition.override_logical_id(name)
        return condition

    def _rule(self, name: str, first: str, second: str, says: str, *, either_way: bool) -> None:
        """Refuse `first` without `second`, and where `either_way` the other way round, too."""
        empty = Fn.condition_equals(Fn.ref(first), "")
        both = Fn.condition_not(Fn.condition_equals(Fn.ref(second), ""))
        neither = Fn.condition_and(empty, Fn.condition_equals(Fn.ref(second), "")) if either_way else empty
        given = Fn.condition_and(Fn.condition_not(empty), both) if either_way else both
        rule = CfnRule(
            self,
            name,
            assertions=[CfnRuleAssertion(assert_=Fn.condition_or(neither, given), assert_description=says)],
        )
        rule.override_logical_id(name)


def _routing(shift: TrafficShift) -> dict[str, object]:
    size = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}.get(shift.kind)
    return {
        "Type": shift.kind,
        "WaitIntervalInSeconds": shift.wait_seconds,
        **({size: {"Type": shift.size_unit, "Value": shift.size}} if size is not None else {}),
    }
