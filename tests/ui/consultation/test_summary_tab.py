"""まとめ: follows the lines until written, 取り込む, parts saved by themselves, changes from elsewhere, Tab order."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from kanto_desk.services import (
    consents,
    consultations,
    finalizing,
    organizations,
    outcomes,
    programmes,
    promises,
    sheets,
    summary,
    timeline,
)
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.summary_tab import SummaryTab
from kanto_desk.ui.pages.consultation.tab_order import reading_order
from tests.ui.conftest import Compose
from tests.ui.host import Host

Key = Qt.Key


def opened(host: Host, visit: str) -> tuple[ConsultationPage, SummaryTab]:
    page = host.open(visit)
    tab = page.go_to("summary")
    host.settle()
    assert isinstance(tab, SummaryTab)
    return page, tab


def test_the_content_follows_the_lines_until_somebody_writes_it(host: Host, desk: Desk, visit: str,
                                                                compose: Compose) -> None:
    timeline.add(desk.store, visit, "said", "売上の7割が自動車。")
    _page, tab = opened(host, visit)
    box = tab.forms["top"].editor("summary")
    assert box.value() == "売上の7割が自動車。"  # type: ignore[attr-defined]
    timeline.add(desk.store, visit, "said", "来年は2割減る。")
    host.settle()
    assert box.value() == "売上の7割が自動車。\n来年は2割減る。"  # type: ignore[attr-defined]
    box.setFocus()
    host.ctrl(Key.Key_A)
    compose(host.focus(), commit="受注減への備え。")
    host.key(Key.Key_Tab)
    timeline.add(desk.store, visit, "said", "後の話。")
    host.settle()
    assert box.value() == "受注減への備え。"  # type: ignore[attr-defined]
    assert consultations.get(desk.store, visit).record.summary == "受注減への備え。"
    box.setFocus()
    host.ctrl(Key.Key_A)
    host.key(Key.Key_Delete)
    host.key(Key.Key_Tab)
    assert box.value() == "売上の7割が自動車。\n来年は2割減る。\n後の話。"  # type: ignore[attr-defined]


def test_an_edited_item_offers_to_take_its_line_over(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    line = timeline.add(desk.store, visit, "issue", "測定手段がない。")
    _page, tab = opened(host, visit)
    tab.issue_items.texts()[0].setFocus()
    QTest.keyClick(host.focus(), Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    compose(host.focus(), commit="（急ぎ）")
    host.key(Key.Key_Tab)
    assert [i.text for i in summary.read(desk.store, visit).issues] == ["測定手段がない。（急ぎ）"]
    assert timeline.lines(desk.store, visit)[0].text == "測定手段がない。"
    timeline.edit(desk.store, visit, line, text="面粗さの測定手段がない。")
    host.settle()
    row = tab.issue_items.rows()[0]
    assert row.adopt.isVisible() and row.state.text() == "元の行がそのあと変わりました"
    row.adopt.click()
    host.settle()
    assert tab.issue_items.texts()[0].value() == "面粗さの測定手段がない。" and not row.adopt.isVisible()
    assert host.said() == "行の今の文を取り込みました"
    host.frame.footer.undo.click()
    host.settle()
    assert [i.text for i in summary.read(desk.store, visit).issues] == ["測定手段がない。（急ぎ）"]


def test_an_item_is_removed_from_the_sheet_only_and_comes_back_by_undo(host: Host, desk: Desk, visit: str) -> None:
    timeline.add(desk.store, visit, "advice", "委託加工から。")
    timeline.add(desk.store, visit, "advice", "認証は2年計画で。")
    _page, tab = opened(host, visit)
    tab.advice_items.rows()[0].remove.click()
    host.settle()
    assert [box.value() for box in tab.advice_items.texts()] == ["認証は2年計画で。"]
    assert len(timeline.lines(desk.store, visit)) == 2 and host.said() == "助言を外しました"
    host.frame.footer.undo.click()
    host.settle()
    assert [box.value() for box in tab.advice_items.texts()] == ["委託加工から。", "認証は2年計画で。"]


def test_what_is_being_written_stays_when_the_record_changes_elsewhere(host: Host, desk: Desk, visit: str,
                                                                       compose: Compose) -> None:
    _page, tab = opened(host, visit)
    theme, place = tab.forms["top"].editor("theme"), tab.forms["visit"].editor("place")
    theme.setFocus()
    compose(theme, preedit="いりょう")
    consultations.edit(desk.store, visit, {"theme": "よその件名", "place": "第二工場"}, part="elsewhere")
    host.settle()
    assert theme.composing and place.value() == "第二工場"  # type: ignore[attr-defined]
    compose(theme, commit="医療機器参入")
    host.key(Key.Key_Tab)
    assert consultations.get(desk.store, visit).record.theme == "医療機器参入"


def test_parts_save_themselves_row_by_row(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    _page, tab = opened(host, visit)
    tab.people.add.click()
    compose(host.focus(), commit="宮坂 真理")
    host.key(Key.Key_Tab)
    compose(host.focus(), commit="品質課長")
    host.key(Key.Key_Tab)
    held = consultations.participants(desk.store, visit)
    assert [(p.name, p.role) for p in held] == [("宮坂 真理", "品質課長")]

    tab.promises.add.click()
    compose(host.focus(), commit="見積もりを送る")
    host.key(Key.Key_Tab)
    compose(host.focus(), commit="高橋")
    host.key(Key.Key_Tab)
    QTest.keyClicks(host.focus(), "1211")
    host.key(Key.Key_Tab)
    agreed = promises.of_consultation(desk.store, visit)
    assert [(p.text, p.who, p.due_on) for p in agreed] == [("見積もりを送る", "高橋", date(2026, 12, 11))]
    assert agreed[0].organization == "株式会社 湖南精工"

    tab.people.remove_button(0).click()
    host.settle()
    assert consultations.participants(desk.store, visit) == [] and "参加者を消しました" in host.said()


def test_issues_and_consents_are_chosen_by_typing(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    _page, tab = opened(host, visit)
    tab.primary.setFocus()
    compose(tab.primary, preedit="国内販路")
    host.key(Key.Key_Tab)   # belongs to the input method
    compose(tab.primary, commit="国内販路")
    host.key(Key.Key_Down)
    host.key(Key.Key_Return)
    found = consultations.issues(desk.store, visit)
    assert [(i.code, i.primary) for i in found] == [("0301", True)]
    first = tab.consents.chips()[0] if tab.consents.chips() else None
    if first is not None:
        first.click()
    else:
        tab.consents.search.open_list()  # type: ignore[union-attr]
        option = tab.consents.search.suggestions().item(0)  # type: ignore[union-attr]
        tab.consents.search.suggestions().itemPressed.emit(option)  # type: ignore[union-attr]
    host.settle()
    given = consents.given(desk.store, visit)
    assert len(given) == 1
    consents.set_given(desk.store, visit, ())
    assert consents.given(desk.store, visit) == ()
    assert consents.of_consultation(desk.store, visit)[0].withdrawn_on == date(2026, 11, 24)


def test_tab_goes_through_the_form_as_one_reads_it(host: Host, desk: Desk, visit: str) -> None:
    _page, tab = opened(host, visit)
    for n in range(3):
        timeline.add(desk.store, visit, "issue", f"課題その{n}")
    host.settle()
    order = reading_order(tab)
    boxes = [*tab.issue_items.texts(), tab.issue_items.add, tab.advice_items.add, tab.promises.add]
    places = [order.index(box) for box in boxes]
    assert places == sorted(places)
    tab.issue_items.texts()[0].setFocus()
    seen = []
    for _ in range(6):
        seen.append(host.focus())
        host.key(Key.Key_Tab)
    rows = tab.issue_items.rows()
    assert seen == [w for row in rows for w in (row.text, row.remove)]


def test_two_columns_become_one_on_a_narrow_window(host: Host, desk: Desk, visit: str) -> None:
    _page, tab = opened(host, visit)
    wide = tab.forms["visit"].mapTo(tab, tab.forms["visit"].rect().topLeft())
    host.resize(960, 600)
    host.settle()
    narrow = tab.forms["visit"].mapTo(tab, tab.forms["visit"].rect().topLeft())
    assert narrow.x() < wide.x() and narrow.y() > wide.y()


def test_advice_is_paired_with_its_issue_by_number(host: Host, desk: Desk, visit: str) -> None:
    """Tab from the advice, the number of the issue, Tab: three keys; an empty box makes it general advice."""
    for kind, text in (("issue", "認証の計画がない"), ("issue", "測定手段がない"), ("advice", "2年計画に分ける")):
        timeline.add(desk.store, visit, kind, text)
    _page, tab = opened(host, visit)
    row = tab.advice_items.rows()[0]
    assert row.answers is not None and row.answers.text() == "2. 測定手段がない" and row.guess.isVisible()
    assert all(issue.answers is None for issue in tab.issue_items.rows())
    row.text.setFocus()
    host.key(Key.Key_Tab)
    assert host.focus() is row.answers
    host.ctrl(Key.Key_A)
    QTest.keyClicks(host.focus(), "1")
    host.key(Key.Key_Tab)
    assert row.answers.text() == "1. 認証の計画がない" and not row.guess.isVisible()
    assert [(p.issue, p.advice) for p in summary.read(desk.store, visit).pairs] == [
        ("認証の計画がない", ("2年計画に分ける",)), ("測定手段がない", ())]
    row.answers.setFocus()
    host.ctrl(Key.Key_A)
    host.key(Key.Key_Delete)
    host.key(Key.Key_Tab)
    assert summary.read(desk.store, visit).pairs == () and row.answers.text() == ""
    assert not row.guess.isVisible() and row.answers.isVisible()


def test_a_date_that_cannot_be_read_is_never_saved_nor_written_over(host: Host, desk: Desk, visit: str) -> None:
    """Neither the old date nor none is saved while 12/40 stands there; what comes from elsewhere leaves it alone."""
    _page, tab = opened(host, visit)
    form = tab.forms["end"]
    box = form.editor("next_on")
    box.setFocus()
    QTest.keyClicks(box, "12/4")
    host.key(Key.Key_Tab)
    assert consultations.get(desk.store, visit).record.next_on == date(2026, 12, 4)
    box.setFocus()
    host.ctrl(Key.Key_A)
    QTest.keyClicks(box, "12/40")
    host.key(Key.Key_Tab)
    timeline.add(desk.store, visit, "said", "つづき")
    host.settle()
    assert box.text() == "12/40" and form.row("next_on").error.isVisible()  # type: ignore[attr-defined]
    assert consultations.get(desk.store, visit).record.next_on == date(2026, 12, 4)
    box.setFocus()
    host.ctrl(Key.Key_A)
    QTest.keyClicks(box, "12/11")
    host.key(Key.Key_Tab)
    assert consultations.get(desk.store, visit).record.next_on == date(2026, 12, 11)


def test_every_field_of_the_record_has_a_box(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    """All but the number, which is given, the company, which is chosen first, and the strategy items of later pages."""
    _page, tab = opened(host, visit)
    boxes = {name for form in tab.forms.values() for name in form.names()}
    wanted = {field.name for field in consultations.fields() if not field.bookkeeping}
    assert wanted - boxes == {"reference", "organization", "strategy"}
    programme = tab.forms["visit"].editor("programme")
    programme.setFocus()
    name = programmes.choices(desk.store, "ja")[0]
    compose(host.focus(), commit=name[1])
    host.key(Key.Key_Tab)
    assert consultations.get(desk.store, visit).record.programme == name[0]
    assert sheets.sheet(desk.store, desk.blobs, visit).programme == name[1]


def test_an_outcome_is_written_by_keys_also_on_a_signed_visit(host: Host, desk: Desk, visit: str, company: str,
                                                              compose: Compose) -> None:
    consultations.edit(desk.store, visit, {"summary": "備え", "theme": "見積もり"})
    finalizing.finalize(desk.store, desk.blobs, visit, finalizing.Signature("宮坂", "", "typed"))
    _page, tab = opened(host, visit)
    assert tab.outcomes.add.isVisible() and not tab.referrals.add.isVisible()
    tab.outcomes.add.setFocus()
    host.key(Key.Key_Space)
    for words in ("令和9年5月24日", "6", "2", "増加", "1200000", "", "", "1", "", "", "", "補助金"):
        compose(host.focus(), commit=words)
        host.key(Key.Key_Tab)
    host.settle()
    held = outcomes.of_consultation(desk.store, visit)
    assert [(o.step, o.checked_on, o.jobs, o.sales, o.sales_yen, o.adopted, o.note) for o in held] == [
        ("6", date(2027, 5, 24), 2, "1", 1_200_000, 1, "補助金")]
    story = organizations.profile(desk.store, company).outcomes
    assert story == {visit: ["6か月後（2027-05-24）：売上 増加 1,200,000円、採択 1件、雇用 2名、補助金"]}
    tab.outcomes.remove_button(0).click()
    host.settle()
    assert outcomes.of_consultation(desk.store, visit) == []


def test_the_end_is_not_asked_for_while_the_visit_goes_on(host: Host, desk: Desk, visit: str) -> None:
    _page, tab = opened(host, visit)
    row = tab.forms["visit"].row("ended_at")
    assert row.mark.isVisible() and not row.help.isVisible()   # neither begun nor written about
    consultations.start(desk.store, visit)
    host.settle()
    assert not row.mark.isVisible() and "署名のときに入ります" in row.help.plain()
    assert "署名のときに入ります" in row.editor.accessibleDescription()
    consultations.edit(desk.store, visit, {"ended_at": consultations.get(desk.store, visit).record.started_at})
    host.settle()
    assert row.mark.isVisible() and not row.help.isVisible()
