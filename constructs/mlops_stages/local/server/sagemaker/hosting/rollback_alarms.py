"""The alarms that send a deployment back: looked at under the serving role, which may be refused that."""

from __future__ import annotations

from mlops_stages.local import refusals
from mlops_stages.local.json_values import listed
from mlops_stages.local.server.sagemaker.hosting.failures import HostingError
from mlops_stages.local.server.sagemaker.hosting.serving_role import ServingRole


def in_alarm(role: ServingRole, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the alarms that are in ALARM. Raises HostingError where one cannot be seen."""
    if not names:
        return ()
    try:
        found = role.client("cloudwatch").describe_alarms(
            AlarmNames=list(names), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
    except (refusals.ClientError, refusals.BotoCoreError) as error:
        said = refusals.message(error) or str(error)
        message = f"The alarms of AutoRollbackConfiguration cannot be described with the role {role.arn}: {said}"
        raise HostingError(message) from error
    states = {
        str(alarm["AlarmName"]): str(alarm["StateValue"])
        for alarm in [*listed(found.get("MetricAlarms")), *listed(found.get("CompositeAlarms"))]
    }
    missing = [name for name in names if name not in states]
    if missing:
        raise HostingError(f"The alarms of AutoRollbackConfiguration do not exist: {', '.join(missing)}")
    return tuple(name for name in names if states[name] == "ALARM")
