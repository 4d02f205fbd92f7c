"""Every private name of the emulators that the engine uses: an upgrade that moves one fails here, naming it."""

from __future__ import annotations

import gzip
import importlib
import importlib.metadata
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from mlops_stages.local.server import engine
from mlops_stages.local.server.engine import ministack

ENGINE = Path(inspect.getfile(engine)).parent

SIGNATURES = {
    "app.app": "scope, receive, send",
    "app._decompress_request_body": "body, headers",
    "app._get_module": "name",
    "app._dispatch_service_request": "method, path, headers, body, query_params, request_id",
    "app._routing_params": "method, path, headers, body, query_params",
    "app._maybe_record_cloudtrail": "service, method, path, headers, body, query_params, request_id, region",
    "cloudformation._p": "params, key, default",
    "cloudwatch.cloudformation_delete_metric_alarm": "name, refuse_dependents",
    "cloudwatch.cloudformation_put_metric_alarm": "alarm",
    "cloudwatch.first_alarm_time": "alarm_arn, start, end",
    "cloudwatch.record_metric": "namespace, metric_name, value, unit, dimensions",
    "ec2._create_subnet": "p",
    "ec2._create_vpc": "p",
    "ec2._new_subnet_id": "",
    "ec2._new_vpc_id": "",
    "ecr.handle_request": "method, path, headers, body, query_params",
    "ecr.repository_policy_for_arn": "resource_arn",
    "eventbridge._apply_input_transformer": "transformer, rule, view",
    "eventbridge._archive_event": "event, view",
    "eventbridge._cron_next_fire": "fields, after_dt",
    "eventbridge._delete_rule": "data",
    "eventbridge._disable_rule": "data",
    "eventbridge._dispatch_event": "event, view",
    "eventbridge._enable_rule": "data",
    "eventbridge._parse_cron_fields": "expr",
    "eventbridge._put_rule": "data",
    "eventbridge.start_scheduler": "",
    "scheduler._create_schedule": "name, body",
    "scheduler._delete_schedule": "name, query",
    "scheduler._delete_schedule_group": "name, query",
    "scheduler._update_schedule": "name, body",
    "scheduler.start_scheduler": "",
    "eventbridge._ensure_default_bus": "",
    "eventbridge._invoke_target": "target, event, rule, view",
    "eventbridge._now_ts": "",
    "eventbridge._pattern_event_view": "event",
    "eventbridge._rule_key": "rule_name, bus_name",
    "eventbridge._put_events": "data, allow_aws_source",
    "glue._execute_subprocess": "run, job, args, resolved",
    "glue._resolve_script": "script_location",
    "lambda_runtime.acquire_worker": "func_name, config, code_zip, qualifier, max_concurrency",
    "lambda_runtime.invalidate_worker": "func_name, qualifier, account, region",
    "lambda_runtime.release_worker": "worker",
    "lambda_runtime.ProvidedWorker": "func_name, config, code_zip",
    "lambda_runtime.Worker": "func_name, config, code_zip",
    "lambda_runtime.execution_credentials": "config",
    "lambda_runtime.reset": "",
    "lambda_svc._execute_function_local": "func, event, request_id",
    "lambda_svc._execute_function_provided": "func, event, request_id",
    "lambda_svc._execute_function_provided_warm": "func, event, request_id",
    "lambda_svc._create_esm": "data",
    "lambda_svc._get_func_record_for_qualifier": "name, qualifier",
    "lambda_svc._iter_all_esms": "",
    "lambda_svc._sqs_esm_concurrency": "esm, func_rec, config, queue",
    "lambda_svc._run_sqs_batch": "esm, func_rec, event, batch, queue_url, queue_name",
    "sqs._delete_messages_for_esm": "queue_url, receipt_handles",
    "sqs._queue_by_arn": "arn",
    "lambda_svc._durable_env_overlay": "",
    "lambda_svc._emit_lambda_metrics": "function_name, duration_ms, error, throttle",
    "lambda_svc._ensure_reaper_thread": "",
    "lambda_svc._event_invoke_config": "func, qualifier",
    "lambda_svc._execute_function_dispatch": "func, config, event, request_id, started",
    "lambda_svc._execute_function_warm": "func, event, request_id",
    "lambda_svc._execute_function_with_config_scope": "func, event",
    "lambda_svc._execution_record_for_config": "func, config",
    "lambda_svc._get_func_record_for_ref": "function_ref",
    "lambda_svc._throttle_response": "reason_code, msg, retry_after",
    "lambda_svc._xray_trace_id_for_invocation": "config, inbound_trace_header",
    "lambda_svc.function_policy_for_arn": "resource_arn",
    "lambda_svc.handle_request": "method, path, headers, body, query_params",
    "lambda_svc.invoke_async_with_retry": "func, event",
    "lambda_svc._resolve_layer_zip": "attachment",
    "lambda_svc.execution_credentials": "config",
    "responses.new_uuid": "",
    "eventbridge._wildcard_regex": "pattern",
    "iam._virtual_mfa_xml": "serial, include_user",
    "iam_actions.access_denied_response": "service, action, principal_arn, request_id, error_code, message, headers, "
    "resource_arn, explicit_deny, resource_policy_arn",
    "iam_actions.extract_iam_action": "service, method, path, headers, body, query_params",
    "iam_actions.extract_resource_arn": "service, method, path, headers, body, query_params, region, account_id",
    "iam_actions.identity_denial_message": "action, principal_arn, resource, explicit_deny",
    "iam_actions.logs_service_context": "action, body, resource_arn, region, account_id",
    "iam_actions.request_tag_context": "service, iam_action, body, params",
    "iam_actions.s3_service_context": "iam_action, query_params, path, headers",
    "iam_evaluator.AuthError": "code, message, details",
    "iam_evaluator.CredentialResolutionError": "code, message",
    "iam_evaluator.EvalContext": "principal_arn, principal_type, principal_account, action, resource_arn, region, "
    "source_ip, secure_transport, request_tags, tag_keys, service_context, principal_keys",
    "iam_evaluator.EvalResult": "decision, principal_arn, matched_sid, reason, resource_policy_arn",
    "iam_evaluator.ParsedStatement": "sid, effect, actions, not_actions, resources, not_resources, conditions",
    "iam_evaluator._action_matches": "request_action, actions, not_actions",
    "iam_evaluator._conditions_met": "conditions, ctx",
    "iam_evaluator._first_match": "ctx, stmts, effect",
    "iam_evaluator.fnmatch_iam": "value, pattern",
    "iam_evaluator.fnmatch_iam_cs": "value, pattern",
    "iam_evaluator._principal_keys": "credential",
    "iam_evaluator._principal_org_id": "account_id",
    "iam_evaluator._resolve_condition_key": "key, ctx",
    "iam_evaluator._resource_matches": "resource_arn, resources, not_resources",
    "iam_evaluator._resource_policy": "service, resource_arn",
    "iam_evaluator.caller_arn": "",
    "iam_evaluator.enforce": "access_key_id, iam_action, service, region, resource_arn, service_context",
    "iam_evaluator.evaluate": "ctx, policies, limits",
    "iam_evaluator.evaluate_resource_policy": "doc, ctx, service, named_only, direct_only",
    "iam_evaluator.evaluate_trust_policy": "trust_doc, caller_arn, ctx",
    "iam_evaluator.find_iam_access_key_account": "access_key_id",
    "iam_evaluator.is_root_access_key": "access_key_id",
    "iam_evaluator.parse_policy_document": "doc",
    "iam_evaluator.pin_request_caller": "headers, query_params",
    "iam_evaluator.pin_request_origin": "source_ip, secure_transport",
    "iam_evaluator.resolve_credential": "access_key_id, account_id, session_token",
    "iam_evaluator.resolve_principal": "access_key_id, account_id, credential",
    "kms._resolve_key": "key_id_or_arn",
    "kms.handle_request": "method, path, headers, body, query_params",
    "kms.key_policy_for_arn": "resource_arn",
    "responses._account_from_sts_session": "access_key_id",
    "responses.get_account_id": "",
    "responses.get_region": "",
    "responses.request_scope": "account_id, region",
    "router._credential_from_query": "query_params",
    "router.detect_service": "method, path, headers, query_params",
    "responses.error_response_json": "code, message, status, extra, message_key, content_type",
    "responses.json_response": "data, status, content_type",
    "router.extract_access_key_id": "headers, query_params",
    "s3._bucket_default_sse_headers": "bucket_name",
    "s3._bucket_owner_account": "name",
    "s3._collect_list_entries": "bucket_objects, prefix, delimiter, max_keys, start_after",
    "s3._foreign_bucket_allows": "owner_account, bucket_name, key, method, query_params, caller, headers",
    "s3._policy_is_public": "policy_text",
    "s3._public_access_blocked": "owner_account, bucket_name, setting",
    "s3._stored_sse_headers": "obj",
    "s3._verify_presigned_sigv4": "method, path, headers, query_params",
    "s3.bucket_policy_for_arn": "resource_arn",
    "s3.handle_request": "method, path, headers, body, query_params, signed_path, enforce_bucket_region, internal, "
    "access_point_region, access_point",
    "change_sets._create_stack_task_in_region": "coro, stack, stack_id",
    "change_sets._evaluate_conditions": "template, params",
    "change_sets._find_change_set": "cs_name, stack_name",
    "change_sets._resolve_parameters": "template, provided_params, previous_params",
    "change_sets._resolve_props_for_diff": "template, params, stack_name, stack_id",
    "eventbridge._put_permission": "data",
    "stack_handlers._evaluate_conditions": "template, params",
    "stack_operations._evaluate_conditions": "template, params",
    "stack_operations._resolve_refs": "value, resources, params, conditions, mappings, stack_name, stack_id",
    "stack_handlers._create_stack_task_in_region": "coro, stack, stack_id",
    "stack_handlers._error": "code, message, status",
    "stack_handlers._imported_export_names": "stack, stack_name",
    "stack_handlers._resolve_parameters": "template, provided_params, previous_params",
    "stack_handlers._resolve_stack": "stack_name",
    "stack_handlers._roll_back_operation": "stack_name, stack_id, stack, operation, reason_override",
    "stack_operations._add_event": "stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, "
    "detailed_status",
    "stack_operations._delete_resource": "resource_type, physical_id, props, stack_name, logical_id",
    "stack_operations._property_recreation": "resource_type, name",
    "stack_operations._provision_resource": "resource_type, logical_id, props, stack_name",
    "stack_operations._update_resource": "resource_type, physical_id, old_props, new_props, stack_name, logical_id, "
    "old_attrs",
    "stack_operations._resolve_stack_outputs": "outputs_defs, conditions, resources, param_values, mappings, "
    "stack_name, stack_id",
    "stack_operations._runs_on_worker_thread": "resource_type",
    "stack_operations._roll_back_operation": "stack_name, stack_id, stack, operation, reason_override",
    "sns._deliver_to_lambda": "endpoint, envelope, topic_arn, sub_arn, msg_id, raw_message, message_attributes",
    "stepfunctions._ExecutionError": "error, cause",
    "stepfunctions._add_event": "execution, event_type, details",
    "stepfunctions._api_name_to_sfn_key": "name",
    "stepfunctions._apply_catcher": "catcher, raw_input, ctx, query_language, error_output",
    "stepfunctions._apply_input_path": "state_def, data, ctx",
    "stepfunctions._apply_jsonata_arguments": "state_def, raw_input, ctx",
    "stepfunctions._apply_jsonata_output": "state_def, raw_input, ctx, result, error_output, default",
    "stepfunctions._apply_jsonata_template": "value, raw_input, ctx, result, error_output",
    "stepfunctions._apply_output_path": "state_def, data, ctx",
    "stepfunctions._apply_parameters": "state_def, data, ctx",
    "stepfunctions._apply_result_path": "state_def, original, result",
    "stepfunctions._apply_result_selector": "state_def, data",
    "stepfunctions._apply_state_assign": "state_def, raw_input, ctx, result, error_output",
    "stepfunctions._create_state_machine": "data",
    "stepfunctions._emit_execution_status_event": "execution",
    "stepfunctions._execute_choice": "state_def, raw_input, ctx",
    "stepfunctions._execute_pass": "state_def, raw_input, ctx",
    "stepfunctions._execute_wait": "state_def, raw_input, ctx",
    "stepfunctions._jsonata_state_field": "state_def, field, expected, raw_input, ctx",
    "stepfunctions._execute_task": "state_def, raw_input, execution, ctx",
    "stepfunctions._fail_execution": "execution, error, cause",
    "stepfunctions._next_or_end": "state_def",
    "stepfunctions._parse_ts": "v",
    "stepfunctions._resolve_params_obj": "template, data, ctx",
    "stepfunctions._resolve_path_or_ctx": "path, data, ctx",
    "stepfunctions._resolve_state_machine_arn": "arn",
    "stepfunctions._run_execution": "exec_arn",
    "stepfunctions._run_map_items": "state_def, raw_input, execution, ctx",
    "stepfunctions._run_parallel_branches": "state_def, raw_input, execution, ctx",
    "stepfunctions._run_sub_machine": "states, start_at, input_data, execution, ctx",
    "stepfunctions._scaled_sleep": "seconds",
    "stepfunctions._send_task_failure": "data",
    "stepfunctions._send_task_heartbeat": "data",
    "stepfunctions._send_task_success": "data",
    "stepfunctions._sleep_until": "iso_ts",
    "stepfunctions._start_execution": "data",
    "stepfunctions._state_query_language": "state_def, ctx",
    "stepfunctions._update_state_machine": "data",
    "stepfunctions._validate_state_machine_definition": "data",
    "stepfunctions._with_retry_and_catch": "state_def, raw_input, ctx, attempt",
    "stepfunctions.now_iso": "",
    "sts._caller_identity": "headers, query_params",
    "sts._error": "status, code, message, ns",
    "sts._principal_keys": "credential",
    "sts.handle_request": "method, path, headers, body, query_params",
    "sts.register_session": "access_key, session",
}

