"""Events of stacks: a resource that an update leaves as it is has none, as on AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from mlops_stages.local.server.engine import ministack

_COMPLETE, _IN_PROGRESS = "UPDATE_COMPLETE", "UPDATE_IN_PROGRESS"
_Place = tuple[str, str, str, str]

_untouched: set[_Place] = set()
"""Resources of which an update that runs has found nothing to change."""


def mend_stack_events() -> None:
    """Tell of those resources alone that an update changes; once.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks.html
    """
    ministack.stack_operations._update_resource = _noting_what_stays(ministack.stack_operations._update_resource)
    ministack.stack_operations._add_event = _leaving_out_what_stays(ministack.stack_operations._add_event)


def _place(stack_name: str, logical_id: str) -> _Place:
    return ministack.account(), ministack.region(), stack_name, logical_id


def _noting_what_stays(update: Callable[..., Any]) -> Callable[..., Any]:
    def update_resource(  # as the wrapped one
        resource_type: str,
        physical_id: str,
        old_props: Mapping[str, Any],
        new_props: Mapping[str, Any],
        stack_name: str,
        logical_id: str | None = None,
        old_attrs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        if old_props == new_props and logical_id is not None:
            _untouched.add(_place(stack_name, logical_id))
        return update(resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs)

    return update_resource


def _leaving_out_what_stays(add: Callable[..., None]) -> Callable[..., None]:
    def add_event(
        stack_id: str, stack_name: str, logical_id: str, type: str, status: str, *more: str, **named: str
    ) -> None:
        place = _place(stack_name, logical_id)
        if status == _COMPLETE and place in _untouched:
            _untouched.discard(place)
            events = cast("list[dict[str, Any]]", ministack.cloudformation._stack_events[stack_id])
            last = max(n for n, each in enumerate(events) if each["LogicalResourceId"] == logical_id)
            if events[last]["ResourceStatus"] == _IN_PROGRESS:
                del events[last]
            return
        add(stack_id, stack_name, logical_id, type, status, *more, **named)

    return add_event
