"""The hub's web application: one request a sync, a first fill, and enrolment. Holds no rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request, Response
from sqlalchemy import Connection, bindparam, delete, insert, update
from sqlalchemy.exc import IntegrityError

from kanto_desk.errors import Refused
from kanto_desk.hub import (
    accounts,
    authorities,
    bundle_keys,
    contents,
    escrow,
    filling,
    giving,
    going_back,
    late,
    losing,
    resending,
    vouching,
)
from kanto_desk.hub import tables as t
from kanto_desk.hub.accepting import Cloned, Gap, accept
from kanto_desk.hub.accounts import Laptop
from kanto_desk.hub.content_place import FolderPlace
from kanto_desk.hub.describing import describe, described
from kanto_desk.hub.guarding import guarded
from kanto_desk.hub.limits import count_one
from kanto_desk.hub.metrics import Metrics
from kanto_desk.hub.opening import VOUCHING, Hub, value_of, values_of
from kanto_desk.hub.own_ca import CA_FILE
from kanto_desk.hub.watching import Watched, add_paths
from kanto_desk.hub.web.routes import add_pages
from kanto_desk.rules.access import device_scope, scopes_read
from kanto_desk.sync import again_wire, content_wire, escrow_wire, signing, wire
from kanto_desk.sync.short_form import is_short

KIND = "application/vnd.kanto-desk"
MOST_BODY = wire.MOST_UNPACKED

AT_ONCE = 8
"""So many messages about records are worked on at once in a process: more threads take the processor from one another
and, on PostgreSQL, locks. Files have threads of their own: their store may be slow.
"""


class _Answered(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, problem: wire.Problem) -> None:
        super().__init__(problem.reason)
        self.status = status
        self.problem = problem


def build(hub: Hub) -> FastAPI:
    """The application over an open hub."""
    app = FastAPI(title="kanto-desk hub", version=str(wire.VERSION), docs_url=None, redoc_url=None)
    metrics = Metrics(hub)
    hub.observe = metrics.changed
    with hub.write() as conn:
        contents.add_indexes(conn)
    FolderPlace(hub.folder).tidy(contents.UNFINISHED_DAYS)   # chunks wait there, wherever the files are

    few = CapacityLimiter(AT_ONCE)

    async def answered(request: Request) -> Response:
        parts, size = [], 0
        async for part in request.stream():
            parts.append(part)
            size += len(part)
            if size > MOST_BODY:
                return Response(wire.packed(wire.Problem("size")), 413, media_type=KIND)
        body = b"".join(parts)
        address = request.client.host if request.client else ""
        path = request.url.path
        work = partial(guarded, hub, handle, path, dict(request.headers), body, address)
        answer = await to_thread.run_sync(work, limiter=None if path == content_wire.PATH else few)
        request.state.reason = answer.reason
        wait = {"Retry-After": str(answer.retry_after)} if answer.retry_after else None
        return Response(answer.body, answer.status, wait, media_type=KIND)

    for path in WORK:
        app.post(path, **described(path))(answered)

    @app.get("/ca")
    def authority() -> Response:
        """The hub's certificate authority; whoever asks compares its fingerprint."""
        return Response((hub.folder / CA_FILE).read_bytes(), media_type="application/x-pem-file")

    @app.get("/health")
    def health() -> dict[str, str]:
        """Whether the database answers."""
        with hub.read() as conn:
            return {"status": "ok", "epoch": value_of(conn, "epoch")}

    add_paths(app, hub, metrics)
    add_pages(app, hub)
    describe(app)
    app.add_middleware(Watched, metrics=metrics)
    return app