STORES = {
    "app.SERVICE_HANDLERS": "dict",
    "app.SERVICE_NAME_ALIASES": "dict",
    "cloudformation._change_sets": "AccountRegionScopedDict",
    "cloudformation._exports": "AccountRegionScopedDict",
    "cloudformation._stack_events": "AccountRegionScopedDict",
    "cloudformation._stacks": "AccountRegionScopedDict",
    "eventbridge._event_bus_policies": "AccountRegionScopedDict",
    "eventbridge._event_buses": "AccountRegionScopedDict",
    "eventbridge._rules": "AccountRegionScopedDict",
    "eventbridge._targets": "AccountRegionScopedDict",
    "scheduler._schedules": "AccountRegionScopedDict",
    "ec2._subnets": "AccountRegionScopedDict",
    "ec2._vpcs": "AccountRegionScopedDict",
    "iam._mfa_devices": "AccountScopedDict",
    "iam._oidc_providers": "AccountScopedDict",
    "iam_actions._DENIED_CODES": "dict",
    "iam_evaluator.AmbiguousAccessKeyError": "type",
    "iam_evaluator._signed_request": "ContextVar",
    "iam_evaluator._ALWAYS_ALLOWED_ACTIONS": "frozenset",
    "iam._roles": "AccountScopedDict",
    "iam._users": "AccountScopedDict",
    "kms._aliases": "AccountRegionScopedDict",
    "kms._keys": "AccountRegionScopedDict",
    "lambda_runtime.HOST_PREFIX_ENV": "str",
    "lambda_runtime.INVOKE_DEPTH_HEADER": "str",
    "lambda_runtime._NODEJS_WORKER_SCRIPT": "str",
    "lambda_runtime._RESERVED_RUNTIME_ENV_VARS": "set",
    "lambda_svc._ESM_IDLE_WAKE_GAP_SECONDS": "float",
    "lambda_svc._esm_backoff_until": "AccountRegionScopedDict",
    "lambda_svc._esm_inflight": "dict",
    "lambda_svc._esm_wake": "Event",
    "lambda_svc._functions": "AccountRegionScopedDict",
    "lambda_svc._invoke_depth": "ContextVar",
    "node_pool._NODE_BINARY": "str",
    "provisioners._RESOURCE_HANDLERS": "dict",
    "responses.AccountRegionScopedDict": "type",
    "responses.AccountScopedDict": "type",
    "router.SERVICE_PATTERNS": "dict",
    "s3._bucket_policies": "AccountScopedDict",
    "s3._buckets": "AccountScopedDict",
    "s3._object_versions": "AccountScopedDict",
    "stack_handlers._ACTION_HANDLERS": "dict",
    "stepfunctions._executions": "AccountRegionScopedDict",
    "stepfunctions._state_machines": "AccountRegionScopedDict",
    "sqs._queues": "AccountRegionScopedDict",
    "sts._sessions": "dict",
}

