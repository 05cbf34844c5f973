"""The figures against plain loops over random stores, and the rules of counting one by one."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanto_desk.errors import Refused
from kanto_desk.services import codes, consultations, figures, figures_tasks, merging, organizations, samples, spans
from kanto_desk.services.desk import Desk
from kanto_desk.services.figures import DIMENSIONS, Measure, Wanted, Which
from tests.db.parts import SetClock, a_store
from tests.services.counting import ME, Plain, filled

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("seed", range(3))
def test_every_figure_and_every_list_is_what_a_plain_count_gives(tmp_path: Path, seed: int) -> None:
    store = a_store(tmp_path, SetClock(), ME)
    rows = filled(store, seed)
    with store.operation("区分") as op:
        op.add("code_entry", {"list_id": "CL03", "code": "uadded", "name": "足した課題", "parent_code": "05"})
    plain = Plain(rows, TODAY, {"uadded": "05"})
    for span in (spans.fiscal(2026), spans.fiscal(2025), spans.between(date(2026, 7, 1), date(2026, 9, 30)),
                 spans.everything(TODAY), spans.fiscal(2027)):
        for own in (False, True):
            compare(store, plain, Wanted(span, own, DIMENSIONS))
    store.close()


def compare(store: Any, plain: Plain, wanted: Wanted) -> None:
    """Every number of `read`, and the number of records that `behind` gives for it."""
    seen = figures.read(store, wanted)
    span = wanted.span
    uids = [uid for uid in plain.rows.visits if plain.counts(uid, span.first, span.last, wanted.own)]
    assert asdict(seen.total) == plain.sums(uids, TODAY)
    if seen.compared is not None:
        past = [u for u in plain.rows.visits if plain.counts(u, seen.compared.first, seen.compared.last, wanted.own)]
        as_of = span.last >= TODAY
        judged = spans.same_day_before(span, seen.compared, TODAY) if as_of else TODAY
        assert asdict(seen.before) == plain.sums(past, judged, as_of)
    for by in DIMENSIONS:
        keys = {key for uid in uids for key in plain.keys(uid, by)}
        for group in seen.groups[by]:
            of_key = [uid for uid in uids for key in plain.keys(uid, by) if key == group.key]
            assert asdict(group.sums) == plain.sums(of_key, TODAY), (by, group.key)
            keys.discard(group.key)
        assert keys == set(), by
    for group in seen.groups["issue"]:
        assert group.mentions == sum(plain.codes(uid).count(group.key or "") for uid in uids)
        named = figures.behind(store, wanted, Which("mentions", "issue", group.key)).uids
        assert set(named) == {uid for uid in uids if group.key in plain.codes(uid)}
    for measure in get_args(Measure):
        if measure != "mentions":
            check_list(store, plain, wanted, uids, Which(measure))
            if span.whole:
                for by, key in (("issue", "14"), ("prefecture", None), ("response", "11")):
                    check_list(store, plain, wanted, uids, Which(measure, by, key))


def check_list(store: Any, plain: Plain, wanted: Wanted, uids: list[str], which: Which) -> None:
    """The records behind a number are those that a loop finds."""
    of = [uid for uid in uids if not which.by or which.key in plain.keys(uid, which.by)]
    visits, agreed = plain.rows.visits, plain.promises(of)
    expected = {
        "visits": of, "organizations": [o for u in of if (o := plain.root(visits[u]["organization"]))],
        "minutes": [u for u in of if plain.sums([u], TODAY)["minutes"]],
        "new": [u for u in of if visits[u]["category"] == "1"], "signed": [u for u in of if plain.signed(u)],
        "continued": [u for u in of if visits[u]["category"] != "1"], "unsigned": [u for u in of if not plain.signed(u)],
        "referrals": [u for u in of if plain.sums([u], TODAY)["referrals"]], "sample": [u for u in of if u in plain.rows.sample],
        "made": list(agreed), "dropped": [u for u, p in agreed.items() if p["state"] == "dropped"],
        "kept": [u for u, p in agreed.items() if plain.kept(p, TODAY, False)],
        "overdue": [u for u, p in agreed.items() if plain.overdue(p, TODAY, False)]}[which.measure]
    found = figures.behind(store, wanted, which).uids
    assert set(found) == set(expected) and len(found) == len(set(found)), which


def test_tasks_are_what_a_plain_count_gives(tmp_path: Path) -> None:
    store = a_store(tmp_path, SetClock(), ME)
    plain = Plain(rows := filled(store, 11, visits=160), TODAY, {})
    for own in (False, True):
        tasks = {task.kind: task for task in figures_tasks.read(store, own=own)}
        ever = [u for u in rows.visits if plain.counts(u, date(2000, 1, 1), TODAY, own)]
        assert set(tasks["unsigned"].behind.uids) == {
            u for u in ever if not plain.signed(u) and TODAY - timedelta(days=365) <= rows.visits[u]["held_on"] < TODAY}
        assert set(tasks["overdue"].behind.uids) >= {
            u for u, p in plain.promises(ever).items() if p["state"] == "open" and p["due_on"] and p["due_on"] < TODAY}
        waiting = {plain.root(rows.visits[p["consultation"]]["organization"]) for p in plain.promises(ever).values()
                   if p["state"] == "open"} - {None}
        last = {o: max(rows.visits[u]["held_on"] for u in ever if plain.root(rows.visits[u]["organization"]) == o)
                for o in waiting}
        unseen = {o for o, day in last.items() if day < date(2026, 5, 24)}
        found = set(tasks["unseen"].behind.uids) if "unseen" in tasks else set()
        assert unseen <= found and all(day >= date(2026, 5, 24) for o, day in last.items() if o not in found)
    planned = next(task for task in figures_tasks.read(store, own=False) if task.kind == "planned")
    assert planned.count and not set(planned.behind.uids) & set(ever)
    store.close()


@given(st.dictionaries(st.sampled_from("abcdefg"), st.sampled_from("abcdefgz")))
def test_mergers_end_and_all_on_a_way_end_alike(into: dict[str, str]) -> None:
    ends = merging.resolve(into)
    for uid in into:
        end = ends.get(uid, uid)
        assert end not in ends, "an end stands for itself"
        assert ends.get(into[uid], into[uid]) == end, "who is merged shares the end of the one merged into"


def test_merging_corrects_earlier_years_too(desk: Desk) -> None:
    store = desk.store
    one, other = (organizations.create(store, {"name": name}) for name in ("湖南精工", "湖南精密工業"))
    for uid, day in ((one, date(2026, 5, 1)), (other, date(2026, 6, 1)), (other, date(2025, 6, 1))):
        consultations.create(store, uid, {"held_on": day})
    year = Wanted(spans.fiscal(2026))
    assert (figures.read(store, year).total.visits, figures.read(store, year).total.organizations) == (2, 2)
    organizations.edit(store, other, {"merged_into": one})
    seen = figures.read(store, year)
    assert (seen.total.visits, seen.total.organizations, seen.before.organizations) == (2, 1, 1)
    assert figures.behind(store, year, Which("organizations")).uids == (one,)
    organizations.edit(store, other, {"merged_into": None})
    assert figures.read(store, year).total.organizations == 2, "a merger can be taken back"


def test_sample_data_counts_while_it_is_here_and_is_told_apart(desk: Desk) -> None:
    samples.load(desk)
    own = Wanted(spans.fiscal(2026), own=True)
    seen = figures.read(desk.store, own)
    assert seen.total.visits == seen.total.sample == 5, "the sixth is planned for this afternoon"
    consultations.create(desk.store, organizations.create(desk.store, {"name": "自分の企業"}))
    assert (figures.read(desk.store, own).total.visits, figures.read(desk.store, own).total.sample) == (6, 5)
    samples.remove(desk)
    assert (figures.read(desk.store, own).total.visits, figures.read(desk.store, own).total.sample) == (1, 0)


def test_a_visit_of_today_counts_once_it_has_begun(desk: Desk) -> None:
    store = desk.store
    uid = consultations.create(store, organizations.create(store, {"name": "湖南精工"}),
                               {"planned_at": desk.clock().time().replace(tzinfo=None)})
    year = Wanted(spans.fiscal(2026))
    assert figures.read(store, year).total.visits == 0
    consultations.start(store, uid)
    assert figures.read(store, year).total.visits == 1


def test_months_without_visits_stand_in_the_row_and_names_follow_the_language(desk: Desk) -> None:
    store = desk.store
    company = organizations.create(store, {"name": "湖南精工", "prefecture": "20"})
    consultations.set_issues(store, consultations.create(store, company, {"held_on": date(2026, 6, 3)}), ["1401", "0505"])
    own = codes.add(store, "CL03", "足した課題", parent="05")
    consultations.set_issues(store, consultations.create(store, company, {"held_on": date(2026, 6, 4)}), [own])
    wanted = Wanted(spans.fiscal(2026), by=("month", "prefecture", "issue"))
    seen = figures.read(store, wanted)
    assert [(g.name, g.sums.visits) for g in seen.groups["month"]] == [
        ("4月", 0), ("5月", 0), ("6月", 2), ("7月", 0), ("8月", 0), ("9月", 0), ("10月", 0), ("11月", 0)]
    assert [(g.name, g.sums.visits, g.mentions) for g in seen.groups["issue"]] == [
        ("ブランド・デザイン", 1, 2), ("医療機器参入", 1, 1)]
    english = figures.read(store, wanted, "en")
    assert [g.name for g in english.groups["prefecture"]] == ["Nagano"]
    assert english.groups["month"][2].name == "Jun"


def test_unknown_dimensions_and_impossible_spans_are_refused(desk: Desk) -> None:
    with pytest.raises(KeyError):
        figures.read(desk.store, Wanted(spans.fiscal(2026), by=("moon",)))
    with pytest.raises(KeyError):
        figures.behind(desk.store, Wanted(spans.fiscal(2026)), Which("visits", "moon"))
    for wrong in (lambda: spans.between(date(2026, 5, 2), date(2026, 5, 1)), lambda: spans.fiscal(20260)):
        with pytest.raises(Refused):
            wrong()


@pytest.mark.parametrize(("span", "today", "compared"), [
    (spans.fiscal(2026), TODAY, (date(2025, 4, 1), date(2025, 11, 24))),
    (spans.fiscal(2025), TODAY, (date(2024, 4, 1), date(2025, 3, 31))),
    (spans.fiscal(2027), date(2028, 2, 29), (date(2026, 4, 1), date(2027, 2, 28))),
    (spans.between(date(2026, 10, 1), date(2026, 10, 31)), TODAY, (date(2026, 9, 1), date(2026, 9, 30))),
    (spans.between(date(2026, 11, 1), date(2026, 11, 30)), TODAY, (date(2026, 10, 1), date(2026, 10, 24))),
    (spans.between(date(2026, 11, 10), date(2026, 11, 19)), TODAY, (date(2026, 10, 31), date(2026, 11, 9))),
])
def test_what_a_span_is_compared_with(span: spans.Span, today: date, compared: tuple[date, date]) -> None:
    before = spans.before(span, today)
    assert before is not None and (before.first, before.last) == compared
    assert spans.before(spans.everything(today), today) is None
