"""Around every message: limits on one-time codes, failures of the world told as such, and what the log knows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from kanto_desk.db.trouble import explain, is_full
from kanto_desk.errors import Trouble
from kanto_desk.hub.limits import give_back, try_one
from kanto_desk.hub.logs import LOG
from kanto_desk.hub.opening import Hub
from kanto_desk.sync import wire

BUSY_SECONDS = 5

Handler = Callable[[Hub, str, Mapping[str, str], bytes], tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back, and the reason and waiting time in it, for log and headers."""

    status: int
    body: bytes
    reason: str = ""
    retry_after: int = 0


def guarded(hub: Hub, handle: Handler, path: str, headers: Mapping[str, str], body: bytes, address: str) -> Answer:
    """Answer a message from an address (only its hash is kept). Never raises: a fault of ours is a 500."""
    try:
        if path == "/enrol" and "code" in hub.limits:
            return _counted(hub, handle, path, headers, body, address)
        return _answer(*handle(hub, path, headers, body))
    except (DBAPIError, OSError, Trouble) as error:
        LOG.warning("trouble", exc_info=error, extra={"told": {"path": path}})
        if isinstance(error, Trouble) or is_full(explain(error)):
            return _problem(503, wire.Problem("full"))
        return _problem(503, wire.Problem("busy", retry_after=BUSY_SECONDS))
    except Exception as error:   # noqa: BLE001 - the outermost frame of a request: it is logged and told as a fault
        LOG.error("fault", exc_info=error, extra={"told": {"path": path}})
        return _problem(500, wire.Problem("fault"))


def _answer(status: int, answer: bytes) -> Answer:
    if status == 200:
        return Answer(status, answer)
    problem = wire.unpacked(answer, wire.Problem)
    return Answer(status, answer, problem.reason, problem.retry_after)


def _problem(status: int, problem: wire.Problem) -> Answer:
    return Answer(status, wire.packed(problem), problem.reason, problem.retry_after)


def address_key(address: str) -> str:
    """An address as it is counted: by its hash."""
    return hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()[:16]


def _counted(hub: Hub, handle: Handler, path: str, headers: Mapping[str, str], body: bytes, address: str) -> Answer:
    """Answer a one-time code; counted before it is looked at, and given back unless it was wrong."""
    limit, keys = hub.limits["code"], (f"code {address_key(address)}",)
    now_ms = int(hub.clock().timestamp() * 1000)
    with hub.write() as conn:
        wait = try_one(conn, keys, limit, now_ms)
    if wait:
        return _problem(429, wire.Problem("busy", retry_after=wait))
    answer = _answer(*handle(hub, path, headers, body))
    if answer.reason != "code":
        with hub.write() as conn:
            give_back(conn, keys, limit, now_ms)
    return answer
