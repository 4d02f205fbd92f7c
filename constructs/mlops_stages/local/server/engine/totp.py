"""The six digits of a virtual MFA device (RFC 6238), for the server to check and for a person or a test to show."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct

STEP_SECONDS = 30


def code(seed: str, at: float) -> str:
    """Return what a device of that base32 seed shows at a time, in seconds since the epoch."""
    digest = hmac.new(base64.b32decode(seed), struct.pack(">Q", int(at) // STEP_SECONDS), hashlib.sha1).digest()
    start = digest[-1] & 15
    number: int = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
