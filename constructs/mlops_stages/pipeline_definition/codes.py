"""Every code that an error about a pipeline definition can have. None changes its meaning or is used again."""

from mlops_stages.platform.codes import Cause

_CAUSES = (
    # Reading the file
    Cause("PIP-001", "There is no such file.", "Compile the pipeline, and name the file that this wrote."),
    Cause("PIP-002", "The file cannot be read.", "Name an ordinary file that you have the right to read."),
    Cause(
        "PIP-003",
        "The definition is longer than SageMaker takes, or than a template has room for.",
        "Move long arguments and settings into files that the steps read from S3.",
    ),
    Cause("PIP-004", "The file is not UTF-8 text.", "Compile the pipeline again; the SDK writes UTF-8."),
    Cause("PIP-005", "The file is not JSON.", "Compile the pipeline again, and don't edit what it writes."),
    Cause("PIP-006", "A key is written twice in one object.", "Keep one of the two."),
    Cause("PIP-007", "Objects or lists are nested too deeply.", "Nothing in a definition needs more than 160 levels."),
    Cause("PIP-008", "The top of the file is not an object.", "Write the whole definition, `{` to `}`."),
    Cause("PIP-009", "A number is not finite.", "Write an ordinary number."),
    Cause("PIP-010", "A text holds what would be read as something else.", "Remove the named characters."),
    Cause("PIP-061", "The file holds the definition inside something else.", "Write the definition alone into it."),
    # Shape of the definition
    Cause("PIP-011", "This is not a version of the schema that is known.", 'Write `"Version": "2020-12-01"`.'),
    Cause("PIP-012", "The key is unknown here.", "Use one of the keys that the error names, or remove it."),
    Cause("PIP-013", "A key is missing.", "Add it."),
    Cause("PIP-014", "The value is of the wrong kind.", "Write the kind of value that the error names."),
    Cause("PIP-015", "There are too many steps or parameters, or no steps.", "Keep to SageMaker's quotas."),
    Cause("PIP-016", "The name of a step or parameter does not fit.", "Use 1 to 64 letters, digits, `-` and `_`."),
    Cause("PIP-017", "Two steps, parameters or property files have the same name.", "Rename one of the two."),
    Cause("PIP-018", "The platform deploys no steps of this type.", "Use a type that the error names."),
    Cause("PIP-019", "The parameter's type or default value does not fit.", "Give a default of the declared type."),
    # What refers to what
    Cause("PIP-020", "The expression is malformed.", "Write it as the SDK does, or let the SDK write it."),
    Cause("PIP-021", "No such parameter is declared.", "Add it to the pipeline's parameters."),
    Cause("PIP-022", "There is no such step.", "Name a step of this pipeline."),
    Cause("PIP-023", "The step has no such property or output.", "Name one that the error names."),
    Cause("PIP-024", "The step has no such property file.", "Declare it on the step that writes it."),
    Cause("PIP-025", "There is no such value of an execution.", "Use one of those that the error names."),
    Cause("PIP-026", "The expression gives another type than the field takes.", "Join it, or change the parameter."),
    Cause("PIP-027", "Steps wait for each other.", "Break the circle."),
    Cause("PIP-028", "The step does not know this value.", "Use one that every step knows."),
    Cause("PIP-029", "A condition may read a file before it is written.", "Name the step that writes it first."),
    # Arguments against the API
    Cause("PIP-030", "SageMaker's API has no such field.", "Correct its name, or remove it."),
    Cause("PIP-031", "A field that SageMaker's API needs is missing.", "Add it."),
    Cause(
        "PIP-032", "The value is of another type than SageMaker's API takes.", "Write the type that the error names."
    ),
    Cause("PIP-033", "A number, length or count is out of the API's range.", "Keep within the bounds named."),
    Cause("PIP-034", "The value is not one that the API knows.", "Use one of those that the error names."),
    Cause("PIP-035", "The text does not match the API's pattern.", "Write it as the pattern in the error asks."),
    Cause("PIP-036", "The platform does not deploy this field.", "Remove it."),
    Cause("PIP-037", "Two fields of a retry policy contradict each other.", "Keep one of the two."),
    # What the platform decides
    Cause("PIP-040", "The step names another role.", "Leave the role out: the platform sets it."),
    Cause("PIP-041", "The step names another network.", "Leave it out: the platform sets it."),
    Cause("PIP-042", "The step is not isolated, or its traffic not encrypted.", "Leave it out: the platform sets it."),
    Cause("PIP-043", "The step names another key, or none.", "Leave the key out: the platform sets it."),
    Cause("PIP-044", "The step writes where the model's pipeline may not.", "Write to one of the places named."),
    Cause("PIP-045", "The step writes under two keys.", "Write to one bucket in each step."),
    Cause("PIP-046", "Each run would overwrite the one before.", "Put the execution's id into the path."),
    Cause("PIP-047", "The step reads from where the model's pipeline may not.", "Read a parameter or a step's output."),
    Cause(
        "PIP-048",
        "The image is not one of the model's repository by its digest.",
        "Join the repository and the parameter `ImageDigest`.",
    ),
    Cause("PIP-049", "The instance type is not approved.", "Use one that the error names."),
    Cause("PIP-050", "A tag of the platform's is redefined, or there are too many.", "Give yours another key."),
    Cause("PIP-051", "The step names its job.", "Leave the name out: the platform sets its first part."),
    Cause("PIP-052", "The step registers in another group.", "Leave the group out: the platform sets it."),
    Cause("PIP-053", "The step approves what it registers.", "Leave the status out: people approve."),
    Cause("PIP-054", "The step registers a model without metrics.", "Give the model's quality, as a file on S3."),
    Cause("PIP-055", "The step registers a model without its origin.", "Add the properties that the error names."),
    Cause(
        "PIP-056",
        "The model is registered without the quality that platform.yaml promises.",
        "Write the bound into the condition before the step that registers; `make compile` takes it from model.yaml.",
    ),
    Cause(
        "PIP-057",
        "A run depends on a parameter that the registered model would not name.",
        "Write the value down, or register the parameter.",
    ),
    Cause("PIP-058", "What is registered is not what the run used or made.", "Register what the error names."),
    Cause(
        "PIP-059",
        "The step reads code that need not be of the registered commit.",
        'Join "s3://ARTIFACTS/code", the parameter `Commit` and "" by "/".',
    ),
    Cause(
        "PIP-060", "A step is not as the platform wants it, after all was filled in.", "Report this: a fault of ours."
    ),
)

CODES: dict[str, Cause] = {cause.code: cause for cause in _CAUSES}
"""Each code and what it means."""
