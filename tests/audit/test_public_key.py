"""PublicKey: ECDSA on P-256 and nothing else, from a file or from KMS."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mlops_stages.audit import PublicKey, PublicKeyError

PRIVATE = ec.generate_private_key(ec.SECP256R1())
DER = PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
PEM = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("content", [DER, PEM], ids=["DER", "PEM"])
def test_a_key_is_read_in_pem_and_in_der_and_is_known_by_its_sha256(content: bytes) -> None:
    assert PublicKey(content).sha256 == hashlib.sha256(DER).hexdigest()


def test_a_signature_holds_for_its_own_bytes_alone() -> None:
    signature = PRIVATE.sign(b"head", ec.ECDSA(hashes.SHA256()))
    key = PublicKey(DER)
    assert key.holds(b"head", signature)
    assert not key.holds(b"heads", signature)
    assert not key.holds(b"head", b"")
    other = ec.generate_private_key(ec.SECP256R1()).sign(b"head", ec.ECDSA(hashes.SHA256()))
    assert not key.holds(b"head", other)


def test_what_is_no_such_key_is_refused() -> None:
    other_curve = ec.generate_private_key(ec.SECP384R1()).public_key()
    another_kind = rsa.generate_private_key(65537, 2048).public_key()
    for key in (other_curve, another_kind):
        with pytest.raises(PublicKeyError, match="P-256"):
            PublicKey(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    for content in (b"", b"-----BEGIN PUBLIC KEY-----", b"\x30\x59", b"\x00" * 1000):
        with pytest.raises(PublicKeyError, match="PEM or DER"):
            PublicKey(content)
