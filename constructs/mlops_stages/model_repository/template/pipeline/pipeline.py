"""The training pipeline, in the SageMaker SDK: prepare, train, evaluate, and register what is good enough.

Whoever starts a run names a commit, an image by its digest, a dataset, and who wrote the commit and started the run;
for a version that is to be compared with the one that serves also the day before which it learns, and requests that
it scores. Nothing else can be chosen: the code is the commit's, the bound is written down here, and all of it is
registered.

`make compile` turns it into pipeline/definition.json, which the platform deploys. Role, network, keys and tags are left
out on purpose: the platform sets them on every step, the same for every team.
"""

from pathlib import Path
from typing import Any

import yaml
from sagemaker.core.model_metrics import MetricsSource, ModelMetrics
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import ProcessingInput, ProcessingOutput, ProcessingS3Input, ProcessingS3Output
from sagemaker.core.workflow.conditions import ConditionGreaterThanOrEqualTo, ConditionLessThanOrEqualTo
from sagemaker.core.workflow.execution_variables import ExecutionVariables
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.steps import CacheConfig, ProcessingStep, TrainingStep
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train.configs import Compute, InputData, OutputDataConfig, StoppingCondition
from sagemaker.train.model_trainer import ModelTrainer

MODEL = yaml.safe_load(Path(__file__).parents[1].joinpath("model.yaml").read_text("utf-8"))
ROLE = "arn:aws:iam::000000000000:role/injected-by-the-platform"  # the SDK demands one; the platform replaces it
PROCESSING = "/opt/ml/processing"
# Without -B, Python would write its own files beside the code, whose checksum is registered.
PYTHON = ["python3", "-B"]
TRAINING_ENTRYPOINT = [*PYTHON, "/opt/ml/input/data/code/train.py"]  # set by compile.py: the SDK has no field for it
CONTENT_TYPES = ["text/csv", "application/jsonlines", "application/json"]  # what serving/ takes and gives
THIS_RUN = ExecutionVariables.PIPELINE_EXECUTION_ID  # a place of its own, so that no run overwrites another's

commit = ParameterString(name="Commit")
image_digest = ParameterString(name="ImageDigest")
dataset_uri = ParameterString(name="DatasetUri")
manifest_uri = ParameterString(name="DatasetManifestUri")
manifest_sha256 = ParameterString(name="DatasetManifestSha256")
author = ParameterString(name="Author")
started_by = ParameterString(name="StartedBy")
# Rows of this day, or a later one, are neither trained nor tested on.
train_before = ParameterString(name="TrainBefore", default_value="9999-12-31")
# One object, requests.csv.gz. Every input of a job must exist: the manifest's URI stands for no requests.
requests_uri = ParameterString(name="RequestsUri")
image_uri = Join(on="@", values=[MODEL["stores"]["images"], image_digest])
code_uri = Join(on="/", values=[f"s3://{MODEL['stores']['artifacts_bucket']}/code", commit, ""])
# For a metric of which less is better, it is the most allowed. Not a parameter: whoever starts a run could lower it.
quality_bound = float(MODEL["quality"].get("minimum", MODEL["quality"].get("maximum")))


def processed(
    session: PipelineSession, script: str, inputs: dict[str, Any], outputs: dict[str, Any], arguments: list[Any]
) -> Any:
    """The arguments of a processing step: `script` of steps/, with what it reads and writes by folder name."""
    processor = Processor(
        role=ROLE,
        image_uri=image_uri,
        entrypoint=[*PYTHON, f"{PROCESSING}/code/{script}"],
        instance_type=MODEL["compute"]["instance_type"],
        instance_count=1,
        volume_size_in_gb=MODEL["compute"]["volume_gb"],
        max_runtime_in_seconds=MODEL["compute"]["timeout_minutes"] * 60,
        sagemaker_session=session,
    )
    return processor.run(
        inputs=[_input(name, uri) for name, uri in {"code": code_uri, **inputs}.items()],
        outputs=[_output(name, uri) for name, uri in outputs.items()],
        arguments=arguments,
    )