LATE = [
    ("cloudformation.handle_request", "_ACTION_HANDLERS"),
    ("stack_operations._deploy_stack_async", "_resolve_stack_outputs"),
    ("stack_operations._deploy_stack_async", "_roll_back_operation"),
    ("stack_handlers._rollback_stack", "_roll_back_operation"),
    ("stack_handlers._create_stack", "_resolve_parameters"),
    ("stack_handlers._update_stack", "_resolve_parameters"),
    ("stack_handlers._update_stack", "_create_stack_task_in_region"),
    ("stack_handlers._delete_stack", "_create_stack_task_in_region"),
    ("change_sets._create_change_set", "_evaluate_conditions"),
    ("change_sets._create_change_set", "_resolve_parameters"),
    ("change_sets._create_change_set", "_resolve_props_for_diff"),
    ("change_sets._describe_change_set", "_find_change_set"),
    ("change_sets._delete_change_set", "_find_change_set"),
    ("change_sets._execute_change_set", "_find_change_set"),
    ("change_sets._execute_change_set", "_create_stack_task_in_region"),
    ("stack_operations._update_keeping_seed", "_update_resource"),
    ("stack_operations._provision_keeping_seed", "_provision_resource"),
    ("stack_operations._deploy_stack_async", "_add_event"),
    ("stack_operations._deploy_stack_async", "_delete_resource"),
    ("stack_operations._deploy_stack_async", "_evaluate_conditions"),
    ("stack_operations._roll_back_operation", "_evaluate_conditions"),
    ("stack_operations._delete_stack_async", "_delete_resource"),
    ("stack_operations._reference_details", "_property_recreation"),
    # who looks the replaced name up when it is called, and not once while it is imported
    ("app.app", "_dispatch_service_request"),
    ("app.app", "_handle_pre_body_request"),
    ("app._handle_post_body_shortcuts", "_handle_admin_config_request"),
    ("app._handle_post_body_shortcuts", "_handle_cognito_body_request"),
    ("app._handle_special_data_plane_request", "_handle_alb_request"),
    ("app._handle_special_data_plane_request", "_handle_cloudfront_dataplane_request"),
    ("app._handle_special_data_plane_request", "_handle_ecr_registry_request"),
    ("app._handle_special_data_plane_request", "_handle_execute_api_request"),
    ("app._handle_special_data_plane_request", "_handle_lambda_url_request"),
    ("app._dispatch_service_request", "SERVICE_HANDLERS"),
    ("app._dispatch_service_request", "enforce"),
    ("app._dispatch_service_request", "extract_resource_arn"),
    ("app._dispatch_service_request", "logs_service_context"),
    ("app._dispatch_service_request", "request_tag_context"),
    ("app._dispatch_service_request", "s3_service_context"),
    ("eventbridge.handle_request", "_put_permission"),
    ("ec2._create_subnet", "_new_subnet_id"),
    ("ec2._create_vpc", "_new_vpc_id"),
    ("lambda_runtime._worker_class_for", "Worker"),
    ("lambda_runtime._worker_class_for", "ProvidedWorker"),
    ("lambda_runtime.kill_workers", "_discard_tmpdir"),
    ("lambda_svc._execute_function", "_execute_function_dispatch"),
    ("lambda_svc._execute_function_dispatch", "_execute_function_warm"),
    ("eventbridge.handle_request", "_put_rule"),
    ("scheduler.handle_request", "_create_schedule"),
    ("scheduler.handle_request", "_update_schedule"),
    ("eventbridge._dispatch_event", "_invoke_target"),
    ("eventbridge._put_events", "_dispatch_event"),
    ("eventbridge.handle_request", "_put_events"),
    ("lambda_svc.handle_request", "_create_esm"),
    ("lambda_svc._poll_loop", "_ESM_IDLE_WAKE_GAP_SECONDS"),
    ("lambda_svc._poll_sqs", "_run_sqs_batch"),
    ("lambda_svc._invoke", "_emit_lambda_metrics"),
    ("lambda_svc._invoke", "invoke_async_with_retry"),
    ("sns._fanout", "_deliver_to_lambda"),
    ("lambda_svc._execute_function_dispatch", "_execute_function_provided"),
    ("lambda_svc._execute_function_dispatch", "_execute_function_provided_warm"),
    ("lambda_svc._execute_function_docker", "_execute_function_local"),
    ("node_pool.available", "_NODE_BINARY"),
    ("iam_evaluator._gather_role_policies", "parse_policy_document"),
    ("iam_evaluator._conditions_met", "_resolve_condition_key"),
    ("iam_evaluator._resolve_condition_key", "_principal_org_id"),
    ("iam_evaluator.evaluate", "_first_match"),
    ("iam_evaluator.evaluate_trust_policy", "_conditions_met"),
    ("iam_evaluator._op_arn_like", "fnmatch_iam_cs"),
    ("iam_evaluator._op_string_like", "fnmatch_iam_cs"),
    ("iam_evaluator.resolve_principal", "_principal_keys"),
    ("iam_evaluator._resource_policy", "import_module"),
    ("iam_evaluator.enforce", "_resource_policy"),
    ("s3.handle_request", "_verify_presigned_sigv4"),
    ("stepfunctions.handle_request", "_create_state_machine"),
    ("stepfunctions.handle_request", "_send_task_success"),
    ("stepfunctions.handle_request", "_start_execution"),
    ("stepfunctions._execute_parallel", "_with_retry_and_catch"),
    ("stepfunctions._execute_map", "_with_retry_and_catch"),
    ("stepfunctions._execute_wait", "_scaled_sleep"),
    ("stepfunctions._execute_wait", "_sleep_until"),
    ("stepfunctions._run_execution", "_execute_task"),
    ("stepfunctions._run_execution", "_fail_execution"),
    ("stepfunctions._run_execution", "_emit_execution_status_event"),
    ("stepfunctions._run_execution", "_add_event"),
    ("stepfunctions._run_execution", "now_iso"),
    ("stepfunctions._run_sub_machine", "_execute_task"),
    ("stepfunctions._start_execution", "_run_execution"),
    ("sts._caller_identity", "_principal_keys"),
    ("sts.handle_request", "_caller_identity"),
    ("sts.handle_request", "evaluate_trust_policy"),
    ("sts.handle_request", "register_session"),
    ("iam._create_virtual_mfa_device", "_virtual_mfa_xml"),
]


