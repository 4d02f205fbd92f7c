"""Lambda: queues that a function reads; what AWS refuses of them, and which messages of a batch are done with.

ministack asks the function's role for nothing, and deletes a batch whose function names failures that are none.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, cast

from mlops_stages.local.json_values import document, listed, mapping
from mlops_stages.local.server.engine import ministack
from mlops_stages.local.server.engine.invocations import Outcome, invoked_of

_log = logging.getLogger(__name__)

_ACTIONS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
_MOST_OF_FIFO = 10
_PAUSE_S = 1.0
_WAKE_GAP_S = 0.005
"""Between two looks of the poller of which the first found nothing: ministack's 50 ms are most of an hour here."""

Judge = Callable[[Mapping[str, Any], str, str], str]
"""From a function's configuration, an action and a resource to why its role may not; empty where it may."""


def refused_source(given: Mapping[str, Any], judge: Judge) -> str:
    """Return why AWS refuses a queue as a source of events; empty where it takes it, or for another source.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    arn = str(given.get("EventSourceArn") or "")
    if ":sqs:" not in arn:
        return ""
    queue: dict[str, Any] | None = ministack.sqs._queue_by_arn(arn)
    if queue is None:
        return f"Error occurred while ReceiveMessage. SQS Error Code: NonExistentQueue. Queue {arn} does not exist."
    record, config, _name = ministack.lambda_svc._get_func_record_for_ref(str(given.get("FunctionName") or ""))
    if not record or not config:
        return ""  # said by ministack
    size, window = int(given.get("BatchSize") or 10), int(given.get("MaximumBatchingWindowInSeconds") or 0)
    if queue["is_fifo"] and window:
        return "Batching window is not supported for FIFO queues."
    if queue["is_fifo"] and size > _MOST_OF_FIFO:
        return f"Batch size of a FIFO queue must not exceed {_MOST_OF_FIFO}."
    if size > _MOST_OF_FIFO and not window:
        return "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    visible, timeout = int(queue["attributes"].get("VisibilityTimeout", "30")), int(config.get("Timeout") or 3)
    if visible < timeout:
        return f"Queue visibility timeout: {visible} seconds is less than Function timeout: {timeout} seconds"
    for action in _ACTIONS:
        if judge(config, f"sqs:{action}", arn):
            return f"The function execution role does not have permissions to call {action} on SQS"
    return ""


def mend_event_sources(judge: Judge) -> None:
    """Refuse what AWS refuses, and delete what is done with alone, once."""
    if getattr(ministack.lambda_svc, "sources_mended_by_mlops_stages", False):
        return
    ministack.lambda_svc.sources_mended_by_mlops_stages = True
    create: Callable[[dict[str, Any]], Any] = ministack.lambda_svc._create_esm

    def create_source(data: dict[str, Any]) -> Any:  # noqa: ANN401  # a response
        refused = refused_source(data, judge)
        if refused:
            return ministack.responses.error_response_json("InvalidParameterValueException", refused, 400)
        return create(data)

    ministack.lambda_svc._create_esm = create_source
    ministack.lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS = _WAKE_GAP_S
    ministack.lambda_svc._run_sqs_batch = _run_batch


def has_batches() -> bool:
    """Whether a function is on a queue's messages, or will be as soon as its poller looks, which is woken."""
    if ministack.lambda_svc._esm_inflight:
        return True
    queues: dict[tuple[str, str, str], dict[str, Any]] = ministack.sqs._queues.to_dict()
    filled = {str(queue["attributes"].get("QueueArn")): queue for queue in queues.values() if queue["messages"]}
    if not filled:
        return False
    now = time.time()
    for account, region, source in ministack.lambda_svc._iter_all_esms():
        queue = filled.get(str(source.get("EventSourceArn")))
        if queue is None or not source.get("Enabled", True):
            continue
        with ministack.within(account, region):
            if _has_messages(source, queue, now):
                ministack.lambda_svc._esm_wake.set()
                return True
    return False


def _has_messages(source: Mapping[str, Any], queue: Mapping[str, Any], now: float) -> bool:
    """Whether the poller would take messages of a source's queue now: by its own rules."""
    if ministack.lambda_svc._esm_backoff_until.get(source["UUID"], 0) > now:
        return False
    messages: list[dict[str, Any]] = list(queue["messages"])
    hidden = (each for each in messages if each["visible_at"] > now and each.get("receive_count"))
    taken = {group for each in hidden if (group := each.get("group_id"))}  # of a FIFO queue: one after the other
    if not any(each["visible_at"] <= now and each.get("group_id") not in taken for each in messages):
        return False
    name, qualifier = source["FunctionName"], source.get("Qualifier")
    record, config = ministack.lambda_svc._get_func_record_for_qualifier(name, qualifier)
    return record is not None and ministack.lambda_svc._sqs_esm_concurrency(source, record, config, queue) > 0


def _run_batch(  # as the replaced one
    source: dict[str, Any],
    func: dict[str, Any],
    event: dict[str, Any],
    batch: list[dict[str, Any]],
    queue_url: str,
    queue_name: str,
) -> None:
    """Run a function on a batch of a queue's messages, and delete those that it is done with."""
    invoked = invoked_of(func)
    outcome = invoked.run(event, str(uuid.uuid4()))
    failed = failed_of(source, batch, outcome)
    if failed is None:
        source["LastProcessingResult"] = "FAILED"
        _log.warning("%s failed on messages of %s: %s", invoked.arn, queue_name, outcome.payload)
        ministack.lambda_svc._esm_backoff_until[source["UUID"]] = time.time() + _PAUSE_S
        return
    done = {str(message["receipt_handle"]) for message in batch if message["id"] not in failed}
    ministack.sqs._delete_messages_for_esm(queue_url, done)
    source["LastProcessingResult"] = "OK" if not failed else "PROBLEM: Function call failed for some messages"


def failed_of(source: Mapping[str, Any], batch: list[dict[str, Any]], outcome: Outcome) -> frozenset[str] | None:
    """Return the messages that failed, None where all did: the function, or what it says of them, is wrong.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    if outcome.error:
        return None
    if "ReportBatchItemFailures" not in listed(source.get("FunctionResponseTypes")):
        return frozenset()
    payload = outcome.payload
    answered = mapping(document(payload) if isinstance(payload, str) else payload)
    named = [mapping(each).get("itemIdentifier") for each in listed(answered.get("batchItemFailures"))]
    known = {message["id"] for message in batch}
    if not all(isinstance(each, str) and each in known for each in named):
        return None
    return frozenset(cast("list[str]", named))
