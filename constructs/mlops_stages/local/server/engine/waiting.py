"""CloudFormation's types that take their time: their operations run apart, and the stack is in progress meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mlops_stages.local.server.engine import ministack


def wait_apart(types: Iterable[str]) -> None:
    """Run the operations of these types in threads of their own, where they may wait; all others stay as they are."""
    ours = frozenset(types)
    waits: Callable[[str], bool] = ministack.stack_operations._runs_on_worker_thread

    def runs_on_worker_thread(resource_type: str) -> bool:
        return resource_type in ours or waits(resource_type)

    ministack.stack_operations._runs_on_worker_thread = runs_on_worker_thread
