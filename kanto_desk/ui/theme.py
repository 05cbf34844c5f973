"""The look of the window: tokens × zoom × fonts as one value, and the controller that changes it.

Must not know any page. Widgets that hold sizes or pictures of their own implement `restyle()`; the controller calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPalette
from PySide6.QtWidgets import QApplication, QLayout, QWidget

from kanto_desk.paths import resources
from kanto_desk.ui import roles
from kanto_desk.ui.stylesheet import FAMILIES, FIXED_FAMILIES, stylesheet
from kanto_desk.ui.tokens import DARK, LIGHT, TYPE, Tokens, contrast, luminance

Scheme = Literal["system", "light", "dark"]
ZOOM_LEAST, ZOOM_MOST, ZOOM_STEP = 80, 200, 10
_READ, _SEEN, _STEPS = 4.5, 3.0, 40   # contrast of text and of parts; how finely a ground between two is looked for

_ROLES: tuple[tuple[QPalette.ColorRole, str], ...] = (
    (QPalette.ColorRole.Window, "canvas"), (QPalette.ColorRole.WindowText, "text"),
    (QPalette.ColorRole.Base, "surface"), (QPalette.ColorRole.AlternateBase, "sunken"),
    (QPalette.ColorRole.Text, "text"), (QPalette.ColorRole.PlaceholderText, "text3"),
    (QPalette.ColorRole.Button, "surface"), (QPalette.ColorRole.ButtonText, "text"),
    (QPalette.ColorRole.BrightText, "danger"), (QPalette.ColorRole.Light, "surface"),
    (QPalette.ColorRole.Midlight, "sunken"), (QPalette.ColorRole.Mid, "border"),
    (QPalette.ColorRole.Dark, "field"), (QPalette.ColorRole.Shadow, "border"),
    (QPalette.ColorRole.Highlight, "accent"), (QPalette.ColorRole.HighlightedText, "on_accent"),
    (QPalette.ColorRole.Accent, "accent"), (QPalette.ColorRole.Link, "accent"),
    (QPalette.ColorRole.LinkVisited, "violet"), (QPalette.ColorRole.ToolTipBase, "text"),
    (QPalette.ColorRole.ToolTipText, "surface"),
)


class Look(NamedTuple):
    """Tokens × zoom. `zoom` is in per cent; two looks with equal parts are equal."""

    tokens: Tokens = LIGHT
    zoom: int = 100
    dark: bool = False

    def px(self, size: float) -> int:
        """A size given at 100 % in pixels of this zoom."""
        return round(size * self.zoom / 100)

    def color(self, token: str) -> QColor:
        """The colour of a token."""
        return QColor(self.tokens[token])

    def font(self, role: str = "body", *, bold: bool = False, fixed: bool = False) -> QFont:
        """The font of a type role; `fixed` is the face with digits of one width (times, keys)."""
        font = QFont(list(FIXED_FAMILIES if fixed else FAMILIES))
        font.setPixelSize(self.px(TYPE[role]))
        font.setBold(bold)
        return font

    def metrics(self, role: str = "body", *, bold: bool = False, fixed: bool = False) -> QFontMetricsF:
        """Measures of the font of a type role."""
        return QFontMetricsF(self.font(role, bold=bold, fixed=fixed))


@cache
def load_fonts() -> tuple[str, ...]:
    """Load every TrueType file of resources/fonts into this process; returns the families. Documented cache: once."""
    families: list[str] = []
    for file in sorted((resources() / "fonts").glob("*.ttf")):
        number = QFontDatabase.addApplicationFont(str(file))
        families += QFontDatabase.applicationFontFamilies(number) if number >= 0 else []
    return tuple(families)


def palette(look: Look) -> QPalette:
    """The full palette of a look, for everything that no style sheet reaches."""
    made = QPalette()
    for role, token in _ROLES:
        made.setColor(role, look.color(token))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText, QPalette.ColorRole.WindowText):
        made.setColor(QPalette.ColorGroup.Disabled, role, look.color("text3"))
    return made


def apply(app: QApplication, look: Look) -> None:
    """Give the program this look: Fusion, palette, base font and one style sheet."""
    load_fonts()
    if app.property("look") != "fusion":   # asking for the style itself builds a large class first
        app.setStyle("Fusion")
        app.setProperty("look", "fusion")
    standing = bool(app.styleSheet())
    if standing:
        app.style().unpolish(app)   # Qt forgets which parts have rules, and so does not go over them; see _polish
    app.setPalette(palette(look))
    app.setFont(look.font())
    app.setStyleSheet(stylesheet(look.tokens, look.zoom))
    if standing:
        for window in app.topLevelWidgets():
            if window.parentWidget() is None:   # boxes over a window are children of it
                _polish(window, QEvent(QEvent.Type.StyleChange))


def _polish(widget: QWidget, event: QEvent) -> None:
    """Give the part and all in it the rules of the new sheet, each once.

    Qt does the same for every part it knows, and from each down to all its children again: a part fifteen levels deep
    is measured fifteen times (1,167 parts: 15,298 times, 1.0 s of processor time; each once: 0.1 s).
    """
    widget.style().polish(widget)
    QCoreApplication.sendEvent(widget, event)
    for child in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        _polish(child, event)


def high_contrast(system: QPalette) -> Tokens:
    """Tokens made of the system's own palette: under a high-contrast theme our colours step aside."""
    def name(role: QPalette.ColorRole) -> str:
        return system.color(role).name()

    ground, ink = name(QPalette.ColorRole.Window), name(QPalette.ColorRole.WindowText)
    chosen, on_chosen = name(QPalette.ColorRole.Highlight), name(QPalette.ColorRole.HighlightedText)
    seen = _between(ground, chosen, ink)
    tokens = {token: ground if token.endswith("_soft") else ink for token in LIGHT}
    tokens |= {"canvas": ground, "surface": ground, "sunken": ground, "rail": ground, "grid": ground,
               "rail_on": chosen, "rail_text_on": on_chosen, "select": seen, "chart2": seen, "warn_line": seen,
               "accent": chosen, "accent_h": chosen, "on_accent": on_chosen, "focus": chosen,
               **{name: LIGHT[name] for name in ("paper", "ink", "paper_line", "paper_found")}}
    return tokens


