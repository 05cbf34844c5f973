"""What is seen of each request from outside: a line in the log, the metrics, and paths that tell how the hub stands."""

from __future__ import annotations

import ipaddress
import re
import time
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError

from kanto_desk.hub.logs import LOG
from kanto_desk.hub.metrics import Metrics
from kanto_desk.hub.opening import Hub
from kanto_desk.hub.overview import is_ready
from kanto_desk.sync.signing import DEVICE, FORMER

_DEVICE = re.compile(r"[0-9a-f]{16}")
_NAMES = (DEVICE.encode(), FORMER[DEVICE].encode())


class Watched:
    """ASGI around the application: counts, measures and logs every request; texts of requests are not looked at."""

    def __init__(self, app: Any, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on and note what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, sent = 500, 0
        began = time.perf_counter()

        async def noted(message: Any) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        self._metrics.in_progress.inc()
        try:
            await self._app(scope, receive, noted)
        finally:
            took = time.perf_counter() - began
            self._metrics.in_progress.dec()
            path = getattr(scope.get("route"), "path", "other")
            self._metrics.answered(path, status, took)
            told: dict[str, Any] = {"path": path, "method": scope["method"][:8], "status": status, "bytes": sent,
                                    "ms": round(took * 1000, 1)}
            heads = dict(scope["headers"])
            device = next((heads[n] for n in _NAMES if n in heads), b"").decode("ascii", "replace")
            if _DEVICE.fullmatch(device):
                told["device"] = device
            if reason := scope.get("state", {}).get("reason"):
                told["reason"] = reason
            LOG.info("request", extra={"told": told})


def add_paths(app: FastAPI, hub: Hub, metrics: Metrics) -> None:
    """`/health/live`, `/health/ready` for whoever starts and balances hubs, `/metrics` for this machine alone."""

    @app.get("/health/live")
    async def live() -> dict[str, str]:
        """Whether the process answers at all."""
        return {"status": "ok"}

    @app.get("/health/ready", responses={503: {"description": "not ready"}})
    def ready() -> JSONResponse:
        """Whether changes can be taken: the database answers, the disk has room."""
        try:
            missing = is_ready(hub)
        except (DBAPIError, OSError):
            missing = "database"
        return JSONResponse({"status": missing or "ok"}, 503 if missing else 200)

    @app.get("/metrics", response_class=Response, responses={403: {"description": "not from this machine"}})
    async def figures(request: Request) -> Response:
        """Figures for Prometheus; asked from this machine only."""
        if not is_here(request):
            return Response("403\n", 403, media_type="text/plain")
        return Response(await run_in_threadpool(metrics.text), media_type="text/plain; version=0.0.4; charset=utf-8")


def is_here(request: Request) -> bool:
    """Whether a request comes from this machine; behind a proxy the address that the proxy names counts."""
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
