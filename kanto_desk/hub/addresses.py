"""The address under which laptops reach a hub: host and port as they stand in a line of enrolment."""

from __future__ import annotations

import ipaddress
import re
import urllib.parse

from kanto_desk.errors import Refused
from kanto_desk.i18n import tr

_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.(?!-)[A-Za-z0-9-]{1,63})*")


def address_of(text: str) -> str:
    """An address as it is kept: HOST, HOST:PORT, or [IPv6]:PORT; a bare IPv6 gets its brackets. Raises Refused."""
    given = text.strip().removeprefix("https://").rstrip("/")
    try:
        return f"[{ipaddress.IPv6Address(given)}]"
    except ValueError:
        pass
    try:
        parts = urllib.parse.urlsplit(f"//{given}")
        host, port = parts.hostname or "", parts.port
        if parts.netloc != given or "@" in given or (port is not None and not port):
            raise ValueError(given)
        if given.startswith("["):
            ipaddress.IPv6Address(host)
        elif not _NAME.fullmatch(host) or given.endswith(":"):
            raise ValueError(given)
    except ValueError as error:
        raise Refused(tr("場所は「hub.example.jp:8443」「192.0.2.5:8443」「[2001:db8::5]:8443」のように書きます。"),
                      "address") from error
    return given


def host_of(address: str) -> str:
    """The host of an address without brackets and port, as a certificate names it."""
    return urllib.parse.urlsplit(f"//{address_of(address)}").hostname or ""


def url_of(host: str, port: int) -> str:
    """Where something listens, as a URL."""
    return f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
