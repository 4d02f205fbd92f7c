"""Each file in tests/organizations/hostile has the fault that it is named for, and is told exactly that."""

from pathlib import Path

import pytest

from mlops_stages.platform import PlatformErrors, load
from mlops_stages.platform.codes import CODES
from tests.platform.hostile_places import PLACES

EXPECTED = {
    "account_with_zero_without_quotes": "PLT-104",
    "account_without_quotes": "PLT-104",
    "accounts_without_organization": "PLT-316",
    "alias": "PLT-009",
    "alias_bomb": " ".join(["PLT-009"] * 72 + ["PLT-101"] * 9 + ["PLT-102"] * 7),
    "always_available": "PLT-105",
    "anomalies_of_nothing": "PLT-105",
    "approver_from_elsewhere": "PLT-358",
    "approver_in_other_capitals": "PLT-358",
    "approver_twice": "PLT-308",
    "approver_without_a_session": "PLT-360",
    "approvers_of_a_path": "PLT-238",
    "arn_of_another_account": "PLT-313",
    "arn_of_another_partition": "PLT-312",
    "aws_tag": "PLT-207",
    "bad_bootstrap_qualifier": "PLT-230",
    "bad_boundary_arn": "PLT-215",
    "bad_bucket_name": "PLT-216",
    "bad_cost_center": "PLT-212",
    "bad_email": "PLT-206",
    "bad_feature_group_name": "PLT-223",
    "bad_feature_name": "PLT-224 PLT-224",
    "bad_group_id": "PLT-221",
    "bad_instance_arn": "PLT-215",
    "bad_instance_type": "PLT-217",
    "bad_key_arn": "PLT-215",
    "bad_model_name": "PLT-211",
    "bad_monitor_arn": "PLT-215",
    "bad_name": "PLT-201",
    "bad_organization_id": "PLT-203",
    "bad_prefix": "PLT-234",
    "bad_root_id": "PLT-220",
    "bad_schedule": "PLT-235",
    "bad_team_name": "PLT-209",
    "bad_time_zone": "PLT-236",
    "bad_user_id": "PLT-332",
    "bad_vpc_id": "PLT-214",
    "bad_zone": "PLT-330",
    "bake_too_short": "PLT-105",
    "batch_that_scores_its_answers": "PLT-359",
    "batch_under_a_key_elsewhere": "PLT-359",
    "batch_where_both_write": "PLT-359",
    "bell_in_a_value": "PLT-012",
    "bidi_override": "PLT-012",
    "branch_with_colon": "PLT-225",
    "branch_with_wildcard": "PLT-225",
    "bucket_name_of_s3s_own": "PLT-216",
    "budget_beyond_all_numbers": "PLT-105",
    "budget_of_nothing": "PLT-105",
    "canary_of_a_part_of_an_instance": "PLT-353",
    "canary_of_all": "PLT-105",
    "canary_that_nobody_sees": "PLT-354",
    "canary_without_instances": "PLT-353",
    "catalog_key_of_another_region": "PLT-344",
    "catalog_key_of_the_platform": "PLT-344",
    "cents": "PLT-103",
    "cost_center_without_quotes": "PLT-104",
    "delivery_at_github_in_an_image": "PLT-324",
    "delivery_at_gitlab_without_an_image": "PLT-324",
    "delivery_at_gitlab_without_numbers": "PLT-324",
    "delivery_from_a_teams_repository": "PLT-323",
    "delivery_in_an_image_by_tag": "PLT-239",
    "delivery_of_an_environment": "PLT-101",
    "drift_every_minute": "PLT-219",
    "drift_infinite": "PLT-108",
    "drift_not_a_number": "PLT-108",
    "duplicate_key": "PLT-008",
    "eleven_are_told": "PLT-106",
    "email_not_ascii": "PLT-206",
    "email_with_wildcard": "PLT-206",
    "empty": "PLT-005",
    "endpoint_and_batch": "PLT-350",
    "endpoint_on_nothing": "PLT-351",
    "endpoint_without_approvers": "PLT-357",
    "endpoint_without_sla": "PLT-355",
    "environment_at_gitlab": "PLT-324",
    "environment_with_wildcard": "PLT-225",
    "event_time_identifies": "PLT-321",
    "event_time_is_a_count": "PLT-321",
    "event_time_unknown": "PLT-321",
    "exempt_role_of_anybody": " ".join(["PLT-231"] * 5),
    "exempt_role_of_the_platform": "PLT-341 PLT-341",
    "exempt_roles_too_long": "PLT-342",
    "existing_provider_of_no_host": "PLT-343",
    "feature_group_of_other_data": "PLT-322",
    "feature_group_twice": "PLT-320",
    "feature_of_sagemaker": "PLT-224 PLT-224",
    "feature_twice": "PLT-320",
    "features_before_their_stage": "PLT-317",
    "four_zones": "PLT-105",
    "group_of_groups_at_github": "PLT-324",
    "group_of_no_persona": "PLT-101",
    "groups_without_instance": "PLT-319",
    "guardrails_before_their_stage": "PLT-317",
    "guardrails_without_instance": "PLT-319",
    "guardrails_without_organization": "PLT-316",
    "idle_too_short": "PLT-105",
    "input_named_as_a_column": "PLT-240",
    "input_twice": "PLT-363",
    "input_with_capitals": "PLT-240",
    "inputs_with_long_names": "PLT-363",
    "instance_of_another_partition": "PLT-312",
    "instance_without_guardrails": "PLT-326",
    "instances_of_a_serverless_endpoint": "PLT-351",
    "instances_that_shift_at_once": "PLT-352",
    "key_is_a_list": "PLT-014",
    "key_of_another_place": "PLT-101",
    "latin_1": "PLT-004",
    "line_break_in_a_value": "PLT-012",
    "management_account_of_a_purpose": "PLT-325",
    "map_for_a_text": "PLT-103",
    "maximum_below_minimum": "PLT-352",
    "merge_key": "PLT-009",
    "missing_key": "PLT-102",
    "misspelt_key": "PLT-101",
    "mlflow_through_a_given_network": "PLT-331",
    "mlflow_through_an_account": "PLT-331",
    "mlflow_through_another_region": "PLT-331",
    "mlflow_through_no_service": "PLT-331",
    "model_twice": "PLT-304",
    "monitor_of_another_account": "PLT-315",
    "monitor_of_another_partition": "PLT-312",
    "name_of_awss_own": "PLT-232",
    "name_too_long": "PLT-201",
    "nested_deeply": "PLT-011",
    "network_of_no_purpose": "PLT-101",
    "network_too_small": "PLT-213",
    "network_with_host_bits": "PLT-213",
    "network_without_subnets": "PLT-102",
    "no_break_space": "PLT-012",
    "no_item": "PLT-015",
    "no_platform_engineer": "PLT-106",
    "no_region_allowed": "PLT-106",
    "no_value": "PLT-015",
    "nobody_is_told": "PLT-106",
    "nul": "PLT-012",
    "one_user_in_two_teams": "PLT-333",
    "one_zone": "PLT-106",
    "only_comments": "PLT-005",
    "only_null": "PLT-005",
    "other_network_too_small": "PLT-213",
    "our_tag": "PLT-207",
    "own_region_not_allowed": "PLT-318",
    "own_tag": "PLT-010",
    "owner_approves_alone": "PLT-357",
    "person_twice": "PLT-305",
    "pipeline_above_this_folder": "PLT-222",
    "pipeline_anywhere": "PLT-222",
    "pipeline_before_its_stage": "PLT-317",
    "pipeline_of_code": "PLT-222",
    "policy_tag": "PLT-207 PLT-207 PLT-207",
    "public_network": "PLT-213",
    "purpose_twice": "PLT-008",
    "python_tag": "PLT-010",
    "quality_with_both_bounds": "PLT-310",
    "quality_with_wrong_bound": "PLT-310",
    "quality_without_bound": "PLT-310",
    "reason_of_a_word": "PLT-233",
    "record_identifier_unknown": "PLT-321",
    "region_of_another_partition": "PLT-318",
    "repository_elsewhere": "PLT-327",
    "repository_name_with_slash": "PLT-218",
    "repository_number_with_letters": "PLT-226",
    "repository_number_without_owner": "PLT-324",
    "repository_numbers_at_gitlab": "PLT-324",
    "repository_of_a_clone_url": "PLT-218",
    "repository_of_two_teams": "PLT-323",
    "repository_where_nobody_signs_in": "PLT-327",
    "repository_with_colon": "PLT-218",
    "repository_with_space": "PLT-218",
    "repository_with_wildcard": "PLT-218",
    "repository_without_a_name": "PLT-218",
    "reserved_team_name": "PLT-210",
    "rollout_in_no_way": "PLT-353",
    "rollout_in_two_ways": "PLT-353",
    "rollout_longer_than_a_day": "PLT-353",
    "runbook_too_long": "PLT-237",
    "runbook_without_https": "PLT-237",
    "same_exempt_role": "PLT-308",
    "same_item": "PLT-308",
    "same_region_twice": "PLT-308",
    "same_short_name": "PLT-306",
    "same_zone_twice": "PLT-308",
    "scaling_by_nothing": "PLT-352",
    "serverless_under_guardrails": "PLT-361",
    "short_account": "PLT-204",
    "sign_in_from_anywhere": "PLT-314",
    "sign_in_without_method": "PLT-102",
    "silence_of_seven_minutes": "PLT-105",
    "silence_without_requests": "PLT-356",
    "sla_of_a_batch": "PLT-356",
    "stage_without_its_accounts": "PLT-301 PLT-301 PLT-301",
    "tag_key_too_long": "PLT-208",
    "tag_with_star": "PLT-208",
    "tags_differ_in_capitals": "PLT-311",
    "team_above_platform": "PLT-302",
    "team_twice": "PLT-303",
    "team_within_another": "PLT-307",
    "team_without_people": "PLT-309",
    "text_for_a_list": "PLT-103",
    "text_for_a_map": "PLT-103",
    "text_for_a_number": "PLT-103",
    "too_many_instance_types": "PLT-106",
    "too_many_tags": "PLT-106",
    "top_is_a_list": "PLT-013",
    "top_is_text": "PLT-013",
    "true_for_a_number": "PLT-103",
    "two_documents": "PLT-007",
    "two_people_of_one_user": "PLT-334",
    "unknown_key": "PLT-101",
    "unknown_provider": "PLT-107",
    "unknown_purpose": "PLT-205",
    "unknown_region": "PLT-202",
    "unknown_sign_in": "PLT-107",
    "unknown_stage": "PLT-107",
    "user_of_nobody": "PLT-334",
    "users_without_identity_center": "PLT-101",
    "utf_16": "PLT-004",
    "version_in_a_model_name": "PLT-362",
    "yaml_directive": "PLT-010",
    "yaml_syntax": "PLT-006",
    "yaml_tab": "PLT-006",
    "yes_for_true": "PLT-103",
    "zone_of_another_region": "PLT-330",
    "zones_by_name_and_id": "PLT-330",
    "zones_counted_and_named": "PLT-330",
}

