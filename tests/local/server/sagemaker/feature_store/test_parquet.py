"""The history's Parquet files: bytes that pyarrow 26 was seen to read, and their parts."""

from __future__ import annotations

import struct

from mlops_stages.local.server.sagemaker.feature_store import parquet

READ_BY_PYARROW = bytes.fromhex(
    "504152311500151615162c1502150015061506000002000000020101000000611500151c151c2c1502150015061506"
    "0000020000000201000000000000f83f1502193c4806736368656d61150400150c25021805726f7574652500001"
    "50a2502180564656c6179001602191c192c26081c150c19250006191805726f75746515001602163816382608000"
    "026401c150a1925000619180564656c617915001602163e163e264000001676160200280c6d6c6f70732d737461676"
    "573007d00000050415231"
)


def test_a_file_is_what_pyarrow_reads() -> None:
    assert parquet.file({"route": "string", "delay": "double"}, [{"route": "a", "delay": 1.5}]) == READ_BY_PYARROW


def test_the_footer_says_how_long_it_is() -> None:
    content = parquet.file({"flights": "bigint"}, [{"flights": 3}])
    (length,) = struct.unpack("<I", content[-8:-4])
    assert content[-8 - length :][:2] == b"\x15\x02"  # field 1, version 1
    assert length < len(content) - 12


def test_values_that_are_missing_take_no_room() -> None:
    some = parquet.file({"route": "string"}, [{"route": "JFK"}, {"route": None}, {}])
    assert some.count(b"JFK") == 1
    assert struct.pack("<I", 4) + b"\x02\x01\x04\x00" in some  # one that is there, two that are not


def test_booleans_are_bits_and_integers_eight_bytes() -> None:
    rows = [{"gone": value, "n": -1} for value in (True, False, True)]
    content = parquet.file({"gone": "boolean", "n": "bigint"}, rows)
    assert b"\x06\x01\x05" in content
    assert b"\xff" * 24 in content
