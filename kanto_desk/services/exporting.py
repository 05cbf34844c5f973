"""Everything that can be seen in a desk as plain files, and back: JSON lines by record type, attachments, a manifest.

An export is NOT encrypted. It holds what is, not how it came about: 変更履歴 travels in backups. Importing keeps every
uid and takes all or nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mimetypes
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from kanto_desk import __version__
from kanto_desk.db import local
from kanto_desk.db.apply import Change, Key
from kanto_desk.db.content_parts import NAMED
from kanto_desk.db.operation import Operation, Touched
from kanto_desk.db.schema import SCHEMA_VERSION, canonical, fields_of, kinds_of, new_uid, records, wire_table, wired
from kanto_desk.db.stamps import COUNTER_BITS
from kanto_desk.errors import Refused, Trouble
from kanto_desk.fields import Json, Kind, from_wire
from kanto_desk.i18n import tr
from kanto_desk.services import contents
from kanto_desk.services.desk import Desk

FORMAT = 1
MANIFEST = "manifest.json"
ROWS_A_STEP = 200
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds: records by type, attachments, and hashes that this laptop has not."""

    folder: Path
    counts: Mapping[str, int]
    attachments: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import of an export did: records by type as found in it, how many changed here, attachments."""

    counts: Mapping[str, int]
    changed: int
    attachments: int
    missing: int
    """Contents that its records name and that neither it nor this desk has."""


Progress = Callable[[int], None]


def export(desk: Desk, out: Path, *, progress: Progress | None = None) -> Exported:
    """Write the export into a folder that does not exist yet; it appears whole or not at all.

    Raises Refused when the folder exists, Trouble when it cannot be written.
    """
    if out.exists():
        raise Refused(tr("もうあります：{name}。まだないフォルダーに書き出します。", name=out), "out")
    unfinished = out.with_name(f".{out.name}.unfinished-{os.getpid()}")
    try:
        for folder in ("records", "attachments"):
            (unfinished / folder).mkdir(mode=_PRIVATE_FOLDER, parents=True)
        unfinished.chmod(_PRIVATE_FOLDER)
        made = _write(desk, unfinished, progress)
        unfinished.rename(out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)   # after the rename there is none
    return Exported(out, made.counts, made.attachments, made.missing)


def import_export(desk: Desk, folder: Path, *, progress: Progress | None = None) -> Taken:
    """Bring an export into a desk: attachments first, then every record in one transaction.

    What the desk has besides stays; a record of the same uid gets the values of the export. Every file is checked
    against the manifest before anything is written. Raises Refused for a folder that is no sound export, Trouble.
    """
    try:
        manifest = _checked(folder)
        rows = {name: list(_rows(folder, name)) for name in manifest["records"]}
        blobs = _bring_attachments(desk, folder, manifest)
    except OSError as error:
        raise Trouble(tr("ファイルを開けませんでした：{name}", name=Path(str(error.filename or folder)).name),
                      tr("何も取り込んでいません。"), tr("場所とファイル名を確かめます。"), str(error)) from error
    sample = [(name, row) for name, own in rows.items() for row in own if row.get("sample")]
    changed = _put(desk, [(n, r) for n, own in rows.items() for r in own if not r.get("sample")], manifest, progress)
    changed += _put_sample(desk, sample)
    named: dict[str, str] = {}
    for name, own in rows.items():
        for row in own:
            _note_hashes(name, row["values"], named)
    lost = set(named) & contents.missing(desk)
    return Taken({name: len(own) for name, own in rows.items()}, changed, blobs, len(lost))


def _write(desk: Desk, folder: Path, progress: Progress | None) -> Exported:
    files: dict[str, dict[str, Any]] = {}
    counts: dict[str, int] = {}
    wanted: dict[str, str] = {}
    with desk.store.read() as conn:
        for name in sorted(records()):
            lines = 0
            with _private_file(folder / "records" / f"{name}.jsonl") as write:
                for row in _exported(conn, name):
                    write(canonical(row) + "\n")
                    lines += 1
                    _note_hashes(name, row["values"], wanted)
            counts[name] = lines
            if progress is not None:
                progress(sum(counts.values()))
        favourites = [[r.type, r.uid] for r in conn.execute(select(local.favourite).order_by(local.favourite.c.uid))]
        drafts = [dict(r._mapping) for r in conn.execute(select(local.draft).order_by(local.draft.c.uid))]
    missing = []
    for digest, mime in sorted(wanted.items()):
        content = desk.blobs.get(digest)
        if content is None:
            missing.append(digest)
            continue
        file = folder / "attachments" / (digest + (mimetypes.guess_extension(mime) or ""))
        _write_private(file, content)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            files[path.relative_to(folder).as_posix()] = {"bytes": path.stat().st_size, "sha256": _digest(path)}
    manifest = {
        "format": FORMAT, "program": __version__, "schema": SCHEMA_VERSION,
        "made": desk.clock().isoformat(timespec="seconds"), "person": desk.store.person,
        "organization": desk.store.setting("organization", ""), "encrypted": False, "records": counts,
        "attachments": len(wanted) - len(missing), "attachments_missing": missing, "files": files,
        "favourites": favourites, "drafts": drafts}
    _write_private(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    return Exported(folder, counts, len(wanted) - len(missing), tuple(missing))


def _exported(conn: Connection, name: str) -> Iterator[dict[str, Any]]:
    """One type's rows as they travel: wire values that are not empty, also of fields of newer programs."""
    table, kinds = wire_table(name), kinds_of(name)
    for row in conn.execute(select(table).order_by(table.c.uid)).mappings():
        values = {n: wired(k, row[n]) for n, k in kinds.items() if row[n] is not None}
        values |= json.loads(row["_unknown"]) if row["_unknown"] else {}
        yield {"uid": row["uid"], "values": values, **({"sample": True} if row["_sample"] else {})}


