"""Definitions as people have them, each a change of the reference: what is accepted, and what is refused where.

The platform's check is asked by test_cases.py, the local AWS by
tests/local/server/sagemaker/pipelines/test_agreement.py.
"""

from typing import Any

from tests.pipeline_definition.given import ADDED_AT, Change, Json, arguments, step

Place = tuple[str, str | None, str]
"""Code, step and field of an error."""

MAY_NOT = "PIP-036"
"""What the platform does not deploy, and AWS takes."""
EVALUATION = {"Get": "Steps.Evaluate.ProcessingOutputConfig.Outputs['evaluation'].S3Output.S3Uri"}
SDKS_BUCKET = "sagemaker-eu-west-1-123456789012"


def joined(on: str, *values: Any) -> Json:  # noqa: ANN401 - any JSON
    """Texts and expressions in a row."""
    return {"Std:Join": {"On": on, "Values": list(values)}}


def get(path: str) -> Json:
    """A reference."""
    return {"Get": path}


def cached(after: Any) -> Change:  # noqa: ANN401 - any JSON
    """The first step's cache, with another length of time."""
    return lambda d: step(d, "Prepare")["CacheConfig"].update(ExpireAfter=after)


def reads(uri: Any, **more: Any) -> Change:  # noqa: ANN401 - any JSON
    """A gate that reads its value from S3."""

    def change(document: Json) -> None:
        value = {"Std:JsonGet": {"S3Uri": uri, "Path": "quality.value"}}
        arguments(document, "Gate")["Conditions"][0]["LeftValue"] = value
        step(document, "Gate").update(more)

    return change


def environment(name: str, value: Any) -> Change:  # noqa: ANN401 - any JSON
    """A step with a variable in its environment."""
    return lambda d: arguments(d, name).update(Environment={"JOB": value})


def retried(name: str = "Train", **policy: Any) -> Change:  # noqa: ANN401 - any JSON
    """A step with a retry policy."""
    given = {"ExceptionType": ["SageMaker.RESOURCE_LIMIT"], **policy}
    return lambda d: step(d, name).update(RetryPolicies=[{k: v for k, v in given.items() if v is not None}])


def declared(**parameter: Any) -> Change:  # noqa: ANN401 - any JSON
    """A further parameter."""
    return lambda d: d["Parameters"].append({"Name": "Env", **parameter})


def elsewhere() -> Json:
    """A value from nobody's bucket."""
    return {"Std:JsonGet": {"S3Uri": joined("", "s3://elsewhere/e.json"), "Path": "x"}}


def gated(*conditions: Any) -> Change:  # noqa: ANN401 - any JSON
    """A gate with other conditions."""
    return lambda d: arguments(d, "Gate").update(Conditions=list(conditions))


def compared(kind: str) -> Json:
    """A condition on the least quality."""
    return {"Type": kind, "LeftValue": get("Parameters.Threshold"), "RightValue": 0.5}


def written(*values: Any) -> Change:  # noqa: ANN401 - any JSON
    """The first step's first output at another path."""

    def change(document: Json) -> None:
        outputs = arguments(document, "Prepare")["ProcessingOutputConfig"]["Outputs"]
        outputs[0]["S3Output"]["S3Uri"] = joined("/", *values)

    return change


def lambda_step(document: Json) -> None:
    """A step that the platform does not deploy, and what refers to it."""
    document["Steps"].insert(
        0,
        {
            "Name": "Look",
            "Type": "Lambda",
            "Arguments": {"a": 1},
            "FunctionArn": "arn:aws:lambda:eu-west-1:222222222222:function:look",
            "OutputParameters": [{"OutputName": "o", "OutputType": "String"}],
        },
    )
    condition = {"Type": "Equals", "LeftValue": get("Steps.Look.OutputParameters['o']"), "RightValue": "x"}
    arguments(document, "Gate")["Conditions"].append(condition)
    step(document, "Train")["DependsOn"] = ["Look"]