def pipeline(session: PipelineSession) -> Pipeline:
    """The whole pipeline; compile.py calls this with a session that reaches nothing."""
    name, quality, stores = f"{MODEL['team']}-{MODEL['model']}", MODEL["quality"], MODEL["stores"]
    cache = CacheConfig(enable_caching=True, expire_after="P30D")

    prepare = ProcessingStep(
        name="Prepare",
        step_args=processed(
            session,
            "prepare.py",
            inputs={"dataset": dataset_uri, "manifest": manifest_uri},
            outputs={
                part: _uri(stores["pipelines_bucket"], MODEL["model"], THIS_RUN, part) for part in ("train", "test")
            },
            arguments=["--manifest-sha256", manifest_sha256, "--train-before", train_before],
        ),
        cache_config=cache,
    )
    parts = prepare.properties.ProcessingOutputConfig.Outputs

    trainer = ModelTrainer(
        training_image=image_uri,
        base_job_name=name,
        role=ROLE,
        sagemaker_session=session,
        compute=Compute(
            instance_type=MODEL["compute"]["instance_type"],
            instance_count=1,
            volume_size_in_gb=MODEL["compute"]["volume_gb"],
        ),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=MODEL["compute"]["timeout_minutes"] * 60),
        output_data_config=OutputDataConfig(
            s3_output_path=f"s3://{stores['artifacts_bucket']}/models/{MODEL['model']}"
        ),
        hyperparameters=MODEL["training"],
        input_data_config=[
            InputData(channel_name="code", data_source=code_uri),
            InputData(channel_name="train", data_source=parts["train"].S3Output.S3Uri),
        ],
    )
    train = TrainingStep(name="Train", step_args=trainer.train(), cache_config=cache)
    artifact = train.properties.ModelArtifacts.S3ModelArtifacts

    evaluation = PropertyFile(name="Evaluation", output_name="evaluation", path="evaluation.json")
    digests = PropertyFile(name="Digests", output_name="evaluation", path="digests.json")
    # Never cached: what is registered names the results of its own run.
    evaluate = ProcessingStep(
        name="Evaluate",
        step_args=processed(
            session,
            "evaluate.py",
            inputs={"model": artifact, "test": parts["test"].S3Output.S3Uri, "requests": requests_uri},
            outputs={"evaluation": _uri(stores["artifacts_bucket"], "evaluations", MODEL["model"], THIS_RUN)},
            arguments=[
                *("--metric", quality["metric"], "--manifest-sha256", manifest_sha256),
                *("--train-before", train_before, "--manifest", manifest_uri, "--requests", requests_uri),
            ],
        ),
        property_files=[evaluation, digests],
    )
    evaluated = evaluate.properties.ProcessingOutputConfig.Outputs["evaluation"].S3Output.S3Uri
    evaluation_uri = Join(on="/", values=[evaluated, "evaluation.json"])

    def digest(of: str) -> JsonGet:
        return JsonGet(step_name=evaluate.name, property_file=digests, json_path=of)

    builder = ModelBuilder(s3_model_data_url=artifact, image_uri=image_uri, role_arn=ROLE, sagemaker_session=session)
    register = ModelStep(
        name="Register",
        step_args=builder.register(
            model_package_group_name=name,
            content_types=CONTENT_TYPES,
            response_types=CONTENT_TYPES,
            inference_instances=[MODEL["compute"]["instance_type"]],
            transform_instances=[MODEL["compute"]["instance_type"]],
            approval_status="PendingManualApproval",
            model_metrics=ModelMetrics(
                model_statistics=MetricsSource(s3_uri=evaluation_uri, content_type="application/json")
            ),
            # Whoever reads the package compares what is there with these; nobody can change them afterwards.
            customer_metadata_properties={
                "commit": commit,
                "author": author,
                "started-by": started_by,
                "code-sha256": digest("code"),
                "dataset": dataset_uri,
                "dataset-manifest": manifest_uri,
                "dataset-manifest-sha256": manifest_sha256,
                "evaluation": evaluation_uri,
                "evaluation-sha256": digest("evaluation"),
                "execution": ExecutionVariables.PIPELINE_EXECUTION_ARN,
                "image-digest": image_digest,
                "model-sha256": digest("model"),
                "requests": requests_uri,
                "train-before": train_before,
            },
        ),
    )
    measured = JsonGet(step_name=evaluate.name, property_file=evaluation, json_path="quality.value")
    good_enough = ConditionGreaterThanOrEqualTo if "minimum" in quality else ConditionLessThanOrEqualTo
    gate = ConditionStep(
        name="Gate",
        conditions=[good_enough(left=measured, right=quality_bound)],
        if_steps=[register],
        else_steps=[
            FailStep(
                name="Refused",
                error_message=Join(
                    on=" ", values=["The model's", quality["metric"], "misses the bound of", quality_bound]
                ),
            )
        ],
    )
    return Pipeline(
        name=name,
        parameters=[
            *(commit, image_digest, dataset_uri, manifest_uri, manifest_sha256, author, started_by),
            *(train_before, requests_uri),
        ],
        steps=[prepare, train, evaluate, gate],
        pipeline_experiment_config=None,  # the registry and the evaluation are the record of a run
        sagemaker_session=session,
    )


def _uri(bucket: str, *parts: Any) -> Join:
    return Join(on="/", values=[f"s3://{bucket}", *parts])


def _input(name: str, uri: Any) -> ProcessingInput:
    source = ProcessingS3Input(
        s3_uri=uri, local_path=f"{PROCESSING}/{name}", s3_data_type="S3Prefix", s3_input_mode="File"
    )
    return ProcessingInput(input_name=name, s3_input=source)


def _output(name: str, uri: Any) -> ProcessingOutput:
    target = ProcessingS3Output(s3_uri=uri, local_path=f"{PROCESSING}/{name}", s3_upload_mode="EndOfJob")
    return ProcessingOutput(output_name=name, s3_output=target)
