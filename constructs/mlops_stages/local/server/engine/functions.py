"""Lambda: each worker of a function runs in a container with the function's code, layers, variables and role alone.

ministack would start it as a process of the user, with the server's whole environment. What it runs besides as such
processes (other runtimes, Glue's Python jobs, scripts of AppSync and CloudFront) does not run here, and says so.
"""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, cast

from mlops_stages.files import private_folder
from mlops_stages.local import containers
from mlops_stages.local.containers import trees
from mlops_stages.local.json_values import listed, mapping
from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.function_processes import UNZIPPED, Process, is_installed, unzip
from mlops_stages.local.server.engine.invocations import FunctionError

Credentials = Callable[[str, str, str], Mapping[str, str]]
"""From a role's ARN, a function's ARN and its name to what signs its calls, as the API names the parts."""

_MOST_LOG_LINES, _MOST_LOG_BYTES, _LONGEST_LOG_LINE = 10_000, 1_000_000, 64 * 1024
_INIT_S = 10.0
_FRESH_S = 3000.0
"""How long a worker is kept: its credentials last an hour."""

_TASK, _PROGRAM, _NODE = "/var/task", "/var/runtime", "/opt/node"
_REFUSED = "The local AWS runs functions in Python and Node.js alone, each in a container of its own."


_Worker: Any = ministack.lambda_runtime.Worker


def contain_functions(directory: Path, port: int, credentials: Credentials) -> None:
    """Put it into ministack, once; `directory` gets a folder for each worker, which goes with it."""
    if issubclass(ministack.lambda_runtime.Worker, _ContainedWorker):
        return
    trees.remove(directory)
    private_folder(directory)

    def execution_credentials(config: dict[str, Any]) -> dict[str, str]:
        given = credentials(str(config.get("Role", "")), str(config["FunctionArn"]), str(config["FunctionName"]))
        return {
            "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["SessionToken"],
        }

    ministack.lambda_runtime.execution_credentials = execution_credentials
    ministack.lambda_svc.execution_credentials = execution_credentials
    ministack.lambda_runtime.Worker = type(
        "ContainedWorker", (_ContainedWorker,), {"directory": directory, "port": port}
    )
    ministack.lambda_runtime.ProvidedWorker = _RefusedWorker
    ministack.lambda_svc._execute_function_provided = _refused
    ministack.lambda_svc._execute_function_provided_warm = _refused
    ministack.lambda_svc._execute_function_local = _refused
    ministack.glue._resolve_script = str
    ministack.glue._execute_subprocess = _refuse_job
    ministack.node_pool._NODE_BINARY = "/nonexistent/node"


def end_functions() -> None:
    """End every worker, and remove its folder."""
    ministack.lambda_runtime.reset()


def _refused(_function: Any, _event: Any, _request_id: str) -> dict[str, Any]:  # noqa: ANN401
    return {"body": {"errorMessage": _REFUSED, "errorType": "Runtime.InvalidRuntime"}, "error": True, "log": _REFUSED}


def _refuse_job(run: dict[str, Any], _job: Any, _arguments: Any, _script: str) -> None:  # noqa: ANN401
    run["JobRunState"] = "FAILED"
    run["ErrorMessage"] = "The local AWS runs no Glue jobs."


