"""Recognizes a file that holds a definition inside something else: told as that, and not as what it lacks."""

from mlops_stages.pipeline_definition.errors import Fault
from mlops_stages.platform.plain import is_map

_DESCRIBED = "PipelineDefinition"
"""The field of what DescribePipeline and DescribePipelineDefinitionForExecution answer; CreatePipeline takes it too."""
_BODY = "PipelineDefinitionBody"
"""The field of CloudFormation's `AWS::SageMaker::Pipeline`."""


def fault_of_wrapping(value: object) -> Fault | None:
    """That a JSON value has the definition as a text inside, if it does."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        message = "The file holds the definition as one text in quotes: JSON was written twice."
        fix = "Write the text itself into the file: `file.write(pipeline.definition())`, without `json.dumps`."
        return Fault("PIP-061", None, (), message, fix)
    if not is_map(value) or "Steps" in value:
        return None
    if _DESCRIBED in value:
        message = f"This is what `describe-pipeline` answers: its `{_DESCRIBED}` is what belongs here."
        fix = (
            "Save what `aws sagemaker describe-pipeline --pipeline-name NAME --query PipelineDefinition --output text` "
            "prints, or compile the pipeline again."
        )
        return Fault("PIP-061", None, (_DESCRIBED,), message, fix)
    if _BODY in value:
        message = f"This is a property of a CloudFormation resource: its `{_BODY}` is what belongs here."
        return Fault("PIP-061", None, (_BODY,), message)
    return None
