"""How fast the record answers: key press to painted glyph, and adding a line. Real widgets, figures in milliseconds."""

from __future__ import annotations

from statistics import median
from time import perf_counter

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kanto_desk.ui.capture import Capture
from kanto_desk.ui.kinds import KINDS
from kanto_desk.ui.layout import Column, boxed
from kanto_desk.ui.theme import controller
from kanto_desk.ui.timeline import Line, Timeline, TimelineModel

_SENTENCE = "来年から受注が2割減る見込み。医療機器に出たいが、何から始めるか分からない。面粗さの測定手段がない。"
_KEYS, _ADDED = 200, 100


def run() -> dict[str, float]:
    """Measure on a page of 1366×768 with the lines in sight; names end in the unit."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication([])
        controller().start("light")
    results: dict[str, float] = {}
    for count in (300, 3000):
        model, capture = TimelineModel(), Capture()
        view = Timeline(model)
        page = boxed("page", Column(view, capture))
        page.resize(1366, 768)
        page.show()
        model.add(_lines(count))
        _settle(app)
        results |= {f"add a line at {count}, {name}, ms": value for name, value in _adding(model, view).items()}
        if count == 300:
            results |= {f"key to glyph at {count}, {name}, ms": value for name, value in _typing(capture).items()}
        page.close()
        page.deleteLater()
        _settle(app)
    return results


def _lines(count: int) -> list[Line]:
    return [Line(f"u{n}", f"{9 + n // 60 % 12:02}:{n % 60:02}", KINDS[n % 6].code, f"{n} " + _SENTENCE * (n % 4))
            for n in range(count)]


def _settle(app: QApplication) -> None:
    for _ in range(400):   # idle refinement of heights runs in many short turns
        app.processEvents()


def _adding(model: TimelineModel, view: Timeline) -> dict[str, float]:
    """From handing a line over until it is painted."""
    times = []
    for n in range(_ADDED):
        start = perf_counter()
        model.add([Line(f"new{n}", "14:00", "said", _SENTENCE)])
        view.viewport().repaint()
        times.append((perf_counter() - start) * 1000)
    return {"median": median(times), "worst": max(times)}


def _typing(capture: Capture) -> dict[str, float]:
    """From the key event until the box is painted with its glyph."""
    text, times = capture.text, []
    text.setFocus(Qt.FocusReason.OtherFocusReason)
    for n in range(_KEYS):
        start = perf_counter()
        QTest.keyClicks(text, chr(ord("a") + n % 26))
        text.viewport().repaint()
        times.append((perf_counter() - start) * 1000)
    return {"median": median(times), "worst": max(times)}


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name}: {value:.2f}")