def _note_hashes(name: str, values: Mapping[str, Json], wanted: dict[str, str]) -> None:
    for type_name, field in NAMED:
        digest = values.get(field)
        if type_name == name and isinstance(digest, str):
            mime = "application/pdf" if field == "pdf" else str(values.get("mime") or "image/jpeg")
            wanted.setdefault(digest, mime)


def _checked(folder: Path) -> dict[str, Any]:
    """The manifest, after every file was compared with it. Raises Refused."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        counts, files = dict(manifest["records"]), dict(manifest["files"])
        newer = manifest["format"] > FORMAT or manifest["schema"] > SCHEMA_VERSION
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError) as error:
        raise Refused(tr("export で書き出したフォルダーではありません：{name}", name=folder.name), "dir") from error
    unknown = sorted(set(counts) - set(records()))
    if newer or unknown:
        raise Refused(tr("より新しい版の関東デスクで書き出されています。何も取り込んでいません。"), "dir")
    for name, about in files.items():
        path = folder / name
        inside = path.resolve().is_relative_to(folder.resolve())
        if not inside or not path.is_file() or _digest(path) != about.get("sha256"):
            raise _changed(name)
    for name in counts:
        if f"records/{name}.jsonl" not in files:
            raise _changed(f"records/{name}.jsonl")
    return manifest


def _changed(name: str) -> Refused:
    return Refused(tr("書き出したときから変わっているか、欠けています：{name}。何も取り込んでいません。", name=name),
                   "dir")


def _rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows of one type, each value tried as its kind. Raises Refused naming file and line."""
    known = {f.name: f for f in fields_of(records()[name])}
    with (folder / "records" / f"{name}.jsonl").open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                if not isinstance(row["uid"], str) or not isinstance(row["values"], dict):
                    raise TypeError("uid or values")
                for field_name, value in row["values"].items():
                    if field_name in known:
                        from_wire(known[field_name], value)
                        _check_shape(known[field_name].kind, value)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                told = tr("{file} の{n}行目が読めません。何も取り込んでいません。", file=f"{name}.jsonl", n=number)
                raise Refused(told, "dir") from error
            yield row


