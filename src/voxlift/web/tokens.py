"""Secrets that visitors and programs hold: made here, kept only as digests, compared in constant time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

TOKEN_LENGTH = 43
KEY_PREFIX = "vox_"


def new_id() -> str:
    """Make a name for a job or an attempt: 128 random bits."""
    return secrets.token_hex(16)


def link_token(secret: str, job_id: str) -> str:
    """Make the token of a job's private link: 256 bits that only who knows the secret can make again.

    So the table need not hold it, and the same submission sent twice is still given the same link.
    """
    return base64.urlsafe_b64encode(_mac(secret, "link", job_id)).decode().rstrip("=")


def pseudonym(secret: str, who: str) -> str:
    """Give an address, or a key's name, another name: the same one each time, and no way back."""
    return _mac(secret, "client", who).hex()[:32]


def digest(text: str) -> str:
    """Digest of a secret of full length, to be kept in its place."""
    return hashlib.sha256(text.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare without telling by the time how much was right."""
    return hmac.compare_digest(one.encode(), other.encode())


def new_key() -> str:
    """Make a key of the API."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def _mac(secret: str, purpose: str, text: str) -> bytes:
    return hmac.new(secret.encode(), f"{purpose}:{text}".encode(), hashlib.sha256).digest()
