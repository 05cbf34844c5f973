"""Running the hub: uvicorn with the hub's own certificate, and an end that finishes what was begun."""

from __future__ import annotations

import gc
import socket
import ssl
from collections.abc import Callable

import uvicorn

from kanto_desk.errors import Trouble
from kanto_desk.hub.addresses import url_of
from kanto_desk.hub.app import build
from kanto_desk.hub.caring import EVERY_SECONDS, Care
from kanto_desk.hub.limits import LIMITS
from kanto_desk.hub.logs import log_to
from kanto_desk.hub.opening import Hub
from kanto_desk.hub.own_ca import ready_server
from kanto_desk.i18n import tr

GRACE_SECONDS = 20


def serve(hub: Hub, host: str, port: int, names: list[str], ready: Callable[[str], None],
          every: float = EVERY_SECONDS) -> None:
    """Serve until told to end (SIGTERM, Ctrl+C); `ready` is told the address once laptops are answered.

    Every so many seconds it looks after its certificate. Raises Trouble where the address cannot be listened on.
    """
    place = _listening(host, port)
    chain, key = ready_server(hub.folder, names, hub.clock())
    hub.limits = LIMITS
    log_to()
    config = uvicorn.Config(build(hub), host=host, port=port, log_config=None, access_log=False,
                            ssl_certfile=str(chain), ssl_keyfile=str(key), ssl_version=ssl.PROTOCOL_TLS_SERVER,
                            timeout_graceful_shutdown=GRACE_SECONDS, server_header=False, date_header=False)
    gc.collect()
    gc.freeze()   # what is loaded stays; a batch of 5,000 changes would be searched for cycles again and again
    gc.set_threshold(50_000, 20, 100)
    with place:
        _Server(config, ready, hub, names, every).run(sockets=[place])


def listening(host: str, port: int) -> socket.socket:
    """A socket whose connections send at once what is written to them; port 0 is any that is free. Raises OSError.

    Head and body of an answer are two writes: else the second waits until the laptop has confirmed the first, which it
    does 40 ms later (Linux) or 200 (Windows). Set here, as asyncio sees no TCP in what `create_server` gives.
    """
    place = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    place.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return place


def _listening(host: str, port: int) -> socket.socket:
    try:
        return listening(host, port)
    except OSError as error:
        raise Trouble(tr("{host}:{port} で待ち受けられません。", host=host, port=port), tr("何も変わっていません。"),
                      tr("ほかのプログラムが使っていないかを確かめるか、--port で別の番号を選びます。"),
                      str(error)) from error


class _Server(uvicorn.Server):
    """Tells when it listens, with the port that was given to it, and looks after the hub from then on."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None], hub: Hub, names: list[str],
                 every: float) -> None:
        super().__init__(config)
        self._ready = ready
        self._kept = (hub, names, every)
        self._care: Care | None = None

    async def startup(self, sockets: list[object] | None = None) -> None:   # type: ignore[override]
        await super().startup(sockets=sockets)   # type: ignore[arg-type]
        if self.servers:
            address, port = self.servers[0].sockets[0].getsockname()[:2]
            assert self.config.ssl is not None
            hub, names, every = self._kept
            self._care = Care(hub, names, self.config.ssl, every)
            self._care.begin()
            self._ready(url_of(address, port))

    async def shutdown(self, sockets: list[object] | None = None) -> None:   # type: ignore[override]
        await super().shutdown(sockets=sockets)   # type: ignore[arg-type]
        if self._care is not None:
            await self._care.end()


def line_of_enrolment(url: str, code: str, fingerprint: str) -> str:
    """What a person types or pastes at a laptop to join: address, one-time code, and the hub's fingerprint."""
    return f"{url.removeprefix('https://')}/{code}/{fingerprint}"

