"""What the definition of a pipeline says, with its parameters and the results of earlier steps filled in."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_OUTPUT = re.compile(r"ProcessingOutputConfig\.Outputs\['([^']+)'\]\.S3Output\.S3Uri")


class StepError(Exception):
    """A step did not end well."""


@dataclass
class Values:
    """Parameters, and what the steps that ran have made: output URIs, property files, model artefacts."""

    parameters: dict[str, Any]
    execution: dict[str, str]
    outputs: dict[tuple[str, str], str] = field(default_factory=dict)
    artifacts: dict[str, str] = field(default_factory=dict)
    property_files: dict[str, Path] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        """The value, with each reference in it replaced by what it refers to."""
        if isinstance(value, list):
            return [self.resolve(each) for each in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"Get"}:
            return self._get(value["Get"])
        if value.keys() == {"Std:Join"}:
            return value["Std:Join"]["On"].join(str(self.resolve(each)) for each in value["Std:Join"]["Values"])
        if value.keys() == {"Std:JsonGet"}:
            return self._from_file(value["Std:JsonGet"])
        return {name: self.resolve(each) for name, each in value.items()}

    def _get(self, reference: str) -> Any:
        scope, _, name = reference.partition(".")
        if scope == "Parameters":
            return self.parameters[name]
        if scope == "Execution":
            return self.execution[name]
        step, _, wanted = name.partition(".")
        if wanted == "ModelArtifacts.S3ModelArtifacts":
            return self.artifacts[step]
        found = _OUTPUT.fullmatch(wanted)
        if scope != "Steps" or found is None:
            raise StepError(f"{reference} means nothing here")
        return self.outputs[step, found[1]]

    def _from_file(self, what: dict[str, Any]) -> Any:
        found: Any = json.loads(self.property_files[what["PropertyFile"]["Get"]].read_text("utf-8"))
        for name in what["Path"].split("."):
            found = found[name]
        return found


def holds(condition: dict[str, Any], values: Values) -> bool:
    """Whether a condition of a Condition step is true."""
    left, right = values.resolve(condition["LeftValue"]), values.resolve(condition["RightValue"])
    match condition["Type"]:
        case "GreaterThanOrEqualTo":
            return left >= right
        case "LessThanOrEqualTo":
            return left <= right
        case other:
            raise StepError(f"a condition {other} is not known here: add it to local/definition.py")