def misspelt_condition(document: Json) -> None:
    """A type that nobody has, of a step with branches that others refer to."""
    step(document, "Gate")["Type"] = "Conditon"
    document["Steps"].append(
        {
            "Name": "After",
            "Type": "Fail",
            "DependsOn": ["Register"],
            "Arguments": {"ErrorMessage": joined(" ", get("Steps.Gate.Outcome"))},
        }
    )


def renamed(old: str, new: str, *path: str | int) -> Change:
    """A key under another name, at the definition's top or deeper."""

    def change(document: Json) -> None:
        holder: Any = document
        for part in path:
            holder = holder[part]
        holder[new] = holder.pop(old)

    return change


def gates_in_gates(document: Json) -> None:
    """As many conditions within each other as there may be steps, as chains of `elif` are compiled."""
    inner: list[Json] = []
    for number in range(50):
        gate = {"Conditions": [compared("GreaterThan")], "IfSteps": [], "ElseSteps": inner}
        inner = [{"Name": f"Gate{number}", "Type": "Condition", "Arguments": gate}]
    document["Steps"] = inner


def repacking(document: Json) -> None:
    """A step that the SDK makes for a model with code of its own."""
    train = step(document, "Train")
    name = "Register-RepackModel-0"
    hook = {"S3OutputPath": f"s3://{SDKS_BUCKET}/"}
    document["Steps"].append({**train, "Name": name, "Arguments": {**train["Arguments"], "DebugHookConfig": hook}})


GATE = "Arguments.Conditions[0]"
VALUE = f"{GATE}.LeftValue"
EXPIRES = "CacheConfig.ExpireAfter"
RETRY = "RetryPolicies[0]"
OUTPUT = "Arguments.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri"
EXTRA = f"Parameters[{ADDED_AT}]"
PIPELINES, ARTIFACTS = "s3://acme-arrivals-pipelines-222222222222", "s3://acme-arrivals-artifacts-333333333333"
RUN = get("Execution.PipelineExecutionId")

DURATIONS = ("30d", "5y", "T16m", "30dT5h", "p30d", "PT1H", "P1Y2M3W4DT5H6M7S")
NO_DURATIONS = (
    "30",
    "30 days",
    "P",
    "PT",
    "30dT",
    "5h",
    "d30",
    "P1D1D",
    "P1D2W",
    "-1d",
    "1.5d",
    "٣d",
    "9" * 99,
    30,
    None,
)
FAIL: Json = {"Name": "No", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}

ACCEPTED: dict[str, Change] = {
    "as it is": lambda _: None,
    **{f"cache of {after}": cached(after) for after in DURATIONS},
    "a value from S3, of a step's output": reads(joined("/", EVALUATION, "evaluation.json")),
    "a value from S3, of this run": reads(
        joined("/", ARTIFACTS, "evaluations/late-arrival", RUN, "evaluation.json"), DependsOn=["Evaluate"]
    ),
    "a value from S3, of an earlier run": reads(joined("/", ARTIFACTS, "evaluations/late-arrival/last/e.json")),
    "a value from S3, by parameter": reads(joined("/", get("Parameters.DatasetUri"), "evaluation.json")),
    "its training job's name": environment("Train", get("Execution.TrainingJobName")),
    "its processing job's name": environment("Prepare", get("Execution.ProcessingJobName")),
    "its processing job's name in a path": written(PIPELINES, "late-arrival", get("Execution.ProcessingJobName")),
    "retries of the documents": retried(IntervalSeconds=1, BackoffRate=2, MaxAttempts=5),
    "retries at their bounds": retried(IntervalSeconds=43_200, BackoffRate=0.0, MaxAttempts=20),
    "retries never": retried(MaxAttempts=0),
    "retries for ten days": retried("Prepare", ExpireAfterMin=14_400),
    "retries after one error": retried(ExceptionType="Step.THROTTLING"),
    "values of a parameter": declared(Type="String", DefaultValue="dev", EnumValues=["prd", "dev"]),
    "values without a default": declared(Type="String", EnumValues=["prd", "dev"]),
    "a parameter without a type": declared(DefaultValue="x"),
    "a name of 64 characters": declared(Name="n" * 64, Type="Integer", DefaultValue=3),
    "every comparison": gated(
        *map(compared, ("Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"))
    ),
    "a property file with hyphens": lambda d: (
        step(d, "Evaluate")["PropertyFiles"][0].update(PropertyFileName="evaluation-report_v1.2"),
        arguments(d, "Gate")["Conditions"][0]["LeftValue"]["Std:JsonGet"].update(
            PropertyFile=get("Steps.Evaluate.PropertyFiles.evaluation-report_v1.2")
        ),
    ),
    "fifty conditions in each other": gates_in_gates,
    "joins of joins in a path": written(joined("/", PIPELINES, "late-arrival", RUN), "train"),
    "no settings of MLflow": lambda d: d.update(MlflowConfig=None),
    "metadata": lambda d: d.update(Metadata={"SdkVersion": "3.27.0"}),
    "a variable with lines and tabs": environment("Prepare", "one\n\ttwo\r\n"),
}  # fmt: skip
"""What AWS documents, by a name for it."""

