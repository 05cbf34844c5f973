"""The cards and lines of きょう, each made from plain rows. Must not read or write anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Self

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QWidget

from kanto_desk.clock import JST
from kanto_desk.i18n import language, tr
from kanto_desk.rules import consultation_state as states
from kanto_desk.services import home
from kanto_desk.services.consultations import Listed
from kanto_desk.services.home import NextVisit, Recent, Today, Undone
from kanto_desk.services.promises import Agreed
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.layout import Column, Flow, Part, Row, boxed, card, hairline, holder
from kanto_desk.ui.page import Verb, Window
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import Elided, Ground, KeyCap, Label, Picture, Pill, Tone, Wrapped
from kanto_desk.ui.theme import look

MOST_PROMISES = 4
_ICONS = {"organization": "building-2", "consultation": "notebook-pen", "person": "user"}


def family_name(name: str) -> str:
    """The part of a name people are greeted with: what stands before the first space."""
    return name.replace("　", " ").split(" ")[0]


def short_day(day: date) -> str:
    """12/4, or 4 Dec in English."""
    return f"{day.month}/{day.day}" if language() == "ja" else f"{day.day} {day:%b}"


def time_left(visit: NextVisit, now: datetime) -> str:
    """How long until the visit, or since it began."""
    row = visit.visit
    if row.started_at is not None:
        minutes = max(0, int((now - row.started_at).total_seconds() // 60))
        return tr("{time} にはじめて {minutes}分", time=f"{row.started_at.astimezone(JST):%H:%M}", minutes=minutes)
    if visit.starts_at is None:
        return tr("時刻は決まっていません")
    seconds = (visit.starts_at - now).total_seconds()
    left = int(abs(seconds) // 60)
    time = f"{visit.starts_at.astimezone(JST):%H:%M}"
    if seconds < 0 and left >= 60:
        return tr("{time} の予定から {hours}時間{minutes}分過ぎています", time=time, hours=left // 60,
                  minutes=left % 60)
    if seconds < 0:
        return tr("{time} の予定から {minutes}分過ぎています", time=time, minutes=left)
    if left >= 60:
        return tr("{time} まで あと {hours}時間{minutes}分", time=time, hours=left // 60, minutes=left % 60)
    return tr("{time} まで あと {minutes}分", time=time, minutes=left)


def visit_state(row: Listed) -> tuple[str, Tone, str]:
    """Word, tone and icon of one of today's visits."""
    if row.state == states.FINAL:
        return tr("署名済み"), "ok", "check"
    if row.state == states.CORRECTED:
        return tr("訂正中"), "warn", "pen-line"
    if row.state == states.CANCELLED:
        return tr("取りやめ"), "text2", "ban"
    if row.ended_at is not None:
        return tr("署名がまだ"), "warn", "signature"
    if row.started_at is not None:
        return tr("記録中"), "accent", "pen-line"
    return (tr("準備できています"), "accent", "clock") if row.theme else (tr("テーマが未記入"), "warn", "circle-alert")


