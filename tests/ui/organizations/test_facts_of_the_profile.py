"""The profile tells where each fact comes from, marks what is old, takes いまも正しい and 改称; worked with keys."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from kanto_desk.services import consultations, facts, history, organizations
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.organizations.fact import FactLine
from kanto_desk.ui.pages.organizations.profile import OrganizationPage
from kanto_desk.ui.text import Label, Pill
from tests.db.parts import SetClock
from tests.ui.conftest import Compose
from tests.ui.host import Host


def fact(page: OrganizationPage, label: str) -> FactLine:
    """The line of a fact."""
    return next(w for w in page.findChildren(FactLine) if w.told.label == label and w.isVisible())


def clock_of(desk: Desk) -> SetClock:
    clock = desk.store.clock
    assert isinstance(clock, SetClock)
    return clock


def test_all_sections_are_there_and_filled(host: Host, konan: str) -> None:
    page = host.profile(konan)
    headings = [w.text() for w in page.findChildren(Label) if w.isVisible() and w.property("role") == "h3"]
    for heading in ("会社のあらまし", "できること", "つながり", "相談のあゆみ", "約束", "写真"):
        assert heading in headings
    assert len(page.photos.shown()) > 0


def test_every_fact_says_its_source_on_hover_and_to_screen_readers(host: Host, desk: Desk, konan: str) -> None:
    organizations.edit(desk.store, konan, {"fax": "0266-52-0002"})
    page = host.profile(konan)
    lines = [line for line in page.findChildren(FactLine) if line.isVisible()]
    assert len(lines) > 8 and all(line.toolTip() and line.accessibleDescription() for line in lines)
    assert "見本データ" in fact(page, "電話").toolTip()
    assert "令和8年11月24日" in fact(page, "FAX").toolTip() and "高橋 直子" in fact(page, "FAX").toolTip()


def test_a_card_is_one_tab_stop_and_enter_tells_the_source(host: Host, desk: Desk, konan: str) -> None:
    visit = consultations.create(desk.store, konan)
    consultations.start(desk.store, visit)
    clock_of(desk).forward(minutes=3)
    organizations.edit(desk.store, konan, {"employees": 41})
    page = host.profile(konan)
    lines = [line for line in page.findChildren(FactLine) if line.isVisible()]
    first, stops = lines[0], [line for line in lines if line.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert len(stops) == 2 and first in stops
    first.setFocus()
    while host.focus() is not fact(page, "従業員"):
        host.key(Qt.Key.Key_Down)
    host.key(Qt.Key.Key_Return)
    line = fact(page, "従業員")
    assert line.unfolded and "回の相談で（高橋 直子）" in line.toolTip()
    for _ in range(2):   # いまも正しい, その相談をひらく
        host.key(Qt.Key.Key_Tab)
    host.key(Qt.Key.Key_Return)
    assert host.frame.places.here == ("consultation", visit)


def test_an_old_fact_is_marked_and_confirmed_by_keys(host: Host, desk: Desk, konan: str) -> None:
    clock_of(desk).forward(days=800)
    page = host.profile(konan)
    line = fact(page, "電話")
    assert [pill.text() for pill in line.findChildren(Pill)] == ["要確認"] and "要確認" in line.accessibleDescription()
    line.setFocus()
    host.key(Qt.Key.Key_Space)
    host.key(Qt.Key.Key_Tab)
    host.key(Qt.Key.Key_Space)
    assert not facts.of_organization(desk.store, konan)[konan, "phone"].old
    line = fact(page, "電話")
    assert line.findChildren(Pill) == [] and host.focus() is line
    assert "いまも正しい" in host.said()
    host.frame.footer.undo.click()
    host.settle()
    assert facts.of_organization(desk.store, konan)[konan, "phone"].old
    assert fact(page, "電話").findChildren(Pill)


def test_an_old_contact_is_confirmed(host: Host, desk: Desk, konan: str) -> None:
    clock_of(desk).forward(days=800)
    page = host.profile(konan)
    right = next(w for w in page.contacts.findChildren(QWidget) if "いまも正しい" in w.accessibleName())
    right.setFocus()
    host.key(Qt.Key.Key_Space)
    contact = organizations.contacts(desk.store, konan)[0]
    known = facts.of_organization(desk.store, konan)
    assert not known[contact.person, "name"].old and not known[contact.affiliation, "role"].old
    assert known[konan, "phone"].old


def test_a_company_is_renamed_by_keys_and_taken_back(host: Host, desk: Desk, konan: str, compose: Compose) -> None:
    page = host.profile(konan)
    host.frame.do("rename_company")
    host.settle()
    assert host.focus() is page.renaming.name
    compose(page.renaming.name, "すわせいみつ")
    compose(page.renaming.name, "", "諏訪精密")
    page.renaming.button.setFocus()
    host.key(Qt.Key.Key_Return)
    record = organizations.get(desk.store, konan)
    assert (record.name, record.kana) == ("諏訪精密", "スワセイミツ") and page.title() == "諏訪精密"
    former = organizations.profile(desk.store, konan).names
    assert [(n.name, n.valid_to, n.reason) for n in former] == [("株式会社 湖南精工", date(2026, 11, 24), "renamed")]
    assert not page.renaming.isVisible() and "改称しました" in host.said()
    host.frame.footer.undo.click()
    host.settle()
    assert organizations.get(desk.store, konan).name == "株式会社 湖南精工"
    assert organizations.profile(desk.store, konan).names == ()


def test_a_change_of_name_that_cannot_be_says_why(host: Host, desk: Desk, konan: str, compose: Compose) -> None:
    page = host.profile(konan)
    page.begin_renaming()
    page.renaming.button.click()
    assert page.renaming._rows["name"].error.plain() == "新しい名称を書きます。"
    compose(page.renaming.name, "", "株式会社 湖南精工")
    page.renaming.button.click()
    host.settle()
    assert page.renaming._rows["name"].error.plain() == "いまの名称と同じです。"
    compose(page.renaming.name, "", "諏訪")
    page.renaming.day.set_value(date(2027, 4, 1))
    page.renaming.button.click()
    host.settle()
    assert "まだ来ていない日" in page.renaming._rows["on"].error.plain()
    host.key(Qt.Key.Key_Escape)
    assert not page.renaming.isVisible()
    page.begin_renaming()
    assert "諏訪" in page.renaming.name.text()           # putting it away throws nothing away
    assert organizations.profile(desk.store, konan).names == ()


def test_connections_lead_to_the_other_company(host: Host, desk: Desk, konan: str) -> None:
    other = next(row.uid for row in organizations.listing(desk.store, query="上田プレス"))
    visit = next(v.uid for v in consultations.listing(desk.store, organization=konan) if v.state == "draft")
    consultations.save_part(desk.store, visit, "referral", None, {"organization": other, "note": "測定の相談"})
    page = host.profile(konan)
    link = next(w for w in page.findChildren(QWidget) if w.accessibleName().startswith("紹介した先"))
    link.setFocus()
    host.key(Qt.Key.Key_Return)
    assert host.shown_profile().uid == other
    told = "\n".join(w.accessibleName() for w in host.shown_profile().findChildren(QWidget))
    assert "紹介のもと 株式会社 湖南精工" in told


def test_a_company_goes_into_the_bin_and_comes_back(host: Host, desk: Desk, konan: str) -> None:
    visits = len(consultations.listing(desk.store, organization=konan))
    host.profile(konan)
    host.frame.do("discard")
    host.settle()
    assert host.frame.places.here != ("organization", konan)
    assert organizations.get(desk.store, konan).deleted_at is not None and "ごみ箱へ入れました" in host.said()
    assert len(consultations.listing(desk.store, organization=konan)) == visits
    host.frame.open_organization(konan)
    assert "ごみ箱" in host.said()
    history.undo(desk.store, ("organization", konan))
    assert host.profile(konan).title() == "株式会社 湖南精工"
