"""Lambda: what an invocation answers, and who takes those that nobody waits for.

ministack names every error of a function `Runtime.HandlerError`; on AWS it is the exception's class, by which state
machines retry and catch. Its own retries of asynchronous invocations sleep by the machine's time, and a dead letter is
not what AWS leaves there.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.engine import ministack, policies
from mlops_stages.local.server.engine.resource_policies import add_resource_policies

_log = logging.getLogger(__name__)

_TIMEOUT = re.compile(r"Task timed out after .* seconds")
_OF_NODE = re.compile(r"(?:Uncaught )?([A-Za-z_$][\w$.]*)(?::|$)")

_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):function:([A-Za-z0-9_-]+)")
_INVOCATION = re.compile(
    r"/2015-03-31/functions/arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):function:[^/]+/invocations"
)

_request: ContextVar[str] = ContextVar("mlops_stages_invocation", default="")


class FunctionError(RuntimeError):
    """A function that could not be loaded; `payload` as Lambda answers it."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        super().__init__(str(payload.get("errorMessage", "")))
        self.payload = payload


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one run of a function came to; `error` is "" where it succeeded, else "Unhandled" or "Throttled"."""

    payload: Any
    error: str


@dataclass(frozen=True, kw_only=True)
class Invoked:
    """A function, version or alias as it was called, with what it says of asynchronous invocations."""

    arn: str
    """With the qualifier, if it was called by one."""

    name: str
    version: str
    role: str
    settings: Mapping[str, Any]
    """Of its EventInvokeConfig; empty where it has none."""

    dead_letters: str
    record: Mapping[str, Any]

    def now(self) -> Invoked | None:
        """Return it as it is by now, not as it was when an event was accepted; None if it is gone."""
        region, account = self.arn.split(":")[3:5]
        with ministack.within(account, region):
            found = _record(self.arn)
        return None if found is None else invoked_of(found)

    def run(self, event: Any, request_id: str) -> Outcome:  # noqa: ANN401  # JSON-like
        """Run it once and wait for it, under a request id that its retries share."""
        began = time.monotonic()
        token = _request.set(request_id)
        try:
            found = cast("dict[str, Any]", ministack.lambda_svc._execute_function_with_config_scope(self.record, event))
        finally:
            _request.reset(token)
        throttled = bool(found.get("throttle"))
        self._count(found, (time.monotonic() - began) * 1000)
        if throttled:
            return Outcome(payload=found.get("body"), error="Throttled")
        return Outcome(payload=found.get("body"), error="Unhandled" if found.get("error") else "")

    def _count(self, found: Mapping[str, Any], milliseconds: float) -> None:
        """Count the run; a throttled one has been counted already."""
        if not found.get("throttle"):
            values = {"Invocations": 1.0, "Errors": float(bool(found.get("error")))}
            for name, value in values.items():
                count(self.name, name, value)
            dimensions = {"FunctionName": self.name}
            ministack.cloudwatch.record_metric("AWS/Lambda", "Duration", milliseconds, "Milliseconds", dimensions)


def count(function: str, metric: str, value: float = 1.0) -> None:
    """Put a value of a function's metric, for the account and region being served."""
    ministack.cloudwatch.record_metric("AWS/Lambda", metric, value, "Count", {"FunctionName": function})


Later = Callable[[Invoked, Any], None]
"""Called with what is invoked and the event; it returns at once."""


def mend_invocations(later: Later) -> None:
    """Have functions' errors named as AWS does, and give `later` the asynchronous invocations, once."""
    functions = ministack.lambda_svc
    if getattr(functions, "invocations_mended_by_mlops_stages", False):
        return
    functions.invocations_mended_by_mlops_stages = True
    dispatch: Callable[..., dict[str, Any]] = ministack.lambda_svc._execute_function_dispatch
    emit: Callable[..., None] = ministack.lambda_svc._emit_lambda_metrics

    def dispatch_by_request(func: Any, config: Any, event: Any, request_id: str, started: float) -> dict[str, Any]:  # noqa: ANN401
        given, token = _request.get(), _request.set("")
        try:
            return dispatch(func, config, event, given or request_id, started)
        finally:
            _request.reset(token)

    def emit_of_runs(function_name: str, duration_ms: float, error: bool, throttle: bool) -> None:
        """Leave out what ministack counts when it takes an asynchronous invocation: its runs are counted."""
        if duration_ms > 0 or throttle:
            emit(function_name, duration_ms, error, throttle)

    def invoke_later(func: dict[str, Any], event: Any) -> None:  # noqa: ANN401
        later(invoked_of(func), event)

    ministack.lambda_svc._execute_function_dispatch = dispatch_by_request
    ministack.lambda_svc._emit_lambda_metrics = emit_of_runs
    ministack.lambda_svc._execute_function_warm = _execute
    ministack.lambda_svc.invoke_async_with_retry = invoke_later
    ministack.sns._deliver_to_lambda = _deliver_notification
    _mend_owners()