def handle(hub: Hub, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
    """Answer one message: status and bytes."""
    short = is_short(body)   # answered in the form in which it was asked
    try:
        return 200, wire.packed(WORK[path](hub, signing.signed_in(headers), body), short=short)
    except _Answered as no:
        return no.status, wire.packed(no.problem, short=short)
    except wire.Garbled as garbled:
        return 400, wire.packed(wire.Problem(garbled.reason))


def _now_ms(hub: Hub) -> int:
    return int(hub.clock().timestamp() * 1000)


def _laptop(hub: Hub, signed: signing.Signed | None, path: str, epoch: str | None, body: bytes) -> Laptop:
    """Whose request it is; signed for the epoch it names or, without one, for the hub's own.

    Raises _Answered unless it is genuine, new and of a laptop in use.
    """
    if signed is None:
        raise _Answered(401, wire.Problem("unsigned"))
    now = _now_ms(hub)
    with hub.read() as conn:
        laptop = accounts.laptop_of(conn, signed.dev, hub.clock().date())
    if laptop is None or not signing.is_genuine(laptop.signing, signed, path, laptop.epoch if epoch is None else epoch,
                                                body):
        raise _Answered(401, wire.Problem("signature"))
    if laptop.state != "active":
        order = losing.order_to_wipe(hub, laptop.dev, now) if laptop.state == "revoked" else ""
        raise _Answered(401, wire.Problem(laptop.state, order=order))
    if abs(signed.time - now) > signing.MOST_SKEW_MS:
        raise _Answered(401, wire.Problem("clock", now))
    return laptop


def _once(hub: Hub, conn: Connection, signed: signing.Signed | None) -> None:
    """Note a request in the transaction of its work. Raises _Answered if it came before; then nothing may be kept."""
    assert signed is not None
    now = _now_ms(hub)
    if now - 3 * signing.MOST_SKEW_MS >= hub.nonces_from:   # from time to time: each of them costs a search
        hub.nonces_from = now - 2 * signing.MOST_SKEW_MS
        conn.execute(_FORGET_NONCES, {"before": hub.nonces_from})
    try:
        conn.execute(_NOTE_NONCE, {"dev": signed.dev, "nonce": signed.nonce, "at": now})
    except IntegrityError as error:
        raise _Answered(401, wire.Problem("repeated")) from error
    limit = hub.limits.get("device")   # genuine requests alone count: nobody can use up another's
    wait = count_one(conn, f"device {signed.dev}", limit, now) if limit else 0
    if wait:
        raise _Answered(429, wire.Problem("busy", now, retry_after=wait))


_FORGET_NONCES = delete(t.nonce).where(t.nonce.c.at < bindparam("before", type_=t.Number))
_NOTE_NONCE = insert(t.nonce)
_SEEN = update(t.device).where(t.device.c.dev == bindparam("at_dev")).values(
    seen_at=bindparam("seen_at"), seen=bindparam("seen"))


def _sync(hub: Hub, signed: signing.Signed | None, body: bytes) -> wire.Reply:
    request = wire.unpacked(body, wire.Request)
    laptop = _laptop(hub, signed, "/sync", request.epoch, body)
    now = hub.clock()
    scopes = scopes_read(laptop.reader) | {device_scope(laptop.dev)}
    is_clone, code = False, ""
    with hub.write() as conn:   # one commit a request: the disk's answer is most of the time of a small one
        _once(hub, conn, signed)
        lost = accounts.note_scopes(conn, laptop.dev, scopes)
        try:   # both are noticed before `accept` writes anything
            if request.epoch != laptop.epoch:
                going_back.need_from(conn, laptop.dev, request.epoch, request.first)
            resending.note_told(conn, laptop.dev, request, laptop.epoch)
            known = values_of(conn, (VOUCHING, resending.key_of(laptop.dev))) if request.push else {}
            key = known.get(VOUCHING, "")
            vouched = vouching.proven(conn, laptop.dev, laptop.body, request.push, request.vouched, key)
            taken = accept(conn, laptop.dev, laptop.reader, laptop.body, request.first, request.push, now.isoformat(),
                           hub.steps, vouched, int(known.get(resending.key_of(laptop.dev), 0)))
            acked, verdicts = taken.acked, taken.verdicts
            conn.execute(_SEEN, {"at_dev": laptop.dev, "seen_at": now.isoformat(),
                                 "seen": f'{{"unsent": {max(0, request.unsent)}}}'})
            code = vouching.code_of(conn, laptop.dev, laptop.body, request.first, request.push, taken.accepted, key)
        except Gap as gap:
            acked, verdicts = gap.acked, []
            resending.note_gap(conn, laptop.dev, request.first, request.epoch)
        except Cloned:
            is_clone = True
            losing.quarantine(hub, laptop.dev, body)   # before the laptop is marked: it is not asked for it again
            conn.execute(update(t.device).where(t.device.c.dev == laptop.dev).values(state="cloned"))
            accounts.note(conn, laptop.dev, "cloned", now)
    if is_clone:
        raise _Answered(409, wire.Problem("cloned"))
    hub.observe("pushed", sum(1 for c in request.push if laptop.seq < c.seq <= acked))
    for state in ("held", "refused"):
        hub.observe(state, sum(1 for v in verdicts if v.state == state))
    with hub.read() as conn:
        told = values_of(conn, ("epoch", f"backed_up {laptop.dev}"))
        epoch, backed_up = told["epoch"], told.get(f"backed_up {laptop.dev}", 0)
        cursors = request.cursors if request.epoch == epoch else {}
        given = giving.changes_since(conn, laptop.dev, scopes, cursors, wire.MOST_CHANGES,
                                     None if laptop.forgot else laptop.dev)
    _will_forget(hub, laptop, given)
    hub.observe("pulled", len(given.events))
    return wire.Reply(wire.VERSION, epoch, _now_ms(hub), acked, backed_up, sorted(scopes), lost,
                      {s: given.upto for s in scopes if s in cursors},
                      giving.in_words_of(given.events, request.sv, hub.steps), verdicts, given.more,
                      *(bundle_keys.public_of(hub) if request.keys or request.epoch != epoch else ("", "")),
                      contents.wanted_of(hub, laptop), _next_authority(hub, laptop, request), code)


def _next_authority(hub: Hub, laptop: Laptop, request: wire.Request) -> str:
    """The authority that will be used next, until the laptop has said that it knows it."""
    pem = authorities.next_of(hub)
    if not pem or not authorities.names(pem, request.authority):
        return pem
    with hub.write() as conn:
        authorities.learned(conn, laptop.dev, pem)
    return ""


def _will_forget(hub: Hub, laptop: Laptop, given: giving.Given) -> None:
    """Note, before it is told, that a laptop forgets rows: its own are no longer surely there."""
    if not laptop.forgot and any(e.leave is not None for e in given.events):
        with hub.write() as conn:
            accounts.note_forgetting(conn, laptop.dev)


def _fill(hub: Hub, signed: signing.Signed | None, body: bytes) -> wire.Filled:
    request = wire.unpacked(body, wire.Fill)
    laptop = _laptop(hub, signed, "/fill", None, body)
    scopes = scopes_read(laptop.reader) | {device_scope(laptop.dev)}
    with hub.write() as conn:
        _once(hub, conn, signed)
    after = (request.after[0], request.after[1]) if request.after and len(request.after) == 2 else None
    if request.done:
        with hub.write() as conn:
            accounts.forget_scope(conn, laptop.dev, request.scope)
            epoch = value_of(conn, "epoch")
        return wire.Filled(wire.VERSION, epoch, 0)
    with hub.read() as conn:
        epoch = value_of(conn, "epoch")
        if request.lost:   # of a scope that is read, too: a laptop that reads anew forgets what left it meanwhile
            given = giving.lost_of(conn, request.scope, scopes, after, 1000)
        elif request.scope in scopes:
            since = accounts.scope_since(conn, laptop.dev, request.scope)
            own = None if laptop.forgot else laptop.dev
            given = filling.pages_of(conn, request.scope, scopes, since, after, own, request.most)
        else:
            raise _Answered(403, wire.Problem("scope"))
    _will_forget(hub, laptop, given)
    return wire.Filled(wire.VERSION, epoch, given.upto,
                       giving.in_words_of(given.events, request.sv, hub.steps), given.more,
                       list(given.last) if given.last else None)


def _again(hub: Hub, signed: signing.Signed | None, body: bytes) -> again_wire.Took:
    asked = wire.unpacked(body, again_wire.Again)
    laptop = _laptop(hub, signed, again_wire.PATH, None, body)
    with hub.write() as conn:
        _once(hub, conn, signed)
        new = late.take(hub, conn, laptop, asked)
        epoch = value_of(conn, "epoch")
    hub.observe("pushed", new)
    return again_wire.Took(wire.VERSION, epoch, new)


def _contents(hub: Hub, signed: signing.Signed | None, body: bytes) -> content_wire.Told:
    ask = wire.unpacked(body, content_wire.Ask)
    laptop = _laptop(hub, signed, content_wire.PATH, None, body)
    with hub.write() as conn:
        _once(hub, conn, signed)
    try:
        return contents.answer(hub, laptop, ask)
    except contents.NotGiven as no:
        raise _Answered(no.status, wire.Problem(no.reason)) from no


def _escrow(hub: Hub, signed: signing.Signed | None, body: bytes) -> escrow_wire.Escrowed:
    asked = wire.unpacked(body, escrow_wire.Escrow, 1 << 16)
    laptop = _laptop(hub, signed, escrow_wire.PATH, None, body)
    recipient = escrow.recipient_of(hub)
    with hub.write() as conn:
        _once(hub, conn, signed)
        if asked.drop:
            escrow.drop(conn, laptop.dev, hub.clock())
        elif asked.sealed:
            escrow.keep(hub, conn, laptop.dev, asked.sealed, hub.clock())
        return escrow_wire.Escrowed(wire.VERSION, recipient, bool(escrow.left_by(conn, [laptop.dev])))


def _enrol(hub: Hub, _signed: signing.Signed | None, body: bytes) -> wire.Enrolled:
    request = wire.unpacked(body, wire.Enrol, 1 << 16)
    now = hub.clock()
    try:
        with hub.write() as conn:
            part, person, office = accounts.enrol(conn, request.code, request.dev, request.name, request.signing,
                                                  request.sealing, now)
            accounts.note(conn, request.dev, "enrolled", now, person=person.uid)
            if 0 < request.sent < 1 << 62:
                resending.note_late(conn, request.dev, request.sent)
            epoch, name = value_of(conn, "epoch"), value_of(conn, "name")
            lease = losing.lease_of(conn, request.dev)
    except (Refused, ValueError) as refused:
        reason = refused.message if isinstance(refused, Refused) else "key"
        raise _Answered(403, wire.Problem(reason)) from refused
    return wire.Enrolled(wire.VERSION, epoch, name, person.uid, person.name, office.uid if office else "",
                         office.name if office else "", office.base_code if office else "", part, _now_ms(hub),
                         *bundle_keys.public_of(hub), *lease)


WORK: Mapping[str, Callable[[Hub, signing.Signed | None, bytes], Any]] = {
    "/sync": _sync, "/fill": _fill, "/enrol": _enrol, content_wire.PATH: _contents,
    again_wire.PATH: _again, escrow_wire.PATH: _escrow}
"""Path → what answers a message posted there."""
