"""Syncing by USB stick: a file for the hub, and the file that comes back. For the screen and the command line alike.

A file that is not taken is told in three sentences: what happened, what is safe, what to do.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import select

from kanto_desk.db import content_parts
from kanto_desk.db.attachments import Blobs
from kanto_desk.db.schema import wire_table
from kanto_desk.db.store import Store
from kanto_desk.db.trouble import explain, is_full, is_read_only
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import contested_deletions, contested_signed, refused_deletions
from kanto_desk.services.sync_failures import what_to_do, why_not
from kanto_desk.services.syncing import ORDER
from kanto_desk.sync import bundle, contents
from kanto_desk.sync.bundle_contents import MOST_BYTES, Packed, Unpacking, chosen, frames_of_desk
from kanto_desk.sync.bundle_file import ENDING, Unusable
from kanto_desk.sync.client import Known, known_hub
from kanto_desk.sync.enrolling import SEALING_KEY

SPARE: Final = 256 << 10
"""Bytes that a file may have beside what is counted: its head, the question, the seal."""
GROWS: Final = 1.03
"""So much larger a photo is in a file than on the disk, at most."""
NAMED: Final = 20
"""Files that came are told by name, so many of them."""


@dataclass(frozen=True, slots=True)
class BundleMade:
    """A file that was written: where, how many changes of how many records are in it, and its size in bytes.

    They count as unsent until a file of the hub says that they arrived. `files` photos and files are in it,
    `files_left` did not fit and go into the next one.
    """

    file: Path
    changes: int
    records: int
    size: int
    files: int = 0
    files_left: int = 0
    left_for_room: bool = False
    """Whether some of those left would have gone if there were more room at that place."""


@dataclass(frozen=True, slots=True)
class BundlePlan:
    """What a file would hold, with photos and files and without, and what stays behind because of its bounds.

    `changes` of `records`, at most `bytes`; `files` photos and files, together `files_bytes`; the others do not go.
    """

    changes: int
    records: int
    bytes: int
    files: int
    files_bytes: int
    files_left: int
    left_bytes: int


@dataclass(frozen=True, slots=True)
class BundleTaken:
    """What a file of the hub brought. `known`: it was taken in before, or holds nothing that is new here.

    `acknowledged` changes need no sending any more, `left` records still hold unsent ones; `not_taken` changes stay
    here and wait for a decision. `files` photos and files came whole, `damaged` ones were other than their names said;
    `names` is what the first of those that came are called here.
    """

    known: bool
    acknowledged: int
    received: int
    taken_away: int
    not_taken: int
    left: int
    files: int = 0
    damaged: int = 0
    names: tuple[str, ...] = ()


def file_name(store: Store) -> str:
    """A name for the next file: hub, this laptop's part of numbers, and the moment."""
    hub = _known(store).hub
    plain = "".join(c for c in hub if c.isalnum()) or "hub"
    return f"{plain}-{store.device()[1]}-{store.clock():%Y%m%d-%H%M%S}{ENDING}"


def plan(store: Store, blobs: Blobs, most: int = MOST_BYTES) -> BundlePlan:
    """What the next file would hold. Raises Refused before enrolment or the first sync."""
    known = _known(store)
    waiting = contents.to_send(store, blobs, known.epoch)
    going, left = chosen(waiting.items(), most)
    size = sum(n for _, n in going)
    changes, records, weight = bundle.weight(store, known)
    return BundlePlan(changes, records, weight, len(going), size, left, sum(waiting.values()) - size)


