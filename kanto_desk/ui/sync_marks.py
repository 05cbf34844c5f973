"""What the frame shows of the sync outside its page: top bar, rail, and a band over a record with contested fields.

Never a dialog, never the focus: whoever types goes on typing.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFrame

from kanto_desk.errors import Trouble
from kanto_desk.i18n import language, listed, tr
from kanto_desk.services import contested
from kanto_desk.services.contested_sides import Contested
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.form import Form
from kanto_desk.ui.layout import Row, set_property
from kanto_desk.ui.notices import announce
from kanto_desk.ui.page import Key
from kanto_desk.ui.pages.sync_words import spoken
from kanto_desk.ui.room import OneShown
from kanto_desk.ui.syncing import Marks, Syncing
from kanto_desk.ui.text import Picture, Wrapped

if TYPE_CHECKING:
    from kanto_desk.ui.frame import Frame


class ContestedBand(QFrame):
    """Says which fields of the record shown were changed on two computers. Emits `asked`."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_property(self, "box", "banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.words = Wrapped("")
        self.look_at = Button(tr("確認する"), "triangle-alert", name=tr("確認が必要な変更を見る"))
        self.look_at.clicked.connect(self.asked)
        picture = Picture("triangle-alert", "danger", 18)
        row = Row(picture, self.words, self.look_at, space=10, margins=(24, 6, 20, 6))
        row.setStretch(1, 1)
        for part in (picture, self.words):
            row.setAlignment(part, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(row)
        self.hide()

    def say(self, found: list[Contested]) -> None:
        """Name the fields; nothing is shown for none."""
        labels = list(dict.fromkeys(one.label for one in found if not one.whole))
        named = listed((*labels[:3], *([tr("ほか")] if len(labels) > 3 else [])))
        told = [tr("消した人がいますが、ほかの人が書いているので残っています。残すか消すかを決めます。")] * any(
            one.deletion for one in found)
        told += [_edited(one) for one in found if one.signed]
        told += [tr("{by}さんが、この相談の確定や訂正の確認をお願いしています。", by=one.sides[-1].by)
                 for one in found if one.asked]
        told += [tr("2台で直した項目があります：{fields}。どちらも残っています。", fields=named)] * bool(labels)
        self.words.set_text("".join(told) if language() == "ja" else " ".join(told))
        self.setAccessibleName(self.words.plain())
        self.setVisible(bool(found))


def _edited(one: Contested) -> str:
    """Where a signed record was edited, as seen from this laptop."""
    here = {writer.here for side in one.sides for writer in side.writers}
    if here == {True}:
        return tr("このパソコンで直した所が、署名した版に入っていません。")
    if here == {True, False}:
        return tr("このパソコンと別のパソコンで直した所が、署名した版に入っていません。")
    return tr("署名のあとに、別のパソコンで直した所があります。")


class SyncMarks(QObject):
    """Keeps the marks of a frame in step with its sync."""

    def __init__(self, frame: Frame, syncing: Syncing) -> None:
        super().__init__(frame)
        self._frame, self._syncing = frame, syncing
        self._found: list[Contested] = []
        self._watched: WeakSet[OneShown] = WeakSet()
        self.band = ContestedBand()
        self.band.asked.connect(lambda: frame.show_contested(self._root()))
        syncing.marked.connect(self._show)
        syncing.ended.connect(self._ended)

    def look(self) -> None:
        """Another page is shown, or fields were decided: say again what is contested on it."""
        root, store = self._root(), self._frame.desk.store
        if root is None or not self._syncing.marks.conflicts:
            self._say([])
            return

        def show(found: list[Contested]) -> None:
            if root == self._root():
                self._say(found)
        self._frame.work(lambda: contested.of_record(store, root), show, lane="finding")

    def _say(self, found: list[Contested]) -> None:
        """The band over the record, and a mark at each of its fields, lines and rows."""
        self.band.say(found)
        self._found = found
        page = self._frame.places.current
        if page is None:
            return
        for stack in page.findChildren(OneShown):   # tabs are built when they are first shown
            if stack not in self._watched:
                self._watched.add(stack)
                stack.currentChanged.connect(self._mark)
        self._mark()

    def _mark(self) -> None:
        from kanto_desk.ui.pages.consultation.parts_table import PartsTable  # nothing of a start pays for them
        from kanto_desk.ui.pages.consultation.record_timeline import RecordTimeline

        page, found = self._frame.places.current, self._found
        if page is None or (found and found[0].root != self._root()):
            return
        for form in page.findChildren(Form):
            names = {one.field for one in found if (one.type, one.uid) == form.record}
            form.show_contested(names, partial(self._ask, form.record[1] if form.record else ""))
        parts: dict[str, list[str]] = {}
        for one in found:
            parts.setdefault(one.uid, []).append(one.label)
        for table in page.findChildren(PartsTable):
            table.show_contested(parts, self._ask)
        for timeline in page.findChildren(RecordTimeline):
            timeline.show_contested(parts, self._ask)

    def _ask(self, part: str) -> None:
        self._frame.show_contested(self._root(), part)

    def _root(self) -> Key | None:
        page = self._frame.places.current
        return page.root if page is not None else None

    def _show(self, marks: Marks) -> None:
        self._frame.top.show_sync(marks)
        waiting = marks.waiting
        self._frame.rail.set_count("sync", waiting, tr("確認 {count}", count=waiting) if waiting else "")
        self.look()

    def _ended(self, how: object, by_itself: bool) -> None:
        self.look()
        if by_itself:
            return   # nobody asked for it, nobody is told: the numbers at the top have changed
        if isinstance(how, Trouble):
            self._frame.footer.say(spoken(how), tone="danger")
        else:
            words = tr("同期を途中で止めました") if getattr(how, "stopped", False) else tr("同期が終わりました")
            self._frame.footer.say(words)
            announce(self._frame, words)
