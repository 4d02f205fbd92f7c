"""Parquet files of one row group, plain and uncompressed: what the feature store's history is written as.

https://parquet.apache.org/docs/file-format/ and, for the metadata,
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

Value = str | int | float | bool | None
Type = Literal["string", "bigint", "double", "boolean", "timestamp"]
"""As Athena names them; a timestamp is milliseconds since 1970."""

_MAGIC = b"PAR1"
_PHYSICAL: Mapping[Type, int] = {"boolean": 0, "bigint": 2, "timestamp": 2, "double": 5, "string": 6}
_CONVERTED: Mapping[Type, int] = {"string": 0, "timestamp": 9}
_OPTIONAL, _PLAIN, _RLE, _UNCOMPRESSED, _DATA_PAGE = 1, 0, 3, 0, 0

# Thrift's compact types.
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
_Field = tuple[int, int, bytes]


def file(columns: Mapping[str, Type], rows: Sequence[Mapping[str, Value]]) -> bytes:
    """Return the rows as a Parquet file; every column may be without a value."""
    content = bytearray(_MAGIC)
    chunks: list[bytes] = []
    for name, kind in columns.items():
        page = _page(kind, [row.get(name) for row in rows])
        chunks.append(_chunk(name, kind, len(rows), len(content), len(page)))
        content += page
    group = _struct(
        (1, _LIST, _list(_STRUCT, chunks)),
        (2, _I64, _integer(len(content) - len(_MAGIC))),
        (3, _I64, _integer(len(rows))),
    )
    root = _struct((4, _BINARY, _text("schema")), (5, _I32, _integer(len(columns))))
    schema = [root, *(_element(name, kind) for name, kind in columns.items())]
    footer = _struct(
        (1, _I32, _integer(1)),
        (2, _LIST, _list(_STRUCT, schema)),
        (3, _I64, _integer(len(rows))),
        (4, _LIST, _list(_STRUCT, [group])),
        (6, _BINARY, _text("mlops-stages")),
    )
    return bytes(content) + footer + struct.pack("<I", len(footer)) + _MAGIC


def _page(kind: Type, values: Sequence[Value]) -> bytes:
    """One data page with its header: which values there are, and then those."""
    levels = _levels([value is not None for value in values])
    data = struct.pack("<I", len(levels)) + levels + _plain(kind, [value for value in values if value is not None])
    about = _struct(
        (1, _I32, _integer(len(values))),
        (2, _I32, _integer(_PLAIN)),
        (3, _I32, _integer(_RLE)),
        (4, _I32, _integer(_RLE)),
    )
    size = _integer(len(data))
    return _struct((1, _I32, _integer(_DATA_PAGE)), (2, _I32, size), (3, _I32, size), (5, _STRUCT, about)) + data


def _levels(present: Sequence[bool]) -> bytes:
    """Runs of equal bits: twice the length of each, and its bit."""
    runs: list[list[int]] = []
    for bit in present:
        if runs and runs[-1][1] == bit:
            runs[-1][0] += 1
        else:
            runs.append([1, int(bit)])
    return b"".join(_varint(length << 1) + bytes([bit]) for length, bit in runs)


def _plain(kind: Type, values: Sequence[Value]) -> bytes:
    if kind == "string":
        texts = [str(value).encode() for value in values]
        return b"".join(struct.pack("<I", len(text)) + text for text in texts)
    if kind == "boolean":
        bits = sum(1 << place for place, value in enumerate(values) if value)
        return bits.to_bytes((len(values) + 7) // 8, "little")
    if kind == "double":
        return struct.pack(f"<{len(values)}d", *(float(value or 0) for value in values))
    return struct.pack(f"<{len(values)}q", *(int(value or 0) for value in values))


def _chunk(name: str, kind: Type, rows: int, offset: int, size: int) -> bytes:
    about = _struct(
        (1, _I32, _integer(_PHYSICAL[kind])),
        (2, _LIST, _list(_I32, [_integer(_PLAIN), _integer(_RLE)])),
        (3, _LIST, _list(_BINARY, [_text(name)])),
        (4, _I32, _integer(_UNCOMPRESSED)),
        (5, _I64, _integer(rows)),
        (6, _I64, _integer(size)),
        (7, _I64, _integer(size)),
        (9, _I64, _integer(offset)),
    )
    return _struct((2, _I64, _integer(offset)), (3, _STRUCT, about))


def _element(name: str, kind: Type) -> bytes:
    converted: list[_Field] = [(6, _I32, _integer(_CONVERTED[kind]))] if kind in _CONVERTED else []
    return _struct(
        (1, _I32, _integer(_PHYSICAL[kind])), (3, _I32, _integer(_OPTIONAL)), (4, _BINARY, _text(name)), *converted
    )


def _struct(*fields: _Field) -> bytes:
    content, last = bytearray(), 0
    for number, kind, value in fields:
        content.append((number - last) << 4 | kind)
        content += value
        last = number
    return bytes(content) + b"\x00"


def _list(kind: int, items: Iterable[bytes]) -> bytes:
    listed = list(items)
    short = len(listed) < 15
    head = bytes([len(listed) << 4 | kind]) if short else bytes([0xF0 | kind]) + _varint(len(listed))
    return head + b"".join(listed)


def _text(text: str) -> bytes:
    return _varint(len(text.encode())) + text.encode()


def _integer(number: int) -> bytes:
    return _varint(number << 1)  # zigzag, of what is never negative here


def _varint(number: int) -> bytes:
    content = bytearray()
    while number > 0x7F:
        content.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*content, number])
