"""記録: the timeline with the capture box pinned below it. Connects what is typed to the verbs of the record's lines.

Everything is written through the window's writer; the text in the capture box and in an open line editor is kept as a
draft within a second, composed text included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from kanto_desk.clock import JST
from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import consultations, line_drafts, promises
from kanto_desk.services import timeline as lines_service
from kanto_desk.ui.autosave import Alarm, Autosave
from kanto_desk.ui.blank_keys import choose_first
from kanto_desk.ui.capture import Capture, Draft
from kanto_desk.ui.kinds import BY_CODE
from kanto_desk.ui.layout import Column
from kanto_desk.ui.notices import announce
from kanto_desk.ui.page import Verb, Window
from kanto_desk.ui.pages.consultation.asking_notice import AskingNotice
from kanto_desk.ui.pages.consultation.promise_chips import Part, PromiseChips
from kanto_desk.ui.pages.consultation.record_timeline import RecordTimeline, shown
from kanto_desk.ui.pages.consultation.thumbs import Thumbs
from kanto_desk.ui.pages.words import date_reader, long_day
from kanto_desk.ui.settling import QUIET_MS
from kanto_desk.ui.theme import look
from kanto_desk.ui.timeline import Line
from kanto_desk.ui.typed import Typed, typed

_TOP, _LOW, _TIGHT = 10, 200, 240   # px at 100 %: above the lines; heights below which chips and second line give way
LINE_TYPES = frozenset({"entry", "promise", "attachment"})
"""Record types whose change may show in the timeline."""


class RecordTab(QWidget):
    """The lines of one record and the box that makes them."""

    photo_clicked = Signal(str)   # uid of the attachment

    def __init__(self, window: Window, uid: str, thumbs: Thumbs, *, alarm: Alarm | None = None) -> None:
        super().__init__()
        self._window, self._uid, self._thumbs = window, uid, thumbs
        self._store = window.desk.store
        self._read_only = self._close = False
        self._notes = True   # the capture box takes what is said
        self._stored: dict[str, lines_service.Line] = {}
        self._kept: tuple[str, str] = ("said", "")
        self._unread = line_drafts.unread_dues(self._store, uid)   # promise uid → what is no date
        self.capture = Capture()
        self.timeline = RecordTimeline(thumbs)
        self.timeline.hand_typing_to(self.capture.text)
        self.chips = PromiseChips(self.timeline, date_reader(window.desk))
        self.notice = AskingNotice("danger", tr("もう一度"))
        self.notice.hide()
        self.notice.asked.connect(self.capture.submit)
        self._autosave = Autosave(self, alarm=alarm)
        self._autosave.due.connect(self._keep_draft)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self._main = Column(self.timeline, self.notice, self.capture, space=8, margins=(24, _TOP, 12, 12))
        self._main.setStretch(0, 1)
        self.setLayout(self._main)

    def _connect(self) -> None:
        self.capture.submitted.connect(self._add)
        self.capture.edit_last.connect(self.edit_last)
        self.capture.draft_changed.connect(self._autosave.touch)
        self.timeline.edited.connect(self._edit)
        self.timeline.moved.connect(self._move)
        self.timeline.delete_asked.connect(self._delete)
        self.timeline.write_asked.connect(self.go_to_capture)
        self.timeline.draft.connect(self._keep_line_draft)
        self.timeline.promise_clicked.connect(self.open_chip)
        self.timeline.photo_clicked.connect(lambda _line, photo: self.photo_clicked.emit(photo))
        self.chips.chosen.connect(self._set_promise)
        self.chips.unread.connect(self._keep_unread)
        self.chips.refused.connect(self._say_unread)

    # What the page asks

    def verbs(self) -> dict[str, Verb]:
        """What this tab can do now: action id → what to call."""
        kinds = {f"kind_{code}": self._kind_verb(code) for code in lines_service.KINDS} if self._notes else {}
        if self._read_only:
            return kinds
        return {**kinds, "capture": self.go_to_capture, "edit_line": self.edit_current,
                "promise_chips": self.open_current_chip}

    def read(self) -> list[lines_service.Line]:
        """Show the lines as they are stored; gives them."""
        found = lines_service.lines(self._store, self._uid)
        self._stored = {line.uid: line for line in found}
        self._thumbs.know({p.uid: p.hash for line in found for p in line.pictures})
        self.timeline.show_lines([shown(line, self._unread.get(line.promise or "", "")) for line in found])
        return found

    def set_close(self, on: bool) -> None:
        """Stand close below what is above: a low window has no room for both."""
        self._close = on
        self._main.set_margins((24, 0 if on else _TOP, 12, 12))
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.capture.set_low(self._close and self.height() < look().px(_LOW))
        self.capture.set_tight(self.height() < look().px(_TIGHT))

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restore(self) -> bool:
        """Put back what stood in the capture box and in a line editor when the program ended; says whether any did."""
        restored = False
        for line, text in line_drafts.of_consultation(self._store, self._uid).items():
            restored = True
            self._edit(line, text)
            self._keep_line_draft(line, "")
        kept = consultations.draft(self._store, self._uid)
        if kept is not None:
            restored = True
            self._kept = kept
            self.capture.set_draft(Draft(*kept))
            self._autosave.flush()
        return restored

    def set_read_only(self, on: bool, *, notes: bool | None = None) -> None:
        """A signed record is shown and read, not changed. `notes`: the capture box still takes what is said; on a disk
        that takes no writing it is held and can be saved elsewhere. Left out, it goes with the lines."""
        notes = not on if notes is None else notes
        if on:
            self.chips.give_up()
        self._read_only, self._notes = on, notes
        self.timeline.set_read_only(on)
        self.capture.setVisible(notes)

    def flush(self) -> None:
        """Hand over everything typed: the line being edited, the chip being chosen, the draft of the capture box."""
        self.chips.take()
        self.timeline.flush()
        self.capture.text.rescue()
        self._autosave.touch()
        self._autosave.flush()

    def go_to_capture(self) -> None:
        """Put the cursor into the capture box."""
        self.capture.text.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def edit_current(self) -> None:
        """Edit the line the cursor or a search stands at, or the last one."""
        searched = self.timeline.delegate.present is not None and not self.capture.text.hasFocus()
        row = self.timeline.currentIndex().row() if self.timeline.hasFocus() or searched else -1
        if row >= 0:
            self.timeline.edit_line(row)
        else:
            self.timeline.edit_last()

    def edit_last(self) -> None:
        """Edit the newest line."""
        if not self._read_only:
            self.timeline.edit_last()

    def edit_blank(self, uid: str) -> None:
        """Edit the line, with its first blank chosen."""
        row = self.timeline.lines.row_of(uid)
        if row is not None and self.timeline.edit_line(row) and self.timeline.delegate.editor is not None:
            choose_first(self.timeline.delegate.editor)

    def open_chip(self, uid: str, part: str) -> None:
        """Open the chip "who" or "due" of a promise line."""
        line = self._stored.get(uid)
        if self._read_only or line is None or line.promise is None:
            return
        value: Any = line.who or None if part == "who" else line.due_on
        unread = self._unread.get(line.promise, "") if part == "due" else ""
        self.chips.open(uid, cast(Part, part), value, self.people(), unread)

    def open_current_chip(self) -> None:
        """Open the first chip that is still missing (who, else by when) of the promise the cursor is on, or of the
        newest one."""
        if not self._newest_is_there():
            self._window.say(tr("行を保存しています。終わってから、もう一度押してください"))
            return
        here = self.timeline.current_line() if self.timeline.hasFocus() else None
        line = self._stored.get(here.uid) if here else None
        if line is None or line.promise is None:
            made = [found for found in self._stored.values() if found.promise is not None]
            line = made[-1] if made else None
        if line is None:
            return
        row = self.timeline.lines.row_of(line.uid)
        if row is not None:
            self.timeline.step_to(row)
            self.timeline.scrollTo(self.timeline.currentIndex())
            self.open_chip(line.uid, "due" if line.who and line.due_on is None else "who")

    def _newest_is_there(self) -> bool:
        """Whoever presses on at once means the line just added: let it reach the disk first, so shortly that nobody
        notices. Else the next words would go to the capture box, or to chips that are not shown yet."""
        lines = self.timeline.lines
        newest = lines.line(lines.rowCount() - 1).uid if lines.rowCount() else None
        if newest is None or (newest in self._stored and not self.timeline.is_saving(newest)):
            return True
        there = self._window.wait_for_saves(QUIET_MS)
        if there:
            self.read()
        return there

    def people(self) -> Sequence[str]:
        """The names offered for a promise: who took part, the expert, and the words for either side."""
        opened = consultations.get(self._store, self._uid)
        found = [p.name for p in consultations.participants(self._store, self._uid) if p.name]
        if opened.record.expert:
            found.append(opened.record.expert)
        return tuple(dict.fromkeys([*found, tr("先方"), tr("当方")]))

    # What the user does

    def _add(self, kind: str, text: str) -> None:
        uid = lines_service.new_line_uid(self._store)
        now = self._store.clock()
        self.timeline.show_new(Line(uid, now.astimezone(JST).strftime("%H:%M"), kind, text))
        self.notice.hide()
        self._window.write(lambda: lines_service.add(self._store, self._uid, kind, text, at=now, uid=uid),
                           lambda _uid: self._added(uid, text),
                           lambda error: self._not_added(uid, kind, text, error),
                           self._typed(tr("記録の行（{kind}）", kind=BY_CODE[kind].word), text))

    def _added(self, uid: str, text: str) -> None:
        self.timeline.saved(uid)
        self.timeline.show_again()
        announce(self.timeline, tr("{text} を加えました", text=text))

    def _not_added(self, uid: str, kind: str, text: str, error: Exception) -> bool:
        """What could not be written goes back into the box, before anything typed since."""
        self.timeline.take_back(uid)
        draft = self.capture.draft()
        since = draft.text + draft.composing
        self.capture.set_draft(Draft(kind if not since else draft.kind, "\n".join(filter(None, (text, since)))))
        if isinstance(error, Refused | Trouble):
            self.notice.set_text(str(error))
            self.notice.show()
        return isinstance(error, Refused)

    def _edit(self, uid: str, text: str) -> None:
        self._save_line(uid, lambda: lines_service.edit(self._store, self._uid, uid, text=text),
                        self._typed(tr("直した行"), text, uid))

    def _move(self, uid: str, place: int) -> None:
        def moved() -> None:
            self._window.say(tr("行を動かしました"), lambda: self._window.do("undo"))
        self._save_line(uid, lambda: lines_service.move(self._store, self._uid, uid, place), then=moved)

    def _typed(self, box: str, text: object, slot: str = "") -> Typed:
        return typed(("consultation", self._uid), (box, text), slot=slot)

    def _save_line(self, uid: str, job: Callable[[], None], words: Typed | None = None,
                   then: Callable[[], None] | None = None) -> None:
        self.timeline.saving(uid)

        def done(_none: None) -> None:
            over()
            if then is not None:
                then()

        def over() -> None:
            self.timeline.saved(uid)
            self.read()

        def failed(_error: Exception) -> bool:
            over()
            return False
        self._window.write(job, done, failed, words)

    def _delete(self, uid: str) -> None:
        row = self.timeline.lines.row_of(uid)

        def deleted(_: Any) -> None:
            self.read()
            self.timeline.step_to(row or 0)
            self._window.say(tr("行を消しました"), lambda: self._window.do("undo"))
        self._window.write(lambda: lines_service.delete(self._store, self._uid, uid), deleted)

    def _set_promise(self, uid: str, part: str, value: Any) -> None:
        line = self._stored.get(uid)
        if line is None or line.promise is None:   # taken away while its chip was open
            if value is not None:
                self._window.say(tr("約束の行が消されたので、「{text}」は入れられませんでした",
                                    text=value if part == "who" else long_day(value)))
            return
        promise = line.promise
        values = {"who": value} if part == "who" else {"due_on": value}
        words = self._typed(tr("だれが") if part == "who" else tr("いつまで"), value, f"{promise}-{part}")
        self._save_line(uid, lambda: promises.edit(self._store, self._uid, promise, values), words)

    def _keep_unread(self, uid: str, text: str, reason: str) -> None:
        """What is no date stays on its chip until it is one: nothing typed disappears."""
        line = self._stored.get(uid)
        if line is None or line.promise is None:
            return
        promise = line.promise
        self._unread[promise] = text
        self.read()
        self._window.write(lambda: line_drafts.save_due(self._store, promise, text),
                           typed=self._typed(tr("いつまで"), text, f"{promise}-unread"))
        if text:
            self._say_unread(text, reason)

    def _say_unread(self, text: str, reason: str) -> None:
        words = tr("期限「{text}」は書いたまま残してあります。{reason}", text=text, reason=reason)
        self._window.say(words)
        announce(self.timeline, words)

    def _keep_draft(self) -> None:
        draft = self.capture.draft()
        now = (draft.kind, draft.text + draft.composing)
        if not self._notes or now == self._kept or (not now[1] and not self._kept[1]):
            return
        self._kept = now
        self._window.write(lambda: consultations.save_draft(self._store, self._uid, *now),
                           typed=self._typed(tr("記録する文"), now[1], "draft"))

    def _keep_line_draft(self, uid: str, text: str) -> None:
        self._window.write(lambda: line_drafts.save(self._store, uid, text),
                           typed=self._typed(tr("直している行"), text, f"draft-{uid}"))

    def _kind_verb(self, code: str) -> Verb:
        def choose() -> None:
            self.capture.set_kind(code)
            self.go_to_capture()
        return choose
