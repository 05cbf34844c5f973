"""Figures of a running hub for Prometheus: counted as requests pass, and read from the database when asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from kanto_desk.hub.opening import Hub
from kanto_desk.hub.overview import overview_of

CHANGES = ("pushed", "pulled", "held", "refused")


class Metrics:
    """The figures of one process; label values are paths of our own, states and numbers, never text of people."""

    def __init__(self, hub: Hub) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter("kanto_hub_requests", "Requests answered", ("path", "status"), registry=self._registry)
        self._seconds = Histogram("kanto_hub_request_seconds", "Seconds from request to answer", ("path",),
                                  registry=self._registry)
        self._changes = Counter("kanto_hub_changes", "Changes by what became of them", ("outcome",),
                                registry=self._registry)
        self.in_progress = Gauge("kanto_hub_requests_in_progress", "Requests begun and not answered",
                                 registry=self._registry)
        for outcome in CHANGES:
            self._changes.labels(outcome)
        self._registry.register(_Stored(hub))

    def answered(self, path: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def changed(self, outcome: str, many: int) -> None:
        """So many changes were pushed, pulled, held or refused."""
        self._changes.labels(outcome).inc(many)

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self._registry)


class _Stored(Collector):
    """What the database and the disk say at the moment."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def describe(self) -> list[Any]:
        """Nothing is read when the collector is registered."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures of now."""
        with self._hub.read() as conn:
            seen = overview_of(self._hub, conn)
        devices = GaugeMetricFamily("kanto_hub_devices", "Enrolled computers", labels=["state"])
        for state, many in seen.devices.items():
            devices.add_metric([state], many)
        yield devices
        for name, words, value in (
                ("conflicts_open", "Fields with more than one value alive", seen.conflicts),
                ("changes_held", "Changes held", seen.held), ("changes_refused", "Changes refused", seen.refused),
                ("unsent", "Changes that computers in use said they still had to send", seen.unsent),
                ("number", "Running number of changes", seen.number),
                ("storage_bytes", "Size of the database", seen.bytes),
                ("disk_free_bytes", "Free room of the hub's disk", shutil.disk_usage(self._hub.folder).free),
                ("last_backup_seconds", "Moment of the last backup since 1970, 0 without one", seen.backup_seconds)):
            yield GaugeMetricFamily(f"kanto_hub_{name}", words, value=value)
