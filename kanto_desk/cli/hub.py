"""`kanto-desk hub …`: what the secretariat runs. The hub's folder is `--folder`; `--database` names a PostgreSQL."""

from __future__ import annotations

import json
import re
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, update

from kanto_desk.cli.output import Output, table
from kanto_desk.cli.running import DONE, Interrupted
from kanto_desk.clock import system_clock
from kanto_desk.errors import Refused
from kanto_desk.hub import accounts, cases, escrow, files_left, programmes
from kanto_desk.hub import tables as t
from kanto_desk.hub.addresses import address_of, host_of
from kanto_desk.hub.content_address import contents_of
from kanto_desk.hub.opening import Hub, create, open_hub, put_value, value_of
from kanto_desk.hub.overview import overview_of
from kanto_desk.hub.own_ca import CA_FILE, authority_ends, fingerprint
from kanto_desk.hub.role_words import Places
from kanto_desk.i18n import tr
from kanto_desk.rules.access import Grant, Role

DEFAULT_PORT = 8443


@contextmanager
def opened(args: Namespace) -> Iterator[Hub]:
    """The hub of a command, closed at the end."""
    hub = open_hub(Path(args.folder), system_clock, args.database)
    try:
        yield hub
    finally:
        hub.close()


def init(args: Namespace, out: Output) -> int:
    """Make a hub."""
    address = address_of(args.address)
    bodies: list[str] = []

    def begin(conn: Connection) -> None:   # all of it or nothing: half a hub could neither be used nor made again
        put_value(conn, "address", address)
        bodies.append(accounts.add_body(conn, args.name, args.base_code, system_clock()))

    create(Path(args.folder), system_clock, args.name, args.database, begin).close()
    out.result({"folder": str(Path(args.folder).resolve()), "body": bodies[0]},
               [tr("同期先をつくりました：{folder}", folder=Path(args.folder).resolve()),
                tr("次は hub people add で人を、hub code で参加の1行をつくり、hub serve で動かします。")])
    return DONE


def serve(args: Namespace, out: Output) -> int:
    """Serve until told to end; prints the address when laptops are answered."""
    from kanto_desk.hub.content_address import use_contents
    from kanto_desk.hub.serving import serve as run

    with opened(args) as hub:
        with hub.read() as conn:
            address = str(value_of(conn, "address", "localhost"))
        if args.contents:
            use_contents(hub, args.contents)
        names = list(dict.fromkeys([host_of(address), "localhost", "127.0.0.1", "::1"]))

        def ready(url: str) -> None:
            out.result({"url": url}, [tr("動いています：{url}（Ctrl+C で終わります）", url=url)])
            sys.stdout.flush()

        with suppress(Interrupted):   # to be told to end is how serving ends; what was begun has been finished
            run(hub, args.host, args.port, names, ready)
    return DONE


def people_add(args: Namespace, out: Output) -> int:
    """Add a person with a first role."""
    with opened(args) as hub, hub.write() as conn:
        now = system_clock()
        person = accounts.add_person(conn, args.name, args.kana, now)
        given = _grant(conn, args)
        lacking = cases.waiting(conn, given.cases)
        accounts.add_grant(conn, person, given, now)
        accounts.note(conn, "hub", "person added", now, person=person, role=args.role, **_where(conn, given))
        p = t.person.c
        name = conn.execute(select(p.name).where(p.uid == person)).scalar_one()
        others = conn.execute(select(func.count()).where(p.name == name, p.state == "active")).scalar_one() - 1
    lines = [tr("{name}さんを登録しました（{uid}）。", name=args.name, uid=person)]
    if others:
        lines.append(tr("同じ名前の人が、ほかに{n}人います。ほかのコマンドでは uid で指定します。", n=others))
    out.result({"person": person, "same_name": others, "cases_waiting": lacking}, [*lines, *_awaited(lacking)])
    return DONE


