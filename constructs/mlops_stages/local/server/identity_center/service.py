"""IAM Identity Center's administration: permission sets, their assignment to accounts, attributes and applications.

An instance is made by `CreateInstance`; besides, whatever ARN of one an account names is its own, in that region.
Nobody signs in here; `act-as` lets a person in by what a role's trust says of permission sets.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mlops_stages.local.json_values import listed
from mlops_stages.local.server.api import shapes
from mlops_stages.local.server.api.records import Parameters, Record, Records, Scope, ServiceError, merged_tags, new_id
from mlops_stages.local.server.organizations import store as organization_store

LARGEST_INLINE = 10_240
"""Characters without white space. Source: https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html"""

_DETAILS = ("Description", "SessionDuration", "RelayState")


@dataclass
class PermissionSet:
    """A permission set, and what it holds."""

    arn: str
    name: str
    created: float
    details: dict[str, str]
    tags: dict[str, str]
    inline: str = ""
    managed: list[str] = field(default_factory=list[str])

    @property
    def shown(self) -> Record:
        """As the API describes it."""
        return {"PermissionSetArn": self.arn, "Name": self.name, "CreatedDate": self.created, **self.details}


@dataclass
class Instance:
    """An instance of Identity Center, of the account that named it first."""

    arn: str
    account: str
    region: str
    name: str = ""
    sets: dict[str, PermissionSet] = field(default_factory=dict[str, PermissionSet])
    assignments: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    attributes: list[Record] | None = None

    @property
    def shown(self) -> Record:
        """As the API describes it."""
        place = self.arn.rpartition("-")[2]
        return {
            "InstanceArn": self.arn,
            "IdentityStoreId": f"d-{place[:10]}",
            "OwnerAccountId": self.account,
            "Name": self.name,
            "Status": "ACTIVE",
        }

    def set(self, arn: object) -> PermissionSet:
        """The permission set of that ARN."""
        found = self.sets.get(str(arn))
        if found is None:
            raise ServiceError("ResourceNotFoundException", f"PermissionSet with id {arn} not found.")
        return found


_instances: dict[str, Instance] = {}
_applications: dict[str, list[dict[str, str]]] = {}
"""Who is assigned to an application, by its ARN; SageMaker makes one for a domain."""

_Answer = Callable[[Instance, Parameters], Record]


def _create_set(instance: Instance, parameters: Parameters) -> Record:
    name = str(parameters["Name"])
    if any(known.name == name for known in instance.sets.values()):
        raise ServiceError("ConflictException", f"PermissionSet with name {name} already exists.")
    place = instance.arn.rpartition("/")[2]
    made = PermissionSet(
        arn=f"arn:aws:sso:::permissionSet/{place}/ps-{new_id(16, '0123456789abcdef')}",
        name=name,
        created=time.time(),
        details={"SessionDuration": "PT1H", **_details(parameters)},
        tags=merged_tags({}, parameters.get("Tags") or ()),
    )
    instance.sets[made.arn] = made
    return {"PermissionSet": made.shown}


def _details(parameters: Parameters) -> dict[str, str]:
    return {name: str(parameters[name]) for name in _DETAILS if parameters.get(name)}


def _update_set(instance: Instance, parameters: Parameters) -> Record:
    instance.set(parameters["PermissionSetArn"]).details.update(_details(parameters))
    return {}


def _describe_set(instance: Instance, parameters: Parameters) -> Record:
    return {"PermissionSet": instance.set(parameters["PermissionSetArn"]).shown}


def _delete_set(instance: Instance, parameters: Parameters) -> Record:
    found = instance.set(parameters["PermissionSetArn"])
    if any(assignment["PermissionSetArn"] == found.arn for assignment in instance.assignments):
        raise ServiceError("ConflictException", "PermissionSet has ApplicationProfile associated with it.")
    del instance.sets[found.arn]
    return {}


def _put_inline(instance: Instance, parameters: Parameters) -> Record:
    text = str(parameters["InlinePolicy"])
    try:
        size = len(json.dumps(json.loads(text), separators=(",", ":")))
    except ValueError:
        raise ServiceError("ValidationException", "The inline policy is not JSON.") from None
    if size > LARGEST_INLINE:
        raise ServiceError("ServiceQuotaExceededException", f"An inline policy takes {LARGEST_INLINE} characters.")
    instance.set(parameters["PermissionSetArn"]).inline = text
    return {}


def _inline(instance: Instance, parameters: Parameters) -> Record:
    return {"InlinePolicy": instance.set(parameters["PermissionSetArn"]).inline}


def _delete_inline(instance: Instance, parameters: Parameters) -> Record:
    instance.set(parameters["PermissionSetArn"]).inline = ""
    return {}


def _attach(instance: Instance, parameters: Parameters) -> Record:
    managed = instance.set(parameters["PermissionSetArn"]).managed
    if parameters["ManagedPolicyArn"] in managed:
        raise ServiceError("ConflictException", "The policy is attached already.")
    managed.append(parameters["ManagedPolicyArn"])
    return {}


def _detach(instance: Instance, parameters: Parameters) -> Record:
    managed = instance.set(parameters["PermissionSetArn"]).managed
    if parameters["ManagedPolicyArn"] not in managed:
        raise ServiceError("ResourceNotFoundException", "The policy is not attached.")
    managed.remove(parameters["ManagedPolicyArn"])
    return {}


def _managed(instance: Instance, parameters: Parameters) -> Record:
    arns = instance.set(parameters["PermissionSetArn"]).managed
    return {"AttachedManagedPolicies": [{"Arn": arn, "Name": arn.rpartition("/")[2]} for arn in arns]}


def _assignment(parameters: Parameters) -> dict[str, str]:
    names = ("TargetId", "TargetType", "PermissionSetArn", "PrincipalType", "PrincipalId")
    return {name: str(parameters[name]) for name in names}


def _done(status: str, assignment: Mapping[str, str]) -> Record:
    return {status: {"Status": "SUCCEEDED", "RequestId": str(uuid.uuid4()), "CreatedDate": time.time(), **assignment}}


def _assign(instance: Instance, parameters: Parameters) -> Record:
    instance.set(parameters["PermissionSetArn"])
    assignment = _assignment(parameters)
    if assignment in instance.assignments:
        raise ServiceError("ConflictException", "The assignment exists already.")
    instance.assignments.append(assignment)
    return _done("AccountAssignmentCreationStatus", assignment)


def _unassign(instance: Instance, parameters: Parameters) -> Record:
    assignment = _assignment(parameters)
    if assignment not in instance.assignments:
        raise ServiceError("ResourceNotFoundException", "There is no such assignment.")
    instance.assignments.remove(assignment)
    return _done("AccountAssignmentDeletionStatus", assignment)


def _assignments(instance: Instance, parameters: Parameters) -> Record:
    account, arn = parameters["AccountId"], parameters["PermissionSetArn"]
    instance.set(arn)
    return {
        "AccountAssignments": [
            {"AccountId": account, **{name: one[name] for name in ("PermissionSetArn", "PrincipalType", "PrincipalId")}}
            for one in instance.assignments
            if (one["TargetId"], one["PermissionSetArn"]) == (account, arn)
        ]
    }


def _sets(instance: Instance, _: Parameters) -> Record:
    return {"PermissionSets": list(instance.sets)}


def _create_attributes(instance: Instance, parameters: Parameters) -> Record:
    if instance.attributes is not None:
        raise ServiceError("ConflictException", "The instance has attributes for access control already.")
    instance.attributes = []
    return _update_attributes(instance, parameters)


def _update_attributes(instance: Instance, parameters: Parameters) -> Record:
    _known_attributes(instance)
    given = parameters["InstanceAccessControlAttributeConfiguration"]
    instance.attributes = list(given.get("AccessControlAttributes") or ())
    return {}


def _known_attributes(instance: Instance) -> list[Record]:
    if instance.attributes is None:
        raise ServiceError("ResourceNotFoundException", "The instance has no attributes for access control.")
    return instance.attributes


def _describe_attributes(instance: Instance, _: Parameters) -> Record:
    attributes = _known_attributes(instance)
    configuration = {"AccessControlAttributes": attributes}
    return {"Status": "ENABLED", "InstanceAccessControlAttributeConfiguration": configuration}


def _delete_attributes(instance: Instance, _: Parameters) -> Record:
    _known_attributes(instance)
    instance.attributes = None
    return {}


def _application_assignments(scope: Scope, parameters: Parameters) -> list[dict[str, str]]:
    arn = str(parameters["ApplicationArn"])
    if not arn.startswith("arn:") or arn.split(":")[4] != scope.account:
        raise ServiceError("ResourceNotFoundException", f"Application with id {arn} not found.")
    return _applications.setdefault(arn, [])


def _application_assignment(parameters: Parameters) -> dict[str, str]:
    return {name: str(parameters[name]) for name in ("ApplicationArn", "PrincipalId", "PrincipalType")}


def _assign_application(scope: Scope, parameters: Parameters) -> Record:
    assigned, assignment = _application_assignments(scope, parameters), _application_assignment(parameters)
    if assignment in assigned:
        raise ServiceError("ConflictException", "The application assignment exists already.")
    assigned.append(assignment)
    return {}


def _assigned_to_application(scope: Scope, parameters: Parameters) -> Record:
    assignment = _application_assignment(parameters)
    if assignment not in _application_assignments(scope, parameters):
        raise ServiceError("ResourceNotFoundException", "There is no such application assignment.")
    return dict(assignment)


def _unassign_application(scope: Scope, parameters: Parameters) -> Record:
    assignment = _assigned_to_application(scope, parameters)
    _application_assignments(scope, parameters).remove(assignment)
    return {}


_OF_APPLICATIONS: dict[str, Callable[[Scope, Parameters], Record]] = {
    "CreateApplicationAssignment": _assign_application,
    "DeleteApplicationAssignment": _unassign_application,
    "DescribeApplicationAssignment": _assigned_to_application,
    "ListApplicationAssignments": lambda scope, parameters: {
        "ApplicationAssignments": _application_assignments(scope, parameters)
    },
}


def _tag(instance: Instance, parameters: Parameters) -> Record:
    tags = instance.set(parameters["ResourceArn"]).tags
    tags.update(merged_tags(tags, parameters["Tags"]))
    return {}


def _untag(instance: Instance, parameters: Parameters) -> Record:
    for key in listed(parameters["TagKeys"]):
        instance.set(parameters["ResourceArn"]).tags.pop(str(key), None)
    return {}


def _tags(instance: Instance, parameters: Parameters) -> Record:
    tags = instance.set(parameters["ResourceArn"]).tags
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


_ANSWERS: Mapping[str, _Answer] = {
    "AttachManagedPolicyToPermissionSet": _attach,
    "CreateAccountAssignment": _assign,
    "CreateInstanceAccessControlAttributeConfiguration": _create_attributes,
    "CreatePermissionSet": _create_set,
    "DeleteAccountAssignment": _unassign,
    "DeleteInlinePolicyFromPermissionSet": _delete_inline,
    "DeleteInstanceAccessControlAttributeConfiguration": _delete_attributes,
    "DeletePermissionSet": _delete_set,
    "DescribeInstanceAccessControlAttributeConfiguration": _describe_attributes,
    "DescribePermissionSet": _describe_set,
    "DetachManagedPolicyFromPermissionSet": _detach,
    "GetInlinePolicyForPermissionSet": _inline,
    "ListAccountAssignments": _assignments,
    "ListManagedPoliciesInPermissionSet": _managed,
    "ListPermissionSets": _sets,
    "ListTagsForResource": _tags,
    "PutInlinePolicyToPermissionSet": _put_inline,
    "TagResource": _tag,
    "UntagResource": _untag,
    "UpdateInstanceAccessControlAttributeConfiguration": _update_attributes,
    "UpdatePermissionSet": _update_set,
}


def _holder(permission_set: str) -> str:
    start, _, rest = permission_set.partition(":::permissionSet/")
    return f"{start}:::instance/{rest.partition('/')[0]}"


def _instance_of(scope: Scope, parameters: Parameters) -> Instance:
    arn = str(parameters.get("InstanceArn") or _holder(str(parameters.get("ResourceArn"))))
    instance = _instances.setdefault(arn, Instance(arn, scope.account, scope.region))
    if instance.account != scope.account:
        raise ServiceError("AccessDeniedException", "The instance is of another account.", 403)
    return instance


def _seen_by(scope: Scope) -> list[Instance]:
    """The instances of a region that an account sees: its own, and the one of its organization's management account."""
    managements = {known.management for known in organization_store.known if scope.account in known.parents}
    found = (each for each in _instances.values() if each.region == scope.region)
    return [each for each in found if each.account in {scope.account, *managements}]


