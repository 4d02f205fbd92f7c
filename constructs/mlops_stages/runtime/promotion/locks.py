"""One promotion of a model at a time in an environment: a lock that its holder's end frees."""

from __future__ import annotations

from .aws import Aws, error_code
from .codes import LockHeldError
from .store import Store


def lock_key(environment: str) -> str:
    """The item of an environment's lock."""
    return f"lock#{environment}"


def take(store: Store, aws: Aws, environment: str, execution: str, at: str) -> None:
    """Take the lock for an execution; again is the same. One whose holder has ended is taken over. Error: PRM-030."""
    key = lock_key(environment)
    wanted = {"execution": execution, "since": at}
    for _ in range(3):
        if store.create(key, wanted):
            return
        held = store.get(key)
        if held is None:
            continue
        holder = str(held.content["execution"])
        if holder == execution:
            return
        if _runs(aws, holder):
            raise LockHeldError(
                "PRM-030", environment, f"{holder.rpartition(':')[2]} has it since {held.content['since']}"
            )
        if store.replace(key, wanted, held.revision):
            return
    raise LockHeldError("PRM-030", environment, "several promotions begin at this moment")


def free(store: Store, environment: str, execution: str) -> None:
    """Give the lock back, if the execution has it."""
    held = store.get(lock_key(environment))
    if held is not None and held.content["execution"] == execution:
        store.delete(lock_key(environment), held.revision)


def _runs(aws: Aws, execution: str) -> bool:
    states = aws.client("stepfunctions")
    try:
        return states.describe_execution(executionArn=execution)["status"] in ("RUNNING", "PENDING_REDRIVE")
    except states.exceptions.ClientError as error:
        if error_code(error) == "ExecutionDoesNotExist":
            return False
        raise
