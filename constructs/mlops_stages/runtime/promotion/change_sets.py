"""A release as a change set: the model's deployed template with other values, looked at before it is executed.

Every step may be made again: a change set is found by its name, and what it did by the values that the stack has.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from .aws import Client, error_code, error_message
from .codes import PromotionError, StackBusyError, shown
from .promotion import Promotion, Release

PACKAGE, CONFIG, SHIFT = "ModelPackageArn", "ConfigName", "TrafficShift"
"""The parameters of a model's template that a release gives; all others keep their values."""
SHADOW = "ShadowPackageArn"
IN_STEPS, AT_ONCE = "InSteps", "AtOnce"

_RELEASED = "AWS::SageMaker::Model", "AWS::SageMaker::EndpointConfig", "AWS::CloudWatch::Alarm"
"""What a release replaces."""
_KEPT = (
    "AWS::SageMaker::Endpoint",
    "AWS::ApplicationAutoScaling::ScalableTarget",
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Scheduler::Schedule",
)
"""What a release makes at first and updates later, and never replaces."""
_NOTHING = ("didn't contain changes", "no updates are to be performed")

Prepared = Literal["pending", "ready", "empty"]
Progress = Literal["running", "done"]


def create(promotion: Promotion, environment: str, release: Release) -> None:
    """Make the change set, unless it is there. Errors: PRM-040, PRM-042; StackBusyError to try again."""
    place = promotion.settings.environment(environment)
    cloudformation = promotion.aws.client("cloudformation", place)
    stack = _stack(cloudformation, place.stack)
    status = str(stack["StackStatus"])
    parameters = _parameters(stack)
    if parameters.get(CONFIG) == release.config_name(promotion.settings, environment):
        return  # it was executed: `describe` says so
    if status.endswith("_IN_PROGRESS"):
        raise StackBusyError("PRM-042", place.stack, f"it is {status}")
    if status.endswith("_FAILED") or status in ("ROLLBACK_COMPLETE", "DELETE_COMPLETE"):
        raise PromotionError("PRM-042", place.stack, f"it is {status}")
    try:
        cloudformation.create_change_set(
            StackName=place.stack,
            ChangeSetName=release.name,
            ChangeSetType="UPDATE",
            UsePreviousTemplate=True,
            RoleARN=place.cloudformation_role,
            Description=f"Release of {promotion.settings.name} v{release.version}",
            ClientToken=release.name,
            Parameters=_given(promotion, environment, release, parameters),
            # A batch model's stack holds its schedule's role, which a release never changes, and may not.
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
    except cloudformation.exceptions.ClientError as error:
        if error_code(error) == "AlreadyExistsException":
            return
        if error_code(error) == "ValidationError" and "_IN_PROGRESS" in error_message(error):
            raise StackBusyError("PRM-042", place.stack, shown(error_message(error))) from error
        if error_code(error) == "ValidationError":
            raise PromotionError("PRM-040", place.stack, shown(error_message(error))) from error
        raise


def _given(
    promotion: Promotion, environment: str, release: Release, parameters: Mapping[str, str]
) -> list[dict[str, Any]]:
    given = {
        PACKAGE: promotion.settings.package_arn(release.version),
        CONFIG: release.config_name(promotion.settings, environment),
        SHIFT: AT_ONCE if release.action == "rollback" else IN_STEPS,
        SHADOW: "",  # a challenger is set beside one champion, and leaves with it
    }
    return [
        {"ParameterKey": name, "ParameterValue": given[name]}
        if name in given
        else {"ParameterKey": name, "UsePreviousValue": True}
        for name in sorted(parameters)
    ]


def describe(promotion: Promotion, environment: str, release: Release) -> Prepared:
    """Whether it can be executed; `empty` if there is nothing to do, or it has been done.

    Errors: PRM-040 where CloudFormation made none; PRM-041 where it would change more than a release does.
    """
    place = promotion.settings.environment(environment)
    cloudformation = promotion.aws.client("cloudformation", place)
    if _has_it(promotion, cloudformation, environment, release):
        return "empty"
    pages = _pages(cloudformation, place.stack, release.name)
    status, reason = str(pages[0]["Status"]), str(pages[0].get("StatusReason", ""))
    if status == "FAILED" and any(each in reason.casefold() for each in _NOTHING):
        return "empty"
    if status == "FAILED":
        raise PromotionError("PRM-040", place.stack, shown(reason))
    if status != "CREATE_COMPLETE" or pages[0].get("ExecutionStatus") == "UNAVAILABLE":
        return "pending"
    foreign = [told for page in pages for each in page.get("Changes", []) if (told := _foreign(each))]
    if foreign:
        cloudformation.delete_change_set(StackName=place.stack, ChangeSetName=release.name)
        raise PromotionError("PRM-041", place.stack, f"it would {', '.join(foreign[:5])}")
    return "ready"


def _foreign(change: Mapping[str, Any]) -> str:
    """What is not a release's about a change; empty if it is one."""
    said = cast("dict[str, Any]", change.get("ResourceChange") or {})
    action, kind = str(said.get("Action")), str(said.get("ResourceType"))
    logical, replaces = shown(str(said.get("LogicalResourceId")), 60), str(said.get("Replacement", "False"))
    fits = (action in ("Add", "Modify") and kind in _RELEASED) or (
        kind in _KEPT and (action == "Add" or (action == "Modify" and replaces == "False"))
    )
    # The challenger's model leaves with the champion that it stood beside.
    fits = fits or (action == "Remove" and kind == "AWS::SageMaker::Model")
    return (
        "" if fits else f"{action.lower()} {logical} ({shown(kind, 80)}{', replaced' if replaces != 'False' else ''})"
    )


def execute(promotion: Promotion, environment: str, release: Release) -> None:
    """Execute it, unless that has been done. StackBusyError to try again."""
    place = promotion.settings.environment(environment)
    cloudformation = promotion.aws.client("cloudformation", place)
    if _has_it(promotion, cloudformation, environment, release):
        return
    if _pages(cloudformation, place.stack, release.name)[0].get("ExecutionStatus") != "AVAILABLE":
        return
    try:
        cloudformation.execute_change_set(
            StackName=place.stack, ChangeSetName=release.name, ClientRequestToken=f"{environment}-{release.name}"
        )
    except cloudformation.exceptions.ClientError as error:
        if error_code(error) not in ("InvalidChangeSetStatus", "InvalidChangeSetStatusException"):
            raise
        if "_IN_PROGRESS" not in error_message(error):
            raise PromotionError("PRM-040", place.stack, shown(error_message(error))) from error


def progress(promotion: Promotion, environment: str, release: Release) -> Progress:
    """How far the stack is. Error: PRM-043, with the reason of the first resource that failed."""
    place = promotion.settings.environment(environment)
    cloudformation = promotion.aws.client("cloudformation", place)
    stack = _stack(cloudformation, place.stack)
    status = str(stack["StackStatus"])
    if status.endswith("_IN_PROGRESS"):
        return "running"
    wanted = release.config_name(promotion.settings, environment)
    if _parameters(stack).get(CONFIG) == wanted and status == "UPDATE_COMPLETE":
        return "done"
    execution = _execution_status(cloudformation, place.stack, release.name)
    if execution in ("AVAILABLE", "EXECUTE_IN_PROGRESS"):
        return "running"
    raise PromotionError("PRM-043", place.stack, f"it is {status}: {_why(cloudformation, place.stack)}")


def _has_it(promotion: Promotion, cloudformation: Client, environment: str, release: Release) -> bool:
    """Whether the stack has, or is about to have, the release's values: then its change set was executed."""
    settings = promotion.settings
    stack = _stack(cloudformation, settings.environment(environment).stack)
    return _parameters(stack).get(CONFIG) == release.config_name(settings, environment)


def _execution_status(cloudformation: Client, stack: str, name: str) -> str:
    try:
        return str(cloudformation.describe_change_set(StackName=stack, ChangeSetName=name).get("ExecutionStatus"))
    except cloudformation.exceptions.ClientError as error:
        if error_code(error) in ("ChangeSetNotFound", "ChangeSetNotFoundException"):
            return ""  # CloudFormation removes a stack's change sets once one was executed
        raise


def _pages(cloudformation: Client, stack: str, name: str) -> list[dict[str, Any]]:
    """The change set, page by page. Error: PRM-040 where it is gone."""
    pages: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while not pages or more:
        try:
            page = cloudformation.describe_change_set(StackName=stack, ChangeSetName=name, **more)
        except cloudformation.exceptions.ClientError as error:
            if error_code(error) in ("ChangeSetNotFound", "ChangeSetNotFoundException"):
                raise PromotionError("PRM-040", stack, f"change set {name} is not there any more") from error
            raise
        pages.append(page)
        more = {"NextToken": page["NextToken"]} if page.get("NextToken") else {}
    return pages


def _stack(cloudformation: Client, name: str) -> dict[str, Any]:
    """The stack. Error: PRM-042 where there is none."""
    try:
        return cast("dict[str, Any]", cloudformation.describe_stacks(StackName=name)["Stacks"][0])
    except cloudformation.exceptions.ClientError as error:
        if error_code(error) == "ValidationError" and "does not exist" in error_message(error):
            raise PromotionError("PRM-042", name, "there is no such stack; deploy it (`cdk deploy`)") from error
        raise


def _parameters(stack: Mapping[str, Any]) -> dict[str, str]:
    found = cast("list[dict[str, str]]", stack.get("Parameters") or [])
    return {each["ParameterKey"]: each.get("ParameterValue", "") for each in found}


def output(promotion: Promotion, environment: str, name: str) -> str | None:
    """An output of the model's stack; None where it has none."""
    place = promotion.settings.environment(environment)
    stack = _stack(promotion.aws.client("cloudformation", place), place.stack)
    found = cast("list[dict[str, str]]", stack.get("Outputs") or [])
    return next((each["OutputValue"] for each in found if each["OutputKey"] == name), None)


def _why(cloudformation: Client, stack: str) -> str:
    """The reason of the first resource that failed in the latest update."""
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]  # the latest first
    why = "no event says why"
    for each in events:
        status, reason = str(each.get("ResourceStatus", "")), str(each.get("ResourceStatusReason", ""))
        if status == "UPDATE_IN_PROGRESS" and each.get("LogicalResourceId") == stack:
            break
        if status.endswith("_FAILED") and reason and "cancelled" not in reason:
            why = f"{shown(str(each.get('LogicalResourceId')), 60)}: {shown(reason)}"
    return why
