"""What a serving hub looks after by itself: its certificate each minute, its authority and its files once a day."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from kanto_desk.errors import Refused
from kanto_desk.hub import accounts, authorities
from kanto_desk.hub.logs import LOG
from kanto_desk.hub.opening import Hub, put_value, value_of
from kanto_desk.hub.own_ca import authority_ends, ready_server, reloaded
from kanto_desk.hub.settled import drop_gone
from kanto_desk.hub.sweeping import DAY_MS, sweep

EVERY_SECONDS: Final = 60
ANNOUNCE_DAYS: Final = 400
"""The next authority is announced when less than this is left: a laptop may lie in a drawer for a year."""
CARED: Final = "cared"
"""Setting: when a process of this hub last did what is done once a day, milliseconds since 1970."""


class Care:
    """Looks after a hub from its event loop until it is ended; what fails is logged and tried again the next time."""

    def __init__(self, hub: Hub, names: list[str], context: ssl.SSLContext, every: float = EVERY_SECONDS) -> None:
        self._hub, self._names, self._context, self._every = hub, names, context, every
        self._shown = b""
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begin, in the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def end(self) -> None:
        """Begin nothing more, and wait for a file that is being removed."""
        self._ended.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), self._every)
                return
            await self._tried(self._certificate)
            await self._tried(self._daily)

    async def _tried(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Refused:   # files are on their way to another store: another day
            pass
        except Exception as error:   # noqa: BLE001 - the outermost frame: a hub goes on serving whatever its care meets
            LOG.warning("care failed", exc_info=error)

    async def _certificate(self) -> None:
        """Make the certificate anew before it runs out, and show it to whoever connects from now on."""
        hub = self._hub
        await asyncio.to_thread(ready_server, hub.folder, self._names, hub.clock())
        # In the loop, which begins the connections: a context is not changed while one is made of it.
        shown = reloaded(hub.folder, self._context, self._shown)
        if self._shown and shown != self._shown:
            LOG.info("certificate renewed")
        self._shown = shown

    async def _daily(self) -> None:
        if await asyncio.to_thread(self._is_time):
            await self._tried(lambda: asyncio.to_thread(self._look_after_authority))
            await self._tried(lambda: asyncio.to_thread(self._look_after_files))
            await self._tried(lambda: asyncio.to_thread(self._look_after_stamps))

    def _is_time(self) -> bool:
        """Whether a day has passed since a process of this hub did it; then this one does."""
        hub = self._hub
        now = int(hub.clock().timestamp() * 1000)
        with hub.read() as conn:
            passed = abs(now - int(value_of(conn, CARED, 0)))   # to either side: the clock may have been set back
        if passed >= DAY_MS:
            with hub.write() as conn:
                put_value(conn, CARED, now)
        return passed >= DAY_MS

    def _look_after_files(self) -> None:
        swept = sweep(self._hub, ended=self._ended.is_set)
        LOG.info("swept", extra={"told": {"files": len(swept.gone), "bytes": swept.bytes, "waiting": swept.waiting}})

    def _look_after_stamps(self) -> None:
        LOG.info("settled", extra={"told": {"stamps": drop_gone(self._hub)}})

    def _look_after_authority(self) -> None:
        hub = self._hub
        left = (authority_ends(hub.folder) - hub.clock()).days
        if left >= ANNOUNCE_DAYS:
            return
        if not authorities.next_of(hub):
            authorities.announce(hub)
            with hub.write() as conn:
                accounts.note(conn, "hub", "authority announced", hub.clock())
        LOG.warning("authority ends", extra={"told": {"days": left, "not_told": len(authorities.not_told(hub))}})
