"""A company's page: read, written in place, saved by itself, undone; new companies typed with an input method."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kanto_desk.services import codes, organization_search, organizations, promises
from kanto_desk.services.desk import Desk
from kanto_desk.services.organization_search import Wanted
from kanto_desk.ui.buttons import Button
from kanto_desk.ui.inputs import LineInput
from kanto_desk.ui.names import NameInput
from kanto_desk.ui.pages.organizations.edit import FOLLOWING, GROUPS, PlaceForm
from kanto_desk.ui.pressable import Pressable
from kanto_desk.ui.text import Wrapped
from tests.ui.conftest import Compose
from tests.ui.host import Host


def box(form: PlaceForm, name: str) -> LineInput:
    """A one-line box of a form."""
    editor = form.editor(name)
    assert isinstance(editor, LineInput)
    return editor


def type_into(host: Host, form: PlaceForm, name: str, text: str, compose: Compose) -> None:
    """Commit a text into a box and leave it by Tab."""
    form.go_to(name)
    box(form, name).selectAll()
    compose(form.editor(name), "", text)
    host.key(Qt.Key.Key_Tab)


def by_name(page: QWidget, kind: type[QWidget], part: str) -> QWidget:
    """The visible widget of a kind whose accessible name holds a text."""
    return next(w for w in page.findChildren(kind) if part in w.accessibleName() and w.isVisible())


def test_every_field_of_a_company_has_its_place_in_the_form() -> None:
    shown = {name for _, names in GROUPS for name in names}
    assert shown | FOLLOWING == {f.name for f in organizations.fields() if not f.bookkeeping}


def test_the_page_tells_facts_visits_and_promises(host: Host, konan: str) -> None:
    page = host.profile(konan)
    spoken = "\n".join(w.accessibleName() for w in page.findChildren(QWidget))
    for words in ("〒392-0012　長野県諏訪市四賀0000（見本）", "2,000万円", "昭和47年4月（1972年）", "宮坂 真理", "ISO 9001",
                  "第3回 医療機器の委託加工と測定 これから", "第1回 自動車以外の柱づくり 署名済み"):
        assert words in spoken
    assert host.focus() is page.start and page.root == ("organization", konan)


def test_a_visit_of_the_story_is_opened(host: Host, konan: str) -> None:
    page = host.profile(konan)
    by_name(page, Pressable, "第2回").setFocus()
    host.key(Qt.Key.Key_Return)
    assert host.frame.places.here is not None and host.frame.places.here[0] == "consultation"


def test_an_edit_is_saved_by_itself_and_undone(host: Host, desk: Desk, konan: str, compose: Compose) -> None:
    page = host.profile(konan)
    host.key(Qt.Key.Key_F2)
    assert page.editing and host.focus() is page.form_of("name").editor("name")
    type_into(host, page.form_of("phone"), "phone", "０２６６ー５２ー１１１１", compose)
    assert organizations.get(desk.store, konan).phone == "0266-52-1111"
    type_into(host, page.form_of("short_name"), "short_name", "湖南", compose)
    assert organizations.get(desk.store, konan).short_name == "湖南"
    page.edit_button.setFocus()
    host.ctrl(Qt.Key.Key_Z)
    assert organizations.get(desk.store, konan).short_name is None
    assert box(page.form_of("short_name"), "short_name").text() == ""
    host.key(Qt.Key.Key_F2)
    assert not page.editing
    assert by_name(page, QWidget, "0266-52-1111")


def test_a_ward_of_a_designated_city_gets_its_code(host: Host, desk: Desk, konan: str, compose: Compose) -> None:
    page = host.profile(konan)
    page.edit()
    form = page.form_of("city")
    type_into(host, form, "prefecture", "埼玉県", compose)
    type_into(host, form, "city", "さいたま市西区", compose)
    found = organizations.get(desk.store, konan)
    assert (found.prefecture, found.city, found.city_code) == ("11", "さいたま市西区", "111015")


def test_a_kind_that_the_list_lacks_is_added_and_taken_back(host: Host, desk: Desk, konan: str,
                                                            compose: Compose) -> None:
    page = host.profile(konan)
    page.edit()
    form, before = page.form_of("kind"), organizations.get(desk.store, konan).kind
    form.go_to("kind")
    box(form, "kind").selectAll()
    compose(form.editor("kind"), "", "製糸の記念館")
    host.key(Qt.Key.Key_Down)
    host.key(Qt.Key.Key_Return)
    host.key(Qt.Key.Key_Tab)
    code = codes.named(desk.store, "CL09", "製糸の記念館")
    assert code is not None and organizations.get(desk.store, konan).kind == code
    page.finish_edit()
    host.settle()
    assert by_name(page, QWidget, "製糸の記念館")
    host.frame.footer.undo.click()   # the form is still there, but the words are those of its last action
    host.settle()
    page.flush()
    host.settle()
    assert codes.named(desk.store, "CL09", "製糸の記念館") is None
    assert organizations.get(desk.store, konan).kind == before


def test_text_being_composed_survives_closing_the_page(host: Host, desk: Desk, konan: str, compose: Compose) -> None:
    page = host.profile(konan)
    page.edit()
    form = page.form_of("short_name")
    form.go_to("short_name")
    compose(form.editor("short_name"), "こなん")
    assert organizations.get(desk.store, konan).short_name is None
    host.frame.close_page(page)
    host.settle()
    assert organizations.get(desk.store, konan).short_name == "こなん"


def test_a_name_cannot_be_emptied_and_says_so(host: Host, desk: Desk, konan: str) -> None:
    page = host.profile(konan)
    page.edit()
    form = page.form_of("name")
    box(form, "name").selectAll()
    host.key(Qt.Key.Key_Delete)
    form.flush()
    host.settle()
    assert organizations.get(desk.store, konan).name == "株式会社 湖南精工"
    assert form.row("name").error.plain() == "企業の名称を書きます。"


def test_a_promise_is_ticked_and_taken_back(host: Host, desk: Desk, konan: str) -> None:
    page = host.profile(konan)
    tick = by_name(page, Button, "済みにする：ISO 13485")
    tick.setFocus()
    host.key(Qt.Key.Key_Space)
    assert all(one.state == "done" for one in promises.of_organization(desk.store, konan))
    assert "約束を済みにしました" in host.frame.footer.said.full()
    host.frame.footer.undo.click()
    host.settle()
    assert [one.state for one in promises.of_organization(desk.store, konan)].count("open") == 1


def test_the_star(host: Host, desk: Desk, konan: str) -> None:
    page = host.profile(konan)
    assert page.star.accessibleName() == "お気に入りから外す"
    page.star.click()
    host.settle()
    assert not organizations.profile(desk.store, konan).starred and page.star.accessibleName() == "お気に入りにする"


def test_a_contact_is_added_changed_and_taken_off(host: Host, desk: Desk, konan: str, compose: Compose) -> None:
    page = host.profile(konan)
    page.contacts.add_button.click()
    form = page.contacts.form
    assert form is not None and host.focus() is form.editor("name")
    compose(form.editor("name"), "おの")
    compose(form.editor("name"), "", "小野")
    type_into(host, form, "role", "営業課長", compose)
    type_into(host, form, "phone", "09012345678", compose)
    host.key(Qt.Key.Key_Escape)
    found = [c for c in organizations.contacts(desk.store, konan) if c.name == "小野"]
    assert [(c.kana, c.role, c.phone) for c in found] == [("オノ", "営業課長", "090-1234-5678")]
    assert page.contacts.form is None and len(organizations.contacts(desk.store, konan)) == 3
    by_name(page.contacts, QWidget, "小野 を外す").click()  # type: ignore[attr-defined]
    host.settle()
    assert len(organizations.contacts(desk.store, konan)) == 2
    host.frame.footer.undo.click()
    host.settle()
    assert len(organizations.contacts(desk.store, konan)) == 3


def test_a_site_is_added(host: Host, desk: Desk, konan: str, compose: Compose) -> None:
    page = host.profile(konan)
    page.sites.add_button.click()
    form = page.sites.form
    assert form is not None
    type_into(host, form, "name", "岡谷工場", compose)
    type_into(host, form, "postal_code", "３９４００２８", compose)
    page.sites.finish()
    host.settle()
    site = organizations.profile(desk.store, konan).sites[0]
    assert (site.name, site.postal_code, site.prefecture, site.city) == ("岡谷工場", "394-0028", "20", "岡谷市")


def test_a_new_company_is_typed_with_its_reading_and_place(host: Host, desk: Desk, compose: Compose) -> None:
    page = host.list()
    host.ctrl(Qt.Key.Key_N, shift=True)
    assert page.new is not None
    form, name = page.new.form, page.new.form.editor("name")
    assert host.focus() is name and isinstance(name, NameInput)
    for kana, kanji in (("かたくら", "片倉"), ("ばね", "ばね")):
        compose(name, kana)
        compose(name, "", kanji)
    host.key(Qt.Key.Key_Tab)
    assert box(form, "kana").text() == "カタクラバネ"
    uid = page.new.uid
    assert uid is not None and page.root == ("organization", uid)
    type_into(host, form, "postal_code", "３９２ー００１２", compose)
    assert host.focus() is form.editor("address") and box(form, "address").text() == "四賀"
    compose(form.editor("address"), "", "1-2")
    type_into(host, form, "corporate_number", "1234567890123", compose)
    assert form.warning is not None and "検査数字" in form.warning.plain()
    host.ctrl(Qt.Key.Key_Return)
    made = organizations.get(desk.store, uid)
    assert (made.name, made.kana, made.postal_code, made.prefecture, made.city, made.city_code, made.address) == (
        "片倉ばね", "カタクラバネ", "392-0012", "20", "諏訪市", "202061", "四賀1-2")
    assert made.corporate_number == "1234567890123"      # a warning, not a block
    assert host.shown_profile().uid == uid
    told = [label.plain() for label in host.shown_profile().findChildren(Wrapped)]
    assert "1234567890123（要確認）" in told
    assert len(organization_search.find(desk.store, Wanted("片倉ばね"))) == 1


def test_possible_twins_are_listed_and_opened_instead(host: Host, desk: Desk, konan: str, compose: Compose) -> None:
    page = host.list()
    page.add()
    assert page.new is not None
    type_into(host, page.new.form, "name", "（株）湖南精工", compose)
    assert [row.uid for row in page.new.twins.shown()] == [konan] and page.new.twins.isVisible()
    page.new.twins.opened.emit(konan)
    host.settle()
    assert host.shown_profile().uid == konan
    assert organization_search.find(desk.store, Wanted("湖南精工")) == (konan,)


def test_adding_is_given_up_and_brought_back(host: Host, desk: Desk, compose: Compose) -> None:
    page = host.list()
    page.add()
    assert page.new is not None
    type_into(host, page.new.form, "name", "架空堂工房", compose)
    page.new.drop.click()
    host.settle()
    assert organization_search.find(desk.store, Wanted("架空堂")) == () and page.new is None
    host.frame.footer.undo.click()
    host.settle()
    assert host.shown_profile().title() == "架空堂工房"


def test_leaving_while_composing_keeps_the_new_company(host: Host, desk: Desk, compose: Compose) -> None:
    page = host.list()
    page.add()
    assert page.new is not None
    compose(page.new.form.editor("name"), "あおき")
    host.frame.go("today")
    host.settle()
    assert len(organization_search.find(desk.store, Wanted("あおき"))) == 1


def test_a_street_that_someone_wrote_is_not_overwritten(host: Host, desk: Desk, konan: str, compose: Compose) -> None:
    page = host.profile(konan)
    page.edit()
    form = page.form_of("postal_code")
    type_into(host, form, "postal_code", "3940028", compose)
    record = organizations.get(desk.store, konan)
    assert (record.city, record.address) == ("諏訪市", "四賀0000（見本）")
    offered = form.offers()
    assert [chip.words for chip in offered] == ["長野県岡谷市本町"]
    offered[0].click()
    form.flush()
    host.settle()
    record = organizations.get(desk.store, konan)
    assert (record.city, record.city_code, record.address) == ("岡谷市", "202045", "四賀0000（見本）")


def test_the_industry_brings_its_section(host: Host, desk: Desk, konan: str, compose: Compose, qtbot: QtBot) -> None:
    page = host.profile(konan)
    page.edit()
    form = page.form_of("jsic_division")
    form.go_to("jsic_division")
    box(form, "jsic_division").selectAll()
    compose(form.editor("jsic_division"), "", "宿泊業")
    QTest.keyClick(form.editor("jsic_division"), Qt.Key.Key_Tab)
    host.settle()
    record = organizations.get(desk.store, konan)
    assert (record.jsic_section, record.jsic_division) == ("M", "75")


def test_codes_and_names_are_put_in_order_and_help_comes_back_after_an_error(host: Host, desk: Desk, konan: str,
                                                                            compose: Compose) -> None:
    page = host.profile(konan)
    page.edit()
    form = page.form_of("invoice_number")
    type_into(host, form, "invoice_number", "ｔ７０００－０１２０－５０００２", compose)
    type_into(host, form, "short_name", "ｺﾅﾝ精工", compose)
    form.flush()
    host.settle()
    record = organizations.get(desk.store, konan)
    assert (record.invoice_number, record.short_name) == ("T7000012050002", "コナン精工")
    number = box(form, "corporate_number")
    help_text = number.accessibleDescription()
    assert help_text
    type_into(host, form, "corporate_number", "1234567890123", compose)
    assert "検査数字" in number.accessibleDescription(), "the warning is read aloud, too"
    number.clear()
    type_into(host, form, "corporate_number", "", compose)
    assert number.accessibleDescription() == help_text
