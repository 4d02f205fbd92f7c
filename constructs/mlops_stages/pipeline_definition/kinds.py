"""The types of steps that a reader of definitions takes, and what of each one's arguments: here, those of the platform.

What SageMaker's API takes and is not named here is refused: a field that reaches the network, another role, a debugger
or another registry would pass unseen otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

_NOT_ISOLATED = "It would start something that is not isolated in the platform's network."
_ELSEWHERE = "It would read what is not shared by the data account."
_BY_DIGEST = "Only image and model are registered by their digests: put settings into the image."
_ARCHIVE = "The model is one archive, `ModelDataUrl`: its digest is registered."
_ONE_TYPE = "Write `InstanceType` and `InstanceCount`."
_OWN_IMAGES = "Images come from the model's own repository."
_DEBUGGER = "SageMaker Debugger is closed to new customers."
_NO_PROFILER = "Give the SDK's estimator `disable_profiler=True`, and compile again."
_NO_EXPERIMENT = "Leave `experiment_config` out of the call that makes the step, and compile again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A type of step that calls SageMaker's API.

    Attributes:
        request: the operation whose request the arguments are.
        answer: the operation whose answer the step's properties are.
        fields: the arguments that are deployed.
        refused: fields that are not, each with the reason, all of those deeper inside; `[]` is every item of a list.
        set_by_platform: fields that the API needs and that are filled in.
        remedies: how the SDK is told to leave out a field that is not deployed; `[]` as above.
    """

    request: str
    answer: str
    fields: frozenset[str]
    refused: Mapping[str, str]
    set_by_platform: frozenset[str]
    remedies: Mapping[str, str] = field(default_factory=dict[str, str])


PROCESSING = Kind(
    request="CreateProcessingJob",
    answer="DescribeProcessingJob",
    fields=frozenset(
        {
            "AppSpecification",
            "Environment",
            "NetworkConfig",
            "ProcessingInputs",
            "ProcessingJobName",
            "ProcessingOutputConfig",
            "ProcessingResources",
            "RoleArn",
            "StoppingCondition",
            "Tags",
        }
    ),
    refused={
        "ProcessingInputs[].AppManaged": _ELSEWHERE,
        "ProcessingInputs[].DatasetDefinition": _ELSEWHERE,
        "ProcessingOutputConfig.Outputs[].AppManaged": "It would write what no place is named for.",
        "ProcessingOutputConfig.Outputs[].FeatureStoreOutput": "Feature groups are written by the data account's jobs.",
        "ProcessingResources.ClusterConfig.InstancePreferences": _ONE_TYPE,
        "ProcessingResources.ClusterConfig.SelectedInstanceType": _ONE_TYPE,
    },
    set_by_platform=frozenset({"ProcessingJobName", "RoleArn"}),
    remedies={"ExperimentConfig": _NO_EXPERIMENT},
)
TRAINING = Kind(
    request="CreateTrainingJob",
    answer="DescribeTrainingJob",
    fields=frozenset(
        {
            "AlgorithmSpecification",
            "CheckpointConfig",
            "EnableInterContainerTrafficEncryption",
            "EnableManagedSpotTraining",
            "EnableNetworkIsolation",
            "Environment",
            "HyperParameters",
            "InputDataConfig",
            "OutputDataConfig",
            "ProfilerConfig",
            "ResourceConfig",
            "RetryStrategy",
            "RoleArn",
            "StoppingCondition",
            "Tags",
            "TrainingJobName",
            "VpcConfig",
        }
    ),
    refused={
        "AlgorithmSpecification.AlgorithmName": _OWN_IMAGES,
        "AlgorithmSpecification.TrainingImageConfig": _OWN_IMAGES,
        "DebugHookConfig": _DEBUGGER,
        "DebugRuleConfigurations": _DEBUGGER,
        "InputDataConfig[].DataSource.DatasetSource": _ELSEWHERE,
        "InputDataConfig[].DataSource.FileSystemDataSource": _ELSEWHERE,
        "InputDataConfig[].DataSource.S3DataSource.HubAccessConfig": _ELSEWHERE,
        "InputDataConfig[].DataSource.S3DataSource.ModelAccessConfig": _ELSEWHERE,
        "ProfilerConfig.ProfilingIntervalInMilliseconds": _DEBUGGER,
        "ProfilerConfig.ProfilingParameters": _DEBUGGER,
        "ProfilerConfig.S3OutputPath": _DEBUGGER,
        "ProfilerRuleConfigurations": _DEBUGGER,
        "ResourceConfig.InstanceGroups": _ONE_TYPE,
        "ResourceConfig.InstancePreferences": _ONE_TYPE,
        "ResourceConfig.KeepAlivePeriodInSeconds": "An instance that is kept is paid for, and shared by runs.",
        "ResourceConfig.SelectedInstanceType": _ONE_TYPE,
        "ResourceConfig.TrainingPlanArn": "It would use capacity that the platform does not know of.",
    },
    set_by_platform=frozenset({"RoleArn", "TrainingJobName"}),
    remedies={
        "DebugHookConfig": "Give the SDK's estimator `debugger_hook_config=False`, and compile again.",
        "MlflowConfig": "Give the SDK no `mlflow_config`, and compile again.",
        "DebugRuleConfigurations": "Give the SDK's estimator no `rules`, and compile again.",
        "ExperimentConfig": _NO_EXPERIMENT,
        "ProfilerConfig.ProfilingIntervalInMilliseconds": _NO_PROFILER,
        "ProfilerConfig.ProfilingParameters": _NO_PROFILER,
        "ProfilerConfig.S3OutputPath": _NO_PROFILER,
        "ProfilerRuleConfigurations": _NO_PROFILER,
        "RemoteDebugConfig": "Give the SDK `enable_remote_debug=False`, and compile again.",
        "ResourceConfig.InstanceGroups": "Give the SDK `instance_type` and `instance_count`, and compile again.",
        "ResourceConfig.KeepAlivePeriodInSeconds": (
            "Leave `keep_alive_period_in_seconds` out of what the SDK is given, and compile again."
        ),
        "SessionChainingConfig": "Give the SDK `enable_session_tag_chaining=False`, and compile again.",
        "TensorBoardOutputConfig": "Give the SDK's estimator no `tensorboard_output_config`, and compile again.",
    },
)
REGISTER_MODEL = Kind(
    request="CreateModelPackage",
    answer="DescribeModelPackage",
    fields=frozenset(
        {
            "CustomerMetadataProperties",
            "Domain",
            "DriftCheckBaselines",
            "InferenceSpecification",
            "MetadataProperties",
            "ModelApprovalStatus",
            "ModelMetrics",
            "ModelPackageDescription",
            "ModelPackageGroupName",
            "SkipModelValidation",
            "Task",
        }
    ),
    refused={
        "InferenceSpecification.Containers[].ProductId": _OWN_IMAGES,
        "InferenceSpecification.Containers[].AdditionalModelDataSources": _ELSEWHERE,
        "InferenceSpecification.Containers[].AdditionalS3DataSource": _ELSEWHERE,
        "InferenceSpecification.Containers[].BaseModel": _ELSEWHERE,
        "InferenceSpecification.Containers[].Environment": _BY_DIGEST,
        "InferenceSpecification.Containers[].ModelDataSource": _ARCHIVE,
    },
    set_by_platform=frozenset({"ModelPackageGroupName"}),
)
REPACKED = "RepackModel"
"""What the name of a step ends with that the SDK makes by itself, to put code into a model's archive."""
NO_REPACKING = (
    "The SDK made this step, because the model has code of its own: put that code into the image, and give the model "
    "no `entry_point` and no `source_dir`."
)
KINDS: Mapping[str, Kind] = {"Processing": PROCESSING, "RegisterModel": REGISTER_MODEL, "Training": TRAINING}
"""The types of steps that call the API."""
JOBS = ("Processing", "Training")
"""Those that run a job: isolated, encrypted, in the network, under the role."""
STEP_TYPES = ("Condition", "Fail", *KINDS)
"""All that are deployed."""