def people_list(args: Namespace, out: Output) -> int:
    """People and their roles, each with the organisation and the programmes it is for."""
    with opened(args) as hub, hub.read() as conn:
        places = Places(conn)
        rows = [(p, accounts.reader_of(conn, p.uid, system_clock().date()))
                for p in conn.execute(select(t.person).order_by(t.person.c.uid))]
    document = [{"uid": p.uid, "name": p.name, "state": p.state,
                 "roles": [{"role": g.role.value, "body": g.body, "body_name": places.body(g),
                            "programmes": sorted(g.programmes), "programme_names": places.programmes(g),
                            "cases": sorted(g.cases)}
                           for g in reader.grants]} for p, reader in rows]
    lines = [(p.name, *told, p.uid) for p, r in rows for told in _roles_told(places, r.grants, p.state)]
    out.result(document, table((tr("人"), tr("役割"), tr("機関"), tr("事業"), "uid"), lines, whole_last=True))
    return DONE


def grant(args: Namespace, out: Output) -> int:
    """Give a person one more role, or take one away; his laptops then forget what it showed at their next sync."""
    with opened(args) as hub, hub.write() as conn:
        now = system_clock()
        person = person_of(conn, args.person)
        if person.state != "active":
            raise Refused(tr("{name}さんは、もう使わない人になっています。", name=person.name), "person")
        wanted = _grant(conn, args)
        same = accounts.grants_like(conn, person.uid, wanted)
        lacking = [] if args.end else cases.waiting(conn, wanted.cases)   # one that was given before can be ended
        if args.end:
            if not same:
                raise Refused(tr("{name}さんに、その役割はありません。", name=person.name), "role")
            for uid in same:
                accounts.end_grant(conn, uid)
            accounts.note(conn, "hub", "grant ended", now, person=person.uid, role=args.role, **_where(conn, wanted))
        else:
            if same:
                raise Refused(tr("{name}さんには、もうその役割があります。", name=person.name), "role")
            same = [accounts.add_grant(conn, person.uid, wanted, now)]
            accounts.note(conn, "hub", "grant", now, person=person.uid, role=args.role, **_where(conn, wanted))
    out.result({"grant": same[0], "ended": bool(args.end), "cases_waiting": lacking},
               [tr("{name}さんの役割を外しました。パソコンは、次の同期で見られなくなった記録を消します。",
                   name=person.name) if args.end else
                tr("{name}さんに役割を加えました。", name=person.name), *_awaited(lacking)])
    return DONE


def code(args: Namespace, out: Output) -> int:
    """A line by which one laptop of a person joins, good for 15 minutes."""
    with opened(args) as hub:
        with hub.write() as conn:
            now = system_clock()
            person = person_of(conn, args.person)
            if person.state != "active":
                raise Refused(tr("{name}さんは、もう使わない人になっています。", name=person.name), "person")
            letters = accounts.new_code(conn, person.uid, now)
            accounts.note(conn, "hub", "code", now, person=person.uid)
            address = str(value_of(conn, "address", f"localhost:{DEFAULT_PORT}"))
        authority = (hub.folder / CA_FILE).read_bytes()
    line = f"{address}/{letters}/{fingerprint(authority)}"
    out.result({"line": line, "person": person.uid, "minutes": accounts.CODE_MINUTES},
               [tr("{name}さんのパソコン1台が、{minutes}分のあいだ、この1行で参加できます。", name=person.name,
                   minutes=accounts.CODE_MINUTES), line])
    return DONE


