"""The one seam to ministack: only this folder touches the emulator's private names.

Every private name in use has a contract test in `tests/local/server/engine/test_contract.py`, so that an upgrade of the
emulator that moves one of them fails loudly instead of quietly. Importing it loads ministack into the process; do it
in the server only.
"""

from mlops_stages.local.server.engine.bodies import mend_bodies
from mlops_stages.local.server.engine.conditions import Organization, mend_policies, organizations
from mlops_stages.local.server.engine.credentials import mend_credentials, secret_of
from mlops_stages.local.server.engine.event_buses import mend_event_buses
from mlops_stages.local.server.engine.event_sources import has_batches, mend_event_sources, refused_source
from mlops_stages.local.server.engine.events import Delivery, mend_events, put_service_event, send_on
from mlops_stages.local.server.engine.expressions import mend_expressions
from mlops_stages.local.server.engine.functions import contain_functions, end_functions
from mlops_stages.local.server.engine.images import mend_images
from mlops_stages.local.server.engine.invocations import Invoked, Outcome, count, mend_invocations
from mlops_stages.local.server.engine.keys import mend_keys
from mlops_stages.local.server.engine.limits import Levels, mend_limits
from mlops_stages.local.server.engine.log_store import mend_log_store
from mlops_stages.local.server.engine.logs import mend_log_resources
from mlops_stages.local.server.engine.metrics import mend_metrics
from mlops_stages.local.server.engine.ministack import Headers, Query, Response, account, application, region, within
from mlops_stages.local.server.engine.networks import has_network_part, next_network_id
from mlops_stages.local.server.engine.operations import patch_stacks
from mlops_stages.local.server.engine.policies import (
    Denial,
    allowed_by_trust,
    allowed_to_service,
    authorize,
    caller,
    caller_key,
    come_by_tls,
    current_caller,
    denied_response,
    is_judged,
    is_root,
    refused_to,
)
from mlops_stages.local.server.engine.queue_requests import mend_queue_requests
from mlops_stages.local.server.engine.queues import Depth, queue_depths
from mlops_stages.local.server.engine.resource_policies import ResourcePolicy, add_resource_policies
from mlops_stages.local.server.engine.scans import mend_scans
from mlops_stages.local.server.engine.schedules import (
    Key,
    ScheduledRule,
    cron_after,
    delete_schedule,
    fire_rule,
    mend_schedules,
    schedule_of,
    scheduled_rules,
    schedules,
)
from mlops_stages.local.server.engine.services import (
    ServiceHandler,
    add_service,
    emulated,
    is_emulated,
    is_of_s3,
    mend_dispatch,
    service_handlers,
    signing_name,
)
from mlops_stages.local.server.engine.sessions import mend_sessions, new_session, role, source_identity
from mlops_stages.local.server.engine.side_doors import CAPABILITIES, close_side_doors
from mlops_stages.local.server.engine.stack_roles import ServiceRole, by_itself, service_role, signed_as
from mlops_stages.local.server.engine.stacks import (
    Declared,
    Properties,
    ResourceType,
    add_resource_type,
    declared,
    guard_resource_type,
    mend_resource_type,
    replace_resource_type,
    resource_types,
)
from mlops_stages.local.server.engine.state_machines import (
    current_execution,
    end_execution,
    execution_of,
    mend_state_machines,
    sdk_name,
    state_machine,
)
from mlops_stages.local.server.engine.state_types import Execution, Machines, Refusal, StateError, Task
from mlops_stages.local.server.engine.table_requests import mend_table_requests
from mlops_stages.local.server.engine.task_events import submitted
from mlops_stages.local.server.engine.trust import Identity, trusts
from mlops_stages.local.server.engine.waiting import wait_apart
from mlops_stages.local.server.engine.web_identity import audiences

__all__ = [
    "CAPABILITIES",
    "Declared",
    "Delivery",
    "Denial",
    "Depth",
    "Execution",
    "Headers",
    "Identity",
    "Invoked",
    "Key",
    "Levels",
    "Machines",
    "Organization",
    "Outcome",
    "Properties",
    "Query",
    "Refusal",
    "ResourcePolicy",
    "ResourceType",
    "Response",
    "ScheduledRule",
    "ServiceHandler",
    "ServiceRole",
    "StateError",
    "Task",
    "account",
    "add_resource_policies",
    "add_resource_type",
    "add_service",
    "allowed_by_trust",
    "allowed_to_service",
    "application",
    "audiences",
    "authorize",
    "by_itself",
    "caller",
    "caller_key",
    "close_side_doors",
    "come_by_tls",
    "contain_functions",
    "count",
    "cron_after",
    "current_caller",
    "current_execution",
    "declared",
    "delete_schedule",
    "denied_response",
    "emulated",
    "end_execution",
    "end_functions",
    "execution_of",
    "fire_rule",
    "guard_resource_type",
    "has_batches",
    "has_network_part",
    "is_emulated",
    "is_judged",
    "is_of_s3",
    "is_root",
    "mend_bodies",
    "mend_credentials",
    "mend_dispatch",
    "mend_event_buses",
    "mend_event_sources",
    "mend_events",
    "mend_expressions",
    "mend_images",
    "mend_invocations",
    "mend_keys",
    "mend_limits",
    "mend_log_resources",
    "mend_log_store",
    "mend_metrics",
    "mend_policies",
    "mend_queue_requests",
    "mend_resource_type",
    "mend_scans",
    "mend_schedules",
    "mend_sessions",
    "mend_state_machines",
    "mend_table_requests",
    "new_session",
    "next_network_id",
    "organizations",
    "patch_stacks",
    "put_service_event",
    "queue_depths",
    "refused_source",
    "refused_to",
    "region",
    "replace_resource_type",
    "resource_types",
    "role",
    "schedule_of",
    "scheduled_rules",
    "schedules",
    "sdk_name",
    "secret_of",
    "send_on",
    "service_handlers",
    "service_role",
    "signed_as",
    "signing_name",
    "source_identity",
    "state_machine",
    "submitted",
    "trusts",
    "wait_apart",
    "within",
]