def named(name: str) -> Any:  # noqa: ANN401  # a private name of a package without types
    module, _, attribute = name.partition(".")
    return getattr(getattr(ministack, module), attribute)


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_function_of_ministack_still_takes_what_we_give_it(name: str) -> None:
    found = ", ".join(inspect.signature(named(name)).parameters)
    assert found == SIGNATURES[name], f"ministack changed {name}: the engine must follow"


@pytest.mark.parametrize("name", STORES)
def test_a_store_of_ministack_is_still_of_its_kind(name: str) -> None:
    assert type(named(name)).__name__ == STORES[name], f"ministack changed {name}: the engine must follow"


@pytest.mark.parametrize(("function", "name"), LATE)
def test_ministack_still_looks_a_name_up_when_it_needs_it(function: str, name: str) -> None:
    assert name in named(function).__code__.co_names, f"{function} no longer looks up {name}: our mend has no effect"


def test_a_worker_of_ministack_still_uses_what_ours_replaces() -> None:
    worker = ministack.lambda_runtime.Worker
    assert {"_spawn", "_proc", "poll", "stdin", "stdout", "_drain_stderr"} <= {
        *worker.invoke.__code__.co_names,
        *(name for code in worker.invoke.__code__.co_consts for name in getattr(code, "co_names", ())),
    }
    assert "_stderr_queue" in worker._drain_stderr.__code__.co_names
    assert {"event", "ctx", "request_id", "invoked_function_arn", "timeout_ms", "trace_id", "depth"} <= set(
        re.findall(r'"(\w+)"', inspect.getsource(worker.invoke))
    )


