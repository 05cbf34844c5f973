"""Handing over an issued page: to a USB stick or folder as a file that is whole or not there at all."""

from __future__ import annotations

import os
from pathlib import Path

from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr


def save_pdf(target: Path, content: bytes) -> Path:
    """Write a PDF beside its place, then rename it: a stick pulled out leaves the old file or none, never a half one.

    Raises Trouble when the place cannot be written.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:
        _forget(part)
        raise Trouble(tr("「{name}」に書けませんでした。", name=target.name),
                      tr("記録と PDF はこのパソコンに残っています。"),
                      tr("ほかの場所を選ぶか、USBメモリーを差し直してからもう一度保存します。"), str(error)) from error
    return target


def file_name(*words: str | None) -> str:
    """A name for a file made of these words, without what a file system forbids; at most 80 characters."""
    joined = "_".join(word.strip() for word in words if word and word.strip())
    kept = "".join("・" if c in '\\/:*?"<>|' or ord(c) < 32 else c for c in joined).strip(" .")
    return f"{kept[:80] or 'PDF'}.pdf"


def _forget(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return   # the place is gone; the half file with it
