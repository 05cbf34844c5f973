"""A disk that can be full; and no traffic but to loopback: opening any other address fails the test that does it."""

from __future__ import annotations

import ipaddress
import sys
from typing import Any

from tests.e2e.test_cli_disks import disk

__all__ = ["disk"]


def _only_loopback(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = arguments[1][0]
    try:
        near = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        near = False
    if not near:
        raise AssertionError(f"a test opened {host}")


sys.addaudithook(_only_loopback)
