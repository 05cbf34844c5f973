"""Whether the computer has come back to a network: an edge to the system. Tests say so themselves."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

Network = Callable[[QObject, Callable[[], None]], None]
"""Calls the second argument whenever a network appears, as long as the first one lives."""


def no_network(_owner: QObject, _appeared: Callable[[], None]) -> None:
    """A computer that never tells."""


def system_network(owner: QObject, appeared: Callable[[], None]) -> None:
    """What the operating system tells; where it tells nothing the interval of the automatic sync is all there is."""
    from PySide6.QtNetwork import QNetworkInformation  # only a desk that is open asks

    if not QNetworkInformation.loadDefaultBackend():
        return
    known = QNetworkInformation.instance()
    reachable = (QNetworkInformation.Reachability.Online, QNetworkInformation.Reachability.Site,
                 QNetworkInformation.Reachability.Local)

    def changed(state: QNetworkInformation.Reachability) -> None:
        if state in reachable:
            appeared()
    known.reachabilityChanged.connect(changed)
    owner.destroyed.connect(lambda: known.reachabilityChanged.disconnect(changed))
