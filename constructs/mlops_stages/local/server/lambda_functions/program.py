"""What runs a Python function inside its container: Lambda's runtime, for one execution environment.

It speaks JSON lines with the server: what to load first, then an event a line. Of Python alone, because the function's
own packages come first. Errors are named and worded as AWS's runtime does.

Source: https://github.com/aws/aws-lambda-python-runtime-interface-client
"""

from __future__ import annotations

import importlib
import json
import os
import site
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

Failure = dict[str, Any]
"""An error as Lambda tells it: errorMessage, errorType, and where there are any requestId and stackTrace."""

_PER_CALL = {"trace_id": "_X_AMZN_TRACE_ID", "depth": "_MLOPS_STAGES_INVOKE_DEPTH"}
"""What changes with each invocation, and its variable; the server puts in the name of its own that counts depth."""


@dataclass
class Context:
    """What a handler learns of its invocation.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    aws_request_id: str
    invoked_function_arn: str
    function_name: str
    function_version: str
    memory_limit_in_mb: str
    log_group_name: str
    log_stream_name: str
    deadline: float
    client_context: None = None
    identity: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still take."""
        return max(0, int((self.deadline - time.time()) * 1000))

    def log(self, message: object) -> None:
        """Write into the function's log."""
        sys.stdout.write(str(message))


def failure(kind: str, message: str, error: BaseException | None = None, request_id: str = "") -> Failure:
    """Return an error as Lambda tells it; the frames of this program are left out."""
    told: Failure = {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": []}
    if error is not None:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
        told["stackTrace"] = traceback.format_list(frames)
    return told


def load(module: str, name: str) -> tuple[Callable[[Any, Context], Any] | None, Failure]:
    """Return the handler, or None and why not."""
    try:
        loaded = importlib.import_module(module.replace("/", "."))
    except ImportError as error:
        return None, failure("Runtime.ImportModuleError", f"Unable to import module '{module}': {error}", error)
    except SyntaxError as error:
        return None, failure("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {error}", error)
    except Exception as error:  # whatever the function's module raises is its error
        return None, failure(type(error).__name__, str(error), error)
    handler = getattr(loaded, name, None)
    if handler is None:
        return None, failure("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module}'")
    return handler, {}


def invoke(handler: Callable[[Any, Context], Any], event: Any, context: Context) -> tuple[str, Failure]:  # noqa: ANN401
    """Return what the handler answers, as JSON, or an error."""
    try:
        result = handler(event, context)
    except Exception as error:  # whatever the handler raises is its error
        return "null", failure(type(error).__name__, str(error), error, context.aws_request_id)
    try:
        return json.dumps(result, ensure_ascii=True), {}
    except (RecursionError, TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        return "null", failure("Runtime.MarshalError", message, None, context.aws_request_id)


def context_of(told: dict[str, Any]) -> Context:
    """Return the context of one invocation."""
    given = os.environ
    return Context(
        aws_request_id=str(told.get("request_id", "")),
        invoked_function_arn=str(told.get("invoked_function_arn", "")),
        function_name=given.get("AWS_LAMBDA_FUNCTION_NAME", ""),
        function_version=given.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        memory_limit_in_mb=given.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        log_group_name=given.get("AWS_LAMBDA_LOG_GROUP_NAME", ""),
        log_stream_name=given.get("AWS_LAMBDA_LOG_STREAM_NAME", ""),
        deadline=time.time() + float(told.get("timeout_ms", 3000)) / 1000,
    )


def search_path(code: str) -> None:
    """Put the function and its layers where Python looks first, the last layer before the others."""
    for layer in filter(None, os.environ.get("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep)):
        folder = Path(layer, "python")
        for packages in sorted(folder.glob("lib/*/site-packages")):
            site.addsitedir(str(packages))
        sys.path.insert(0, str(folder))
    sys.path.insert(0, code)


def streams() -> tuple[TextIO, TextIO]:
    """Take the two that lead to the server for this program alone: what the function prints goes to its log."""
    asked, answers = os.fdopen(os.dup(0), encoding="utf-8"), os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return asked, answers


def main() -> None:
    """Serve invocations until there are no more."""
    asked, answers = streams()

    def answer(**said: Any) -> None:  # noqa: ANN401  # JSON-like
        answers.write(json.dumps(said) + "\n")
        answers.flush()

    told = json.loads(asked.readline())
    search_path(str(told["code_dir"]))
    instrument(str(told.get("depth_header", "")))
    handler, failed = load(str(told["module"]), str(told["handler"]))
    if handler is None:
        answer(status="error", failure=failed)
        return
    answer(status="ready")
    while line := asked.readline():
        given = json.loads(line)
        context: dict[str, Any] = given.get("ctx") or {}
        for name, variable in _PER_CALL.items():
            os.environ.pop(variable, None)
            if context.get(name) is not None:
                os.environ[variable] = str(context[name])
        result, failed = invoke(handler, given["event"], context_of(context))
        answer(status="ok", result=json.loads(result), failure=failed)


def instrument(header: str) -> None:
    """Have boto3 tell how deep functions have invoked each other, which ends those that would never end."""
    try:
        handlers: Any = importlib.import_module("botocore.handlers")
    except ImportError:
        return

    def add(params: dict[str, Any], **_: object) -> None:
        depth = os.environ.get(_PER_CALL["depth"])
        if depth and header:
            params["headers"].setdefault(header, depth)

    handlers.BUILTIN_HANDLERS.append(("before-call", add))


if __name__ == "__main__":
    main()
