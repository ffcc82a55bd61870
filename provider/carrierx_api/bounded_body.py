"""Reads the body of a response up to a limit, compressed or not.

httpx unpacks each piece that arrives as a whole, and encodings within encodings: 64 kB from the
network could become 64 MB, or 64 GB. So the one encoding that we ask for is unpacked here, piece by
piece.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator

BODY_LIMIT_BYTES = 32 * 1024 * 1024
"""The longest body that is read, compressed and unpacked. A page of 1,000 numbers is 1 to 2 MB."""

ACCEPT_ENCODING = "gzip"

_PIECE_BYTES = 64 * 1024
_GZIP = zlib.MAX_WBITS | 16


class BodyError(Exception):
    """A body that is not read to its end; the message completes "answered with …"."""


class TooLongError(BodyError):
    """More than the limit."""

    def __init__(self) -> None:
        super().__init__(f"more than {BODY_LIMIT_BYTES // 1024**2} MiB")


async def read_body(received: AsyncIterator[bytes], encoding: str) -> bytearray:
    """Read a body to its end; ``encoding`` is the response's Content-Encoding, or ""."""
    encoding = encoding.strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise BodyError("a body in an encoding that was not asked for")
    unpacker = zlib.decompressobj(_GZIP) if "gzip" in encoding else None
    body = bytearray()
    received_bytes = 0
    async for packed in received:
        # Counted as well: an endless gzip of nothing unpacks to nothing.
        received_bytes += len(packed)
        if received_bytes > BODY_LIMIT_BYTES:
            raise TooLongError
        for piece in (packed,) if unpacker is None else _unpacked(unpacker, packed):
            body += piece
            if len(body) > BODY_LIMIT_BYTES:
                raise TooLongError
    if unpacker is not None and received_bytes and not unpacker.eof:
        raise BodyError("a body whose gzip breaks off")
    return body


def _unpacked(unpacker: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    while packed and not unpacker.eof:
        try:
            yield unpacker.decompress(packed, _PIECE_BYTES)
        except zlib.error:
            raise BodyError("a body that is not the gzip it says it is") from None
        packed = unpacker.unconsumed_tail
