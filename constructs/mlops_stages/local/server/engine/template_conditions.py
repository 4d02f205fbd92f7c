"""Conditions of templates: what AWS lets them be computed of, and ministack takes for mere values.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.engine import ministack

_FUNCTIONS = frozenset({"Fn::FindInMap", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::Sub"})
_PSEUDO_PARAMETERS = frozenset({"AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix"})

Evaluate = Callable[[dict[str, Any], dict[str, Any]], dict[str, bool]]


def mend_template_conditions() -> None:
    """Let conditions compare what functions and pseudo parameters give; once.

    The CDK's bootstrap stack gives its role for CloudFormation AdministratorAccess by such a condition.
    """
    evaluate = _of_values(ministack.stack_operations._evaluate_conditions)
    ministack.stack_operations._evaluate_conditions = evaluate
    ministack.stack_handlers._evaluate_conditions = evaluate
    ministack.change_sets._evaluate_conditions = evaluate


def _of_values(evaluate: Evaluate) -> Evaluate:
    def evaluate_conditions(template: dict[str, Any], params: dict[str, Any]) -> dict[str, bool]:
        conditions = mapping(template.get("Conditions"))
        if not conditions:
            return evaluate(template, params)
        mappings = mapping(template.get("Mappings"))
        return evaluate({**template, "Conditions": _resolved(conditions, params, mappings)}, params)

    return evaluate_conditions


def _resolved(value: Any, params: dict[str, Any], mappings: Mapping[str, Any]) -> Any:  # noqa: ANN401  # a template's
    if isinstance(value, list):
        return [_resolved(each, params, mappings) for each in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    node = cast("dict[str, Any]", value)
    if _FUNCTIONS.intersection(node) or node.get("Ref") in _PSEUDO_PARAMETERS:
        return ministack.stack_operations._resolve_refs(node, {}, params, {}, mappings, "", "")
    return {name: _resolved(each, params, mappings) for name, each in node.items()}
