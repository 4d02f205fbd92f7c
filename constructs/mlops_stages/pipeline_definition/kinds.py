"""The types of steps that the platform deploys, and what of each one's arguments.

What SageMaker's API takes and is not named here is refused: a field that reaches the network, another role, a debugger
or another registry would pass unseen otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_NOT_ISOLATED = "It would start something that is not isolated in the platform's network."
_ELSEWHERE = "It would read what is not shared by the data account."
_ONE_TYPE = "Write `InstanceType` and `InstanceCount`."
_OWN_IMAGES = "Images come from the model's own repository."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A type of step that calls SageMaker's API.

    Attributes:
        request: the operation whose request the arguments are.
        answer: the operation whose answer the step's properties are.
        fields: the arguments that are deployed.
        refused: fields deeper inside that are not, each with the reason; `[]` stands for every item of a list.
        set_by_platform: fields that the API needs and that are filled in.
    """

    request: str
    answer: str
    fields: frozenset[str]
    refused: Mapping[str, str]
    set_by_platform: frozenset[str]


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
        "InputDataConfig[].DataSource.DatasetSource": _ELSEWHERE,
        "InputDataConfig[].DataSource.FileSystemDataSource": _ELSEWHERE,
        "InputDataConfig[].DataSource.S3DataSource.HubAccessConfig": _ELSEWHERE,
        "InputDataConfig[].DataSource.S3DataSource.ModelAccessConfig": _ELSEWHERE,
        "ProfilerConfig.ProfilingIntervalInMilliseconds": "SageMaker Debugger is closed to new customers.",
        "ProfilerConfig.ProfilingParameters": "SageMaker Debugger is closed to new customers.",
        "ProfilerConfig.S3OutputPath": "SageMaker Debugger is closed to new customers.",
        "ResourceConfig.InstanceGroups": _ONE_TYPE,
        "ResourceConfig.InstancePreferences": _ONE_TYPE,
        "ResourceConfig.KeepAlivePeriodInSeconds": "An instance that is kept is paid for, and shared by runs.",
        "ResourceConfig.SelectedInstanceType": _ONE_TYPE,
        "ResourceConfig.TrainingPlanArn": "It would use capacity that the platform does not know of.",
    },
    set_by_platform=frozenset({"RoleArn", "TrainingJobName"}),
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
        "InferenceSpecification.Containers[].ModelDataSource.S3DataSource.HubAccessConfig": _ELSEWHERE,
        "InferenceSpecification.Containers[].ModelDataSource.S3DataSource.ModelAccessConfig": _ELSEWHERE,
    },
    set_by_platform=frozenset({"ModelPackageGroupName"}),
)
KINDS: Mapping[str, Kind] = {"Processing": PROCESSING, "RegisterModel": REGISTER_MODEL, "Training": TRAINING}
"""The types of steps that call the API."""
JOBS = ("Processing", "Training")
"""Those that run a job: isolated, encrypted, in the network, under the role."""
STEP_TYPES = ("Condition", "Fail", *KINDS)

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

STEP_KEYS: Mapping[str, frozenset[str]] = {
    "Condition": frozenset(),
    "Fail": frozenset(),
    "Processing": frozenset({"CacheConfig", "PropertyFiles", "RetryPolicies"}),
    "RegisterModel": frozenset({"RetryPolicies"}),
    "Training": frozenset({"CacheConfig", "RetryPolicies"}),
}
"""The keys of a step beside those of every step."""
EVERY_STEP_KEYS = frozenset({"Arguments", "DependsOn", "Description", "DisplayName", "Name", "Type"})
