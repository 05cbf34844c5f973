"""What else happens in a random history: copied folders, clocks months off, stopped laptops, newer programs, files.

`tests.sync.simulator` draws from `MORE` in its own histories; histories of sticks and crashes do without.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text, update

from kanto_desk.db import learning, local
from kanto_desk.db.apply import Change, apply, load
from kanto_desk.db.attachments import CHUNK, Blobs
from kanto_desk.db.dialect import make_engine
from kanto_desk.db.evolution import STEPS
from kanto_desk.db.migrations import ATTACHMENTS, migrate
from kanto_desk.db.schema import canonical, wire_table
from kanto_desk.db.store import Store
from kanto_desk.hub import bundles as hub_bundles
from kanto_desk.hub import quarantine
from kanto_desk.hub import tables as t
from kanto_desk.services.pictures import THUMB
from kanto_desk.sync import bundle, orders
from kanto_desk.sync.bundle_file import Unusable
from kanto_desk.sync.client import HUB, Exchange, NotAnswered
from kanto_desk.sync.contents import Carrying, named
from tests.db.parts import SetClock
from tests.sync.simulated import KEY, SimDesk, World, dev_of, known_of, live, live_of, store_of

NEWER = 3000
UNKNOWN = "mood"
"""A field that some later program has."""

def copy(world: World, desk: SimDesk) -> None:
    """The folder of a laptop is copied, and both go on."""
    if len(world.desks) > 8:
        return
    name = f"desk{world.made}"
    world.made += 1
    desk.store.close()
    shutil.copytree(world.folder / desk.name, world.folder / name)
    now = desk.store.clock()
    desk.store = _opened(world, desk.name, desk.store.clock, desk.store.person)
    store = _opened(world, name, SetClock(now), f"写し{name}")
    world.desks.append(SimDesk(world, name, desk.person, store, desk.store.setting(HUB)))
    world.log.append(f"{desk.name} copied to {name}")


def _opened(world: World, name: str, clock: Any, person: str) -> Store:
    return store_of(world.folder / name, clock, person)


def set_clock(world: World, desk: SimDesk) -> None:
    """A clock is set wrongly by months, or right again."""
    days = world.rnd.choice((-200, -45, 60, 340, 0, 0, 0))
    desk.store.clock.now = world.clock() + timedelta(days=days)   # type: ignore[attr-defined]
    world.log.append(f"{desk.name} clock {days} days off")


def stop(world: World, desk: SimDesk) -> None:
    """A laptop is stopped: it is told to wipe, seals what the hub may lack, and is gone."""
    known = known_of(desk)
    dev = dev_of(desk)
    if len(world.desks) < 3 or not known.signing or any(dev_of(d) == dev for d in world.desks if d is not desk):
        return
    with world.hub.write() as conn:
        conn.execute(update(t.device).where(t.device.c.dev == dev).values(state="revoked"))
    try:
        Exchange(desk.store, desk.carried, known).run()
    except NotAnswered as no:
        assert no.problem.reason == "revoked", no.problem.reason
        assert orders.is_ordered(known.signing, dev, no.problem.order), "the order to wipe is not the hub's"
    else:
        raise AssertionError(f"{desk.name} was answered though it is stopped")
    known = known_of(desk)
    path = world.folder / f"sealed-{desk.name}.kdx"
    bundle.make(desk.store, replace(known, acked=min(known.acked, known.backed_up)), path)
    with desk.store.read() as conn:
        c = local.change.c
        world.stopped[dev] = set(conn.execute(select(c.seq).where(c.dev == dev)).scalars())
    world.sealed.append(path)
    world.desks.remove(desk)
    world.close(desk)
    world.log.append(f"{desk.name} stopped")


def open_sealed(world: World) -> None:
    """The hub takes what stopped laptops left, again after each time it went back to a backup; they stay stopped."""
    with world.hub.write() as conn:
        conn.execute(update(t.device).where(t.device.c.dev.in_(world.stopped)).values(state="revoked"))
    for path in world.sealed:
        try:
            hub_bundles.take(world.hub, path, of_stopped=True)
        except Unusable as refused:
            assert refused.reason == "cloned", refused.reason
            take_from_quarantine(world)
    with world.hub.read() as conn:
        states = conn.execute(select(t.device.c.state).where(t.device.c.dev.in_(world.stopped))).scalars()
        assert set(states) <= {"revoked"}, "a stopped laptop is none any more"


def take_from_quarantine(world: World) -> None:
    """A copy has sent under the name of a stopped laptop: the secretariat takes what that one wrote after all."""
    with world.hub.read() as conn:
        names = [kept.name for kept in quarantine.listing(world.hub, conn) if kept.dev in world.stopped]
    assert names, "what a copied laptop sent is kept"
    for name in names:
        quarantine.take(world.hub, name)
        with world.hub.read() as conn:
            assert not quarantine.one(world.hub, conn, name).lacking, f"{name} was not taken in"


def write_newer(world: World, desk: SimDesk) -> None:
    """A newer program writes a field that nobody else knows."""
    type_name = world.rnd.choice(("consultation", "organization"))
    with desk.store.write() as conn:
        uids = sorted(conn.execute(select(wire_table(type_name).c.uid)).scalars())
        if not uids:
            return
        uid = world.rnd.choice(uids)
        row = load(conn, [(type_name, uid)])[type_name, uid]
        device = conn.execute(select(local.device)).one()
        hlc = max(int(device.hlc, 16), int(desk.store.clock().timestamp() * 1000) << 16) + 1
        base = {UNKNOWN: [row.stamps[UNKNOWN]]} if UNKNOWN in row.stamps else {}
        made = Change(int(device.dev, 16), device.seq + 1, hlc, NEWER, f"tx{device.dev}{device.seq}", type_name, uid,
                      {UNKNOWN: f"値{world.rnd.randrange(10**6)}"}, base, "新しい版", desk.store.clock().isoformat())
        apply(conn, [made], "local")
        conn.execute(update(local.device).values(seq=made.seq, hlc=f"{hlc:016x}"))
    world.log.append(f"{desk.name} newer program writes {type_name}")


def upgrade(world: World, desk: SimDesk) -> None:
    """A program that did not know the theme of a visit kept it all the same; its upgrade learns it."""
    c = wire_table("consultation").c
    with desk.store.write() as conn:
        for row in conn.execute(select(c.uid, c.theme, c["_unknown"].label("unknown")).where(
                c.theme.is_not(None))).all():
            kept = {**(json.loads(row.unknown) if row.unknown else {}), "theme": row.theme}
            conn.execute(text("UPDATE consultation SET theme = NULL, _unknown = :kept WHERE uid = :uid"),
                         {"kept": canonical(kept), "uid": row.uid})
        learning.learn(conn, 0, desk.store.projections, STEPS)
    world.log.append(f"{desk.name} upgraded")


def move(world: World, desk: SimDesk) -> None:
    """A visit goes to another company, or one company is found to be another one."""
    rnd = world.rnd
    companies, visits = live_of(desk, "organization", "consultation")
    if len(companies) < 2:
        return
    with desk.store.operation("移す") as op:
        if visits and rnd.random() < 0.7:
            op.put("consultation", rnd.choice(visits), {"organization": rnd.choice(companies)})
        else:
            one, other = rnd.sample(companies, 2)
            op.put("organization", one, {"merged_into": other})
    world.log.append(f"{desk.name} moved a visit or a company")


def resolve(world: World, desk: SimDesk) -> None:
    """Somebody decides between values that stand beside each other."""
    with desk.store.read() as conn:
        heads = sorted(conn.execute(select(local.head.c.type, local.head.c.uid, local.head.c.field,
                                           local.head.c.value)).all())
    heads = [h for h in heads if h.type in world.types and h.field != UNKNOWN]
    if not heads:
        return
    one = world.rnd.choice(heads)
    with desk.store.operation("決める") as op:
        op.settle(one.type, one.uid, {one.field: json.loads(one.value)})
    world.kinds["resolved"] += 1
    world.log.append(f"{desk.name} resolved {one.type} {one.field}")


def delete_visit(world: World, desk: SimDesk) -> None:
    """A visit is moved to the bin, its lines stay."""
    visits = live(desk, "consultation")
    if visits:
        with desk.store.operation("消す") as op:
            op.delete("consultation", world.rnd.choice(visits))
        world.log.append(f"{desk.name} deleted a visit")


def photo(world: World, desk: SimDesk) -> None:
    """A file is put beside a visit; sometimes more than a chunk of it."""
    visits = live(desk, "consultation")
    if not visits:
        return
    rnd = world.rnd
    content = b"\xff\xd8\xff" + rnd.randbytes(CHUNK + 17 if rnd.random() < 0.05 else rnd.randint(10, 2000))
    digest = _blobs(world, desk).put(content, "image/jpeg", desk.store.clock().isoformat())
    with desk.store.operation("写真") as op:
        op.add("attachment", {"owner_type": "consultation", "owner": rnd.choice(visits), "kind": "photo",
                              "hash": digest, "size": len(content), "mime": "image/jpeg"})
    world.files[digest] = content
    world.log.append(f"{desk.name} photo {digest[:8]}")


def carry(world: World, desk: SimDesk) -> None:
    """Files go between two syncs of records; the link breaks as ever."""
    if desk.blobs is None:
        return
    try:
        Carrying(desk.exchange(), _blobs(world, desk), THUMB).run()
    except (OSError, NotAnswered, ValueError):
        return
    world.log.append(f"{desk.name} files")


def _blobs(world: World, desk: SimDesk) -> Blobs:
    if desk.blobs is None:
        file = world.folder / desk.name / "attachments.db"
        if not file.exists():
            made = world.folder.parent / "attachments.db"
            if not made.exists():
                engine = make_engine(made, KEY, page_size=16384)
                migrate(engine, ATTACHMENTS)
                engine.dispose()
            shutil.copy(made, file)
        desk.blobs = Blobs(make_engine(file, KEY, page_size=16384))
    return desk.blobs


def check_files(world: World) -> None:
    """At the end every file whose row a laptop holds can be fetched whole there, once its holders have sent it."""
    if not world.files:
        return
    for desk in world.desks:   # also of rows that their makers had to forget before the file went
        if desk.blobs is not None:
            Carrying(desk.exchange(), desk.blobs, THUMB).run()
    held = {digest for desk in world.desks if desk.blobs is not None for digest in desk.blobs.hashes()}
    for desk in world.desks:
        with desk.store.read() as conn:
            refused = {r.uid for r in conn.execute(select(local.verdict.c.uid))}
            c = wire_table("attachment").c
            own = set(conn.execute(select(c.hash).where(c.uid.in_(refused))).scalars())
        wanted = sorted((set(named(desk.store)) & held) - own)
        blobs = _blobs(world, desk)
        if wanted:
            told = Carrying(desk.exchange(), blobs, THUMB).fetch(wanted)
            for digest in wanted:
                assert blobs.get(digest) == world.files[digest], f"{desk.name}: file {digest[:8]}: {told.not_taken}"
            world.kinds["file fetched"] += len(wanted)


MORE: dict[str, tuple[Callable[[World, SimDesk], None], float]] = {
    "copied": (copy, 0.3), "clock": (set_clock, 1), "stopped": (stop, 0.4), "newer": (write_newer, 1),
    "upgrade": (upgrade, 0.5), "moved": (move, 1.5), "resolve": (resolve, 1.5), "visit deleted": (delete_visit, 0.5),
    "photo": (photo, 0.5), "files": (carry, 0.5)}
"""What may happen, with its weight beside the 43 of all else."""
