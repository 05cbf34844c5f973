"""How the screens word what the tax agency's codes say of a corporation. No widget."""

from __future__ import annotations

from datetime import date
from typing import Final

from kanto_desk.i18n import tr
from kanto_desk.services.all_corporations import CLOSED, MERGED, OPEN, Corporation, Known
from kanto_desk.ui.pages.organizations.words import Labels, place
from kanto_desk.ui.pages.words import long_day
from kanto_desk.ui.text import Tone

STATES: Final[dict[int, str]] = {OPEN: "存続", CLOSED: "閉鎖", MERGED: "合併により解散"}
# tr("存続") tr("閉鎖") tr("合併により解散")
_TONES: Final[dict[int, Tone]] = {OPEN: "ok", CLOSED: "warn", MERGED: "text2"}
_PROCESSES: Final[dict[int, str]] = {
    1: "新しく載った", 11: "商号・名称の変更", 12: "国内の所在地の変更", 13: "国外の所在地の変更",
    21: "登記記録の閉鎖など", 22: "登記記録の復活など", 71: "吸収合併", 72: "吸収合併の無効", 81: "商号の登記の抹消"}
# tr("新しく載った") tr("商号・名称の変更") tr("国内の所在地の変更") tr("国外の所在地の変更") tr("登記記録の閉鎖など")
# tr("登記記録の復活など") tr("吸収合併") tr("吸収合併の無効") tr("商号の登記の抹消")
_CAUSES: Final[dict[str, str]] = {
    "01": "清算の結了など", "11": "合併による解散など", "21": "登記官による閉鎖", "31": "その他の清算の結了など"}
# tr("清算の結了など") tr("合併による解散など") tr("登記官による閉鎖") tr("その他の清算の結了など")


def state_words(state: int) -> tuple[str, Tone]:
    """A state in a word, and its tone."""
    return tr(STATES[state]), _TONES[state]


def address(labels: Labels, one: Corporation) -> str:
    """The whole address in one line; abroad as it was given."""
    if not one.city_code:
        return one.address
    return place(labels.of("CL10", one.city_code[:2]) or one.prefecture, one.city, one.street)


def facts(labels: Labels, known: Known) -> list[tuple[str, str]]:
    """Name and words of each fact that is there."""
    one, rare = known.corporation, known.corporation.facts
    code, after = one.postcode, known.successor
    later = f"{after.name}（{after.number}）" if after is not None else rare.get("successor", "")
    changed = _PROCESSES.get(one.process, "")
    told = (
        (tr("法人番号"), one.number),
        (tr("所在地"), "\n".join(filter(None, (f"〒{code[:3]}-{code[3:]}" if code else "", address(labels, one))))),
        (tr("法人の種類"), labels.of("CL08", str(one.kind)) if one.kind != _OTHER else ""),
        (tr("業種"), labels.of("CL12", one.industry)),
        (tr("英語の名前"), rare.get("name_en", "")),
        (tr("閉鎖の日"), day_words(rare.get("closed", ""))),
        (tr("閉鎖の事由"), tr(_CAUSES[rare["cause"]]) if rare.get("cause") in _CAUSES else rare.get("cause", "")),
        (tr("引き継いだ法人"), later),
        (tr("変更の事由"), rare.get("reason", "")),
        (tr("最後の変更"), f"{day_words(one.changed)}　{tr(changed)}" if changed else day_words(one.changed)),
        (tr("法人番号の指定"), day_words(one.assigned)),
        (tr("国税庁の更新"), day_words(one.updated)))
    return [(name, words) for name, words in told if words]


_OTHER = 399   # その他の設立登記法人: the name says which


def day_words(iso: str) -> str:
    """A day (ISO) as the settings write days; "" for none."""
    return long_day(date.fromisoformat(iso)) if iso else ""
