"""Before signing: what the sheet still lacks, and what 確定 may fill in because the record itself tells it.

A time that nothing in the record tells is left open and named as a gap: the paper must not say what nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from kanto_desk.clock import JST
from kanto_desk.db.records.attachments import Attachment
from kanto_desk.db.records.consultations import Consultation, Entry, Issue, Participant, Promise, Referral
from kanto_desk.db.records.organizations import Organization
from kanto_desk.db.schema import fields_of
from kanto_desk.db.store import Store, read_all, read_one
from kanto_desk.errors import Refused
from kanto_desk.fields import Json
from kanto_desk.i18n import language, tr
from kanto_desk.japanese.blanks import blanks, has_blank
from kanto_desk.report import wording
from kanto_desk.services import aggregate, summary
from kanto_desk.services.consultations import RESPONSE_ADVICE, RESPONSE_REFERRED, RESULT_GOES_ON, TYPE
from kanto_desk.services.contested_fields import count_of
from kanto_desk.services.issued_versions import issued_of
from kanto_desk.services.timeline import PRIVATE, lines_of, private_lines

STILL_THERE: Final = timedelta(minutes=60)
"""Signed no later than this after the last line (or the start), the visit ended with the signature."""

_WRITTEN: Final = ("theme", "summary", "situation", "advice", "direction")
"""Texts of まとめ that are written as a whole."""

_NO_BREAK: Final = "\u00a0"
_WORDS: Final = 9
"""Characters shown on either side of a blank."""

_OWN_WORDS: Final = ("organization", "started_at", "ended_at", "theme")


LINE: Final = "entry"
"""What `Gap.field` says of a gap in a line."""

_MOST_BLANKS: Final = 5
"""So many lines with blanks are named one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Something missing before signing. `blocking` gaps stop 確定; the others are shown and may stay.

    `part` is the uid of the line, or the key of the item of まとめ, where it is missing; "" where `field` says enough.
    """

    field: str
    text: str
    blocking: bool
    part: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """What 確定 fills in; None where the record has it already or nothing tells it. Moments are whole minutes."""

    started_at: datetime | None = None
    ended_at: datetime | None = None
    theme: str | None = None
    responses: tuple[str, ...] | None = None
    result: str | None = None

    def values(self) -> dict[str, Any]:
        """The fields to write."""
        known = {"started_at": self.started_at, "ended_at": self.ended_at, "theme": self.theme,
                 "responses": self.responses, "result": self.result}
        return {name: value for name, value in known.items() if value is not None}

    def wire(self) -> dict[str, Json]:
        """The same as the journal and the version keep it."""
        def plain(value: Any) -> Json:
            if isinstance(value, datetime):
                return value.isoformat()
            return list(value) if isinstance(value, tuple) else value
        return {name: plain(value) for name, value in self.values().items()}


def gaps(store: Store, consultation: str) -> list[Gap]:
    """What is missing on the sheet now, blocking gaps first. Raises Refused for an unknown record."""
    with store.read() as conn:
        return gaps_in(conn, consultation, store.clock())


def gaps_in(conn: Connection, consultation: str, now: datetime) -> list[Gap]:
    """`gaps` inside a snapshot of the caller's."""
    c = _need(conn, consultation)
    organization = read_one(conn, Organization, c.organization) if c.organization else None
    texts = summary.read_in(conn, consultation)
    responses, result = outcome(conn, c)
    derived = {"summary": texts.summary, "advice": texts.advice, "responses": responses, "result": result}
    found = []
    if organization is None or not organization.name:
        found.append(Gap("organization", tr("相談企業がまだ決まっていません"), True))
    for field in fields_of(Consultation):
        if field.required and field.name not in _OWN_WORDS and not (
                getattr(c, field.name) or derived.get(field.name)):
            found.append(_missing(field.name, field.label(language()), field.name in ("held_on", "summary")))
    if not read_all(conn, Issue, Issue.consultation == consultation):
        found.append(_missing("issue", tr("主な課題")))
    issued = issued_of(conn, consultation)
    if issued and issued[-1].body == aggregate.read(conn, consultation):
        found.append(Gap("correction", tr("前の版から、まだ何も直していません"), False))
    people = read_all(conn, Participant, Participant.consultation == consultation)
    if not any(p.name and p.side != "support" for p in people):
        found.append(_missing("participant", tr("相談者")))
    found += _gaps_of_time(conn, c, now)
    promises = read_all(conn, Promise, Promise.consultation == consultation)
    loose = [p for p in promises if not p.who or p.due_on is None]
    if loose:
        found.append(Gap("promise", tr("担当か期限のない約束が{n}件あります", n=len(loose)), False))
    if c.next_on is None:
        found.append(Gap("next_on", tr("次回の日どりが未定です（任意）"), False))
    private = private_lines(conn, consultation)   # their photos are never printed
    unsure = [a for a in read_all(conn, Attachment, Attachment.owner == consultation, Attachment.kind == "photo")
              if a.consent not in ("yes", "no") and a.entry not in private]
    if unsure:
        found.append(Gap("photo", tr("掲載の同意が未確認の写真が{n}枚あります（印刷されません）", n=len(unsure)),
                         False))
    if waiting := count_of(conn, (TYPE, consultation)):   # it would be signed as one laptop happens to show it
        found.append(Gap("contested", tr("2台で直した項目が{n}件、まだ決まっていません", n=waiting), True))
    found += _unfilled(conn, c, texts)
    return sorted(found, key=lambda g: not g.blocking)


