"""A disk that can be full."""

from __future__ import annotations

from tests.e2e.test_cli_disks import disk

__all__ = ["disk"]