class NextCard(QFrame):
    """The card of the next visit, with the one primary button of the page."""

    def __init__(self, seen: Today, window: Window, begin: Verb) -> None:
        super().__init__()
        self._visit = seen.next_visit
        if self._visit is None:
            raise ValueError("no next visit")
        self._dress()
        row = self._visit.visit
        running = row.started_at is not None
        self.left = Label("", "caption")
        words, icon = (tr("記録中"), "pen-line") if running else (tr("次の訪問"), "clock")
        mark = Pill(words, "accent", icon, bold=True)
        head = Row(mark, self.left, None, Elided(self._visit.city, "caption"), space=10)
        self.primary = Button(tr("記録をつづける") if running else tr("相談をはじめる"), "notebook-pen", "primary",
                              key="Enter")
        self.primary.clicked.connect(begin)
        company = Button(tr("企業を見る"), "building-2")
        company.clicked.connect(lambda: window.open_organization(row.organization_uid))
        buttons: list[QWidget] = [self.primary, company]
        previous = self._visit.previous
        if previous is not None:
            last = Button(tr("前回の記録"), "history")
            uid = previous.uid
            last.clicked.connect(lambda: window.open_consultation(uid))
            buttons.append(last)
        parts: list[Part] = [head, Elided(row.organization, "h2")]
        portrait = self._portrait()
        if portrait:
            parts.append(Wrapped(portrait, "second"))
        if self._visit.promises:
            parts.append(self._promises(self._visit.promises, window))
        self.setLayout(Column(*parts, 2, _step(*buttons), space=9, margins=(20, 14, 20, 16)))
        self.setAccessibleName(tr("次の訪問") + " " + row.organization)
        self.tell_time(window.clock())

    @classmethod
    def empty(cls, words: str, begin: Button, other: Button) -> Self:
        """The card when there is no visit to come."""
        made = cls.__new__(cls)
        QFrame.__init__(made)
        made._visit = None
        made._dress()
        made.left = Label("")
        made.primary = begin
        made.setLayout(Column(Wrapped(words, "h3"), 4, _step(begin, other), space=9,
                              margins=(20, 18, 20, 16)))
        made.setAccessibleName(words)
        return made

    def tell_time(self, now: datetime) -> None:
        """Bring the time left up to date."""
        if self._visit is not None:
            self.left.setText(time_left(self._visit, now))

    def _dress(self) -> None:
        self.setProperty("box", "hero")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)

    def _portrait(self) -> str:
        visit = self._visit
        if visit is None:
            return ""
        last = visit.previous
        told = tr("（前回 {day} 訪問）", day=short_day(last.held_on)) if last and last.held_on else ""
        return (visit.visit.theme or visit.portrait) + told

    def _promises(self, agreed: tuple[Agreed, ...], window: Window) -> QWidget:
        lines: list[Part] = [Label(tr("前回の約束"), "bold")]
        lines += [_promise(one, window) for one in agreed[:MOST_PROMISES]]
        if len(agreed) > MOST_PROMISES:
            lines.append(Label(tr("ほか {count}件", count=len(agreed) - MOST_PROMISES), "caption"))
        return boxed("soft", Column(*lines, space=0, margins=(12, 9, 12, 8)))


def _step(*buttons: QWidget) -> QWidget:
    """The buttons of a card and the key of the first one."""
    return holder(Flow(*buttons, KeyCap("Enter"), space=8, spread=True))


def _promise(one: Agreed, window: Window) -> Pressable:
    """A promise of last time; it opens the record that holds it."""
    done = one.state == "done"
    icon, token = ("circle-check", "ok") if done else ("circle-alert", "warn") if one.overdue else ("flag", "text2")
    words = f"{one.text}（{one.who}）" if one.who else one.text
    if done:
        when = tr("{day} 済", day=short_day(one.done_on)) if one.done_on else tr("済")
    elif one.due_on is None:
        when = tr("期限なし")
    else:
        when = tr("期限 {day} 超過", day=short_day(one.due_on)) if one.overdue else tr("{day} まで",
                                                                                  day=short_day(one.due_on))
    text = Elided(words)
    row = Row(Picture(icon, token, 18), text, Label(when, "caption", tone="warn" if one.overdue else None), space=10,
              margins=(2, 0, 2, 0))
    row.setStretch(1, 1)
    made = Pressable(row, words, when, edge="none")
    made.clicked.connect(lambda: window.open_consultation(one.consultation))
    return made


def visit_line(row: Listed, window: Window, *, chosen: bool) -> Pressable:
    """One of today's visits."""
    at = row.planned_at or (row.started_at.astimezone(JST).time() if row.started_at else None)
    time = Label(f"{at:%H:%M}" if at else "–", "bold")
    time.keep_width(lambda: look().px(52))
    words, tone, icon = visit_state(row)
    about = "・".join(filter(None, (tr("第{n}回", n=row.nth) if row.nth else "", row.theme)))
    middle = Column(Elided(row.organization, "bold"), Elided(about, "caption"), space=2)
    line = Row(time, middle, Pill(words, tone, icon), space=10, margins=(14, 7, 12, 7))
    line.setStretch(1, 1)
    made = Pressable(line, f"{at:%H:%M} {row.organization} {words}" if at else f"{row.organization} {words}", about,
                     edge="accent" if chosen else "border")
    made.clicked.connect(lambda: window.open_consultation(row.uid))
    return made


