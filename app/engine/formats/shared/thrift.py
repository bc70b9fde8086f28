"""A reader and writer of Thrift's compact protocol, as generic trees.

Just enough to move row groups between Parquet files. Source:
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md

A struct is a dict of field number -> (type, value); a list is (element type, values); integers
of any width are int, binary is bytes, and whatever is read is written back byte for byte.
"""

from __future__ import annotations

from typing import Any

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
_INTEGERS = {I16, I32, I64}

Struct = dict[int, tuple[int, Any]]


class Raw(bytes):
    """A value that is encoded already, such as a struct kept as its bytes."""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def byte(self) -> int:
        self.place += 1
        return self.data[self.place - 1]

    def take(self, length: int) -> bytes:
        self.place += length
        return self.data[self.place - length : self.place]

    def varint(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def zigzag(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def value(self, kind: int) -> Any:
        if kind in _INTEGERS:
            return self.zigzag()
        if kind == BINARY:
            return self.take(self.varint())
        if kind == STRUCT:
            return self.struct()
        if kind in {LIST, SET}:
            return self.list()
        if kind == DOUBLE:
            return self.take(8)
        if kind in {TRUE, FALSE, BYTE}:
            return self.byte()
        raise ValueError(f"unexpected Thrift type {kind}")

    def list(self) -> tuple[int, list[Any]]:
        head = self.byte()
        kind, size = head & 0x0F, head >> 4
        if size == 15:
            size = self.varint()
        return kind, [self.value(kind) for _ in range(size)]

    def struct(self) -> Struct:
        fields: Struct = {}
        number = 0
        while head := self.byte():
            kind = head & 0x0F
            number = number + (head >> 4) if head >> 4 else self.zigzag()
            # A boolean field has its value in its type.
            fields[number] = (kind, None if kind in {TRUE, FALSE} else self.value(kind))
        return fields


def read_struct(data: bytes) -> Struct:
    """The struct that `data` begins with."""
    return _Reader(data).struct()


def write_struct(fields: Struct) -> bytes:
    """The encoding of a struct; fields are written in the order of their numbers."""
    out = bytearray()
    before = 0
    for number, (kind, value) in sorted(fields.items()):
        step = number - before
        out += bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + _zigzag(number)
        if kind not in {TRUE, FALSE}:
            out += _value(kind, value)
        before = number
    return bytes(out) + b"\0"


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _zigzag(value: int) -> bytes:
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _value(kind: int, value: Any) -> bytes:
    if isinstance(value, Raw):
        return value
    if kind in _INTEGERS:
        return _zigzag(value)
    if kind == BINARY:
        return _varint(len(value)) + bytes(value)
    if kind == STRUCT:
        return write_struct(value)
    if kind in {LIST, SET}:
        return _list(*value)
    return bytes(value) if kind == DOUBLE else bytes([value])


def _list(kind: int, values: list[Any]) -> bytes:
    size = len(values)
    head = bytes([size << 4 | kind]) if size < 15 else bytes([0xF0 | kind]) + _varint(size)
    return head + b"".join(_value(kind, value) for value in values)
