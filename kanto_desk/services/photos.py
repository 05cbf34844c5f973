"""Photos and files of a consultation: what is kept of them, and the verbs that change one or several at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select

from kanto_desk.db.attachments import Blobs
from kanto_desk.db.operation import Operation
from kanto_desk.db.records.attachments import Attachment
from kanto_desk.db.records.consultations import Consultation, Entry
from kanto_desk.db.records.dossier import Confirmation, Version
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.rules.ordering import between
from kanto_desk.services import merging
from kanto_desk.services import pictures as pictures_
from kanto_desk.services.consultations import TYPE, need_editable

THUMB = pictures_.THUMB
_PLAIN = frozenset({"写真", "Photo"})   # the text of a line that nobody wrote: it stands for its photos alone
prepare = pictures_.prepare
"""The copy that a record keeps of a picture; see `kanto_desk.services.pictures`."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture as the page of an organization shows it: content, caption, and the visit it was taken in."""

    uid: str
    hash: str
    caption: str
    consultation: str
    held_on: date | None


def attach(store: Store, blobs: Blobs, consultation: str, content: bytes, name: str, *,
           taken_at: datetime | None = None, entry: str | None = None, caption: str | None = None,
           consent: str = "unasked") -> str:
    """Attach a picture; without `entry` it gets a 写真 line of its own. Gives the attachment's uid.

    Raises Refused when the file is no picture that can be read, or the record is signed.
    """
    made = prepare(content)
    digest = blobs.put(made.jpeg, "image/jpeg", store.clock().isoformat())
    blobs.put_thumb(digest, THUMB, made.thumb)
    with store.operation(tr("写真の追加"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        moment = taken_at or made.taken_at
        if entry is None:
            last = op.conn.execute(select(func.max(Entry.place)).where(Entry.consultation == consultation)).scalar()
            entry = op.add("entry", {"consultation": consultation, "kind": "photo", "at": op.now,
                                     "text": caption or tr("写真"), "place": between(last, None)})
        end = op.conn.execute(select(func.max(Attachment.place)).where(Attachment.owner == consultation)).scalar()
        return op.add("attachment", {
            "owner_type": TYPE, "owner": consultation, "entry": entry, "kind": "photo", "name": name,
            "caption": caption, "hash": digest, "size": len(made.jpeg), "mime": "image/jpeg", "width": made.width,
            "height": made.height, "taken_at": moment, "consent": consent, "place": between(end, None),
            "own_id": made.digest})


def of_consultation(store: Store, consultation: str) -> list[Attachment]:
    """The attachments of a consultation in order."""
    with store.read() as conn:
        return read_all(conn, Attachment, Attachment.owner == consultation,
                        order_by=(Attachment.place, Attachment.uid))


def pictures(store: Store, consultation: str) -> list[Attachment]:
    """The attachments of a consultation that are pictures, whatever they show, in order."""
    return [a for a in of_consultation(store, consultation) if a.kind == "photo" or (a.mime or "").startswith("image/")]


def of_organization(store: Store, organization: str, limit: int = 12) -> list[Shot]:
    """The newest pictures of the visits of an organization."""
    a, c = Attachment, Consultation
    with store.read() as conn:
        own = merging.members(conn, organization)
        rows = conn.execute(
            select(a.uid, a.hash, a.caption, a.name, c.uid.label("visit"), c.held_on).join(c, c.uid == a.owner)
            .where(c.organization.in_(own), a.deleted_at.is_(None), c.deleted_at.is_(None),
                   a.hash.is_not(None), or_(a.kind == "photo", a.mime.like("image/%")))
            .order_by(c.held_on.desc(), a.place.desc(), a.uid).limit(limit)).all()
    return [Shot(r.uid, r.hash, r.caption or r.name or "", r.visit, r.held_on) for r in rows]


def edit(store: Store, consultation: str, uid: str, values: Mapping[str, Any]) -> None:
    """Change caption, kind, confidentiality or consent (yes, no, unasked) of an attachment."""
    with store.operation(tr("写真の編集"), (TYPE, consultation), extend=f"{uid}:photo") as op:
        need_editable(op.conn, consultation)
        op.put("attachment", uid, values)


def edit_all(store: Store, consultation: str, uids: Sequence[str], values: Mapping[str, Any]) -> None:
    """Change the same fields of several attachments in one step."""
    with store.operation(tr("写真の編集"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        for uid in uids:
            op.put("attachment", uid, values)


def remove(store: Store, consultation: str, *uids: str) -> None:
    """Move attachments to the bin, and 写真 lines that hold nothing else; the content stays until the sweep."""
    with store.operation(tr("写真の削除"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        left = _lines_left(op, consultation, set(uids))
        for uid in uids:
            op.delete("attachment", uid)
        for entry in left:
            op.delete("entry", entry)


def move_to_line(store: Store, consultation: str, uids: Sequence[str], entry: str) -> None:
    """Put photos under another line; a 写真 line that they leave empty goes. Raises Refused for an unknown line."""
    with store.operation(tr("写真の移動"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        line = read_one(op.conn, Entry, entry)
        if line is None or line.consultation != consultation or line.deleted_at is not None:
            raise Refused(tr("その行は、もうありません。"))
        left = _lines_left(op, consultation, set(uids)) - {entry}
        for uid in uids:
            op.put("attachment", uid, {"entry": entry})
        for empty in left:
            op.delete("entry", empty)


def _lines_left(op: Operation, consultation: str, going: set[str]) -> set[str]:
    """The 写真 lines made for photos alone that keep none when these go."""
    rows = read_all(op.conn, Attachment, Attachment.owner == consultation)
    stays = {a.entry for a in rows if a.uid not in going}
    leaving = {a.entry for a in rows if a.uid in going and a.entry} - stays
    lines = read_all(op.conn, Entry, Entry.consultation == consultation, Entry.kind == "photo")
    return {line.uid for line in lines if line.uid in leaving and line.edited_at is None and line.text in _PLAIN}


def sweep(store: Store, blobs: Blobs) -> int:
    """Remove at once every blob that no row names, deleted rows included; gives how many."""
    named: set[str] = set()
    with store.read() as conn:
        for column in (Attachment.hash, Version.pdf, Confirmation.paper):
            named |= {h for h in conn.execute(select(column)).scalars() if h}
        for source in conn.execute(select(Attachment.own_id).where(Attachment.own_id.contains(" "))).scalars():
            named.add(str(source).split()[1])   # an original kept beside its copy
    return blobs.sweep(named, "9999")


def thumbnail(blobs: Blobs, digest: str, px: int = THUMB) -> bytes | None:
    """A JPEG whose long side is at most `px` pixels; None if the picture is not on this laptop."""
    kept = blobs.get_thumb(digest, px)
    if kept is not None:
        return kept
    content = blobs.get(digest)
    if content is None:
        return None
    made = pictures_.thumb(content, px)
    blobs.put_thumb(digest, px, made)
    return made


def large_or_small(blobs: Blobs, digest: str) -> tuple[bytes | None, bool]:
    """A picture to show: its content, else its thumbnail, else None; and whether it is the content."""
    content = blobs.get(digest)
    return (content, True) if content is not None else (blobs.get_thumb(digest, THUMB), False)


def may_come(store: Store) -> bool:
    """Whether there is a hub from which a picture that is not here can be fetched."""
    return store.setting("hub") is not None
