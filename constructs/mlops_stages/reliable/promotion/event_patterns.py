"""Which events set a promotion's functions and notices in motion."""

from typing import Any

from mlops_stages.platform import Addresses
from mlops_stages.reliable.promotion.states import TOLD
from mlops_stages.runtime.promotion import calls
from mlops_stages.runtime.promotion.events import DETAIL_TYPE, PENDING, SOURCE


def decisions(addresses: Addresses, team: str, model: str) -> dict[str, Any]:
    """The pattern of what the registry tells of a model's versions, and of what CloudTrail tells of calls about them.

    Sources: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html,
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """
    group = {"ModelPackageGroupName": [addresses.package_group_name(team, model)]}
    call = {
        "eventSource": [calls.EVENT_SOURCE],
        "eventName": [calls.EVENT_NAME],
        "errorCode": [{"exists": False}],
        "requestParameters": {"modelPackageArn": [{"prefix": addresses.packages(team, model).removesuffix("*")}]},
    }
    return {
        "source": [SOURCE],
        "account": [addresses.tooling],
        "$or": [
            {
                "detail-type": [DETAIL_TYPE],
                "detail": {**group, "UpdatedModelPackageFields": ["ModelApprovalStatus", "ModelLifeCycle"]},
            },
            {"detail-type": [DETAIL_TYPE], "detail": {**group, "ModelApprovalStatus": [PENDING]}},
            {"detail-type": [calls.DETAIL_TYPE], "detail": call},
        ],
    }


def untold_ends(machine_arn: str) -> dict[str, Any]:
    """The pattern of executions that ended otherwise than by telling themselves.

    Source: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    return {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "stateMachineArn": [machine_arn],
            "$or": [
                {"status": ["TIMED_OUT", "ABORTED"]},
                {"status": ["FAILED"], "error": [{"anything-but": [TOLD]}]},
                {"status": ["FAILED"], "error": [{"exists": False}]},
            ],
        },
    }