WHY_NOT: Mapping[str, str] = {
    "AutoML": _NOT_ISOLATED,
    "Callback": "It would hand the pipeline to a queue outside it.",
    "ClarifyCheck": "SageMaker Model Monitor is closed to new customers.",
    "EMR": _NOT_ISOLATED,
    "EMRServerless": _NOT_ISOLATED,
    "InferenceRecommender": _NOT_ISOLATED,
    "Lambda": "It would run code that no commit of the model names, under another role.",
    "Model": "Models are made and deployed from approved packages, by later stages.",
    "NotebookJob": "Training happens from a commit and never from a notebook.",
    "QualityCheck": "SageMaker Model Monitor is closed to new customers.",
    "Transform": "Predictions on batches are a matter of later stages.",
    "Tuning": "Its jobs start by themselves and cannot be named; search in the training script instead.",
}
"""Why other types of SageMaker's steps are not deployed."""
OF_SAGEMAKER = frozenset({*STEP_TYPES, *WHY_NOT})
"""All types of SageMaker's steps."""

_KEYS: Mapping[str, frozenset[str]] = {
    "Condition": frozenset(),
    "Fail": frozenset(),
    "Processing": frozenset({"CacheConfig", "PropertyFiles", "RetryPolicies"}),
    "RegisterModel": frozenset({"RetryPolicies"}),
    "Training": frozenset({"CacheConfig", "RetryPolicies"}),
}
EVERY_STEP_KEYS = frozenset({"Arguments", "DependsOn", "Description", "DisplayName", "Name", "Type"})
"""The keys of a step of any type."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Support:
    """What a reader takes of the language, of which the platform deploys a part and the local AWS runs another.

    Attributes:
        kinds: the types of steps that call the API.
        keys: the keys of a step by its type, beside those of every step; the types that are taken at all.
        refusal: what is said of a step of another type.
        why_not: why other types are not taken.
        experiments: whether executions may be grouped in experiments.
        no_mlflow: why they are not tracked in MLflow.
    """

    kinds: Mapping[str, Kind]
    keys: Mapping[str, frozenset[str]]
    refusal: str
    why_not: Mapping[str, str]
    experiments: bool
    no_mlflow: str


PLATFORM = Support(
    kinds=KINDS,
    keys=_KEYS,
    refusal="The platform does not deploy steps of type",
    why_not=WHY_NOT,
    experiments=False,
    no_mlflow="The platform tracks no pipelines in MLflow: the registry traces each run.",
)
"""What the platform deploys."""
