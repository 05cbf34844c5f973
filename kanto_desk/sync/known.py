"""Where a desk keeps what it knows of its hub. Light on purpose: asked at every start, also by desks without a hub."""

from __future__ import annotations

HUB = "hub"
"""Setting: what this desk knows of its hub (`client.Known`)."""
