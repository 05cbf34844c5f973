"""Photos and files of a consultation: scaled and stripped of place when attached, so that printing never waits."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from kanto_desk.clock import JST
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.records.attachments import Attachment
from kanto_desk.db.records.consultations import Entry
from kanto_desk.db.records.dossier import Confirmation, Version
from kanto_desk.db.store import Store, read_all
from kanto_desk.errors import Refused
from kanto_desk.i18n import tr
from kanto_desk.rules.ordering import between
from kanto_desk.services.consultations import TYPE, need_editable

LONG_SIDE = 2048
MOST_BYTES = 2_500_000
MOST_PIXELS = 120_000_000   # a picture that would unpack to more is refused, not opened
THUMB = 300


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture ready to be kept: JPEG bytes, size in pixels, and when it was taken, if the camera said so."""

    jpeg: bytes
    width: int
    height: int
    taken_at: datetime | None


def attach(store: Store, blobs: Blobs, consultation: str, content: bytes, name: str, *,
           taken_at: datetime | None = None, entry: str | None = None, caption: str | None = None,
           consent: str = "unasked") -> str:
    """Attach a picture; without `entry` it gets a 写真 line of its own. Gives the attachment's uid.

    Raises Refused when the file is no picture that can be read, or the record is signed.
    """
    made = prepare(content)
    digest = blobs.put(made.jpeg, "image/jpeg", store.clock().isoformat())
    blobs.put_thumb(digest, THUMB, _thumb(made.jpeg, THUMB))
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
            "height": made.height, "taken_at": moment, "consent": consent, "place": between(end, None)})


def of_consultation(store: Store, consultation: str) -> list[Attachment]:
    """The attachments of a consultation in order."""
    with store.read() as conn:
        return read_all(conn, Attachment, Attachment.owner == consultation,
                        order_by=(Attachment.place, Attachment.uid))


def pictures(store: Store, consultation: str) -> list[Attachment]:
    """The attachments of a consultation that are pictures, whatever they show, in order."""
    return [a for a in of_consultation(store, consultation) if a.kind == "photo" or (a.mime or "").startswith("image/")]


def edit(store: Store, consultation: str, uid: str, values: Mapping[str, Any]) -> None:
    """Change caption, kind, confidentiality or consent (yes, no, unasked) of an attachment."""
    with store.operation(tr("写真の編集"), (TYPE, consultation), extend=f"{uid}:photo") as op:
        need_editable(op.conn, consultation)
        op.put("attachment", uid, values)


def remove(store: Store, consultation: str, uid: str) -> None:
    """Move an attachment to the bin; its content stays until the sweep."""
    with store.operation(tr("写真の削除"), (TYPE, consultation)) as op:
        need_editable(op.conn, consultation)
        op.delete("attachment", uid)


def sweep(store: Store, blobs: Blobs) -> int:
    """Remove at once every blob that no row names, deleted rows included; gives how many."""
    named: set[str] = set()
    with store.read() as conn:
        for column in (Attachment.hash, Version.pdf, Confirmation.paper):
            named |= {h for h in conn.execute(select(column)).scalars() if h}
    return blobs.sweep(named, "9999")


def thumbnail(blobs: Blobs, digest: str, px: int = THUMB) -> bytes | None:
    """A JPEG whose long side is at most `px` pixels; None if the picture is not on this laptop."""
    kept = blobs.get_thumb(digest, px)
    if kept is not None:
        return kept
    content = blobs.get(digest)
    if content is None:
        return None
    made = _thumb(content, px)
    blobs.put_thumb(digest, px, made)
    return made


def prepare(content: bytes) -> Prepared:
    """Scale to at most 2048 px and 2.5 MB, turn upright, drop every tag (place included).

    Raises Refused when the content is no picture that can be read.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Refused(tr("写真が大きすぎます（{w}×{h}）。", w=opened.width, h=opened.height))
            taken = _taken(opened.getexif())
            if opened.format == "JPEG":
                opened.draft("RGB", (LONG_SIDE, LONG_SIDE))
            upright = ImageOps.exif_transpose(opened)
            flat = _on_white(upright)
            flat.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Refused(tr("写真として読めないファイルです。元のファイルはそのままです。")) from error
    for quality in (88, 80, 70, 60):
        out = io.BytesIO()
        flat.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= MOST_BYTES:
            break
    return Prepared(out.getvalue(), flat.width, flat.height, taken)


def _on_white(picture: Any) -> Any:
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        ground = Image.new("RGB", picture.size, "white")
        ground.paste(picture, mask=picture.convert("RGBA").getchannel("A"))
        return ground
    return picture.convert("RGB")


def _thumb(jpeg: bytes, px: int) -> bytes:
    from PIL import Image

    with Image.open(io.BytesIO(jpeg)) as opened:
        opened.draft("RGB", (px, px))
        small = opened.convert("RGB")
        small.thumbnail((px, px), Image.Resampling.LANCZOS)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _taken(exif: Any) -> datetime | None:
    """DateTimeOriginal of the camera (EXIF 36867), read as Japanese time: cameras know no zone."""
    value = exif.get_ifd(0x8769).get(36867) or exif.get(306)
    try:
        return datetime.strptime(str(value), "%Y:%m:%d %H:%M:%S").replace(tzinfo=JST)
    except ValueError:
        return None
