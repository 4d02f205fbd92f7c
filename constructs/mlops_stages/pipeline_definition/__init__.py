"""Compiled SageMaker pipeline definitions: read, checked, and filled with what the platform decides.

Plain Python without the CDK, so that the command line can check a definition in less than a second.
"""

from mlops_stages.pipeline_definition.checking import check_pipelines
from mlops_stages.pipeline_definition.codes import CODES
from mlops_stages.pipeline_definition.definition import PipelineDefinition, faults_of_text
from mlops_stages.pipeline_definition.errors import DefinitionError, Fault, PipelineErrors
from mlops_stages.pipeline_definition.injected import Injected, Place, QualityBound, injected_for, job_prefix
from mlops_stages.pipeline_definition.size import bytes_in_template, room

__all__ = [
    "CODES",
    "DefinitionError",
    "Fault",
    "Injected",
    "PipelineDefinition",
    "PipelineErrors",
    "Place",
    "QualityBound",
    "bytes_in_template",
    "check_pipelines",
    "faults_of_text",
    "injected_for",
    "job_prefix",
    "room",
]