REFUSED: dict[str, tuple[Change, list[Place]]] = {
    **{
        f"cache of {after!r}": (cached(after), [("PIP-014", "Prepare", EXPIRES)])
        for after in NO_DURATIONS
    },
    "cache without a length of time": (
        lambda d: step(d, "Prepare")["CacheConfig"].pop("ExpireAfter"),
        [("PIP-013", "Prepare", EXPIRES)],
    ),
    "a value from a plain URI": (
        reads(f"{ARTIFACTS}/evaluations/late-arrival/last.json"),
        [("PIP-020", "Gate", f"{VALUE}.'Std:JsonGet'.S3Uri")],
    ),
    "a value from S3 and a file": (
        lambda d: arguments(d, "Gate")["Conditions"][0]["LeftValue"]["Std:JsonGet"].update(S3Uri=joined("", "s3://b/k")),
        [("PIP-020", "Gate", f"{VALUE}.'Std:JsonGet'")],
    ),
    "a value from S3, joined of joins": (
        reads(joined("/", joined("/", PIPELINES, "late-arrival"), "x.json")),
        [("PIP-020", "Gate", f"{VALUE}.'Std:JsonGet'.S3Uri.'Std:Join'.Values[0]")],
    ),
    "a value from S3, of no parameter": (
        reads(joined("/", get("Parameters.Nothing"), "x.json")),
        [("PIP-021", "Gate", f"{VALUE}.'Std:JsonGet'.S3Uri.'Std:Join'.Values[0]")],
    ),
    "a value from S3 before it is written": (
        reads(joined("/", ARTIFACTS, "evaluations/late-arrival", RUN, "evaluation.json")),
        [("PIP-029", "Gate", "DependsOn")],
    ),
    "a value from S3 in a job": (
        environment("Train", {"Std:JsonGet": {"S3Uri": joined("/", PIPELINES, "e.json"), "Path": "x"}}),
        [("PIP-028", "Train", "Arguments.Environment.JOB")],
    ),
    "the name of a job of another type": (
        environment("Prepare", get("Execution.TrainingJobName")),
        [("PIP-028", "Prepare", "Arguments.Environment.JOB")],
    ),
    "the name of a job in a condition": (
        gated({"Type": "Equals", "LeftValue": get("Execution.ProcessingJobName"), "RightValue": "x"}),
        [("PIP-028", "Gate", VALUE)],
    ),
    "retries in words": (
        retried(IntervalSeconds="soon", BackoffRate="two", MaxAttempts="x"),
        [("PIP-032", "Train", f"{RETRY}.{key}") for key in ("IntervalSeconds", "MaxAttempts", "BackoffRate")],
    ),
    "retries below nothing": (
        retried(IntervalSeconds=-3, BackoffRate=-1, MaxAttempts=-1),
        [("PIP-033", "Train", f"{RETRY}.{key}") for key in ("IntervalSeconds", "MaxAttempts", "BackoffRate")],
    ),
    "retries over the most": (
        retried(IntervalSeconds=43_201, MaxAttempts=21),
        [("PIP-033", "Train", f"{RETRY}.{key}") for key in ("IntervalSeconds", "MaxAttempts")],
    ),
    "retries for more than ten days": (
        retried(ExpireAfterMin=14_401),
        [("PIP-033", "Train", f"{RETRY}.ExpireAfterMin")],
    ),
    "retries in halves": (
        retried(IntervalSeconds=0.5, MaxAttempts=True),
        [("PIP-032", "Train", f"{RETRY}.{key}") for key in ("IntervalSeconds", "MaxAttempts")],
    ),
    "retries by two rules": (retried(MaxAttempts=5, ExpireAfterMin=10), [("PIP-037", "Train", RETRY)]),
    "retries after nothing": (retried(ExceptionType=[]), [("PIP-033", "Train", f"{RETRY}.ExceptionType")]),
    "retries after all": (retried(ExceptionType=None), [("PIP-013", "Train", f"{RETRY}.ExceptionType")]),
    "retries after an error of another name": (
        retried(ExceptionType=["Step.THROTTLING", "SageMaker.JOB_CAPACITY_ERROR"]),
        [("PIP-034", "Train", f"{RETRY}.ExceptionType[1]")],
    ),
    "a default outside of its values": (
        declared(Type="String", DefaultValue="qa", EnumValues=["prd", "dev"]),
        [("PIP-019", None, f"{EXTRA}.DefaultValue")],
    ),
    "no values": (declared(Type="String", EnumValues=[]), [("PIP-033", None, f"{EXTRA}.EnumValues")]),
    "values that are none": (declared(Type="String", EnumValues="dev"), [("PIP-014", None, f"{EXTRA}.EnumValues")]),
    "a value of another type": (declared(EnumValues=["a", 7]), [("PIP-019", None, f"{EXTRA}.EnumValues[1]")]),
    "values of a number": (declared(Type="Integer", EnumValues=[1]), [("PIP-012", None, f"{EXTRA}.EnumValues")]),
    "a default of another type": (
        declared(Type="Integer", DefaultValue="7"),
        [("PIP-019", None, f"{EXTRA}.DefaultValue")],
    ),
    "a type of no name": (declared(Type="Str"), [("PIP-019", None, f"{EXTRA}.Type")]),
    "a name of 65 characters": (declared(Name="n" * 65, Type="String"), [("PIP-016", None, f"{EXTRA}.Name")]),
    "a description of 4097 characters": (
        declared(Type="String", Description="x" * 4097),
        [("PIP-033", None, f"{EXTRA}.Description")],
    ),
    "parameters that are null": (
        lambda d: d.update(Parameters=None, Steps=[FAIL]),
        [("PIP-014", None, "Parameters")],
    ),
    "a step that is not deployed, and what reads it": (lambda_step, [("PIP-018", "Look", "Type")]),
    "a misspelt condition, and what waits for its branches": (misspelt_condition, [("PIP-018", "Gate", "Type")]),
    "arguments that are none": (
        lambda d: step(d, "Train").update(Arguments=None),
        [("PIP-014", "Train", "Arguments")],
    ),
    "a property of a condition that it has not": (
        lambda d: d["Steps"].append(
            {**FAIL, "Arguments": {"ErrorMessage": joined("", get("Steps.Gate.Outcomes"), get("Steps.Gate.Outcome"))}}
        ),
        [("PIP-023", "No", "Arguments.ErrorMessage.'Std:Join'.Values[0]")],
    ),
    "arguments of a failure that it has not": (
        lambda d: arguments(d, "Refused").update(Message="no"),
        [("PIP-012", "Refused", "Arguments.Message")],
    ),
    "a failure's message under another name": (
        lambda d: step(d, "Refused").update(Arguments={"ErrorMesage": "no"}),
        [("PIP-012", "Refused", "Arguments.ErrorMesage")],
    ),
    "no arguments of a condition": (lambda d: step(d, "Gate").pop("Arguments"), [("PIP-013", "Gate", "Arguments")]),
    "what describe-pipeline adds": (
        lambda d: d.update(RoleArn="R", PipelineStatus="Active", CreatedBy={}),
        [("PIP-012", None, key) for key in ("RoleArn", "PipelineStatus", "CreatedBy")],
    ),
    "a condition's class": (
        gated(compared("ConditionGreaterThanOrEqualTo")),
        [("PIP-034", "Gate", f"{GATE}.Type")],
    ),
    "a condition's sign": (gated(compared(">=")), [("PIP-034", "Gate", f"{GATE}.Type")]),
    "a condition of all": (
        gated({"Type": "And", "Conditions": [compared("Equals")]}),
        [("PIP-034", "Gate", f"{GATE}.Type")],
    ),
    "a condition with arguments": (
        gated({"Type": "Or", "Arguments": {"Conditions": [compared("Equals")]}}),
        [("PIP-012", "Gate", f"{GATE}.Arguments")],
    ),
    "a condition of several in one": (
        gated({"Type": "Not", "Expression": [compared("Equals")]}),
        [("PIP-014", "Gate", f"{GATE}.Expression")],
    ),
    "a condition of none": (gated({"Type": "Or", "Conditions": []}), [("PIP-013", "Gate", f"{GATE}.Conditions")]),
    "metadata that is none": (lambda d: d.update(Metadata=[]), [("PIP-014", None, "Metadata")]),
    "metadata of numbers": (lambda d: d.update(Metadata={"n": 1}), [("PIP-014", None, "Metadata.n")]),
    "an experiment that is none": (
        lambda d: d.update(PipelineExperimentConfig="mine"),
        [("PIP-014", None, "PipelineExperimentConfig")],
    ),
    "a debugger": (
        lambda d: arguments(d, "Train").update(
            DebugHookConfig={"S3OutputPath": f"s3://{SDKS_BUCKET}/", "CollectionConfigurations": []},
            ProfilerConfig={"S3OutputPath": f"s3://{SDKS_BUCKET}/", "DisableProfiler": False},
        ),
        [(MAY_NOT, "Train", "Arguments.DebugHookConfig"), (MAY_NOT, "Train", "Arguments.ProfilerConfig.S3OutputPath")],
    ),
    "a step that the SDK makes to repack a model": (
        repacking,
        [(MAY_NOT, "Register-RepackModel-0", "Arguments.DebugHookConfig")],
    ),
    "tracking in MLflow": (
        lambda d: d.update(MlflowConfig={"MlflowResourceArn": "arn:aws:sagemaker:eu-west-1:1:mlflow-app/x"}),
        [(MAY_NOT, None, "MlflowConfig")],
    ),
    "a number where the API takes a text": (
        lambda d: arguments(d, "Train")["HyperParameters"].update(least=get("Parameters.Threshold")),
        [("PIP-026", "Train", "Arguments.HyperParameters.least")],
    ),
    "steps under another name": (renamed("Steps", "Step"), [("PIP-012", None, "Step")]),
    "an argument under another name": (
        renamed("OutputDataConfig", "OutputDatConfig", "Steps", 1, "Arguments"),
        [("PIP-030", "Train", "Arguments.OutputDatConfig")],
    ),
    "a field under another name": (
        renamed("InstanceCount", "InstanceCont", "Steps", 1, "Arguments", "ResourceConfig"),
        [("PIP-030", "Train", "Arguments.ResourceConfig.InstanceCont")],
    ),
    "a property file's path under another name": (
        renamed("FilePath", "Path", "Steps", 2, "PropertyFiles", 0),
        [("PIP-012", "Evaluate", "PropertyFiles[0].Path")],
    ),
    "a condition's value under another name": (
        renamed("LeftValue", "Leftvalue", "Steps", 3, "Arguments", "Conditions", 0),
        [("PIP-012", "Gate", f"{GATE}.Leftvalue")],
    ),
    "a condition without its left value": (
        lambda d: arguments(d, "Gate")["Conditions"][0].pop("LeftValue"),
        [("PIP-013", "Gate", f"{GATE}.LeftValue")],
    ),
    "a cache under other names": (
        lambda d: step(d, "Prepare").update(CacheConfig={"Enable": True, "ExpiresAfter": "P1D"}),
        [("PIP-012", "Prepare", "CacheConfig.Enable"), ("PIP-012", "Prepare", "CacheConfig.ExpiresAfter")],
    ),
    "a parameter's name under another": (
        lambda d: d["Parameters"].append({"Names": "Env", "Type": "String"}),
        [("PIP-012", None, f"{EXTRA}.Names")],
    ),
    "a space that is none in a URI": (
        written(PIPELINES, "late-arrival", RUN, "train\u00a0"),
        [("PIP-010", None, f"Steps[0].{OUTPUT}.'Std:Join'.Values[3]")],
    ),
}  # fmt: skip
"""What is wrong in its form, with every error that is told, in that order."""