def _counted(count: int) -> str:
    return f"{home.COUNTED:,}+" if count >= home.COUNTED else f"{count:,}"


def left_undone(seen: Today, window: Window, open_all: Callable[[Undone, str], None]) -> QFrame | None:
    """やり残し; None when there is nothing. A line of one record opens it; one of several asks for their list."""
    lines: list[QWidget] = []
    count = 0
    if seen.unsigned:
        first = seen.unsigned[0]
        more = tr("{count}件・{name} ほか", count=_counted(seen.unsigned_count), name=first.organization) \
            if seen.unsigned_count > 1 else tr("{day} {name}", day=short_day(first.held_on) if first.held_on else "",
                                               name=first.organization)
        lines.append(_task("signature", "warn", tr("署名がまだの記録"), more,
                           (lambda: open_all("unsigned", tr("署名がまだの記録"))) if seen.unsigned_count > 1
                           else lambda: window.open_consultation(first.uid)))
        count += seen.unsigned_count
    if seen.overdue:
        late = seen.overdue[0]
        more = tr("{count}件・{name}", count=_counted(seen.overdue_count), name=late.text)
        lines.append(_task("flag", "warn", tr("期限が過ぎた約束"), more,
                           (lambda: open_all("overdue", tr("期限が過ぎた約束"))) if seen.overdue_count > 1
                           else lambda: window.open_consultation(late.consultation)))
        count += seen.overdue_count
    if seen.to_send:
        waits = seen.to_send[0]
        more = tr("{count}件・{name} ほか", count=len(seen.to_send), name=waits.organization) \
            if len(seen.to_send) > 1 else waits.organization
        lines.append(_task("send", "accent", tr("あとで送る記録票"), more,
                           (lambda: open_all("to_send", tr("あとで送る記録票"))) if len(seen.to_send) > 1
                           else lambda: window.open_consultation(waits.uid)))
        count += len(seen.to_send)
    if not seen.recovery_key_noted and window.desk.protected:
        lines.append(_task("key", "accent", tr("回復用の鍵を控える"), tr("合言葉を忘れたときに開けます"),
                           lambda: window.do("recovery_key")))
        count += 1
    if not lines:
        return None
    every = tr("{count}件", count=_counted(count))
    parts: list[Part] = [Row(Label(tr("やり残し"), "h3"), None, Label(every, "caption"))]
    for at, line in enumerate(lines):
        if at:
            parts.append(hairline())
        parts.append(line)
    return card(*parts, space=4, margins=(16, 12, 16, 10))


def _task(icon: str, tone: Tone, words: str, more: str, act: Callable[[], None]) -> Pressable:
    text = Column(Elided(words, "bold"), Elided(more, "caption"), space=1)
    line = Row(Ground(icon, tone), text, space=11, margins=(2, 4, 2, 4))
    line.setStretch(1, 1)
    made = Pressable(line, words, more, edge="none")
    made.clicked.connect(act)
    return made


def recent_line(one: Recent, window: Window) -> Pressable:
    """A record opened lately."""
    day = one.at.astimezone(JST)
    now = window.clock().astimezone(JST)
    ago = (now.date() - day.date()).days
    when = f"{day:%H:%M}" if ago <= 0 else tr("昨日") if ago == 1 else short_day(day.date())
    title = Elided(one.title)
    line = Row(Picture(_ICONS.get(one.type, "file-text"), "text3", 18), title, Label(when, "caption"), space=9,
               margins=(2, 3, 2, 3))
    line.setStretch(1, 1)
    made = Pressable(line, one.title, when, edge="none")
    if one.type == "organization":
        made.clicked.connect(lambda: window.open_organization(one.uid))
    else:
        made.clicked.connect(lambda: window.open_consultation(one.uid))
    return made