def test_every_private_name_that_the_engine_uses_is_listed_here() -> None:
    modules = "|".join(sorted({name.partition(".")[0] for name in (*SIGNATURES, *STORES)}))
    source = "\n".join(path.read_text() for path in sorted(ENGINE.glob("*.py")))
    source = re.sub(r"\bevaluator\.", "ministack.iam_evaluator.", source)
    source = re.sub(r"(?<![.\w\"])sts\.", "ministack.sts.", source)
    used = {f"{module}.{name}" for module, name in re.findall(rf"ministack\.({modules})\.([A-Za-z_]\w*)", source)}
    used -= {name for name in used if name.endswith("mended_by_mlops_stages")}
    assert used - {*SIGNATURES, *STORES} == set()


def test_only_the_engine_names_ministacks_modules() -> None:
    package = ENGINE.parent
    outside = [
        path.relative_to(package).as_posix()
        for path in sorted(package.rglob("*.py"))
        if ENGINE not in path.parents
        and re.search(r"(import|import_module\(\")\s*ministack|from ministack", path.read_text())
    ]
    assert outside == []


def test_resource_handlers_are_dicts_of_functions() -> None:
    handlers = ministack.provisioners._RESOURCE_HANDLERS["AWS::SNS::Topic"]
    assert list(inspect.signature(handlers["create"]).parameters) == ["logical_id", "props", "stack_name"]
    assert list(inspect.signature(handlers["delete"]).parameters) == ["physical_id", "props"]
    assert len(inspect.signature(handlers["update"]).parameters) in (4, 5)


