"""What the tests of the window share: the look applied once, real input-method events, a clock set by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QWidget

from kanto_desk import i18n
from kanto_desk.ui.theme import controller

Compose = Callable[..., None]


@pytest.fixture(autouse=True)
def look(qapp: QApplication) -> Iterator[None]:
    """Every test starts in the light theme at 100 % in Japanese."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)   # windows of earlier tests: restyling costs
    i18n.use("ja")
    i18n.use_years("era")
    themes = controller()
    if not qapp.styleSheet():
        themes.start("light")
    themes.set_scheme("light")
    themes.set_zoom(100)
    yield
    i18n.use("ja")


@pytest.fixture
def compose() -> Compose:
    """Send what an input method sends: text being composed, then a commit."""
    def send(widget: QWidget, preedit: str = "", commit: str = "") -> None:
        event = QInputMethodEvent(preedit, [])
        if commit:
            event.setCommitString(commit)
        QApplication.sendEvent(widget, event)
    return send