DECIDED: dict[str, tuple[Change, list[Place]]] = {
    "the SDK's default bucket": (
        lambda d: [
            output["S3Output"].update(S3Uri=joined("/", "s3:/", SDKS_BUCKET, "late-arrival", RUN, output["OutputName"]))
            for output in arguments(d, "Prepare")["ProcessingOutputConfig"]["Outputs"]
        ],
        [("PIP-044", "Prepare", OUTPUT), ("PIP-044", "Prepare", OUTPUT.replace("[0]", "[1]"))],
    ),
    "the time of the start in a path": (
        written(PIPELINES, "late-arrival", get("Execution.StartDateTime")),
        [("PIP-046", "Prepare", OUTPUT)],
    ),
    "a value from another's bucket": (
        reads(joined("/", "s3://acme-fraud-artifacts-333333333333", "evaluations/card-fraud/e.json")),
        [("PIP-047", "Gate", f"{VALUE}.'Std:JsonGet'.S3Uri")],
    ),
    "a value from a bucket that a run names": (
        reads(joined("/", "s3:/", get("Parameters.Commit"), "e.json")),
        [("PIP-047", "Gate", f"{VALUE}.'Std:JsonGet'.S3Uri")],
    ),
    "a value from beside the model's place": (
        reads(joined("", f"{ARTIFACTS}/evaluations/late-arrival", get("Parameters.Commit"), "/e.json")),
        [("PIP-047", "Gate", f"{VALUE}.'Std:JsonGet'.S3Uri")],
    ),
    "a model that a file names": (
        lambda d: arguments(d, "Register")["InferenceSpecification"]["Containers"][0].update(
            ModelDataUrl=arguments(d, "Gate")["Conditions"][0]["LeftValue"]
        ),
        [("PIP-047", "Register", "Arguments.InferenceSpecification.Containers[0].ModelDataUrl")],
    ),
    "an image of AWS's": (
        lambda d: arguments(d, "Train")["AlgorithmSpecification"].update(
            TrainingImage="683313688378.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.0-1-cpu-py3"
        ),
        [("PIP-048", "Train", "Arguments.AlgorithmSpecification.TrainingImage")],
    ),
    "a value deep in a condition": (
        gated(
            {"Type": "Not", "Expression": {"Type": "Or", "Conditions": [
                {"Type": "In", "QueryValue": elsewhere(), "Values": [1]}
            ]}}
        ),
        [("PIP-047", "Gate", f"{GATE}.Expression.Conditions[0].QueryValue.'Std:JsonGet'.S3Uri")],
    ),
}  # fmt: skip
"""What the platform decides otherwise, and AWS takes."""
