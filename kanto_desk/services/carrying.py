"""Photos and files to and from the hub, after the records: all that is waiting, or those that somebody wants to see."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from kanto_desk.db.attachments import Blobs
from kanto_desk.db.content_parts import with_thumbs
from kanto_desk.db.store import Store
from kanto_desk.db.trouble import explain
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services.pictures import THUMB
from kanto_desk.services.sync_failures import why_not
from kanto_desk.services.unsent_files import REFUSED
from kanto_desk.services.withdrawing import let_go
from kanto_desk.sync import contents
from kanto_desk.sync.client import WANTED, Exchange, Link, NotAnswered, Wait, known_hub
from kanto_desk.sync.contents import Carried, Progress
from kanto_desk.sync.link import HttpsLink
from kanto_desk.sync.wire import Garbled

Links = Callable[[str, str], Link]
to_hub: Links = HttpsLink
"""The way to a hub: address and authority in, link out."""


def carry(store: Store, blobs: Blobs, progress: Progress = lambda _carried: True, link: Links = to_hub,
          wait: Wait = time.sleep) -> Carried:
    """Send the files that the hub lacks and fetch missing thumbnails; call it after `syncing.sync`.

    Says nothing to the hub where there is nothing to carry. Raises Refused before enrolment, Trouble when it cannot be
    done; the records are not touched by it, and the next call goes on where this one ended. `wait`: as of a sync.
    """
    let_go(store, blobs)
    silent = not store.setting(WANTED) and not any(store.setting(contents.TOLD, []))
    if silent and not waiting(store, blobs) and not missing_pictures(store, blobs):
        _note_refused(store, Carried(complete=True))
        return Carried(complete=True)
    with _carrying(store, blobs, progress, link, wait) as work:
        carried = work.run()
        _note_refused(store, carried)
        return carried


def fetch(store: Store, blobs: Blobs, digests: Iterable[str], progress: Progress = lambda _carried: True,
          link: Links = to_hub) -> Carried:
    """Get these files from the hub now. Raises as `carry`; what the hub has not is counted in `not_taken`."""
    with _carrying(store, blobs, progress, link, wanted=True) as work:
        return work.fetch(digests)


def fetch_one(store: Store, blobs: Blobs, digest: str, link: Links = to_hub) -> bytes:
    """Get one file from the hub now and give its content. Raises Refused where the hub has not got it yet, Trouble."""
    told = fetch(store, blobs, [digest], link=link)
    content = blobs.get(digest)
    if content is None:
        raise Refused(_not_there(next(iter(told.not_taken), "")), "content")
    return content


def waiting(store: Store, blobs: Blobs) -> int:
    """Files of this desk that no hub has; 0 before enrolment."""
    known = known_hub(store)
    return len(contents.to_send(store, blobs, known.epoch)) if known else 0


def missing(store: Store, blobs: Blobs) -> list[str]:
    """Files that present records name and that are not here."""
    here = set(blobs.hashes())
    return sorted(d for d in contents.named(store) if d not in here)


def missing_pictures(store: Store, blobs: Blobs) -> bool:
    """Whether a record names a picture of which not even a small one is here."""
    here = set(blobs.hashes()) | with_thumbs(blobs, THUMB)
    return any(mime.startswith("image/") and d not in here for d, mime in contents.named(store).items())


@contextmanager
def _carrying(store: Store, blobs: Blobs, progress: Progress, link: Links, wait: Wait = time.sleep, *,
              wanted: bool = False) -> Iterator[contents.Carrying]:
    """Files going and coming over one connection, failures in the user's words. `wanted`: somebody waits for them."""
    from sqlalchemy.exc import DatabaseError, OperationalError

    known = known_hub(store)
    if known is None:
        raise Refused(tr("このパソコンは、まだ同期先に参加していません。"))
    made = link(known.url, known.ca)
    safe = tr("記録はこのパソコンにあります。送り終えた写真とファイルは、送り直しません。")
    try:
        yield contents.Carrying(Exchange(store, made, known, wait), blobs, THUMB, progress)
    except NotAnswered as no:
        raise Trouble(_why_not(no.problem.reason, no.status), safe,
                      tr("あとで、もう一度同期します。続くときは、事務局に連絡します。"),
                      f"{no.status} {no.problem.reason}") from no
    except Garbled as error:
        raise Trouble(tr("同期先の答えを読めませんでした。"), safe,
                      tr("もう一度同期します。続くときは、事務局に連絡します。")) from error
    except (OperationalError, DatabaseError) as error:
        raise explain(error) from error
    except OSError as error:
        if wanted:
            raise Trouble(tr("同期先につながりません。"), safe,
                          tr("ネットワークにつながってから、もう一度取り込みます。"), str(error)[:300]) from error
        raise Trouble(tr("写真とファイルの途中で、同期先につながらなくなりました。"), safe,
                      tr("ネットワークにつながってから、もう一度同期します。続きから始まります。"),
                      str(error)[:300]) from error
    finally:
        close = getattr(made, "close", None)
        if close is not None:
            close()


def _note_refused(store: Store, carried: Carried) -> None:
    """What the hub does not take is told until it takes it; a sync that was stopped knows of no others."""
    before = store.setting(REFUSED, {})
    now = carried.refused if carried.complete else before | carried.refused
    if now != before:
        store.set_setting(REFUSED, now)


def _not_there(reason: str) -> str:
    if reason == "hash":
        return tr("届いた写真が壊れていたため、捨てました。同期先は、持っているパソコンにもう一度頼みます。")
    return tr("この写真は、まだ同期先に届いていません。持っているパソコンが同期すると、取り込めます。")


def _why_not(reason: str, status: int) -> str:
    texts = {
        "full": tr("同期先の空きが足りないため、写真とファイルを受け取れませんでした。"),
        "disk": tr("同期先のディスクが、写真とファイルを受け取れませんでした。"),
        "place": tr("同期先が、写真とファイルの保管先につながりません。"),
        "revoked": tr("このパソコンは、事務局が使用を止めました。"),
    }
    return texts.get(reason) or why_not(reason, status)