def make_bundle(store: Store, file: Path, blobs: Blobs | None = None, most: int = MOST_BYTES) -> BundleMade:
    """Write what is unsent, and the question for what is new, into a file for the hub; a folder gets a named one.

    With `blobs` also the photos and files that no hub has, up to `most` bytes of them and no more than there is room
    for at that place. The whole file is there or none. Raises Refused before enrolment or the first sync, Trouble when
    it cannot be written.
    """
    known, packed = _known(store), Packed()
    if file.is_dir():
        file = file / file_name(store)
    safe = tr("まだ送っていない変更は、すべてこのパソコンにあります。")
    fits, left_for_room = most, False
    if blobs is not None:
        wanted = plan(store, blobs, most)
        # records pack well and photos do not: where this is too careful a file less goes, and none fails half-way
        fits = max(0, min(most, int((_room(file, safe) - wanted.bytes - SPARE) / GROWS)))
        left_for_room = fits < wanted.files_bytes
    try:
        made = bundle.make(store, known, file, frames_of_desk(store, blobs, known.epoch, packed, fits) if blobs else ())
    except OSError as error:
        raise not_written(error, safe) from error
    return BundleMade(file, made.changes, made.records, made.size, packed.files, packed.left, left_for_room)


def take_bundle(store: Store, file: Path, blobs: Blobs | None = None) -> BundleTaken:
    """Take in a file that the hub made for this laptop. Raises Refused before enrolment, Trouble for a file not taken.

    Trouble also for the hub's order to forget, which is kept: whoever holds the desk obeys (`services.forgetting`).
    The same file twice, or an older one after a newer one, changes nothing.
    """
    known = _known(store)
    files = Unpacking(store, blobs, known.epoch) if blobs else None
    try:
        arrived = bundle.take(store, known, store.setting(SEALING_KEY), file,
                              files.take if files else lambda _frame: None)
    except Unusable as no:
        raise not_taken(no.reason, tr("このパソコンの記録は、何も変わっていません。")) from no
    except OSError as error:
        raise not_read(error, tr("このパソコンの記録は無事です。")) from error
    if arrived.order:
        store.set_setting(ORDER, arrived.order)
        raise Trouble(why_not("revoked"), tr("入力はすべてこのパソコンにあります。"), what_to_do("revoked"), "revoked")
    receipt = arrived.receipt
    contested_signed.note(store, receipt.came)
    contested_deletions.keep_in_sight(store, receipt.came, new=receipt.new)
    refused_deletions.show_again(store)
    return BundleTaken(arrived.known, receipt.sent, len(receipt.came), len(receipt.gone), receipt.not_taken,
                       receipt.left, files.files if files else 0, files.damaged if files else 0,
                       _names(store, files.came[:NAMED]) if files else ())


def _room(file: Path, safe: str) -> int:
    """Bytes free where a file is to be written. Raises Trouble where that place is not there."""
    try:
        return shutil.disk_usage(file.parent).free
    except OSError as error:
        raise not_written(error, safe) from error


def _names(store: Store, digests: Sequence[str]) -> tuple[str, ...]:
    """What photos and files are called by the records that name them; those of papers by what they are."""
    out = []
    papers = {"version": tr("署名した相談記録票"), "confirmation": tr("署名した紙の写真")}
    a = wire_table("attachment").c
    with store.read() as conn:
        for digest in digests:
            row = conn.execute(select(a.name, a.caption).where(a.hash == digest, a.deleted_at.is_(None))).first()
            if row is not None:
                out.append(row.caption or row.name or tr("名前のない写真"))
                continue
            kind = next((t for t, field in content_parts.NAMED[1:] if conn.execute(select(wire_table(t).c.uid).where(
                wire_table(t).c[field] == digest)).first() is not None), "version")
            out.append(papers[kind])
    return tuple(out)