CODES_WITHOUT_A_FILE = {
    "PLT-001": "no file",
    "PLT-002": "no ordinary file",
    "PLT-003": "a file of a megabyte",
    "PLT-340": "the other half is in cdk.json",
    "PLT-401": "depends on the version that deploys",
    "PLT-402": "depends on the version that deploys",
    "PLT-403": "depends on the version that deploys",
    "PLT-502": "a note on a file that is valid",
    "PLT-501": "a note on a file that is valid",
    "PLT-503": "a note on a file that is valid",
    "PLT-504": "a note on a file that is valid",
    "PLT-505": "a note on a file that is valid",
}


def faults_of(path: Path) -> PlatformErrors:
    with pytest.raises(PlatformErrors) as caught:
        load(path)
    return caught.value


@pytest.mark.parametrize("fault", sorted(EXPECTED))
def test_a_fault_is_told_once_and_nothing_else_is_told(fault: str, organizations: Path) -> None:
    found = faults_of(organizations / "hostile" / f"{fault}.yaml")
    assert " ".join(sorted(error.code for error in found.errors)) == EXPECTED[fault]


@pytest.mark.parametrize("fault", sorted(EXPECTED.keys() - {"alias_bomb"}))
def test_a_fault_is_told_at_its_place(fault: str, organizations: Path) -> None:
    found = faults_of(organizations / "hostile" / f"{fault}.yaml")
    assert tuple(error.path for error in found.errors) == PLACES[fault]


