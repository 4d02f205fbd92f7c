"""What every stage stands on: keys, networks, buckets, roles and tags."""

from mlops_stages.foundation.access_log_bucket import AccessLogBucket
from mlops_stages.foundation.acknowledge import acknowledge, acknowledge_wildcards
from mlops_stages.foundation.alarm_topic import AlarmTopic, alarms_may_encrypt, events_may_encrypt
from mlops_stages.foundation.capabilities import Account
from mlops_stages.foundation.customer_managed_key import CustomerManagedKey
from mlops_stages.foundation.duty_role import DutyRole, people_of
from mlops_stages.foundation.encrypted_log_group import EncryptedLogGroup, logs_may_encrypt
from mlops_stages.foundation.event_notice import EventNotice
from mlops_stages.foundation.flow_log import FlowLog
from mlops_stages.foundation.function_code import CodeLocation, FunctionCode
from mlops_stages.foundation.function_layer import FunctionLayer
from mlops_stages.foundation.isolated_network import ImportedNetwork, IsolatedNetwork, Network
from mlops_stages.foundation.lambda_function import (
    LambdaFunction,
    functions_may_encrypt,
    run_functions,
    trust_in_lambda,
)
from mlops_stages.foundation.perimeter import Perimeter
from mlops_stages.foundation.permissions_boundary import PermissionsBoundary
from mlops_stages.foundation.person_role import PersonRole
from mlops_stages.foundation.persona_policies import Capability, PersonaPolicies, all_actions, works_in_studio
from mlops_stages.foundation.private_endpoints import PrivateEndpoints
from mlops_stages.foundation.retain import retain
from mlops_stages.foundation.retained_bucket import Lifecycle, RetainedBucket, import_bucket
from mlops_stages.foundation.service_role import ServiceRole
from mlops_stages.foundation.sign_in import (
    IamSignIn,
    IdentityCenterSignIn,
    SamlSignIn,
    SignIn,
    trust_in_people,
    trust_in_role,
    trust_in_sagemaker,
)
from mlops_stages.foundation.statement import Statement, actions_of, checked_policy, policy_document, trust_policy
from mlops_stages.foundation.tags import StandardTags
from mlops_stages.foundation.title_case import title_case
from mlops_stages.foundation.workload_security_group import WorkloadSecurityGroup

__all__ = [
    "AccessLogBucket",
    "Account",
    "AlarmTopic",
    "Capability",
    "CodeLocation",
    "CustomerManagedKey",
    "DutyRole",
    "EncryptedLogGroup",
    "EventNotice",
    "FlowLog",
    "FunctionCode",
    "FunctionLayer",
    "IamSignIn",
    "IdentityCenterSignIn",
    "ImportedNetwork",
    "IsolatedNetwork",
    "LambdaFunction",
    "Lifecycle",
    "Network",
    "Perimeter",
    "PermissionsBoundary",
    "PersonRole",
    "PersonaPolicies",
    "PrivateEndpoints",
    "RetainedBucket",
    "SamlSignIn",
    "ServiceRole",
    "SignIn",
    "StandardTags",
    "Statement",
    "WorkloadSecurityGroup",
    "acknowledge",
    "acknowledge_wildcards",
    "actions_of",
    "alarms_may_encrypt",
    "all_actions",
    "checked_policy",
    "events_may_encrypt",
    "functions_may_encrypt",
    "import_bucket",
    "logs_may_encrypt",
    "people_of",
    "policy_document",
    "retain",
    "run_functions",
    "title_case",
    "trust_in_lambda",
    "trust_in_people",
    "trust_in_role",
    "trust_in_sagemaker",
    "trust_policy",
    "works_in_studio",
]