def not_taken(reason: str, safe: str) -> Trouble:
    """What to tell about a file that is not taken; `reason` is that of `Unusable`."""
    again = tr("作ったパソコンで、もう一度ファイルを作ります。")
    texts = {
        "none": (tr("これは、関東デスクの受け渡しファイル（.kdx）ではありません。"), tr("ファイルを選び直します。")),
        "short": (tr("ファイルが途中で切れています。コピーが終わっていないようです。"),
                  tr("USBメモリなどに、もう一度コピーします。直らないときは、作り直します。")),
        "changed": (tr("ファイルが壊れているか、書き換えられています。"),
                    tr("もう一度コピーします。直らないときは、作ったパソコンで作り直します。")),
        "newer": (tr("ファイルは、より新しい版の関東デスクで作られています。"),
                  tr("関東デスクを新しい版にしてから、もう一度取り込みます。")),
        "signature": (tr("ファイルの署名が、作ったはずの相手のものではありません。"),
                      tr("どこから受け取ったかを確かめ、事務局に連絡します。")),
        "other": (tr("ファイルは、ほかの相手に宛てて作られています。"), tr("宛先を確かめて、ファイルを選び直します。")),
        "own": (tr("これは、このパソコンが同期先に宛てて作ったファイルです。"),
                tr("事務局に渡します。事務局から戻るファイルを取り込みます。")),
        "desk": (tr("ファイルの向きが逆です。"),
                 tr("パソコンが作ったファイルは事務局で、事務局が作ったファイルは宛先のパソコンで取り込みます。")),
        "size": (tr("ファイルの中身が大きすぎます。正しく作られたファイルではありません。"),
                 tr("どこから受け取ったかを確かめ、事務局に連絡します。")),
        "shape": (tr("ファイルの中身を読めません。"), again),
        "unknown": (tr("ファイルを作ったパソコンは、この同期先に登録されていません。"),
                    tr("hub devices で、登録されているパソコンを確かめます。")),
        "key": (tr("このパソコンは、ファイルを受け取るための鍵を登録していません。"),
                tr("hub code の1行で、もう一度参加してもらいます。")),
        "revoked": (tr("パソコン（ファイルを作ったもの、または宛先）は、使用を止められています。"),
                    tr("中身は取り込まず、ファイルは元の場所にあります。捨てずに、事務局で扱いを決めます。")),
        "cloned": (tr("同じデータフォルダーが、2台のパソコンで使われています。"),
                   tr("ファイルは捨てずに、事務局でどちらを使い続けるかを決めます。")),
    }
    happened, to_do = texts.get(reason, texts["shape"])
    return Trouble(happened, safe, to_do, reason)


def not_written(error: OSError, safe: str) -> Trouble:
    """What to tell where a file could not be written; nothing half-written is left."""
    cause = explain(error)
    if is_full(cause):
        happened, to_do = (tr("空きがなく、ファイルを書けませんでした。書きかけのファイルは残っていません。"),
                           tr("空きをつくるか、別の場所を選んで、もう一度作ります。"))
    elif is_read_only(cause):
        happened, to_do = (tr("そこには書き込めません。ファイルは作られていません。"),
                           tr("書き込みを許すか、別の場所を選んで、もう一度作ります。"))
    else:
        happened, to_do = (tr("ファイルを書けませんでした。書きかけのファイルは残っていません。"),
                           tr("USBメモリなどを差し直すか、別の場所を選んで、もう一度作ります。"))
    return Trouble(happened, safe, to_do, cause.detail)


def not_read(error: OSError, safe: str) -> Trouble:
    """What to tell where a file could not be read."""
    if isinstance(error, FileNotFoundError | IsADirectoryError):
        return Trouble(tr("そこにファイルがありません：{name}", name=str(error.filename or "")), safe,
                       tr("場所を確かめて、ファイルを選び直します。"))
    return Trouble(tr("ファイルを読めませんでした。"), safe,
                   tr("USBメモリなどを差し直して、もう一度取り込みます。"), explain(error).detail)


def _known(store: Store) -> Known:
    known = known_hub(store)
    if known is None:
        raise Refused(tr("このパソコンは、まだ同期先に参加していません。"))
    if not known.signing:
        raise Refused(tr("同期先の鍵をまだ受け取っていません。一度ネットワークで同期すると、ファイルで受け渡せます。"))
    return known
