"""A company on paper, in the words of its profile: facts with where they come from, people, sites, visits, promises.

Internal notes (fields that are not printed) stay off, and the paper says so. Reads on the worker; touches no widget.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kanto_desk.i18n import language, tr
from kanto_desk.services import directory_sources, facts, links, organizations, plain_papers
from kanto_desk.services.facts import Facts, Source
from kanto_desk.services.links import Link
from kanto_desk.services.organizations import Profile
from kanto_desk.services.plain_papers import ListColumn, PlainPaper
from kanto_desk.services.plain_papers import Part as Section
from kanto_desk.services.promises import Agreed
from kanto_desk.ui.pages.organizations.cards import facts_able, facts_about
from kanto_desk.ui.pages.organizations.fact import Told
from kanto_desk.ui.pages.organizations.links import how_words
from kanto_desk.ui.pages.organizations.people import Part, contact_parts, site_parts
from kanto_desk.ui.pages.organizations.words import Labels, source_words
from kanto_desk.ui.pages.words import long_day, nth_words, short_or_long_day, visit_state


def make(store: Any, uid: str, labels: Labels) -> PlainPaper:
    """The paper of a company as it stands now. Raises Refused when this laptop has none such."""
    found = organizations.profile(store, uid, opened=False)
    known = facts.of_organization(store, uid)
    internal = {field.name for field in organizations.fields() if not field.printed}
    record = found.record
    about = [(tr("名称"), record.name or ""), (tr("フリガナ"), record.kana or "")]
    notes = [tr("メモは内部のものなので、印刷していません。")] if record.notes and "notes" in internal else []
    if any(one.old for one in known.values()):
        notes.append(tr("［要確認］は、{n}年より前に聞いたことです。", n=facts.OLD_YEARS))
    notes += directory_sources.of_paper(known.values(), language())
    return plain_papers.paper(
        store, tr("企業の記録"), record.name or "", [line for line in about if line[1]],
        list(_sections(found, known, tuple(links.of_organization(store, uid)), labels, internal)), language(),
        warning=tr("支援機関の控えです。連絡先と、ほかの企業の名前を含むことがあります。"), notes=notes)


def _sections(found: Profile, known: Facts, linked: Sequence[Link], labels: Labels,
              internal: set[str]) -> Iterator[Section]:
    columns = [ListColumn(tr("項目"), 35), ListColumn(tr("内容"), 87), ListColumn(tr("出どころ"), 48)]
    uid = found.record.uid
    for heading, told in ((tr("会社のあらまし"), facts_about(found, labels)), (tr("できること"), facts_able(found))):
        rows = [(one.label, one.words, _source(_of(one, known, uid))) for one in told
                if one.words and not internal.intersection(one.names)]
        yield Section(heading, columns, rows, tr("まだ書かれていません。"))
    yield _people(tr("窓口"), tr("氏名"), contact_parts(found, known))
    yield _people(tr("事業所"), tr("名称"), site_parts(found, labels, known))
    if found.names:
        yield Section(tr("名称履歴"), [ListColumn(tr("いつまで"), 44), ListColumn(tr("名称"), 76),
                                   ListColumn(tr("フリガナ"), 50)],
                      [(tr("{day} まで", day=long_day(one.valid_to)) if one.valid_to else tr("以前"), one.name or "",
                        one.kana or "") for one in reversed(found.names)])
    yield _visits(found)
    yield _promises(found)
    yield Section(tr("つながり"), [ListColumn(tr("関係"), 30), ListColumn(tr("企業"), 60), ListColumn(tr("内容"), 80)],
                  [(how_words(one), one.name, "\n".join(filter(None, (one.more, long_day(one.on) if one.on else ""))))
                   for one in linked], tr("つながりはまだありません。"))


def _people(heading: str, name: str, parts: Sequence[Part]) -> Section:
    columns = [ListColumn(name, 48), ListColumn(tr("連絡先"), 74), ListColumn(tr("出どころ"), 48)]
    rows = [("\n".join(filter(None, (one.name, one.more, one.mark))), "\n".join(words for _, words in one.details),
             _source(one.source)) for one in parts]
    return Section(heading, columns, rows, tr("まだ書かれていません。"))


def _visits(found: Profile) -> Section:
    columns = [ListColumn(tr("相談日"), 40), ListColumn(tr("回"), 16), ListColumn(tr("件名"), 62),
               ListColumn(tr("担当"), 28), ListColumn(tr("状態"), 24)]
    rows = []
    for one in found.consultations:
        came = [tr("成果：{words}", words=words) for words in found.outcomes.get(one.uid, ())]
        rows.append((long_day(one.held_on) if one.held_on else "–", nth_words(one.nth),
                     "\n".join(filter(None, (one.theme, one.reference, *came))), one.expert, visit_state(one)[0]))
    return Section(tr("相談のあゆみ"), columns, rows, tr("まだ相談がありません。"))


def _promises(found: Profile) -> Section:
    """Open ones first, as on the screen; those kept stay in sight."""
    left = sum(one.state != "done" for one in found.promises)
    note = tr("済 {done}・残り {left}", done=len(found.promises) - left, left=left) if found.promises else ""
    columns = [ListColumn(tr("約束"), 70), ListColumn(tr("担当"), 28), ListColumn(tr("期限"), 36),
               ListColumn(tr("状態"), 36)]
    return Section(tr("約束"), columns,
                   [(one.text, *promise_row(one)[2:]) for one in found.promises], tr("約束はまだありません。"), note)


def promise_row(one: Agreed) -> tuple[str, str, str, str, str]:
    """What, with whom, who, by when, and how it stands."""
    due = short_or_long_day(one.due_on) if one.due_on else tr("期限なし")
    if one.state == "done":
        state = tr("済") + (f"\n{short_or_long_day(one.done_on)}" if one.done_on else "")
    else:
        state = tr("取りやめ") if one.state == "dropped" else tr("期限超過") if one.overdue else tr("これから")
    return one.text, one.organization, one.who, due, state


def _of(told: Told, known: Facts, uid: str) -> Source | None:
    return facts.newest(known, [(uid, name) for name in told.names])


def _source(source: Source | None) -> str:
    if source is None:
        return ""
    words = source_words(source).replace("　", "\n", 1).replace(" – ", "\n", 1)   # the day, and below it the way
    return words + (tr("［要確認］") if source.old else "")
