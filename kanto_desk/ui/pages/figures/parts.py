"""The parts of 集計 that are pressed: number cards, lines of a ranking and of 手を打つところ."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QWidget

from kanto_desk.i18n import tr
from kanto_desk.services.figures import Figures, Group, Which
from kanto_desk.services.figures_tasks import UNSEEN_MONTHS, Task
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Part, Row, card, hairline, holder
from kanto_desk.ui.pages.figures.words import change_words, compared_words, counted, hours_words
from kanto_desk.ui.pages.words import short_or_long_day
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import Elided, Ground, Label, Picture, Tone
from kanto_desk.ui.theme import look

MOST_RANKED = 6
_TWO_BELOW = 760
_TASKS: dict[str, tuple[str, Tone]] = {"overdue": ("flag", "warn"), "unsigned": ("signature", "warn"),
                                       "unseen": ("building-2", "warn"), "planned": ("calendar-days", "accent")}


class NumberCard(Pressable):
    """One of the four numbers: what it is, the number with its unit, the comparison, and a line more."""

    def __init__(self, which: Which, title: str, value: str, unit: str, change: tuple[str, Tone], more: str,
                 icon: str) -> None:
        self.which = which
        top = Row(Label(title, "caption"), None, Picture(icon, "text3", 18))
        number = Row(Label(value, "number"), Label(unit, "second"), None, space=4)
        number.setAlignment(Qt.AlignmentFlag.AlignBottom)
        words, tone = change
        parts: list[Part] = [top, number, Elided(words, "caption", tone=tone) if words else Elided(" ", "caption")]
        parts.append(Elided(more or " ", "caption"))
        super().__init__(Column(*parts, space=2, margins=(14, 10, 14, 10)), f"{title} {value}{unit}",
                         "　".join(filter(None, (words, more))))


class Cards(QWidget):
    """The number cards: four side by side, two where the room is short."""

    opened = Signal(object)   # Which

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.cards: tuple[NumberCard, ...] = ()
        self._columns = 0

    def show_figures(self, seen: Figures) -> None:
        """Show the four numbers."""
        for old in self.cards:
            old.hide()
            old.deleteLater()
        self.cards = tuple(_cards(seen))
        for one in self.cards:
            one.clicked.connect(lambda _on=False, which=one.which: self.opened.emit(which))
        self._columns = 0
        self.restyle()

    def resizeEvent(self, event: QResizeEvent, /) -> None:
        super().resizeEvent(event)
        self.restyle()

    def restyle(self) -> None:
        """Take the sizes in use."""
        used = look()
        columns = 4 if self.width() * 100 / used.zoom >= _TWO_BELOW else 2
        self._grid.setSpacing(used.px(12))
        if columns == self._columns:
            return
        self._columns = columns
        for at, one in enumerate(self.cards):
            self._grid.removeWidget(one)
            self._grid.addWidget(one, at // columns, at % columns)
        for at in range(4):
            self._grid.setColumnStretch(at, 1 if at < columns else 0)


def _cards(seen: Figures) -> Sequence[NumberCard]:
    now, before = seen.total, seen.before

    def beside(mine: int | None, early: int | None, unit: str) -> tuple[str, Tone]:
        return change_words(compared_words(seen), mine, early, unit)

    kept, signed = now.kept_share, now.signed_share
    first = tr("新規 {new}件・{hours}", new=f"{now.new:,}", hours=hours_words(now.minutes))
    nameless = tr("企業の記入なし {n}件", n=f"{now.nameless:,}") if now.nameless else tr("統合した企業は1社に数えます")
    return (
        NumberCard(Which("visits"), tr("相談（延べ）"), f"{now.visits:,}", tr("件"),
                   beside(now.visits, before.visits, counted(tr("件"))), first, "notebook-pen"),
        NumberCard(Which("organizations"), tr("企業（実数）"), f"{now.organizations:,}", tr("社"),
                   beside(now.organizations, before.organizations, counted(tr("社"))), nameless, "building-2"),
        NumberCard(Which("made"), tr("約束の完了率"), "–" if kept is None else str(kept), "%",
                   beside(kept, before.kept_share, tr("ポイント")),
                   tr("{kept}件が済み・期限超過 {late}件", kept=f"{now.kept:,}", late=f"{now.overdue:,}"), "flag"),
        NumberCard(Which("signed"), tr("署名をいただいた相談"), f"{now.signed:,}", tr("件"),
                   beside(signed, before.signed_share, tr("ポイント")),
                   tr("{share}%・まだ {n}件", share=signed or 0, n=f"{now.unsigned:,}"), "signature"),
    )


class Meter(QWidget):
    """A bar that shows a share of the most; says nothing that the number beside it does not say."""

    def __init__(self, share: float, token: str) -> None:
        super().__init__()
        self._share, self._token = share, token
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(look().px(80), look().px(10))

    def minimumSizeHint(self) -> QSize:
        return QSize(look().px(30), look().px(10))

    def paintEvent(self, _event: QPaintEvent, /) -> None:
        used = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        area = QRectF(self.rect()).adjusted(0, 1, 0, -1)
        round_ = area.height() / 2
        painter.setBrush(used.color("grid"))
        painter.drawRoundedRect(area, round_, round_)
        if self._share > 0:
            painter.setBrush(used.color(self._token))
            painter.drawRoundedRect(QRectF(area.left(), area.top(), max(area.height(), area.width() * self._share),
                                           area.height()), round_, round_)
        painter.end()


class Ranking(QFrame):
    """The keys with most visits, each a line that opens its visits."""

    opened = Signal(object)   # Which
    all_asked = Signal()

    def __init__(self, title: str, by: str, token: str) -> None:
        super().__init__()
        self._title, self._by, self._token = title, by, token
        self.lines: tuple[Pressable, ...] = ()
        self._head = Label(title, "h3")
        self._more = Button(tr("すべて見る"), kind="ghost", name=tr("{title}をすべて見る", title=title))
        self._more.clicked.connect(self.all_asked)
        self._rows = Column(space=0)
        inner = card(Row(self._head, None, self._more), holder(self._rows), space=4, margins=(16, 8, 12, 10))
        self.setLayout(Column(inner, space=0))

    def show_groups(self, groups: Sequence[Group]) -> None:
        """Show the first of them."""
        for old in self.lines:
            old.hide()
            old.deleteLater()
        while self._rows.count():
            self._rows.takeAt(0)
        shown = [group for group in groups if group.sums.visits][:MOST_RANKED]
        most = max((group.sums.visits for group in shown), default=1)
        self.lines = tuple(self._line(group, most) for group in shown)
        self._rows.fill(*self.lines)
        self._more.setVisible(len([g for g in groups if g.sums.visits]) > len(shown))

    def _line(self, group: Group, most: int) -> Pressable:
        name, value = Elided(group.name, "caption"), Label(f"{group.sums.visits:,}", "bold")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setMinimumWidth(look().px(44))
        row = Row(name, Meter(group.sums.visits / most, self._token), value, space=10, margins=(4, 3, 4, 3))
        row.setStretch(0, 52)
        row.setStretch(1, 48)
        line = Pressable(row, tr("{name} {n}件", name=group.name, n=f"{group.sums.visits:,}"),
                         tr("実数 {n}社", n=f"{group.sums.organizations:,}"), edge="none")
        which = Which("visits", self._by, group.key)
        line.clicked.connect(lambda: self.opened.emit(which))
        return line


class Tasks(QFrame):
    """手を打つところ: lines that open what is to be acted on."""

    opened = Signal(object, str)   # Task, its words

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[Pressable, ...] = ()
        self._rows = Column(space=2)
        self._none = Label(tr("いま手を打つところはありません。"), "second")
        head = Row(Label(tr("手を打つところ"), "h3"), None, Label(tr("今日の時点・期間によらず"), "caption"))
        inner = card(head, holder(self._rows), self._none, space=4, margins=(16, 10, 16, 10))
        self.setLayout(Column(inner, space=0))

    def show_tasks(self, tasks: Sequence[Task]) -> None:
        """Show what there is to act on."""
        while self._rows.count():
            item = self._rows.takeAt(0)
            old = item.widget() if item else None
            if old is not None:
                old.hide()
                old.deleteLater()
        self.lines = tuple(self._line(task) for task in tasks)
        parts: list[Part] = []
        for at, line in enumerate(self.lines):
            parts += [hairline(), line] if at else [line]
        self._rows.fill(*parts)
        self._none.setVisible(not tasks)

    def _line(self, task: Task) -> Pressable:
        icon, tone = _TASKS[task.kind]
        words, more = task_words(task), _more_words(task)
        text = Column(Elided(words, "bold"), Elided(more, "caption"), space=1)
        see = Label(tr("見る →"), tone="accent")
        row = Row(Ground(icon, tone), text, see, space=11, margins=(2, 4, 4, 4))
        row.setStretch(1, 1)
        line = Pressable(row, words, more, edge="none")
        line.clicked.connect(lambda: self.opened.emit(task, words))
        return line


def task_words(task: Task) -> str:
    """What is to be acted on, in a few words."""
    return {"overdue": tr("期限が過ぎた約束"), "unsigned": tr("署名がまだの相談"),
            "unseen": tr("約束を残して{n}か月会っていない企業", n=UNSEEN_MONTHS),
            "planned": tr("予定の日が過ぎた、まだ書いていない相談")}[task.kind]


def _more_words(task: Task) -> str:
    n = f"{task.count:,}"
    count = {"organization": tr("{n}社", n=n), "promise": tr("約束 {n}件", n=n),
             "consultation": tr("{n}件", n=n)}[task.behind.type]
    names = tr("、").join(task.names) + (" " + tr("ほか") if task.count > len(task.names) else "")
    since = tr("いちばん古いもの {day}", day=short_or_long_day(task.since)) if task.since and task.kind in (
        "overdue", "unseen") else ""
    return tr("・").join(filter(None, (count, names, since)))