def _unfilled(conn: Connection, c: Consultation, texts: summary.Summary) -> list[Gap]:
    """Blanks of set phrases that the sheet would print; private lines are not printed and may keep theirs."""
    lines = {line.uid: line for line in lines_of(conn, c.uid) if line.kind not in PRIVATE}
    found: list[tuple[str, str, str]] = []   # field, part, text
    if not texts.summary_written:
        found += [(LINE, line.uid, line.text) for line in lines.values() if line.kind in ("said", "photo")]
    for field, items, whole in (("issue_items", texts.issues, texts.situation_written),
                                ("advice_items", texts.advice_items, texts.advice_written)):
        found += [(LINE if item.source in lines and not item.edited else field, item.key, item.text)
                  for item in items if not whole]
    for promise in read_all(conn, Promise, Promise.consultation == c.uid, order_by=(Promise.place, Promise.uid)):
        line = lines.get(promise.source or "")
        of_line = line is not None and has_blank(line.text)
        found.append((LINE if line is not None and of_line else "promise",
                      line.uid if line is not None and of_line else promise.uid, promise.text or ""))
    found += [(name, "", getattr(c, name) or "") for name in _WRITTEN]
    found = [one for one in found if has_blank(one[2])]
    gaps = [Gap(field, tr("空いたままのところがあります：{text}", text=_around(text)), False, part)
            for field, part, text in found[:_MOST_BLANKS]]
    if len(found) > _MOST_BLANKS:
        field, part, _ = found[_MOST_BLANKS]
        words = tr("空いたままのところが、ほかに{n}か所あります", n=len(found) - _MOST_BLANKS)
        gaps.append(Gap(field, words, False, part))
    return gaps


def _around(text: str) -> str:
    """The first blank of a text with some words round it."""
    flat = " ".join(text.split("\n"))
    start, end = blanks(flat)[0]
    first, last = max(0, start - _WORDS), min(len(flat), end + _WORDS)
    words = ("…" if first else "") + flat[first:last] + ("…" if last < len(flat) else "")
    for begin, stop in reversed(blanks(words)):   # no blank is broken at the end of a line
        words = f"{words[:begin + 1]}{_NO_BREAK}{words[stop - 1:]}"
    return words


def closing(conn: Connection, consultation: str, now: datetime) -> Closing:
    """What 確定 at `now` fills in: begin and end of the visit as far as they are known, a subject from the first words.

    The begin is the first line of the day of the visit. The end is the signature when it is given in the visit, else
    the last line of that day; a visit written up on another day without times stays without them.
    """
    c = _need(conn, consultation)
    begun, done = _span(conn, c, now)
    theme = None
    if not c.theme:
        first = summary.read_in(conn, consultation).summary.split("\n")[0]
        theme = first[:39] + "…" if len(first) > 40 else first
    responses, result = outcome(conn, c)
    return Closing(begun, done, theme or None, None if c.responses else responses or None,
                   None if c.result else result)


