"""変更履歴 of the open record: who changed what and when, newest first, with the text before and after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time

from PySide6.QtWidgets import QWidget

from kanto_desk.i18n import tr
from kanto_desk.services.history import Changed, Group
from kanto_desk.services.older_history import Elsewhere
from kanto_desk.ui.dialogs.box import Box
from kanto_desk.ui.layout import Column, Part, Row, card
from kanto_desk.ui.notices import EmptyState
from kanto_desk.ui.pages.words import long_day, long_moment
from kanto_desk.ui.text import Elided, Label, Wrapped

LONGEST = 160


class HistoryBox(Box):
    """The groups of one record's history, and below them which steps lie on other laptops."""

    def __init__(self, parent: QWidget, title: str, groups: Sequence[Group],
                 elsewhere: Sequence[Elsewhere] = ()) -> None:
        super().__init__(parent, tr("変更履歴") + (f"　{title}" if title else ""), width=720, height=620)
        parts: list[Part] = [_group(group) for group in groups]
        if elsewhere:
            parts += [Wrapped(tr("ここから下は、このパソコンが記録を受け取る前の変更です。直す前の内容は、"
                                 "書いたパソコンの変更履歴にあります。"), "second"), *map(_elsewhere, elsewhere)]
        if not parts:
            parts = [EmptyState(tr("まだ変更はありません。"), picture="history")]
        self.fill(Column(*parts, None, space=10, margins=(24, 14, 24, 14)))


def _group(group: Group) -> QWidget:
    where = "" if group.here else tr("・ほかのパソコン")
    head = Row(Elided(group.label, "bold"), None, Label(f"{group.by}{where}", "caption"),
               Label(long_moment(group.at), "time"), space=10)
    return card(head, *(_change(change) for change in group.changes), space=4)


def _elsewhere(step: Elsewhere) -> QWidget:
    head = Row(Elided(tr("端末 {part}", part=step.laptop), "bold"), None, Label(long_moment(step.at), "time"), space=10)
    return card(head, Wrapped(shown(step.fields), "second"), space=4)


def _change(change: Changed) -> QWidget:
    name = f"{change.record} › {change.field}"
    if change.before == change.after:
        text = tr("いまも正しい：{value}", value=shown(change.after))
    elif change.before in (None, ""):
        text = shown(change.after)
    elif change.after in (None, ""):
        text = tr("（消す）{before}", before=shown(change.before))
    else:
        text = f"{shown(change.before)} → {shown(change.after)}"
    return Wrapped(tr("{name}：{text}", name=name, text=text), "second")


def shown(value: object) -> str:
    """A value as people read it, cut when it is long."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return tr("はい") if value else tr("いいえ")
    if isinstance(value, datetime):
        return long_moment(value)
    if isinstance(value, date):
        return long_day(value)
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, list | tuple):
        return "、".join(shown(one) for one in value)
    text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
