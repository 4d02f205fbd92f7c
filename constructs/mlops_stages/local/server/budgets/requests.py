"""What a request to AWS Budgets asks for, as IAM sees it: to view budgets or to modify them.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbudgetservice.html
"""

from __future__ import annotations

import re

from mlops_stages.local.json_values import mapping
from mlops_stages.local.server.api.operations import Operation
from mlops_stages.local.server.api.request_details import RequestDetails, own_arns

_TAGGING = re.compile(r"(Add|Delete|List)Tags.*|(Un)?[Tt]ag.*|ListTagsForResource")


def action(operation: Operation) -> str:
    """Return the name of the action; only operations on tags have one each."""
    if _TAGGING.fullmatch(operation.name):
        return operation.name
    return "ViewBudget" if operation.reads else "ModifyBudget"


def resources(operation: Operation, partition: str, region: str, account: str) -> tuple[str, ...]:
    """Return the ARNs that the request must be allowed on."""
    del region
    if _TAGGING.fullmatch(operation.name):
        return own_arns(operation)
    budget = mapping(operation.parameters.get("Budget"))
    name = operation.parameters.get("BudgetName") or budget.get("BudgetName") or "*"
    return (f"arn:{partition}:budgets::{operation.parameters.get('AccountId') or account}:budget/{name}",)


DETAILS = RequestDetails(resources=resources, action=action)
"""What is asked about a request to AWS Budgets."""