def devices(args: Namespace, out: Output) -> int:
    """Laptops, whose they are and when they were last heard of."""
    with opened(args) as hub, hub.read() as conn:
        d, p = t.device.c, t.person.c
        rows = conn.execute(select(t.device, p.name.label("person_name")).join(t.person, d.person == p.uid)
                            .order_by(d.made_at)).all()
        files = files_left.of(conn, [r.dev for r in rows])
        keys = escrow.left_by(conn, [r.dev for r in rows])
    unsent = {r.dev: json.loads(r.seen or "{}").get("unsent") for r in rows}
    document = [{"device": r.dev, "name": r.name, "part": r.part, "state": r.state, "changes": r.seq,
                 "seen_at": r.seen_at, "person": r.person_name, "unsent": unsent[r.dev],
                 "files_left": files.get(r.dev, (0, 0))[0], "files_left_bytes": files.get(r.dev, (0, 0))[1],
                 "recovery_key": keys.get(r.dev)}
                for r in rows]
    out.result(document, table(
        (tr("人"), tr("パソコン"), tr("番号"), tr("状態"), tr("最後の同期"), tr("まだ送っていない"), tr("回復用の鍵"),
         "id"),
        [(r.person_name, r.name, r.part, _state_name(r.state), (r.seen_at or "").replace("T", " ")[:16],
          files_left.words(unsent[r.dev], files.get(r.dev, (0, 0))),
          tr("預かり") if r.dev in keys else "—", r.dev)
         for r in rows], whole_last=True))
    return DONE


def revoke(args: Namespace, out: Output) -> int:
    """Stop a laptop: it is answered no more, and told to wipe at its next contact."""
    with opened(args) as hub, hub.write() as conn:
        now = system_clock()
        d = t.device.c
        state = conn.execute(select(d.state).where(d.dev == args.device)).scalar()
        if state is None:
            raise Refused(tr("このパソコンは登録されていません：{device}（hub devices で確かめます）",
                             device=args.device), "device")
        if state == "revoked":
            raise Refused(tr("このパソコンは、もう止めてあります：{device}", device=args.device), "device")
        conn.execute(update(t.device).where(d.dev == args.device).values(state="revoked"))
        escrow.drop(conn, args.device, now)
        accounts.note(conn, "hub", "revoked", now, device=args.device)
    out.result({"device": args.device, "state": "revoked"}, [
        tr("止めました：{device}", device=args.device),
        tr("このパソコンは、次につながったとき、その中の記録と写真を消します。元に戻せません。"),
        tr("まだ送っていないものは、この同期先だけがひらけるファイルに入れて、パソコンに残します"
           "（hub take-kept で取り込みます）。")])
    return DONE


def status(args: Namespace, out: Output) -> int:
    """Counts: laptops, changes, what was held or refused."""
    with opened(args) as hub, hub.read() as conn:
        seen = overview_of(hub, conn)
        counts: dict[str, Any] = {
            "name": seen.name, "epoch": seen.epoch, "number": seen.number, "devices": sum(seen.devices.values()),
            "active": seen.devices["active"], "last_contact": seen.last_contact, "unsent": seen.unsent,
            "files_left": seen.files_left, "files_left_bytes": seen.files_left_bytes,
            "changes": conn.execute(select(func.count()).select_from(t.received)).scalar_one(),
            "held": seen.held, "refused": seen.refused, "conflicts": seen.conflicts, "bytes": seen.bytes,
            "free": seen.free, "contents": contents_of(conn), "backup": seen.backup,
            "authority_ends": authority_ends(hub.folder).date().isoformat()}
    out.result(counts, [
        tr("同期先：{name}", name=seen.name),
        tr("パソコン：{n}台（使用中 {active}台）", n=counts["devices"], active=counts["active"]),
        tr("最後の同期：{at}", at=_minute(seen.last_contact)),
        tr("パソコンに残る、まだ送られていない変更：{n}件", n=seen.unsent),
        *([tr("1台のパソコンだけにある写真とファイル：{n}件・{mb} MB", n=seen.files_left,
              mb=f"{-(-seen.files_left_bytes // (1 << 20)):,}")] if seen.files_left else []),
        tr("受け取った変更：{n}件", n=counts["changes"]),
        tr("保留：{n}件", n=seen.held), tr("受け取らなかった変更：{n}件", n=seen.refused),
        tr("確認が必要な変更：{n}件", n=seen.conflicts),
        tr("データベース：{bytes}バイト、ディスクの空き：{free}バイト", bytes=f"{seen.bytes:,}", free=f"{seen.free:,}"),
        tr("写真とファイルの保管先：{place}", place=counts["contents"]),
        tr("認証局の期限：{day}", day=counts["authority_ends"]),
        tr("最後のバックアップ：{at}", at=_minute(seen.backup["at"])) if seen.backup
        else tr("バックアップはまだありません。")])
    return DONE


