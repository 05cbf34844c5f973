"""`kanto-desk hub body …`, `hub programmes`, `hub people leave` and `return`: who takes part, and who no longer."""

from __future__ import annotations

from argparse import Namespace

from sqlalchemy import distinct, func, select

from kanto_desk.cli.hub import opened, person_of
from kanto_desk.cli.output import Output, table
from kanto_desk.cli.running import DONE
from kanto_desk.clock import system_clock
from kanto_desk.errors import Refused
from kanto_desk.hub import accounts, leaving, programmes
from kanto_desk.hub import tables as t
from kanto_desk.hub.opening import pairs
from kanto_desk.i18n import language, tr


def body_add(args: Namespace, out: Output) -> int:
    """Add a support organisation."""
    with opened(args) as hub, hub.write() as conn:
        now = system_clock()
        uid = accounts.add_body(conn, args.name, args.base_code, now)
        b = t.body.c
        name = conn.execute(select(b.name).where(b.uid == uid)).scalar_one()
        if conn.execute(select(func.count()).where(b.name == name)).scalar_one() > 1:   # `--body` takes the name
            raise Refused(tr("その名前の機関は、もうあります：{name}", name=name), "name")
        accounts.note(conn, "hub", "body added", now, body=uid)
    out.result({"body": uid}, [tr("機関を加えました：{name}（{uid}）", name=name, uid=uid),
                               tr("次は hub people add に --body を付けて、人を登録します。")])
    return DONE


def body_list(args: Namespace, out: Output) -> int:
    """Support organisations taking part, and how many people have a role there."""
    with opened(args) as hub, hub.read() as conn:
        b, g = t.body.c, t.grant.c
        many = pairs(conn, select(g.body, func.count(distinct(g.person))).group_by(g.body))
        rows = conn.execute(select(t.body).order_by(b.uid)).all()
    document = [{"uid": r.uid, "name": r.name, "base_code": r.base_code, "people": many.get(r.uid, 0)} for r in rows]
    out.result(document, table((tr("機関"), tr("拠点の略号"), tr("人数"), "uid"),
                               [(r.name, r.base_code, str(many.get(r.uid, 0)), r.uid) for r in rows], whole_last=True))
    return DONE


def list_programmes(args: Namespace, out: Output) -> int:
    """Programmes that `--programme` takes, by uid, code or name."""
    with opened(args) as hub, hub.read() as conn:
        rows = programmes.known(conn)
    out.result([{"uid": p.uid, "code": p.code, "name": p.name, "name_en": p.name_en} for p in rows],
               table((tr("事業"), tr("略号"), "uid"),
                     [(p.name_en if language() == "en" and p.name_en else p.name, p.code, p.uid) for p in rows],
                     whole_last=True))
    return DONE


def people_leave(args: Namespace, out: Output) -> int:
    """Take a person out of use; his computers forget what his roles showed at their next sync."""
    with opened(args) as hub, hub.write() as conn:
        person = person_of(conn, args.person)
        told = leaving.leave(conn, person.uid, system_clock())
    lines = [tr("{name}さんの役割をすべて外しました。書いた記録は残ります。", name=person.name)]
    if told:
        lines += [tr("パソコン{n}台は、次の同期で記録を消します。なくしたものや戻らないものは hub revoke で止めます。",
                     n=len(told)), *told]
    out.result({"person": person.uid, "computers": told}, lines)
    return DONE


def people_return(args: Namespace, out: Output) -> int:
    """Take a person who left into use again, with the roles that ended then."""
    with opened(args) as hub, hub.write() as conn:
        person = person_of(conn, args.person, "left")
        roles = leaving.come_back(conn, person.uid, system_clock())
    lines = [tr("{name}さんは、また使える人になりました。戻した役割：{n}", name=person.name, n=roles),
             tr("パソコンは、次の同期で記録を受け取り直します。") if roles
             else tr("役割は hub grant で加えます。")]
    out.result({"person": person.uid, "roles": roles}, lines)
    return DONE