def _list_instances(scope: Scope, _: Parameters) -> Record:
    return {"Instances": [instance.shown for instance in _seen_by(scope)]}


def _create_instance(scope: Scope, parameters: Parameters) -> Record:
    if any(instance.account == scope.account for instance in _instances.values()):
        raise ServiceError("ConflictException", "The account has an instance already.")
    made = Instance(
        arn=f"arn:aws:sso:::instance/ssoins-{new_id(16, '0123456789abcdef')}",
        account=scope.account,
        region=scope.region,
        name=str(parameters.get("Name") or ""),
    )
    _instances[made.arn] = made
    return {"InstanceArn": made.arn}


_OF_INSTANCES: dict[str, Callable[[Scope, Parameters], Record]] = {
    "CreateInstance": _create_instance,
    "ListInstances": _list_instances,
}


def _answering(operation: str) -> Callable[[Records, Scope, Parameters], Record]:
    def answer(records: Records, scope: Scope, parameters: Parameters) -> Record:
        if of_no_instance := (_OF_APPLICATIONS | _OF_INSTANCES).get(operation):
            with records.lock:
                return of_no_instance(scope, parameters)
        worked = _ANSWERS.get(operation)
        if worked is None:
            raise ServiceError("NotImplementedException", f"Not emulated: sso-admin {operation}", 501)
        with records.lock:
            return worked(_instance_of(scope, parameters), parameters)

    return answer


EXTRAS = {operation: _answering(operation) for operation in shapes.service_model("sso-admin").operation_names}
"""Every operation of the service: no other emulator knows these permission sets."""