def person_of(conn: Any, given: str, state: str = "active") -> Any:
    """A person by uid or by a name that only one of this state has, else only one of all. Raises Refused."""
    p = t.person.c
    everybody = conn.execute(select(t.person).where((p.uid == given) | (p.name == given))).all()
    found = [one for one in everybody if one.state == state] or everybody
    if len(found) != 1:
        raise Refused(tr("同じ名前の人が{n}人います。uid で指定します。", n=len(found)) if found else
                      tr("その人が見つかりません：{given}（hub people list で確かめます）", given=given), "person")
    return found[0]


def _grant(conn: Any, args: Namespace) -> Grant:
    b = t.body.c
    found = conn.execute(select(b.uid).where((b.uid == args.body) | (b.name == args.body)) if args.body
                         else select(b.uid).order_by(b.uid).limit(1)).scalars().all()
    if len(found) != 1:
        raise Refused(tr("その機関が見つかりません：{given}", given=args.body or "—"), "body")
    held = {p for row in conn.execute(select(t.grant.c.programmes)).scalars() for p in json.loads(row)}
    named = [p if p in held else programmes.uid_of(conn, p) for p in args.programme or ()]   # also one deleted since
    return Grant(Role(args.role), found[0], frozenset(named), frozenset(_case(c) for c in args.case or ()))


def _awaited(lacking: list[str]) -> list[str]:
    return [tr("この案件の記録はまだ届いていません：{uid}。届いたときに、NDA後の段階まで見えるようになります。",
               uid=uid) for uid in lacking]


def _where(conn: Any, grant: Grant) -> dict[str, Any]:
    """What the log says of a role beside its number; names as they were then."""
    places = Places(conn)
    more = {"programmes": tr("、").join(places.programmes(grant)), "cases": tr("、").join(sorted(grant.cases))}
    return {"body": places.body(grant), **{k: v for k, v in more.items() if v}}


def _case(given: str) -> str:
    """A case by its uid (`kanto_desk.hub.cases`). Raises Refused for what cannot be one."""
    if not re.fullmatch("[0-9a-f]{32}", given):
        raise Refused(tr("--case は案件の uid（32けた）で指定します：{given}", given=given), "case")
    return given


def _minute(at: str | None) -> str:
    return at[:16].replace("T", " ") if at else "—"


def _roles_told(places: Places, grants: Iterable[Grant], state: str) -> list[tuple[str, str, str]]:
    """A line for each role; one for somebody without."""
    if state != "active":
        return [(tr("（使わない人）"), "", "")]
    return [(_role_name(g.role), places.body(g), tr("、").join((*places.programmes(g), *sorted(g.cases))))
            for g in grants] or [("—", "", "")]


def _role_name(role: Role) -> str:
    return {Role.EXPERT: tr("専門家"), Role.ADVISER: tr("相談員"), Role.COORDINATOR: tr("コーディネーター"),
            Role.SECRETARIAT: tr("事務局"), Role.REVIEWER: tr("審査員"), Role.ACCOUNTING: tr("経理"),
            Role.ADMINISTRATOR: tr("管理者"), Role.READER: tr("閲覧")}[role]


def _state_name(state: str) -> str:
    return {"active": tr("使用中"), "revoked": tr("停止"), "cloned": tr("複製の疑い")}.get(state, state)
