"""Is this call provably from the provider, and is it fresh? Keyed hashes, JWTs and Ed25519, compared in constant time; pure."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.ports import BadSignature

TOLERANCE = 300.0
"""Seconds a signed instant may lie from ours, either way."""


def from_base64(text: str) -> bytes:
    """Bytes of strict base64. Raises BadSignature."""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSignature("the signature is not base64") from error


def check_fresh(stamp: str | float, now: datetime, *, tolerance: float = TOLERANCE) -> None:
    """Raise BadSignature unless this Unix time (seconds) is within the tolerance of now."""
    try:
        then = float(stamp)
    except ValueError as error:
        raise BadSignature("the signed time is no number") from error
    if not abs(now.timestamp() - then) <= tolerance:
        raise BadSignature("the signed time is too far from now", cause="stale")


def check_hmac(given: bytes, signed: bytes, secrets: Iterable[bytes], algorithm: str) -> None:
    """Raise BadSignature unless one of the secrets gives this keyed hash."""
    fits = [hmac.compare_digest(hmac.digest(secret, signed, algorithm), given) for secret in secrets]
    if not any(fits):
        raise BadSignature("the signature is missing or not this account's")


def check_secret(given: str, secrets: Iterable[str]) -> None:
    """Raise BadSignature unless what was given is one of the secrets."""
    fits = [hmac.compare_digest(secret.encode(), given.encode("utf-8", "replace")) for secret in secrets]
    if not any(fits):
        raise BadSignature("the credentials are missing or not this account's")


def check_ed25519(given: bytes, signed: bytes, public_keys: Iterable[bytes]) -> None:
    """Raise BadSignature unless one of the public keys (32 bytes) signed this."""
    for public_key in public_keys:
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(given, signed)
        except (InvalidSignature, ValueError):
            continue
        return
    raise BadSignature("the signature is missing or not this account's")


def read_jwt(
    token: str, secrets: Iterable[str], *, algorithms: Sequence[str], now: datetime, leeway: float = TOLERANCE
) -> dict[str, Any]:
    """The claims of a token signed with one of the secrets, its `exp` and `nbf` (if any) held to. Raises BadSignature.

    Which claims must be there, `iat` and hashes among them, is the caller's to check.
    """
    for secret in secrets:
        try:
            claims = jwt.decode(
                token,
                secret,
                algorithms=list(algorithms),
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
            )
        except (jwt.PyJWTError, ValueError):
            continue
        _check_times(claims, now, leeway)
        return claims
    raise BadSignature("the token is missing or not this account's")


def _check_times(claims: dict[str, Any], now: datetime, leeway: float) -> None:
    for name, sign in (("exp", 1), ("nbf", -1)):
        instant = claims.get(name)
        if instant is None:
            continue
        if isinstance(instant, bool) or not isinstance(instant, int | float) or sign * (instant - now.timestamp()) < -leeway:
            raise BadSignature(f"the token's {name} says that it does not count now", cause="stale")


def check_hash(given: Any, data: bytes) -> None:
    """Raise BadSignature unless a claim is the hex SHA-256 of this."""
    if not isinstance(given, str) or not hmac.compare_digest(given.lower().encode(), hashlib.sha256(data).hexdigest().encode()):
        raise BadSignature("the body is not the one that was signed")