def _check_shape(kind: Kind, value: Json) -> None:
    whole = (Kind.INTEGER, Kind.YEN)
    expected: tuple[type, ...] = (int,) if kind in whole else (int, float) if kind is Kind.NUMBER else (
        bool,) if kind is Kind.FLAG else (list,) if kind is Kind.CODES else (
        object,) if kind is Kind.DATA else (str,)
    if value is not None and not isinstance(value, expected):
        raise TypeError(f"{kind.value}: {type(value).__name__}")


def _bring_attachments(desk: Desk, folder: Path, manifest: Mapping[str, Any]) -> int:
    brought = 0
    for name in manifest["files"]:
        if name.startswith("attachments/"):
            content = (folder / name).read_bytes()
            mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
            desk.blobs.put(content, mime, desk.clock().isoformat())
            brought += 1
    return brought


def _put(desk: Desk, rows: list[tuple[str, dict[str, Any]]], manifest: Mapping[str, Any],
         progress: Progress | None) -> int:
    """Every row in one transaction of several operations, so that an interruption leaves nothing of them."""
    store = desk.store
    import_id = new_uid(store.clock())
    touched: set[Key] = set()
    with store.write() as conn:
        for begin in range(0, len(rows), ROWS_A_STEP):
            op = Operation(conn, label=tr("書き出したものを戻す"), by=store.person, now=store.clock(), origin="import",
                           root=None, extend_key=None, undoable=False, import_id=import_id, undoes=None,
                           projections=store.projections)
            for name, row in rows[begin:begin + ROWS_A_STEP]:
                op.put_wire(name, row["uid"], row["values"])
            touched |= op.finish().keys
            if progress is not None:
                progress(min(begin + ROWS_A_STEP, len(rows)))
        _put_own(conn, manifest)
    if touched:
        store.announce(Touched(frozenset(touched), "import", "", tr("書き出したものを戻す")))
    return len(touched)


def _put_own(conn: Connection, manifest: Mapping[str, Any]) -> None:
    """Stars and unsent drafts, where this desk has none of its own for the record."""
    for type_name, uid in manifest.get("favourites", []):
        if conn.execute(select(local.favourite).where(local.favourite.c.uid == uid)).first() is None:
            conn.execute(insert(local.favourite).values(type=type_name, uid=uid))
    for draft in manifest.get("drafts", []):
        if conn.execute(select(local.draft).where(local.draft.c.uid == draft["uid"])).first() is None:
            conn.execute(insert(local.draft).values({k: draft[k] for k in ("uid", "kind", "text", "at")}))


def _put_sample(desk: Desk, rows: list[tuple[str, dict[str, Any]]]) -> int:
    """Sample rows stay tagged and unjournalled."""
    store = desk.store
    with store.read() as conn:
        known = {(name, uid) for name in {n for n, _ in rows}
                 for uid in conn.execute(select(wire_table(name).c.uid)).scalars()}
    dev, now = store.device()[0], store.clock()
    hlc = int(now.timestamp() * 1000) << COUNTER_BITS
    changes = [Change(dev, -1 - n, hlc + n, SCHEMA_VERSION, "sample", name, row["uid"], row["values"], {},
                      store.person, now.isoformat())
               for n, (name, row) in enumerate(rows) if (name, row["uid"]) not in known]
    for begin in range(0, len(changes), ROWS_A_STEP):
        store.apply(changes[begin:begin + ROWS_A_STEP], "sample")
    return len(changes)


@contextlib.contextmanager
def _private_file(path: Path) -> Iterator[Callable[[str], object]]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        yield file.write


def _write_private(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
