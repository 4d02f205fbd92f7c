"""A step's earlier result, where the definition lets it stand for a new run.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from mlops_stages.local.server.api.records import Record, Records, Scope
from mlops_stages.pipeline_definition.pipeline import PipelineStep

_ATTRIBUTES = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    ),
}
"""By type of step, the arguments that must be the same; where outputs go, for one, is not among them."""


def key(step: PipelineStep, arguments: Mapping[str, Any]) -> Record:
    """Return what must be the same for an earlier run to count."""
    return {
        "Type": step.type,
        "Name": step.name,
        **{name: arguments[name] for name in _ATTRIBUTES.get(step.type, ()) if arguments.get(name)},
    }


def find(records: Records, scope: Scope, pipeline_arn: str, step: PipelineStep, wanted: Record) -> Record | None:
    """Return the state of the latest run of the step that may stand for a new one; None where there is none."""
    if step.cache_seconds is None:
        return None
    oldest = time.time() - step.cache_seconds
    found: Record | None = None
    with records.lock:
        for execution in records.all("PipelineExecution", scope):
            state = execution["Steps"].get(step.name)
            if (
                execution["PipelineArn"] == pipeline_arn
                and state is not None
                and state["StepStatus"] == "Succeeded"
                and "CacheHitResult" not in state
                and state.get("CacheKey") == wanted
                and state["EndTime"] >= oldest
                and (found is None or state["EndTime"] >= found["EndTime"])
            ):
                found = {**state, "SourcePipelineExecutionArn": execution["PipelineExecutionArn"]}
    return found
