"""Handing over to a USB stick or folder: an issued page, or text that the disk refused. Files come whole."""

from __future__ import annotations

import os
from pathlib import Path

from kanto_desk.errors import Trouble
from kanto_desk.i18n import tr


def save_pdf(target: Path, content: bytes) -> Path:
    """Write a PDF beside its place, then rename it: a stick pulled out leaves the old file or none, never a half one.

    Raises Trouble when the place cannot be written.
    """
    try:
        _write_whole(target, content)
    except OSError as error:
        raise Trouble(tr("「{name}」に書けませんでした。", name=target.name),
                      tr("記録と PDF はこのパソコンに残っています。"),
                      tr("ほかの場所を選ぶか、USBメモリーを差し直してからもう一度保存します。"), str(error)) from error
    return target


def save_file(target: Path, content: bytes) -> Path:
    """Write a file made from records, whole or not at all. Raises Trouble when the place cannot be written."""
    try:
        _write_whole(target, content)
    except OSError as error:
        raise Trouble(tr("「{name}」に書けませんでした。", name=target.name),
                      tr("記録はこのパソコンに残っています。"),
                      tr("ほかの場所を選ぶか、USBメモリーを差し直してから、もう一度書き出します。"),
                      str(error)) from error
    return target


def save_text(target: Path, text: str) -> Path:
    """Write text that could not be saved in the data folder, as UTF-8, whole or not at all.

    Raises Trouble when the place cannot be written.
    """
    try:
        _write_whole(target, text.replace("\n", os.linesep).encode("utf-8", "replace"))
    except OSError as error:
        raise Trouble(tr("「{name}」に書けませんでした。", name=target.name),
                      tr("入力した文は、この窓を閉じないかぎり残っています。"),
                      tr("ほかのディスクかUSBメモリーを選び、もう一度「別の場所へ保存」を押します。"),
                      str(error)) from error
    return target


def _write_whole(target: Path, content: bytes) -> None:
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError:
        _forget(part)
        raise


def file_name(*words: str | None, ending: str = "pdf") -> str:
    """A name for a file made of these words, without what a file system forbids; at most 80 characters."""
    joined = "_".join(word.strip() for word in words if word and word.strip())
    kept = "".join("・" if c in '\\/:*?"<>|' or ord(c) < 32 else c for c in joined).strip(" .")
    return f"{kept[:80] or ending.upper()}.{ending}"


def _forget(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return   # the place is gone; the half file with it
