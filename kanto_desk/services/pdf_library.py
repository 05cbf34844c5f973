"""The PDF library that reads pages may be used by one thread at a time: whoever calls it holds this lock meanwhile."""

from __future__ import annotations

import threading
from typing import Final

LIBRARY: Final = threading.RLock()
"""Held for one page at a time, so that a preview waits for a page that goes to the printer, never for all of them."""
