"""The chart of one dimension, its sentence, and the table behind it. Chips choose the dimension."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QWidget

from kanto_desk.i18n import language, tr
from kanto_desk.services import figures_tables
from kanto_desk.services.figures import Figures, Group, Which
from kanto_desk.ui.buttons import Button, Chip
from kanto_desk.ui.kinds import BY_CODE
from kanto_desk.ui.layout import Column, Flow, Row, card, holder
from kanto_desk.ui.pages.figures.chart import Bar, BarChart
from kanto_desk.ui.pages.figures.grid import Grid
from kanto_desk.ui.pages.figures.words import compared_words
from kanto_desk.ui.text import Label, Wrapped
from kanto_desk.ui.theme import look

MOST_BARS = 10
_MOST_MONTHS = 24


class ChartCard(QFrame):
    """Emits `opened(Which)` for a number, and `by_changed` when another dimension is wanted."""

    opened = Signal(object)
    by_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._seen: Figures | None = None
        self._shown: tuple[Group, ...] = ()
        self.chips: dict[str, Chip] = {}
        chosen = QButtonGroup(self)
        words = {"month": tr("月"), "prefecture": tr("地域"), "issue": BY_CODE["issue"].word, "industry": tr("業種"),
                 "form": tr("形態"), "size": tr("規模"), "programme": tr("事業"), "expert": tr("相談員")}
        for by, name in words.items():
            chip = Chip(name, name=tr("{name}で分ける", name=name))
            chosen.addButton(chip)
            chip.clicked.connect(self.by_changed)
            chip.toggled.connect(chip.updateGeometry)   # bold words are a little wider
            self.chips[by] = chip
        self.chips["month"].setChecked(True)
        self.title, self.sentence = Label("", "h3"), Wrapped("", "caption")
        self.legend = Legend()
        self.as_table = Button(tr("表で見る"), "columns-3")
        self.as_table.setCheckable(True)
        self.as_table.toggled.connect(self._show_as)
        self.chart, self.grid = BarChart(), Grid()
        self.chart.opened.connect(self._bar)
        self.grid.opened.connect(self._cell)
        self.grid.hide()
        head = Flow(holder(Row(self.title, self.legend, space=14)), self.as_table, space=8, spread=True)
        inner = card(holder(head), holder(Flow(*self.chips.values())), self.sentence, self.chart, self.grid, space=8,
                     margins=(16, 10, 16, 12))
        self.setLayout(Column(inner, space=0))

    @property
    def by(self) -> str:
        """The dimension that is wanted."""
        return next(by for by, chip in self.chips.items() if chip.isChecked())

    def choose(self, by: str) -> None:
        """Want another dimension, as its chip does."""
        if by in self.chips and by != self.by:
            self.chips[by].setChecked(True)
            self.by_changed.emit()

    def show_figures(self, seen: Figures) -> None:
        """Show the wanted dimension of these figures."""
        by, self._seen = self.by, seen
        table = figures_tables.dimension(seen, by, language())
        self.title.setText(table.title)
        groups = seen.groups[by]
        self._shown = groups[-_MOST_MONTHS:] if by == "month" else tuple(g for g in groups if g.sums.visits)[:MOST_BARS]
        compared = compared_words(seen)
        said = figures_tables.sentence(seen, by, language())
        left_out = len([g for g in groups if g.sums.visits]) - len([g for g in self._shown if g.sums.visits])
        if left_out > 0:
            said += tr("ほかの {n}つは表にあります。", n=left_out)
        self.sentence.set_text(said)
        self.legend.show_series((tr("相談"), figures_tables.headed(compared)) if compared else (tr("相談"),))
        self.chart.show_bars([self._bar_of(group, compared) for group in self._shown], said, lying=by != "month")
        self.grid.show_table(table.title, table.headings, table.rows, table.change)

    def take_focus(self) -> None:
        """Put the cursor on the chart, or into its table."""
        (self.grid if self.as_table.isChecked() else self.chart).setFocus(Qt.FocusReason.OtherFocusReason)

    @staticmethod
    def _bar_of(group: Group, compared: str) -> Bar:
        value, before = group.sums.visits, group.before.visits if compared else None
        words = tr("{name} {n}件", name=group.name, n=f"{value:,}")
        if before is not None:
            words += tr("（{compared} {n}件）", compared=compared, n=f"{before:,}")
        return Bar(group.name, value, before, words)

    def _show_as(self, table: bool) -> None:
        self.as_table.set_words(tr("グラフで見る") if table else tr("表で見る"))
        self.as_table.setAccessibleName(self.as_table.words)
        self.as_table.set_picture("chart-column" if table else "columns-3")
        self.grid.setVisible(table)
        self.chart.setVisible(not table)
        self.legend.setVisible(not table)

    def _bar(self, number: int) -> None:
        self.opened.emit(Which("visits", self.by, self._shown[number].key))

    def _cell(self, row: int, column: int) -> None:
        if self._seen is None:
            return
        measure = figures_tables.measures(self._seen, self.by)[column]
        if measure is not None:
            self.opened.emit(Which(measure, self.by, self._seen.groups[self.by][row].key))


class Legend(QWidget):
    """The two series by colour and word."""

    def __init__(self) -> None:
        super().__init__()
        self._row = Row(space=6)
        self.setLayout(self._row)
        self._series: tuple[str, ...] = ()

    def show_series(self, series: tuple[str, ...]) -> None:
        """Show these names."""
        if series == self._series:
            return
        self._series = series
        while self._row.count():
            item = self._row.takeAt(0)
            old = item.widget() if item else None
            if old is not None:
                old.hide()
                old.deleteLater()
        for words, token in zip(series, ("chart1", "chart2"), strict=False):
            self._row.fill(_Swatch(token), Label(words, "caption"))


class _Swatch(QWidget):
    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use."""
        self.setFixedSize(look().px(12), look().px(12))

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look().color(self._token))
        painter.drawRoundedRect(self.rect(), 2, 2)
        painter.end()
