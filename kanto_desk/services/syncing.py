"""Joining a hub and syncing with it: what happened in the user's words, for the screen and the command line alike."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select

from kanto_desk.db import local
from kanto_desk.db.store import Store
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import contested
from kanto_desk.services.desk import Desk
from kanto_desk.sync.client import Exchange, Known, Link, NotAnswered, Progress, Receipt, known_hub
from kanto_desk.sync.enrolling import enrol as join
from kanto_desk.sync.enrolling import invitation
from kanto_desk.sync.link import HttpsLink, authority_of
from kanto_desk.sync.renewing import renew
from kanto_desk.sync.wire import Garbled

LEFT = "hub_left"
"""Setting: why this desk has to join anew under another device id."""

ORDER = "hub_wipe"
"""Setting: the hub's order to forget, until it was obeyed (`kanto_desk.services.forgetting`)."""


Apart = Callable[[Progress], Receipt]
"""One sync elsewhere; raises what an `Exchange` raises."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the next sync will send, and what waits for a decision."""

    records: int
    changes: int
    conflicts: int
    refused: int


def hub_of(store: Store) -> Known | None:
    """What this desk knows of its hub; None before it was enrolled."""
    return known_hub(store)


def enrol(desk: Desk, line: str, name: str = "") -> str:
    """Join the hub whose secretariat gave this line; gives the hub's name.

    Raises Refused for a line that is none or a code that is used up, Trouble when the hub cannot be reached or is
    another one than the line names. Nothing is kept then.
    """
    asked = invitation(line)
    if asked is None:
        raise Refused(tr("事務局から受け取った1行を、そのまま貼り付けます（例：hub.example.jp:8443/ABCD-…/…）。"),
                      "line")
    if not desk.protected:
        raise Refused(tr("見本データだけのデスクは、同期先に参加できません。合言葉を決めてから参加します。"), "line")
    store = desk.store
    left = store.setting(LEFT) is not None
    again = left and known_hub(store) is not None   # a desk that went back to a backup has its new line already
    if known_hub(store) is not None and not again:
        raise Refused(tr("このパソコンは、もう同期先に参加しています。"), "line")
    try:
        authority = authority_of(asked.url, asked.fingerprint)
    except OSError as error:
        raise _not_reached(error) from error
    if authority is None:
        raise Trouble(tr("つながった相手は、この1行が指す同期先ではありません。"),
                      tr("何も送っていません。"), tr("事務局に、新しい1行を頼みます。"))
    if again:   # its name at the hub belongs to two laptops: from here on this one has another
        renew(store)
    try:
        hub = join(store, asked, authority, name or platform.node() or "PC", HttpsLink).hub
        if left:
            store.set_setting(LEFT, None)
        return hub
    except NotAnswered as no:
        raise Refused(_why_not(no.problem.reason), "line") from no
    except OSError as error:
        raise _not_reached(error) from error
    except Garbled as error:
        raise _not_understood() from error


def sync(store: Store, progress: Progress = lambda _receipt: True,
         link: Callable[[str, str], Link] = HttpsLink, apart: Apart | None = None) -> Receipt:
    """Send what is unsent and take in what is new. Raises Refused before enrolment, Trouble when it cannot be done.

    `apart` carries out the whole in another process instead (`kanto_desk.services.filling_apart`).
    """
    known = known_hub(store)
    if known is None:
        raise Refused(tr("このパソコンは、まだ同期先に参加していません。"))
    made = link(known.url, known.ca)
    try:
        return apart(progress) if apart is not None else Exchange(store, made, known).run(progress)
    except NotAnswered as no:
        if no.problem.reason == "revoked" and no.problem.order:
            store.set_setting(ORDER, no.problem.order)   # obeyed by whoever holds the desk, or when it is next opened
        if no.problem.reason == "cloned":
            store.set_setting(LEFT, "cloned")
            raise Trouble(_why_not("cloned"), tr("入力はすべてこのパソコンにあります。"),
                          tr("事務局に新しい1行を頼み、もう一度参加します。送っていない変更は、そのあと送り直します。"),
                          f"{no.status} cloned") from no
        raise Trouble(_why_not(no.problem.reason), tr("入力はすべてこのパソコンにあります。"),
                      tr("事務局に連絡します。"), f"{no.status} {no.problem.reason}") from no
    except OSError as error:
        raise _not_reached(error) from error
    except Garbled as error:
        raise _not_understood() from error
    finally:
        close = getattr(made, "close", None)
        if close is not None:
            close()


def waiting(store: Store) -> Waiting:
    """What the next sync will send, and what waits for somebody's decision."""
    known = known_hub(store)
    dev = f"{store.device()[0]:016x}"
    c, v = local.change.c, local.verdict.c
    with store.read() as conn:
        own = (c.dev == dev, c.seq > (known.acked if known else 0), c.sample.is_(None))
        changes = int(conn.execute(select(func.count()).where(*own)).scalar_one())
        records = int(conn.execute(select(func.count()).select_from(
            select(c.type, c.uid).where(*own).distinct().subquery())).scalar_one())
        refused = int(conn.execute(select(func.count()).where(v.state == "refused")).scalar_one())
    return Waiting(records, changes, contested.count(store), refused)


def _why_not(reason: str) -> str:
    texts = {
        "code": tr("この1行は、期限が切れたか、もう使われています。"),
        "device": tr("このパソコンは、もう登録されています。"),
        "key": tr("同期先が、このパソコンの鍵を受け取れませんでした。"),
        "signature": tr("同期先は、このパソコンを知りません。"),
        "revoked": tr("このパソコンは、事務局が使用を止めました。"),
        "cloned": tr("同じデータフォルダーが、2台のパソコンで使われています。"),
        "clock": tr("同期先と時刻を合わせられませんでした。"),
        "repeated": tr("同じ求めが2度届きました。"),
        "size": tr("一度に送る量が多すぎました。"),
        "busy": tr("同期先が混み合っています。少し待ってから、もう一度同期します。"),
        "full": tr("同期先の空きが足りず、受け取れませんでした。"),
        "fault": tr("同期先の中で誤りがありました。"),
    }
    return texts.get(reason, tr("同期先が受け取りませんでした（{reason}）。", reason=reason))


def _not_reached(error: OSError) -> Trouble:
    if "CERTIFICATE_VERIFY_FAILED" in str(error).upper():   # the network was there, and somebody else answered
        return Trouble(tr("つながった相手は、参加した同期先ではありません。"),
                       tr("何も送っていません。入力はすべてこのパソコンにあります。"),
                       tr("別のネットワークで試すか、事務局に連絡します。"), str(error)[:300])
    return Trouble(tr("同期先につながりません。"), tr("入力はすべてこのパソコンにあります。"),
                   tr("ネットワークにつながってから、もう一度同期します。"), str(error)[:300])


def _not_understood() -> Trouble:
    return Trouble(tr("同期先の答えを読めませんでした。"), tr("入力はすべてこのパソコンにあります。"),
                   tr("もう一度同期します。続くときは、事務局に連絡します。"))