class _ContainedWorker(_Worker):
    """One execution environment; ministack leases it, and speaks JSON lines with the program in it."""

    directory: Path
    port: int

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        _Worker.__init__(self, func_name, config, code_zip)
        self._home: Path | None = None
        self._logged = self._lost = 0
        self._began = 0.0

    def invoke(self, *given: Any, **named: Any) -> dict[str, Any]:  # noqa: ANN401  # ministack's
        """Run one invocation; a worker whose credentials run out is replaced first."""
        if self._proc is not None and time.monotonic() - self._began > _FRESH_S:
            self._proc.kill()
            self._proc = None
        self._logged = 0
        result = cast("dict[str, Any]", _Worker.invoke(self, *given, **named))
        if self._lost:
            result["log"] = f"{result.get('log', '')}\n[local AWS] {self._lost} lines more are not kept"
            self._lost = 0
        return result

    def _spawn(self) -> None:
        """Unpack the function, start its container and wait until its handler is loaded."""
        self._discard_tmpdir()
        self._home = Path(tempfile.mkdtemp(dir=self.directory))
        layers = self._unpacked(self._home)
        variables = self._variables(layers)
        folder = self._home / "runtime"
        folder.mkdir()
        folder.chmod(0o755)
        command = self._command(folder)
        node = shutil.which("node") if command[0] == _NODE else None
        config: dict[str, Any] = self.config
        container = containers.Container(
            python=Path(sys.executable),
            environment=variables,
            readable={
                _TASK: self._home / "code",
                _PROGRAM: folder,
                **{place: self._home / place.rsplit("/", 1)[1] for place in layers},
                **({} if node is None else {_NODE: Path(node).resolve()}),
            },
            directory=_TASK,
            port=self.port,
            limits=containers.of_function(
                memory=int(config.get("MemorySize") or 128) * containers.MIB,
                tmp=int(mapping(config.get("EphemeralStorage")).get("Size") or 512) * containers.MIB,
            ),
        )
        pipe = subprocess.PIPE
        process = Process(containers.start(container, command, stdin=pipe, stdout=pipe, stderr=pipe))
        self._proc = process
        self._began = time.monotonic()
        reading = threading.Thread(target=self._keep, args=[process.stderr], daemon=True, name="function-log")
        reading.start()
        limit = threading.Timer(max(_INIT_S, float(config.get("Timeout") or 3)), process.kill)
        limit.daemon = True
        limit.start()
        try:
            self._initialized(process, variables)
        finally:
            limit.cancel()

    def _command(self, folder: Path) -> list[str]:
        runtime = str(self.config.get("Runtime", "python3.12"))
        if runtime.startswith("nodejs"):
            program, words = ministack.lambda_runtime._NODEJS_WORKER_SCRIPT, [_NODE, f"{_PROGRAM}/worker.js"]
        else:
            program, words = _program(), ["python3", f"{_PROGRAM}/worker.py"]
        written = folder / words[1].rsplit("/", 1)[1]
        written.write_text(program, "utf-8")
        written.chmod(0o644)
        return words

    def _unpacked(self, home: Path) -> list[str]:
        """Unpack code and layers; return where the layers are in the container. Raises RuntimeError.

        A layer that was compiled for Lambda's machine cannot run on another one: what this environment has installed
        takes its place.
        """
        home.chmod(0o755)  # the folder above is private
        left = unzip(self.code_zip, home / "code", UNZIPPED)
        layers: list[str] = []
        for layer in listed(self.config.get("Layers")):
            content = ministack.lambda_svc._resolve_layer_zip(layer)
            if content and not is_installed(content):
                name = f"layer_{len(layers)}"
                left = unzip(content, home / name, left)
                layers.append(f"/opt/{name}")
        return layers

    def _variables(self, layers: list[str]) -> dict[str, str]:
        """Return what the function finds in its environment: its own variables, and those that Lambda sets.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        config: dict[str, Any] = self.config
        name, arn = str(config["FunctionName"]), str(config["FunctionArn"])
        region = arn.split(":")[3]
        reserved = ministack.lambda_runtime._RESERVED_RUNTIME_ENV_VARS
        own = mapping(mapping(config.get("Environment")).get("Variables"))
        return {
            ministack.lambda_runtime.HOST_PREFIX_ENV: "true",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            **{key: str(value) for key, value in own.items() if key not in reserved},
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', 'python3.12')}",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "_HANDLER": str(config.get("Handler") or ""),
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "LAMBDA_TASK_ROOT": _TASK,
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize") or 128),
            "AWS_LAMBDA_FUNCTION_VERSION": str(config.get("Version") or "$LATEST"),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": ministack.responses.new_uuid(),
            "_LAMBDA_FUNCTION_ARN": arn,
            "_LAMBDA_TIMEOUT": str(config.get("Timeout") or 3),  # for Node.js
            "_LAMBDA_LAYERS_DIRS": ":".join(layers),
            "NODE_PATH": ":".join(f"{layer}/nodejs/node_modules:{layer}/nodejs" for layer in layers),
            **ministack.lambda_runtime.execution_credentials(config),
        }

    def _initialized(self, process: Process, variables: Mapping[str, str]) -> None:
        """Tell the program what to load, and hear that it has. Raises RuntimeError."""
        config: dict[str, Any] = self.config
        module, _, handler = str(config.get("Handler") or "index.handler").rpartition(".")
        message = {
            "code_dir": _TASK if containers.kind() != "off" else f"{self._home}/code",
            "module": module,
            "handler": handler,
            "env": dict[str, str](),
            "function_name": variables["AWS_LAMBDA_FUNCTION_NAME"],
            "memory": int(variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]),
            "arn": variables["_LAMBDA_FUNCTION_ARN"],
            "depth_header": ministack.lambda_runtime.INVOKE_DEPTH_HEADER,
            "snapstart": mapping(config.get("SnapStart")).get("OptimizationStatus") == "On",
        }
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        while line := process.stdout.readline():
            try:
                answer = json.loads(line)
            except ValueError:
                continue  # printed while it was loaded
            status = mapping(answer).get("status")
            if status == "ready":
                return
            if status == "error":
                raise FunctionError(mapping(answer.get("failure")) or _named_by_node(str(answer.get("error"))))
        ended = f"The function ended or took too long while it was loaded. {self._drain_stderr()}"
        raise FunctionError({"errorType": "Runtime.ExitError", "errorMessage": ended})

    def _keep(self, stream: IO[str]) -> None:
        """Keep what the function prints, as much as one invocation may."""
        while line := stream.readline(_LONGEST_LOG_LINE):
            self._logged += len(line)
            if self._logged > _MOST_LOG_BYTES or self._stderr_queue.qsize() >= _MOST_LOG_LINES:
                self._lost += 1
            else:
                self._stderr_queue.put(line.rstrip("\n"))

    def _discard_tmpdir(self) -> None:
        home, self._home = self._home, None
        if home is not None:
            trees.remove(home)


@functools.cache
def _program() -> str:
    return (Path(__file__).parent.parent / "lambda_functions" / "program.py").read_text("utf-8")


def _named_by_node(message: str) -> dict[str, str]:
    missing = message.startswith("Cannot find module")
    return {"errorType": "Runtime.ImportModuleError" if missing else "Error", "errorMessage": message}


class _RefusedWorker(_ContainedWorker):
    """A worker of a runtime that does not run here."""

    def _spawn(self) -> None:
        raise FunctionError({"errorType": "Runtime.InvalidRuntime", "errorMessage": _REFUSED})