def _between(ground: str, towards: str, ink: str) -> str:
    """A ground for the chosen row: seen against `ground` (3 : 1), while `ink` can still be read on it (4.5 : 1)."""
    first, last = QColor(ground), QColor(towards)

    def part_way(one: float, other: float, part: float) -> float:
        return one + (other - one) * part

    found = ground
    for step in range(1, _STEPS + 1):
        part = step / _STEPS
        mixed = QColor.fromRgbF(part_way(first.redF(), last.redF(), part),
                                part_way(first.greenF(), last.greenF(), part),
                                part_way(first.blueF(), last.blueF(), part)).name()
        if contrast(ink, mixed) < _READ:
            break
        found = mixed
        if contrast(ground, found) >= _SEEN:
            break
    return found


class ThemeController(QObject):
    """Holds the current look of the program and tells when it changes. One for each QApplication, see `controller`.

    `wish` is the contrast that the system asks for; a test answers for it.
    """

    changed = Signal()

    def __init__(self, app: QApplication, wish: Callable[[], Qt.ContrastPreference] | None = None) -> None:
        super().__init__(app)
        self._app = app
        self._styles = app.styleHints()   # both are kept: PySide takes the hints for dead when the styles are let go
        self._hints = self._styles.accessibility()
        self._wish = wish or self._hints.contrastPreference
        self._scheme: Scheme = "light"
        self._zoom = 100
        self.look = Look()
        self.setObjectName("theme")
        roles.install(app)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._show)
        self._styles.colorSchemeChanged.connect(self._system_changed)
        self._hints.contrastPreferenceChanged.connect(self._contrast_changed)

    @property
    def scheme(self) -> Scheme:
        """What the user chose: 自動, 明るい or 暗い."""
        return self._scheme

    @property
    def zoom(self) -> int:
        """Zoom in per cent."""
        return self._zoom

    def start(self, scheme: Scheme = "system", zoom: int = 100) -> None:
        """Apply the first look, before any window is built."""
        self._zoom = self._allowed(zoom)
        self._choose(scheme)
        self._show(force=True)

    def set_scheme(self, scheme: Scheme) -> None:
        """Change to light, dark or what the system says."""
        self._choose(scheme)
        self._show()

    def set_zoom(self, percent: int) -> None:
        """Change the zoom; rounded to steps of 10 and kept within 80–200 %."""
        self._zoom = self._allowed(percent)
        self._show()

    def zoom_in(self) -> None:
        """One step larger, shown when the keys waiting now are done: each restyling takes longer than a key repeats."""
        self._step_to(self._zoom + ZOOM_STEP)

    def zoom_out(self) -> None:
        """One step smaller, shown as `zoom_in`."""
        self._step_to(self._zoom - ZOOM_STEP)

    def zoom_reset(self) -> None:
        """Back to 100 %, shown as `zoom_in`."""
        self._step_to(100)

    def _step_to(self, percent: int) -> None:
        self._zoom = self._allowed(percent)
        self._soon.start()

    @staticmethod
    def _allowed(percent: int) -> int:
        return min(ZOOM_MOST, max(ZOOM_LEAST, round(percent / ZOOM_STEP) * ZOOM_STEP))

    def _choose(self, scheme: Scheme) -> None:
        self._scheme = scheme
        known = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark, "system": Qt.ColorScheme.Unknown}
        # Asked for light or dark, Qt would answer with a palette of its own instead of the high-contrast one.
        asked = "system" if self._high_contrast else scheme
        self._styles.setColorScheme(known[asked])

    @property
    def _high_contrast(self) -> bool:
        return self._wish() == Qt.ContrastPreference.HighContrast

    def _system_changed(self) -> None:
        if self._scheme == "system" or self._high_contrast:
            self._show()

    def system_theme_changed(self) -> None:
        """The system shows another theme: of two with high contrast, no property tells of the change."""
        if self._high_contrast:
            self._show()

    def _contrast_changed(self) -> None:
        self._choose(self._scheme)
        self._show()

    def _wanted(self) -> Look:
        if self._high_contrast:   # of the whole computer, for somebody's eyes: it goes before 明るい and 暗い
            tokens = high_contrast(self._system_palette())
            return Look(tokens, self._zoom, luminance(tokens["canvas"]) < luminance(tokens["text"]))
        systems = self._styles.colorScheme() == Qt.ColorScheme.Dark
        dark = self._scheme == "dark" or (self._scheme == "system" and systems)
        return Look(DARK if dark else LIGHT, self._zoom, dark)

    def _system_palette(self) -> QPalette:
        """What the system's palette says now: ours lies over it and is lifted for that long."""
        ours = QPalette(self._app.palette())
        self._app.setPalette(QPalette())
        system = QPalette(self._app.palette())
        self._app.setPalette(ours)
        return system

    def _show(self, *, force: bool = False) -> None:
        self._soon.stop()
        wanted = self._wanted()
        if wanted == self.look and not force:
            return
        self.look = wanted
        apply(self._app, wanted)
        for widget in self._app.allWidgets():
            _restyle(widget)
        self.changed.emit()


def _restyle(widget: QWidget) -> None:
    """Let a widget and its layouts take the new sizes and pictures, where they hold any."""
    for layout in widget.findChildren(QLayout, options=Qt.FindChildOption.FindDirectChildrenOnly):
        stack: list[QLayout] = [layout]
        while stack:
            one = stack.pop()
            rescale = getattr(one, "rescale", None)
            if rescale is not None:
                rescale()
            stack += one.findChildren(QLayout, options=Qt.FindChildOption.FindDirectChildrenOnly)
    restyle = getattr(widget, "restyle", None)
    if restyle is not None:
        restyle()


def controller() -> ThemeController:
    """The theme controller of this QApplication; made on first use, as a child of the application."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise RuntimeError("no QApplication")
    found = app.findChild(ThemeController, "theme", Qt.FindChildOption.FindDirectChildrenOnly)
    return found if isinstance(found, ThemeController) else ThemeController(app)


def look() -> Look:
    """The look in use."""
    return controller().look
