"""CloudWatch's metric math, as far as our alarms use it: the four operations, comparisons and IF over one period."""

import ast
from collections.abc import Mapping, Sequence

from tests.foundation.built import Json

_ALLOWED = (
    ast.Expression,
    ast.IfExp,
    ast.BinOp,
    ast.Compare,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.Gt,
    ast.GtE,
)


class _Conditional(ast.NodeTransformer):
    """`IF(condition, then, otherwise)` becomes Python's conditional expression."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        assert isinstance(node.func, ast.Name)
        assert node.func.id == "IF"
        condition, then, otherwise = (self.visit(argument) for argument in node.args)
        return ast.IfExp(test=condition, body=then, orelse=otherwise)


def value(alarm: Json, metrics: Mapping[str, float]) -> float | None:
    """What the alarm judges, of these metrics by their names; None, for missing, where one of them is."""
    ids = {each["Id"]: each["MetricStat"]["Metric"]["MetricName"] for each in alarm["Metrics"] if "MetricStat" in each}
    if not set(ids.values()) <= metrics.keys():
        return None
    (formula,) = [each["Expression"] for each in alarm["Metrics"] if each["ReturnData"]]
    tree = ast.fix_missing_locations(_Conditional().visit(ast.parse(formula, mode="eval")))
    assert all(isinstance(node, _ALLOWED) for node in ast.walk(tree)), formula
    return eval(compile(tree, "formula", "eval"), {"__builtins__": {}}, {i: metrics[m] for i, m in ids.items()})


def goes_off(alarm: Json, periods: Sequence[Mapping[str, float]]) -> bool:
    """Whether the alarm goes off on these periods, the last of which is now."""
    count = 0
    for metrics in periods[-alarm["EvaluationPeriods"] :]:
        found = value(alarm, metrics)
        if found is None:
            count += alarm["TreatMissingData"] == "breaching"
        elif alarm["ComparisonOperator"] == "GreaterThanThreshold":
            count += found > alarm["Threshold"]
        else:
            assert alarm["ComparisonOperator"] == "LessThanThreshold"
            count += found < alarm["Threshold"]
    return count >= alarm["DatapointsToAlarm"]
