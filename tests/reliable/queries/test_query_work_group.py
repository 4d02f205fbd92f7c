"""QueryWorkGroup: its settings hold for every query, and results are under the key of the decisions."""

import pytest

from mlops_stages.reliable.queries import QueryWorkGroup
from tests.foundation.built import Built, Json, built
from tests.reliable.serving import CAPTURE_KEY, SERVED


@pytest.fixture(scope="module")
def found() -> Built:
    return built(lambda stack: QueryWorkGroup(stack, "Queries", served=SERVED, key_arn=CAPTURE_KEY))


@pytest.fixture(scope="module")
def settings(found: Built) -> Json:
    return found.one("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]


def test_the_packs_find_nothing(found: Built) -> None:
    assert found.findings == ()


def test_no_client_sets_anything_else(settings: Json) -> None:
    assert settings["EnforceWorkGroupConfiguration"] is True
    assert settings["PublishCloudWatchMetricsEnabled"] is True
    assert settings["RequesterPaysEnabled"] is False


def test_a_query_reads_so_much_and_no_more_by_a_named_engine(settings: Json) -> None:
    assert settings["BytesScannedCutoffPerQuery"] == 50_000_000_000
    assert settings["EngineVersion"] == {"SelectedEngineVersion": "Athena engine version 3"}


def test_results_are_kept_by_athena_under_the_key_and_in_no_bucket(settings: Json) -> None:
    kept = settings["ManagedQueryResultsConfiguration"]
    assert kept == {"Enabled": True, "EncryptionConfiguration": {"KmsKey": CAPTURE_KEY}}
    assert "ResultConfiguration" not in settings


def test_it_goes_with_its_stack_whatever_was_saved_in_it(found: Built) -> None:
    group = found.one("AWS::Athena::WorkGroup")
    assert group["RecursiveDeleteOption"] is True
    assert group["Name"] == "acme-card-fraud-production-queries"
