"""Joining a hub and syncing with it: what happened in the user's words, for the screen and the command line alike."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from socket import gaierror

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from kanto_desk.db import local
from kanto_desk.db.store import Store, put_setting
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import (
    contested,
    contested_deletions,
    contested_signed,
    references,
    refusals,
    refused_deletions,
    signing_as,
)
from kanto_desk.services.desk import Desk
from kanto_desk.services.sync_failures import (
    is_another,
    no_such_place,
    not_kept,
    not_reached,
    not_understood,
    what_to_do,
    why_not,
)
from kanto_desk.sync.client import Exchange, Known, Link, NotAnswered, Progress, Receipt, Wait, known_hub
from kanto_desk.sync.enrolling import enrol as join
from kanto_desk.sync.enrolling import invitation
from kanto_desk.sync.link import HttpsLink, authority_of
from kanto_desk.sync.renewing import forget_reading, renew
from kanto_desk.sync.taking_in import cursors_of
from kanto_desk.sync.wire import Enrolled, Garbled

LEFT = "hub_left"
"""Setting: why this desk may join once more: `cloned` (under another device id), `unknown` to the hub, `other` hub,
`restored` from a backup (its other device id is made by then)."""

RESTORED = "restored"

_LEFT_BY = {"cloned": "cloned", "signature": "unknown"}   # reason of the hub → LEFT

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
    """Join the hub whose secretariat gave this line; gives the hub's name. Its name of the person here is ours then.

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
    again = store.setting(LEFT)
    if known_hub(store) is not None and again is None:
        raise Refused(tr("このパソコンは、もう同期先に参加しています。"), "line")
    try:
        authority = authority_of(asked.url, asked.fingerprint)
    except gaierror as error:
        raise no_such_place(asked.url.removeprefix("https://"), str(error)) from error
    except OSError as error:
        raise not_reached(error, store.clock) from error
    if authority is None:
        raise Trouble(tr("つながった相手は、この1行が指す同期先ではありません。"),
                      tr("何も送っていません。"), tr("事務局に、新しい1行を頼みます。"))
    if again == "cloned" and known_hub(store) is not None:
        # its name at the hub belongs to two laptops: from here on this one has another
        renew(store)
    try:
        before = store.person

        def joined() -> Enrolled:
            return join(store, asked, authority, name or platform.node() or "PC", HttpsLink, _begin_anew,
                        lambda conn, answer: _named(conn, before, answer))

        try:
            got = joined()
        except NotAnswered as no:
            if no.problem.reason != "device" or again is None:
                raise
            # a copy of this folder came to this hub first: all of this one goes there under another name, for nobody
            # can tell what of it the other one has brought
            renew(store, 0)
            got = joined()
    except NotAnswered as no:
        raise Refused(why_not(no.problem.reason), "line") from no
    except OSError as error:
        raise not_reached(error, store.clock) from error
    except Garbled as error:
        raise not_understood() from error
    signing_as.follow(store)
    return got.hub


def _begin_anew(conn: Connection) -> None:
    """A hub that knew nothing of this laptop gets all of it, and is read from the beginning."""
    forget_reading(conn)
    put_setting(conn, LEFT, None)


def _named(conn: Connection, before: str, got: Enrolled) -> None:
    """What the hub calls the person here, and their numbers, is what they are called."""
    signing_as.take(conn, before, got.person_name)
    references.take_from_hub(conn, got.base_code, got.part)


def must_join_again(store: Store) -> bool:
    """Whether the hub does not know this desk, or another one stands in its place: a new line helps."""
    return store.setting(LEFT) is not None


def sync(store: Store, progress: Progress = lambda _receipt: True,
         link: Callable[[str, str], Link] = HttpsLink, wait: Wait = time.sleep,
         apart: Apart | None = None) -> Receipt:
    """Send what is unsent and take in what is new. Raises Refused before enrolment, Trouble when it cannot be done.

    `wait` lets the seconds pass that a busy hub asks for; where it gives False the sync ends there, incomplete.
    `apart` carries out the whole in another process instead (`kanto_desk.services.filling_apart`).
    """
    known = known_hub(store)
    if known is None:
        raise Refused(tr("このパソコンは、まだ同期先に参加していません。"))
    made = link(known.url, known.ca)
    scopes = _scopes(store)
    try:
        receipt = apart(progress) if apart is not None else Exchange(store, made, known, wait).run(progress)
        contested_signed.note(store, receipt.came)
        again = known_hub(store)
        back = refused_deletions.show_again(store) if receipt.not_taken else 0
        if receipt.complete and _scopes(store) - scopes:   # other roles than before: what they lacked may go now
            back += refusals.send_what_may_go(store)
        if receipt.complete and again is not None and contested_deletions.keep_in_sight(
                store, receipt.came, new=receipt.new) + back:
            Exchange(store, made, again, wait).run(lambda _more: progress(receipt))   # the others hear of it at once
            if back:
                refused_deletions.show_again(store)   # what was said of that needs nobody
        if store.setting(LEFT) is not None:   # the hub is there again, and knows this desk
            store.set_setting(LEFT, None)
        return receipt
    except NotAnswered as no:
        raise _refused(store, no) from no
    except (DBAPIError, Trouble) as error:   # of this laptop's own disk
        raise not_kept(error) from error
    except OSError as error:
        raise _failed(store, error) from error
    except Garbled as error:
        raise not_understood() from error
    finally:
        close = getattr(made, "close", None)
        if close is not None:
            close()


def _scopes(store: Store) -> set[str]:
    with store.read() as conn:
        return set(cursors_of(conn))


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


def _refused(store: Store, no: NotAnswered) -> Trouble:
    """What to tell when the hub said no; what follows from it for this desk is kept."""
    reason = no.problem.reason
    safe, detail = tr("入力はすべてこのパソコンにあります。"), f"{no.status} {reason}"
    if reason == "revoked" and no.problem.order:
        store.set_setting(ORDER, no.problem.order)   # obeyed by whoever holds the desk, or when it is next opened
    if reason in _LEFT_BY:
        store.set_setting(LEFT, _LEFT_BY[reason])
        to_do = tr("事務局に新しい1行を頼み、もう一度参加します。送っていない変更は、そのあと送り直します。")
        return Trouble(why_not(reason), safe, to_do, detail)
    return Trouble(why_not(reason, no.status), safe, what_to_do(reason), detail)


def _failed(store: Store, error: OSError) -> Trouble:
    """What to tell when the way to the hub failed; where another one answers, this desk may join it."""
    if is_another(error):
        store.set_setting(LEFT, "other")
    return not_reached(error, store.clock)
