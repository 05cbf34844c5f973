"""Shows the pages of a PDF, drawn off the UI thread, only those in sight. Does not know what the PDF says.

The runner that draws is passed in and must be one thread: the PDF library may be used by one thread at a time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame

from kanto_desk.i18n import tr
from kanto_desk.ui.jobs import Runner
from kanto_desk.ui.layout import set_property
from kanto_desk.ui.pdf_document import Document, PageText
from kanto_desk.ui.theme import look

_GAP, _CACHED, _POINT = 16, 12, 96 / 72   # px between pages; pages kept; px a PDF point at 100 %


@dataclass(frozen=True, slots=True)
class Found:
    """A piece of text on a page, counted from 0: its areas in points from the page's upper left corner."""

    page: int
    areas: tuple[QRectF, ...]


@dataclass(slots=True, eq=False)
class _Held:
    """The document of a view, apart from the view: it must be closed even when the view is gone already."""

    document: Document | None = None

    def let_go(self, runner: Runner) -> None:
        document, self.document = self.document, None
        if document is not None:
            runner.submit(document.close)


class PdfView(QAbstractScrollArea):
    """The pages one below the other, as wide as the view, or at a zoom in per cent."""

    accessible_role = QAccessible.Role.Document
    page_changed = Signal(int, int)   # page from 1, pages
    loaded = Signal()
    texts_ready = Signal()
    failed = Signal(str)

    def __init__(self, runner: Runner) -> None:
        super().__init__()
        self._runner = runner
        self._held = _Held()
        self._zoom: int | None = None   # None: as wide as the view
        self._pictures: OrderedDict[tuple[int, int], QImage] = OrderedDict()   # (page, width in device pixels)
        self._asked: set[tuple[int, int]] = set()
        self._texts: Sequence[PageText] | None = None   # read when they are first asked for
        self._texts_of: Document | None = None          # the document they are being read from
        self._found: Sequence[Found] = ()
        self._here: Found | None = None
        self._page = 0
        self._told = ""
        set_property(self, "box", "page")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        held = self._held
        self.destroyed.connect(lambda: held.let_go(runner))   # `self` is gone by then
        self._name()

    @property
    def _document(self) -> Document | None:
        return self._held.document

    def load(self, data: bytes) -> None:
        """Show another PDF; `loaded` comes when its pages are known, `failed` when it cannot be read."""
        document = Document(data)
        self._held.let_go(self._runner)
        self._held.document = document
        self._pictures.clear()
        self._asked.clear()
        self._forget_text()
        self._runner.submit(document.open, lambda sizes: self._opened(document, sizes),
                            lambda trouble: self._refused(document, trouble))
        self._measure()

    def tell(self, words: str) -> None:
        """Say something of the document before its pages to those who listen, e.g. that it is signed."""
        self._told = words
        self._name()

    def pages(self) -> int:
        """How many pages there are; 0 until `loaded`."""
        return len(self._document.sizes) if self._document else 0

    def page(self) -> int:
        """The page in sight, from 1; 0 without one."""
        return self._page + 1 if self.pages() else 0

    def go_to_page(self, page: int) -> None:
        """Bring a page into sight, counted from 1; beyond the ends the first or the last."""
        if self.pages():
            wanted = min(self.pages(), max(1, page)) - 1
            self.verticalScrollBar().setValue(self._page_rects()[wanted].top() - look().px(_GAP) // 2)
            self._set_page(wanted)

    def next_page(self) -> None:
        """One page on."""
        self.go_to_page(self.page() + 1)

    def previous_page(self) -> None:
        """One page back."""
        self.go_to_page(self.page() - 1)

    def set_zoom(self, percent: int | None) -> None:
        """Zoom in per cent of the paper's size, or None for the width of the view."""
        self._zoom = percent
        page = self.page()
        self._measure()
        self.go_to_page(page)

    def ready(self) -> bool:
        """Whether every page in sight is drawn."""
        return bool(self.pages()) and all(self._key(n) in self._pictures for n in self._in_sight())

    def texts(self) -> Sequence[PageText]:
        """The text of the pages; none at first, then `texts_ready` comes."""
        document = self._document
        if self._texts is None and document is not None and self._texts_of is not document:
            self._texts_of = document
            self._runner.submit(document.texts, lambda texts: self._take_texts(document, texts),
                                lambda _trouble: self._take_texts(document, []))
        return self._texts or ()

    def mark(self, found: Sequence[Found], here: Found | None) -> None:
        """Mark pieces of text on the pages, one of them apart, and bring that one into sight."""
        self._found, self._here = found, here
        if here is not None and (areas := self._on_view(here)):
            self._bring(areas[0])
        self.viewport().update()

    def marked(self) -> Sequence[QRect]:
        """The areas marked, in the view as it is scrolled now."""
        by = -self.horizontalScrollBar().value(), -self.verticalScrollBar().value()
        return tuple(area.toAlignedRect().translated(*by) for found in self._found for area in self._on_view(found))

    def is_above(self, found: Found) -> bool:
        """Whether a piece of text lies above what is in sight."""
        areas = self._on_view(found)
        return bool(areas) and areas[-1].bottom() < self.verticalScrollBar().value()

    def close_document(self) -> None:
        """Let go of the PDF."""
        self._forget_text()
        self._pictures.clear()
        self._held.let_go(self._runner)
        self._measure()

    def restyle(self) -> None:
        """Take the sizes in use."""
        self._measure()

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        p = QPainter(self.viewport())
        p.fillRect(self.viewport().rect(), look().color("canvas"))
        rects = self._page_rects()
        for n in self._in_sight():
            area = rects[n].translated(-self.horizontalScrollBar().value(), -self.verticalScrollBar().value())
            p.fillRect(area, look().color("paper"))
            picture = self._pictures.get(self._key(n)) or self._nearest(n)
            if picture is not None:
                p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                p.drawImage(area, picture)
            self._draw_marks(p, n)
            self._ask(n)
            p.setPen(look().color("border"))
            p.drawRect(area.adjusted(-1, -1, 0, 0))
        if self.hasFocus():
            p.setPen(QPen(look().color("focus"), 2))
            p.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))
        p.end()

    def focusInEvent(self, event: QFocusEvent, /) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent, /) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self._measure()

    def keyPressEvent(self, event: QKeyEvent, /) -> None:
        bar = self.verticalScrollBar()
        moves: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_PageDown: self.next_page, Qt.Key.Key_PageUp: self.previous_page,
            Qt.Key.Key_Home: lambda: self.go_to_page(1), Qt.Key.Key_End: lambda: self.go_to_page(self.pages()),
            Qt.Key.Key_Down: lambda: bar.setValue(bar.value() + look().px(48)),
            Qt.Key.Key_Up: lambda: bar.setValue(bar.value() - look().px(48)),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            move()

    def wheelEvent(self, event: QWheelEvent, /) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()   # zoom belongs to the window
        else:
            super().wheelEvent(event)

    def _opened(self, document: Document, sizes: list[tuple[float, float]]) -> None:
        if document is self._document:
            document.sizes = sizes
            self._page = 0
            self._measure()
            self._name()
            self.loaded.emit()
            self.page_changed.emit(self.page(), self.pages())

    def _take_texts(self, document: Document, texts: Sequence[PageText]) -> None:
        if document is self._document:
            self._texts = texts
            self.texts_ready.emit()

    def _forget_text(self) -> None:
        self._texts, self._found, self._here = None, (), None

    def _on_view(self, found: Found) -> list[QRectF]:
        """The areas of a piece of text on the pages as they are laid out now."""
        if self._document is None or found.page >= self.pages():
            return []
        page, (width, _height) = self._page_rects()[found.page], self._document.sizes[found.page]
        scale = page.width() / width
        return [QRectF(page.left() + area.left() * scale, page.top() + area.top() * scale, area.width() * scale,
                       area.height() * scale) for area in found.areas]

    def _bring(self, area: QRectF) -> None:
        edge = look().px(80)
        for bar, first, last, room in (
                (self.verticalScrollBar(), area.top(), area.bottom(), self.viewport().height()),
                (self.horizontalScrollBar(), area.left(), area.right(), self.viewport().width())):
            if first - edge < bar.value():
                bar.setValue(round(first - edge))
            elif last + edge > bar.value() + room:
                bar.setValue(round(last + edge - room))

    def _draw_marks(self, p: QPainter, page: int) -> None:
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        for found in self._found:
            for area in self._on_view(found) if found.page == page else ():
                shown = area.translated(-across, -down).adjusted(-1, -1, 1, 1)
                p.save()
                p.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)   # as a marker: ink stays
                p.fillRect(shown, look().color("paper_found"))
                p.restore()
                if found is self._here:
                    p.setPen(QPen(look().color("ink"), 2))
                    p.drawRect(shown.adjusted(-1, -1, 1, 1))

    def _refused(self, document: Document, trouble: Exception) -> None:
        if document is self._document:
            self._held.document = None
            self._measure()
            self.failed.emit(str(trouble))

    def _size(self, page: int) -> QSize:
        assert self._document is not None
        width, height = self._document.sizes[page]
        if self._zoom is None:
            shown = max(60.0, self.viewport().width() - 2.0 * look().px(_GAP))
        else:
            shown = width * _POINT * self._zoom / 100
        return QSize(round(shown), round(shown * height / width))

    def _page_rects(self) -> list[QRect]:
        gap, y = look().px(_GAP), look().px(_GAP)
        rects = []
        for n in range(self.pages()):
            size = self._size(n)
            rects.append(QRect(max(gap, (self.viewport().width() - size.width()) // 2), y, size.width(), size.height()))
            y += size.height() + gap
        return rects

    def _in_sight(self) -> list[int]:
        top = self.verticalScrollBar().value()
        bottom = top + self.viewport().height()
        return [n for n, area in enumerate(self._page_rects()) if area.bottom() >= top and area.top() <= bottom]

    def _key(self, page: int) -> tuple[int, int]:
        return page, round(self._size(page).width() * self.devicePixelRatioF())

    def _nearest(self, page: int) -> QImage | None:
        """The same page at another zoom, until the right one is drawn."""
        return next((image for (n, _), image in reversed(self._pictures.items()) if n == page), None)

    def _ask(self, page: int) -> None:
        key, document = self._key(page), self._document
        if document is None or key in self._pictures or key in self._asked:
            return
        self._asked.add(key)
        scale = key[1] / document.sizes[page][0]
        self._runner.submit(lambda: document.draw(page, scale), lambda image: self._drawn(document, key, image),
                            lambda _trouble: self._asked.discard(key))

    def _drawn(self, document: Document, key: tuple[int, int], image: QImage) -> None:
        self._asked.discard(key)
        if document is not self._document:
            return
        self._pictures[key] = image
        while len(self._pictures) > _CACHED:
            self._pictures.popitem(last=False)
        self.viewport().update()

    def _measure(self) -> None:
        rects = self._page_rects()
        gap = look().px(_GAP)
        height = rects[-1].bottom() + gap if rects else 0
        width = max((area.width() for area in rects), default=0) + 2 * gap
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.verticalScrollBar().setSingleStep(look().px(48))
        self.verticalScrollBar().setRange(0, max(0, height - self.viewport().height()))
        self.horizontalScrollBar().setPageStep(self.viewport().width())
        self.horizontalScrollBar().setRange(0, max(0, width - self.viewport().width()))
        self.viewport().update()

    def _scrolled(self) -> None:
        middle = self.verticalScrollBar().value() + self.viewport().height() // 2
        rects = self._page_rects()
        if rects:
            self._set_page(min(range(len(rects)), key=lambda n: abs(rects[n].center().y() - middle)))
        self.viewport().update()

    def _set_page(self, page: int) -> None:
        if page != self._page:
            self._page = page
            self._name()
            self.page_changed.emit(self.page(), self.pages())

    def _name(self) -> None:
        pages = tr("印刷プレビュー {page}ページ中{now}", page=self.pages(), now=self.page())
        self.setAccessibleName("　".join(filter(None, (self._told, pages))))