def test_ministack_is_the_version_that_these_hooks_are_of() -> None:
    assert importlib.metadata.version("ministack") == "1.5.33"


def test_motos_dispatcher_is_a_wsgi_application_made_of_backend_applications() -> None:
    server: Any = importlib.import_module("moto.moto_server.werkzeug_app")
    assert list(inspect.signature(server.DomainDispatcherApplication).parameters) == ["create_app"]
    assert list(inspect.signature(server.create_backend_app).parameters) == ["service"]
    backends: Any = importlib.import_module("moto.backends")
    assert {"sagemaker", "servicecatalog", "ram", "ssoadmin"} <= set(backends.list_of_moto_modules())


def test_moto_still_takes_the_account_from_a_header() -> None:
    responses: Any = importlib.import_module("moto.core.responses")
    assert "x-moto-account-id" in inspect.getsource(responses.BaseResponse.get_access_key) + inspect.getsource(
        responses.BaseResponse
    )


def test_signing_names_that_ministack_serves_are_known_without_asking_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """`is_emulated` answers from tables: ministack itself loads all models of botocore for a name that it lacks."""

    def is_a_service(_: str) -> bool:
        return True

    monkeypatch.setattr(ministack.router, "_is_aws_service_name", is_a_service)
    names = signing_names()
    assert {"sagemaker", "s3", "geo", "sso"} <= names
    assert {name for name in names if engine.is_emulated(name) != ministack_serves(name)} == set()


def signing_names() -> set[str]:
    """Every signing name of botocore's, from the head of each model: reading them whole takes seconds."""
    data = Path(inspect.getfile(importlib.import_module("botocore"))).parent / "data"
    found: set[str] = set()
    for model in data.glob("*/*/service-2.json.gz"):
        with gzip.open(model, "rt", encoding="utf-8") as content:
            head = content.read(8192).partition('"operations"')[0]
        named = re.search(r'"signingName":\s*"([^"]+)"', head) or re.search(r'"endpointPrefix":\s*"([^"]+)"', head)
        assert named is not None, model
        found.add(named.group(1))
    return found


def ministack_serves(name: str) -> bool:
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/{name}/aws4_request",
        "host": "127.0.0.1",
    }
    return ministack.router.detect_service("POST", "/x", headers, {}) in ministack.app.SERVICE_HANDLERS