def _mend_owners() -> None:
    """Let functions of other accounts be invoked by their ARN: ministack looks in the caller's account alone."""
    handle: Callable[..., Awaitable[ministack.Response]] = ministack.lambda_svc.handle_request

    async def handle_for_owner(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> ministack.Response:
        found = _INVOCATION.fullmatch(unquote(path)) if method == "POST" else None
        if found is None or found[1] != ministack.region():
            return await handle(method, path, headers, body, query_params)
        with ministack.within(found[2], found[1]):
            return await handle(method, path, headers, body, query_params)

    ministack.lambda_svc.handle_request = handle_for_owner
    add_resource_policies("lambda", _policy_of)


def _policy_of(arn: str) -> tuple[str | None, str] | None:
    found = _FUNCTION.match(arn)
    if found is None:
        return None
    record = ministack.lambda_svc._functions.get_scoped(found[2], found[1], found[3])
    return None if record is None else (json.dumps(record["policy"]), found[2])


def invoked_of(record: Mapping[str, Any]) -> Invoked:
    """Return a function, version or alias of ministack's record of it."""
    config = mapping(record.get("config")) or mapping(record)
    arn = str(config["FunctionArn"])
    account, region = arn.split(":")[4], arn.split(":")[3]
    name, qualifier = str(config["FunctionName"]), ":".join(arn.split(":")[7:])
    base = ministack.lambda_svc._functions.get_scoped(account, region, name) or record
    settings = mapping(ministack.lambda_svc._event_invoke_config(base, qualifier or None))
    return Invoked(
        arn=arn,
        name=name,
        version=str(config.get("Version") or "$LATEST"),
        role=str(config.get("Role", "")),
        settings=settings,
        dead_letters=str(mapping(config.get("DeadLetterConfig")).get("TargetArn") or ""),
        record=record,
    )


def _record(arn: str) -> dict[str, Any] | None:
    """Return what ministack runs by an ARN of the account and region being served."""
    func, config, _name = ministack.lambda_svc._get_func_record_for_ref(arn)
    if not func or not config:
        return None
    found: dict[str, Any] = ministack.lambda_svc._execution_record_for_config(func, config)
    return found


def _execute(func: Any, event: Any, request_id: str) -> dict[str, Any]:  # noqa: ANN401  # as the replaced one
    """Run a function of Python or Node.js in one of its workers."""
    config: dict[str, Any] = func.get("config") or func
    name, version = str(config["FunctionName"]), str(config.get("Version") or "$LATEST")
    ministack.lambda_svc._ensure_reaper_thread()
    worker, _reason = ministack.lambda_runtime.acquire_worker(name, config, func["code_zip"], qualifier=version)
    if worker is None:
        message = f"Rate Exceeded: function {name} has as many workers as this machine takes"
        throttled: dict[str, Any] = ministack.lambda_svc._throttle_response(
            "ReservedFunctionConcurrentInvocationLimitExceeded", message
        )
        return throttled
    try:
        answered = worker.invoke(
            event,
            request_id,
            trace_id=ministack.lambda_svc._xray_trace_id_for_invocation(config),
            invoked_function_arn=config.get("FunctionArn", ""),
            depth=ministack.lambda_svc._invoke_depth.get(),
            durable=ministack.lambda_svc._durable_env_overlay(),
        )
    except FunctionError as error:
        _forget(name, version)
        worker = None
        return _failed({"failure": error.payload}, request_id)
    except Exception as error:  # whatever keeps a worker from starting is the invocation's error
        _forget(name, version)
        worker = None
        return _failed({"failure": {"errorMessage": str(error), "errorType": "Runtime.Unknown"}}, request_id)
    finally:
        ministack.lambda_runtime.release_worker(worker)
    if answered.get("status") == "ok" and not answered.get("failure"):
        return {"body": answered.get("result"), "log": answered.get("log", "")}
    return _failed(answered, request_id)


def _forget(name: str, version: str) -> None:
    account, region = ministack.account(), ministack.region()
    ministack.lambda_runtime.invalidate_worker(name, qualifier=version, account=account, region=region)


def _failed(answered: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    body = dict(mapping(answered.get("failure")) or _named(answered, request_id))
    if not body.get("requestId"):
        body.pop("requestId", None)
    trace = "".join(body.get("stackTrace") or [])
    said = f"[ERROR] {body['errorType']}: {body['errorMessage']}\n{trace}".rstrip()
    log = "\n".join(part for part in (str(answered.get("log") or ""), said) if part)
    return {"body": body, "error": True, "function_error": "Unhandled", "log": log}


def _named(answered: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    """Name an error that the program itself did not: it ended, or took too long; or it is Node.js's.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    """
    message, trace = str(answered.get("error") or ""), str(answered.get("trace") or "")
    if _TIMEOUT.fullmatch(message):
        return {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {request_id} Error: {message}"}
    if trace:
        found = _OF_NODE.match(trace)
        return {"errorType": found.group(1) if found else "Error", "errorMessage": message, "stackTrace": [trace]}
    ended = f"RequestId: {request_id} Error: Runtime exited without providing a reason"
    return {"errorType": "Runtime.ExitError", "errorMessage": ended}


def _lets(function_arn: str, topic_arn: str) -> bool:
    found = ministack.lambda_svc.function_policy_for_arn(function_arn)
    context = {"aws:SourceArn": topic_arn, "aws:SourceAccount": topic_arn.split(":")[4]}
    return found is not None and policies.allowed_to_service(
        json.dumps(found[0]), "sns.amazonaws.com", "lambda:InvokeFunction", function_arn, context
    )


def _deliver_notification(  # as the replaced one
    endpoint: str,
    envelope: str,
    topic_arn: str,
    sub_arn: str,
    msg_id: str,
    raw_message: str,
    message_attributes: dict[str, Any],
) -> None:
    """Invoke a function as SNS does: asynchronously, if its policy lets the topic."""
    del msg_id, raw_message, message_attributes
    region, account = endpoint.split(":")[3:5]
    with ministack.within(account, region):
        record = _record(endpoint)
        if record is None or not _lets(endpoint, topic_arn):
            _log.warning("SNS: %s is not told: it does not exist, or does not let %s", endpoint, topic_arn)
            return
        sns = json.loads(envelope)
        event = {
            "Records": [
                {
                    "EventVersion": "1.0",
                    "EventSubscriptionArn": sub_arn,
                    "EventSource": "aws:sns",
                    "Sns": sns,
                }
            ]
        }
        ministack.lambda_svc.invoke_async_with_retry(record, event)
