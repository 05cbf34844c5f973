"""Opens 同じ企業の確認 over a page and carries out what is asked there: まとめる, 別の企業, まとめを解く."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from kanto_desk.errors import Refused
from kanto_desk.fields import Field, Kind
from kanto_desk.i18n import language, tr
from kanto_desk.services import duplicates, organizations, uniting
from kanto_desk.services.uniting import Parted
from kanto_desk.ui.dialogs.history import shown
from kanto_desk.ui.dialogs.side_by_side import Word
from kanto_desk.ui.dialogs.twins import TwinsBox
from kanto_desk.ui.page import Verb, Window
from kanto_desk.ui.pages.organizations.words import Labels
from kanto_desk.ui.pages.reading_only import reads_only
from kanto_desk.ui.taking_back import taking_back


def words_of(labels: Labels) -> Word:
    """How values are read: codes by their names."""
    def word(field: Field, value: object) -> str:
        if field.kind is Kind.CODE and isinstance(value, str):
            return labels.of(field.codes or "", value)
        if isinstance(value, int) and not isinstance(value, bool):
            return f"{value:,}{field.unit}" if language() == "ja" else f"{value:,}"
        return shown(value)
    return word


def ask(parent: QWidget, window: Window, pair: tuple[str, str] | None = None) -> TwinsBox | None:
    """Show every pair, or this one; what was typed is saved first. None where the desk can only be read."""
    store = window.desk.store
    if reads_only(store, window):
        return None
    box = TwinsBox(parent, words_of(Labels(window.desk)), alone=pair is not None)

    def compare(stays: str, goes: str) -> None:
        window.work(lambda: (uniting.compare(store, stays, goes), duplicates.reasons(store, stays, goes)),
                    lambda found: box.show_compared(*found) if isValid(box) else None, refused)

    def first(one: str, other: str) -> None:
        """Side by side with the one that should stay."""
        def read() -> Any:
            stays, goes = uniting.better(store, one, other)
            return uniting.compare(store, stays, goes), duplicates.reasons(store, stays, goes)
        window.work(read, lambda found: box.show_compared(*found) if isValid(box) else None, refused)

    def chosen(one: str, other: str) -> None:
        now = box.shown
        known = now is not None and {now.found.stays.uid, now.found.goes.uid} == {one, other}
        (compare if known else first)(one, other)

    def refused(error: Exception) -> bool:
        if isinstance(error, Refused) and isValid(box):
            box.say(error.message, refused=True)
            return True
        return False

    def again() -> None:
        if pair is None and isValid(box):
            window.read(lambda: duplicates.probable(store),
                        lambda pairs: box.show_pairs(pairs) if isValid(box) else None)
        elif isValid(box):
            box.accept()

    def told(words: str, undo: Verb) -> None:
        window.say(words, undo)
        if isValid(box):
            box.say(words)
        again()

    def merge(stays: str, goes: str, taken: set[str]) -> None:
        names = box.shown and (box.shown.found.stays.name or "", box.shown.found.goes.name or "")

        def done(_uid: str) -> None:
            one, other = names or ("", "")
            told(tr("「{other}」を「{one}」にまとめました", one=one, other=other),
                 taking_back(window, store, (organizations.TYPE, stays)))
            if pair is not None:
                window.open_organization(stays)
        window.write(lambda: uniting.merge(store, stays, goes, taken), done, refused)

    def keep_apart(one: str, other: str) -> None:
        def done(_uid: str) -> None:
            told(tr("別の企業として残しました。もうたずねません。"),
                 taking_back(window, store, (organizations.TYPE, one)))
        window.write(lambda: duplicates.keep_apart(store, one, other), done, refused)
    box.compare_asked.connect(chosen)
    box.merge_asked.connect(merge)
    box.apart_asked.connect(keep_apart)
    box.open()
    window.write(lambda: None, lambda _none: first(*pair) if pair is not None else again())
    return box


def take_apart(window: Window, stays: str, goes: str) -> None:
    """まとめを解く, and say what stayed as it was written since."""
    store = window.desk.store

    def done(parted: Parted) -> None:
        words = tr("「{name}」のまとめを解きました", name=parted.name)
        if parted.left:
            fields = ("・" if language() == "ja" else ", ").join(parted.left)
            words += "　" + tr("あとで直した{fields}は、そのままです。", fields=fields)
        window.say(words, taking_back(window, store, (organizations.TYPE, stays)))
    window.write(lambda: uniting.part(store, stays, goes), done)
