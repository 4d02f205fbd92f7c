"""The public key of the ledger's signer: from KMS, or from a file that an auditor has kept."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)


class PublicKeyError(ValueError):
    """The file is not a public key of ECDSA on P-256."""


class PublicKey:
    """Verifies the signatures of one signer, on this machine and without AWS."""

    def __init__(self, content: bytes) -> None:
        """Read a key in PEM, or in DER as KMS gives it. Raises PublicKeyError."""
        try:
            key = load_pem_public_key(content) if b"-----BEGIN" in content else load_der_public_key(content)
        except (ValueError, UnsupportedAlgorithm) as error:
            message = "it is not a public key in PEM or DER"
            raise PublicKeyError(message) from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            message = "it is a public key, but not of ECDSA on the curve P-256"
            raise PublicKeyError(message)
        self._key = key

    @property
    def sha256(self) -> str:
        """The SHA-256 of the key in DER: what to write down, and to compare next time."""
        der = self._key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()

    def holds(self, content: bytes, signature: bytes) -> bool:
        """Whether a signature is the signer's, of these bytes."""
        try:
            self._key.verify(signature, content, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True