def outcome(conn: Connection, c: Consultation) -> tuple[tuple[str, ...], str | None]:
    """対応区分 (CL04) and 結果 (CL05) of a visit: as chosen, else as far as its parts tell them.

    Advice was given where there is some, another body was named where there is a referral, and the case goes on where
    something is agreed. What nothing tells stays open, because the company signs below it.
    """
    responses, result = tuple(c.responses or ()), c.result
    if not responses:
        told = ((RESPONSE_ADVICE, bool(summary.read_in(conn, c.uid).advice)),
                (RESPONSE_REFERRED, bool(read_all(conn, Referral, Referral.consultation == c.uid, limit=1))))
        responses = tuple(code for code, is_so in told if is_so)
    if not result:
        open_ = read_all(conn, Promise, Promise.consultation == c.uid, Promise.state == "open", limit=1)
        result = RESULT_GOES_ON if c.next_on is not None or open_ else None
    return responses, result


def _span(conn: Connection, c: Consultation, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Begin and end to fill in, each None where it is kept already or unknown."""
    held = c.held_on or _day(now)
    lines = sorted(e.at for e in read_all(conn, Entry, Entry.consultation == c.uid, Entry.kind != "photo")
                   if e.at is not None and _day(e.at) == held)   # photos have a camera's time, which may be wrong
    begun = None if c.started_at is not None or not lines else _minute(lines[0])
    start = c.started_at or begun
    if c.ended_at is not None or start is None:
        return begun, None
    last = max(lines[-1], start) if lines else start
    done = _minute(now) if _day(now) == held and now - last <= STILL_THERE else _minute(last)
    return begun, done if done > start else None


def _gaps_of_time(conn: Connection, c: Consultation, now: datetime) -> list[Gap]:
    """The times that nobody gave: those the lines tell are named with the time they will get, the others asked for."""
    begun, done = _span(conn, c, now)
    words = language()
    found = []
    if c.held_on is not None and c.held_on > _day(now):
        found.append(Gap("held_on", tr("相談日（{day}）がまだ先の日です", day=wording.day(c.held_on, words)), False))
    fields = {f.name: f for f in fields_of(Consultation)}
    if begun is not None:
        found.append(Gap("started_at", tr("開始は、最初の行の時刻（{time}）とします", time=_clock(begun)), False))
    elif c.started_at is None:
        found.append(_missing("started_at", fields["started_at"].label(words)))
    elif c.held_on is not None and _day(c.started_at) != c.held_on:
        found.append(Gap("started_at", tr("開始時刻の日付が、相談日と違います"), False))
    if c.ended_at is not None:
        if c.started_at is not None and c.ended_at < c.started_at:
            found.append(Gap("ended_at", tr("終了時刻が、開始時刻より前です"), False))
    elif done is None:
        if not _still_going(c, now):
            found.append(_missing("ended_at", fields["ended_at"].label(words)))
    elif done != _minute(now):
        found.append(Gap("ended_at", tr("終了は、最後の行の時刻（{time}）とします", time=_clock(done)), False))
    return found


def fills_end(store: Store, consultation: str) -> bool:
    """Whether the signature will write the end of the visit: nobody gave one, and its clock or its lines tell it."""
    now = store.clock()
    with store.read() as conn:
        c = _need(conn, consultation)
        return c.ended_at is None and (_still_going(c, now) or _span(conn, c, now)[1] is not None)


def _still_going(c: Consultation, now: datetime) -> bool:
    """Whether the clock of today's visit runs: then the moment of the signature is its end."""
    return c.held_on in (None, _day(now)) and c.started_at is not None and c.ended_at is None


def _missing(field: str, label: str, blocking: bool = False) -> Gap:
    return Gap(field, tr("「{label}」がまだありません", label=label), blocking)


def _clock(moment: datetime) -> str:
    return wording.clock(moment.astimezone(JST).time(), language())


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _day(moment: datetime) -> date:
    return moment.astimezone(JST).date()


def _need(conn: Connection, consultation: str) -> Consultation:
    found = read_one(conn, Consultation, consultation)
    if found is None:
        raise Refused(tr("このパソコンに無い記録です。"))
    return found
