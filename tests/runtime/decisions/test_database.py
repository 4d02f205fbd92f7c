"""Databases of the process's own DuckDB: each is empty at first, and leaves nothing behind."""

from __future__ import annotations

import duckdb
import pytest

from mlops_stages.runtime.decisions.database import all_rows, attached, detached, empty, is_attached, using


def test_an_empty_database_has_nothing_of_the_one_before() -> None:
    for _ in range(2):
        with empty() as database:
            database.execute("CREATE TABLE rows AS SELECT 1 AS one")
            database.execute("CREATE TEMP TABLE others AS SELECT 2 AS two")
            assert all_rows(database, "FROM rows, others") == [(1, 2)]


def test_two_databases_at_once_know_nothing_of_each_other() -> None:
    with empty() as one, empty() as other:
        one.execute("CREATE TABLE rows AS SELECT 1 AS one")
        other.execute("CREATE TABLE rows AS SELECT 2 AS two")
        assert (all_rows(one, "FROM rows"), all_rows(other, "FROM rows")) == ([(1,)], [(2,)])


def test_a_database_is_gone_after_an_error() -> None:
    with pytest.raises(duckdb.CatalogException), empty() as database:
        database.execute("CREATE TABLE lost AS SELECT 1 AS one; FROM nothing")
    with empty() as database:
        assert all_rows(database, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'lost'") == [(0,)]


def test_what_is_attached_is_read_by_its_name_until_it_goes() -> None:
    name = attached()
    with using(name) as database:
        database.execute("CREATE TABLE rows AS SELECT 1 AS one")
    with empty() as other:
        assert all_rows(other, f"FROM {name}.rows") == [(1,)]
    assert is_attached(name)
    detached(name)
    detached(name)
    assert not is_attached(name)


def test_after_a_fatal_error_another_duckdb_is_started() -> None:
    name = attached()
    with pytest.raises(duckdb.FatalException), empty():
        raise duckdb.FatalException
    assert not is_attached(name)
    with empty() as database:
        assert all_rows(database, "SELECT 1") == [(1,)]
