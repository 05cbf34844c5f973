"""The hub's certificate authorities as a laptop keeps them: that of its enrolment and, once announced, the next."""

from __future__ import annotations

import base64
import hashlib
import re
import ssl

from kanto_desk.sync.wire import Garbled

SHORT = 8
_ONE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)


def announced(ca: str) -> str:
    """The first letters of the fingerprint of the authority that was announced; empty while there is one alone."""
    found = _ONE.findall(ca)
    return _fingerprint(found[-1])[:SHORT] if len(found) > 1 else ""


def with_next(ca: str, pem: str) -> str:
    """Two places: the newest authority so far, and the one announced now. Raises Garbled for what is no certificate."""
    try:
        fresh = _fingerprint(pem)
    except ValueError as error:
        raise Garbled("authority") from error
    found = [one for one in _ONE.findall(ca) if _fingerprint(one) != fresh]
    return "".join([*found[-1:], pem]) if found else ca


def _fingerprint(pem: str) -> str:
    """As in the line of enrolment."""
    der = ssl.PEM_cert_to_DER_cert(pem.strip())
    return base64.b32encode(hashlib.sha256(der).digest()[:20]).decode().lower()