@pytest.mark.parametrize("fault", sorted(EXPECTED))
def test_an_error_says_where_what_and_what_to_write_instead(fault: str, organizations: Path) -> None:
    path = organizations / "hostile" / f"{fault}.yaml"
    for error in faults_of(path).errors:
        assert error.file == str(path)
        assert error.line is not None or error.code == "PLT-004"
        assert error.message.endswith(".")
        assert error.fix.endswith(".")


@pytest.mark.parametrize("fault", sorted(EXPECTED))
def test_a_report_is_short_and_prints_safely(fault: str, organizations: Path) -> None:
    report = str(faults_of(organizations / "hostile" / f"{fault}.yaml"))
    assert all(line.isprintable() for line in report.split("\n"))
    assert max(len(line) for line in report.split("\n")) < 500


def test_each_hostile_file_is_in_the_table(organizations: Path) -> None:
    assert sorted(path.stem for path in (organizations / "hostile").iterdir()) == sorted(EXPECTED)


def test_each_code_has_a_hostile_file_or_a_reason_for_none() -> None:
    shown = {code for codes in EXPECTED.values() for code in codes.split()}
    assert shown | set(CODES_WITHOUT_A_FILE) == set(CODES)
    assert not shown & set(CODES_WITHOUT_A_FILE)
