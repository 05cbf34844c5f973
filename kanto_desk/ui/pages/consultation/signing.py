"""Drawing, signing, printing and saving the page of one record, off the UI thread. No widget of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from kanto_desk.errors import Refused, Trouble
from kanto_desk.i18n import tr
from kanto_desk.services import aggregate, consultations, finalizing, handing, photos, sheets
from kanto_desk.services.finalizing import Issued
from kanto_desk.ui.page import Window
from kanto_desk.ui.pages.consultation.sign_form import Given
from kanto_desk.ui.typed import typed


class WindowRunner:
    """The window's one worker thread, as the page view wants it."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def submit(self, work: Callable[[], Any], done: Callable[[Any], None] | None = None,
               failed: Callable[[Exception], None] | None = None) -> None:
        """Run work there; `done` or `failed` is called on the UI thread."""
        def missed(error: Exception) -> bool:
            if failed is not None:
                failed(error)
            return failed is not None
        self._window.work(work, done or (lambda _result: None), missed)


class Signing(QObject):
    """What can be done with the page of a record."""

    drawn = Signal(object)            # the printed page as it stands
    refused = Signal(str, str)        # field, words
    signed = Signal(object)           # the issued version
    busy_changed = Signal(bool)

    def __init__(self, window: Window, uid: str, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._uid = window, uid
        self._store, self._blobs = window.desk.store, window.desk.blobs
        self._drawing = False
        self._again = False
        self._busy = False
        self.content = ""   # digest of the content of the page drawn last

    @property
    def busy(self) -> bool:
        """Whether a signature is being kept."""
        return self._busy

    def draw(self) -> None:
        """Draw the page as it stands; asked again meanwhile, it is drawn once more."""
        if self._drawing:
            self._again = True
            return
        self._drawing, self._again = True, False

        def job() -> tuple[str, Any]:
            seen = aggregate.digest_of(self._store, self._uid)   # first: what changes meanwhile must not count as seen
            return seen, sheets.preview(self._store, self._blobs, self._uid)
        self._window.work(job, self._was_drawn, self._not_drawn)

    def sign(self, given: Given) -> None:
        """署名して渡す, after every save and every picture that is still coming in."""
        if self._busy:
            return
        self._set_busy(True)
        # Pictures come in on the worker, edits on the writer: pass through both, so that the page holds all of them.
        self._window.work(lambda: None, lambda _: self._finalize(given), lambda _error: self._give_up())

    def print_page(self, parent: QWidget) -> None:
        """Print the page as it stands."""
        def send(printed: Any) -> None:
            try:
                gone = self._window.printer.print(parent, printed.pdf, self._name())
            except Trouble as trouble:
                self._window.say(f"{trouble.happened}{trouble.to_do}")
                return
            if gone:
                self._window.say(tr("印刷に出しました"))
        self._window.work(lambda: sheets.preview(self._store, self._blobs, self._uid), send)

    def save_page(self, parent: QWidget) -> None:
        """Save the page as a PDF file where the user says."""
        target = self._window.files.save(parent, tr("PDF の保存先"), self._name(), "*.pdf")
        if target is None:
            return

        def job() -> str:
            return handing.save_pdf(target, sheets.preview(self._store, self._blobs, self._uid).pdf).name
        self._window.work(job, lambda name: self._window.say(tr("「{name}」を保存しました", name=name)))

    def take_paper(self, parent: QWidget, taken: Callable[[str], None]) -> None:
        """Ask for the photo of the signed paper and keep it; `taken` gets its hash."""
        chosen = self._window.files.open(parent, tr("署名した紙の写真"), "*.jpg *.jpeg *.png")
        if not chosen:
            return
        file = chosen[0]

        def content() -> bytes:
            try:
                return file.read_bytes()
            except OSError as error:
                raise Refused(tr("「{name}」を読めません。元のファイルはそのままです。", name=file.name)) from error
        self.keep_paper(content, taken)

    def keep_paper(self, content: Callable[[], bytes], taken: Callable[[str], None]) -> None:
        """Keep the photo of the signed paper that `content` gives on the worker thread; `taken` gets its hash."""
        def job() -> str:
            made = photos.prepare(content())
            digest: str = self._blobs.put(made.jpeg, "image/jpeg", self._store.clock().isoformat())
            return digest
        self._window.work(job, taken)

    def proposed(self) -> Given:
        """Who will probably confirm: the main person of the company's side, else the first of them."""
        theirs = [p for p in consultations.participants(self._store, self._uid) if p.side != "support" and p.name]
        theirs.sort(key=lambda p: not p.main)
        return Given(theirs[0].name or "", theirs[0].role or "") if theirs else Given()

    def _finalize(self, given: Given) -> None:
        self._window.write(lambda: finalizing.finalize(self._store, self._blobs, self._uid, given.signature()),
                           self._kept, self._not_kept, typed(
                               ("consultation", self._uid), (tr("確認者の氏名"), given.name), (tr("役職"), given.role)))

    def _kept(self, issued: Issued) -> None:
        self._set_busy(False)
        if issued.asked:
            self._window.say(tr("署名をいただきました。確定は{name}さんの確認を待ちます。PDF はこのパソコンにあります",
                                name=issued.asked))
        else:
            self._window.say(tr("署名をいただきました。第{n}版の PDF はこのパソコンにあります", n=issued.n))
        self.signed.emit(issued)

    def _not_kept(self, error: Exception) -> bool:
        self._set_busy(False)
        if isinstance(error, Refused):
            self.refused.emit(error.field or "", error.message)
            return True
        return False

    def _give_up(self) -> bool:
        self._set_busy(False)
        return False

    def _set_busy(self, on: bool) -> None:
        self._busy = on
        self.busy_changed.emit(on)

    def _was_drawn(self, drawn: tuple[str, Any]) -> None:
        self._drawing = False
        if self._again:
            self.draw()
        else:
            self.content, printed = drawn
            self.drawn.emit(printed)

    def _not_drawn(self, _error: Exception) -> bool:
        self._drawing = False
        return False

    def _name(self) -> str:
        opened = consultations.get(self._store, self._uid)
        company = opened.organization.name if opened.organization else None
        return handing.file_name(opened.record.reference, company)
