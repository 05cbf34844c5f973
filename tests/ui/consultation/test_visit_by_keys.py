"""A whole visit without the mouse: twenty lines, a summary edit, a typed confirmation, and the PDF that is handed over.
Then: read-only, correction with a reason, version 2."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTabBar, QWidget

from kanto_desk.rules import consultation_state as states
from kanto_desk.services import consultations, finalizing, organizations, promises, summary, timeline
from kanto_desk.services.desk import Desk
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from kanto_desk.ui.pages.consultation.summary_tab import SummaryTab
from tests.db.parts import SetClock
from tests.ui.conftest import Compose
from tests.ui.host import Host

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier

SAID = ["いまは自動車用の細径パイプが売上の7割。", "来年から受注が2割減る見込み。", "医療機器に出たいが何から始めるか分からない。",
        "品質担当は1名だけ。", "測定は外に頼むと1本五万円。", "試作は月に20本まで。", "後継者は専務の予定。", "金型は自社で直せる。"]
ISSUES = ["認証の取得計画が社内で決まらない。", "内面の面粗さの測定手段がない。", "品質担当が1名しかいない。", "医療の販路がない。"]
ADVICE = ["まず委託加工として参入する。", "認証は2年計画に分ける。", "測定は県の工業技術センターを使う。", "展示会は来年度にする。"]
PROMISES = ["機器利用の申し込み 宮坂さん 12/4まで", "医療機器メーカー2社への紹介 高橋 12/11まで"]
MEMOS = ["社長は借入の話を避けた。", "専務と社長の間が気になる。"]


def tab_to(host: Host, wanted: type[QWidget] | QWidget, *, most: int = 60) -> int:
    """Press Tab until the wanted widget has the focus; gives how often."""
    for presses in range(1, most):
        QTest.keyClick(host.focus(), Key.Key_Tab)
        now = host.focus()
        if now is wanted or (isinstance(wanted, type) and isinstance(now, wanted)):
            return presses
    raise AssertionError(f"{wanted} is not reached by Tab")


def write_lines(host: Host, compose: Compose, clock: SetClock) -> None:
    for number, (key, kind) in enumerate(((Key.Key_1, SAID), (Key.Key_2, ISSUES), (Key.Key_3, ADVICE),
                                          (Key.Key_4, PROMISES), (Key.Key_6, MEMOS))):
        for at, text in enumerate(kind):
            clock.forward(minutes=4)
            if number % 2 and at % 2:   # by prefix as well as by key
                word = {Key.Key_2: "課題：", Key.Key_4: "約束:"}[key]
                compose(host.focus(), commit=word)
            else:
                host.ctrl(key)
            for part in re.findall(".{1,9}", text):
                compose(host.focus(), preedit=part)
                QTest.keyClick(host.focus(), Key.Key_Return)   # belongs to the input method
                compose(host.focus(), commit=part)
            QTest.keyClick(host.focus(), Key.Key_Return)
    host.settle()


def pdf_text(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        pages = [document[n].get_textpage() for n in range(len(document))]
        text = "".join(page.get_text_range() for page in pages)
        for page in pages:
            page.close()
    finally:
        document.close()
    return re.sub(r"\s", "", text)


def sign_typed(host: Host, compose: Compose, page: ConsultationPage, name: str) -> None:
    """署名へ進む, the name, 氏名の入力だけ, 署名して PDF を渡す: all by key."""
    host.ctrl(Key.Key_Return)
    tab = page.stack.currentWidget()
    assert isinstance(tab, SignTab)
    tab_to(host, tab.form.name)
    host.ctrl(Key.Key_A)
    compose(host.focus(), commit=name)
    if not tab.form.chips["typed"].isChecked():
        tab_to(host, tab.form.chips["pen"])
        host.key(Key.Key_Right)   # one Tab stop for the three ways; the arrows choose
    assert tab.form.chips["typed"].isChecked()
    host.ctrl(Key.Key_Return)


def test_a_visit_of_ninety_minutes_without_the_mouse(host: Host, desk: Desk, visit: str, compose: Compose,
                                                     clock: SetClock, tmp_path: Path) -> None:
    page = host.open(visit)
    write_lines(host, compose, clock)
    stored = timeline.lines(desk.store, visit)
    assert [line.text for line in stored] == SAID + ISSUES + ADVICE + PROMISES + MEMOS
    assert [line.kind for line in stored] == ["said"] * 8 + ["issue"] * 4 + ["advice"] * 4 + ["promise"] * 2 + ["memo"] * 2
    agreed = promises.of_consultation(desk.store, visit)
    assert [(p.who, p.due_on.isoformat() if p.due_on else None) for p in agreed] == [
        ("宮坂さん", "2026-12-04"), ("高橋", "2026-12-11")]

    assert tab_to(host, QTabBar) <= 20
    host.key(Key.Key_Right)
    tab = page.stack.currentWidget()
    assert isinstance(tab, SummaryTab)
    tab_to(host, tab.issue_items.texts()[2])
    QTest.keyClick(host.focus(), Key.Key_End, CTRL)
    compose(host.focus(), commit="（採用を検討中）")
    host.settle()

    sign_typed(host, compose, page, "宮坂 真理")
    assert consultations.get(desk.store, visit).state == states.FINAL
    assert "署名をいただきました" in host.said()
    version = finalizing.versions(desk.store, visit)[0]
    kept = desk.blobs.get(version.pdf or "")
    assert kept is not None
    text = pdf_text(kept)
    edited = [*ISSUES[:2], ISSUES[2] + "（採用を検討中）", ISSUES[3]]
    for line in SAID + edited + ADVICE:
        assert re.sub(r"\s", "", line) in text, line
    assert "機器利用の申し込み" in text and "宮坂真理" in text
    for line in MEMOS:
        assert line not in text
    assert not any(memo in str(version.body) for memo in MEMOS)

    host.answers.target = tmp_path
    page.stack.currentWidget().save_button.click()   # type: ignore[attr-defined]
    host.settle()
    saved = list(tmp_path.glob("KD-*.pdf"))
    assert len(saved) == 1 and saved[0].read_bytes() == kept and not list(tmp_path.glob(".*.part"))
    host.ctrl(Key.Key_P)
    assert host.answers.printed == [kept]


def test_a_signed_record_is_read_only_until_it_is_corrected_with_a_reason(host: Host, desk: Desk, visit: str,
                                                                          compose: Compose, clock: SetClock) -> None:
    page = host.open(visit)
    compose(host.focus(), commit="受注が減る見込み。")
    host.key(Key.Key_Return)
    sign_typed(host, compose, page, "宮坂 真理")
    first = finalizing.versions(desk.store, visit)[0]
    clock.forward(minutes=5)
    page.go_to("record")
    host.settle()
    assert page.banner.isVisible() and "署名済みの版です" in page.banner.words.plain()
    assert not page.record.capture.isVisible() and not page.header.step.isVisible()
    assert not page.record.timeline.edit_line(0)
    page.record.timeline.setFocus()
    page.record.timeline.step_to(0)
    host.ctrl(Key.Key_Delete)
    host.key(Key.Key_F2)
    assert [line.text for line in timeline.lines(desk.store, visit)] == ["受注が減る見込み。"]

    page.banner.ask.setFocus()
    host.key(Key.Key_Space)
    assert host.focus() is page.banner.reason
    host.key(Key.Key_Return)
    assert page.banner.error.text() and consultations.get(desk.store, visit).state == states.FINAL
    compose(host.focus(), commit="数字の誤り")
    host.key(Key.Key_Return)
    assert consultations.get(desk.store, visit).state == states.CORRECTED and not page.banner.isVisible()
    assert host.focus() is page.record.capture.text
    clock.forward(minutes=5)
    compose(host.focus(), commit="減るのは2割。")
    host.key(Key.Key_Return)
    sign_typed(host, compose, page, "宮坂 真理")
    versions = finalizing.versions(desk.store, visit)
    assert [(v.n, v.reason) for v in versions] == [(1, None), (2, "数字の誤り")]
    assert desk.blobs.get(first.pdf or "") is not None and versions[0].sha256 == first.sha256
    assert "減るのは2割。" in pdf_text(desk.blobs.get(versions[1].pdf or "") or b"")


def test_signing_asks_for_what_is_missing_beside_its_place(host: Host, desk: Desk, visit: str,
                                                           compose: Compose) -> None:
    page = host.open(visit)
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    host.settle()
    host.ctrl(Key.Key_Return)
    assert tab.form.name.property("error") and host.focus() is tab.form.name
    compose(host.focus(), commit="宮坂 真理")
    host.ctrl(Key.Key_Return)
    assert "署名" in tab.form.error.plain()
    tab.form.set_method("typed")
    host.ctrl(Key.Key_Return)
    assert tab.refusal.isVisible() and "相談の内容" in tab.refusal.message.plain()
    tab.refusal.button.click()
    host.settle()
    summary_tab = page.stack.currentWidget()
    assert isinstance(summary_tab, SummaryTab) and host.focus() is summary_tab.forms["top"].editor("summary")
    compose(host.focus(), commit="受注減への備え")
    sign_typed(host, compose, page, "宮坂 真理")
    assert consultations.get(desk.store, visit).state == states.FINAL
    assert summary.read(desk.store, visit).summary_written


def test_the_gaps_lead_to_their_fields(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    compose(host.focus(), commit="約束：見積もり")
    host.key(Key.Key_Return)
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    host.settle()
    found = {link.accessibleName(): link for link in tab.gap_links()}
    loose = next(link for name, link in found.items() if name.startswith("担当か期限のない約束"))
    loose.click()
    host.settle()
    summary_tab = page.stack.currentWidget()
    assert isinstance(summary_tab, SummaryTab) and host.focus() is summary_tab.promises.editor(0, "who")
    compose(host.focus(), commit="宮坂さん")
    host.key(Key.Key_Tab)
    QTest.keyClicks(host.focus(), "12/4")
    host.key(Key.Key_Tab)
    kept = promises.of_consultation(desk.store, visit)[0]
    assert (kept.who, kept.due_on.isoformat() if kept.due_on else "") == ("宮坂さん", "2026-12-04")


def test_a_low_window_says_how_much_there_is_to_check(desk: Desk, visit: str, qapp: object) -> None:
    host = Host(desk, 1280, 680)
    tab = host.open(visit).go_to("sign")
    assert isinstance(tab, SignTab)
    host.settle()
    links, count = tab.gap_links(), tab.to_check
    assert len(links) > 1 and not links[0].visibleRegion().contains(links[0].rect().center())   # below the fold
    assert count.isVisible() and count.visibleRegion().boundingRect() == count.rect()
    assert count.accessibleName() == f"たしかめること {len(links)}"
    count.setFocus()
    host.key(Key.Key_Space)
    assert host.focus() is links[0] and links[0].visibleRegion().contains(links[0].rect().center())
    host.end()


def test_main_issue_and_visitor_are_asked_for_and_their_links_lead_to_them(host: Host, desk: Desk, visit: str,
                                                                           compose: Compose) -> None:
    page = host.open(visit)
    compose(host.focus(), commit="受注が減る見込み。")
    host.key(Key.Key_Return)

    def follow(words: str) -> SummaryTab:
        tab = page.go_to("sign")
        assert isinstance(tab, SignTab)
        host.settle()
        link = next(one for one in tab.gap_links() if words in one.accessibleName())
        link.setFocus()
        host.key(Key.Key_Space)
        shown = page.stack.currentWidget()
        assert isinstance(shown, SummaryTab)
        return shown

    summary_tab = follow("主な課題")
    assert host.focus() is summary_tab.primary
    QTest.keyClicks(host.focus(), "0303")
    host.key(Key.Key_Return)
    summary_tab = follow("相談者")
    assert summary_tab.people.isAncestorOf(host.focus())
    if summary_tab.people.count() == 0:
        host.key(Key.Key_Space)   # the button that adds a person
    compose(host.focus(), commit="宮坂 真理")
    host.key(Key.Key_Tab)
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    host.settle()
    named = [link.accessibleName() for link in tab.gap_links()]
    assert not any("主な課題" in words or "相談者" in words for words in named), named
    assert consultations.issues(desk.store, visit)[0].code == "0303"


def test_words_that_name_several_issues_wait_where_they_were_typed(host: Host, desk: Desk, visit: str) -> None:
    page = host.open(visit)
    tab = page.go_to("summary")
    assert isinstance(tab, SummaryTab)
    tab.go_to_field("issue")
    QTest.keyClicks(host.focus(), "030")
    host.key(Key.Key_Return)
    listed = tab.primary.suggestions()
    assert listed is not None and listed.isVisible() and listed.count() > 1
    host.key(Key.Key_Tab)
    consultations.edit(desk.store, visit, {"theme": "展示会の準備"})   # another save makes the page read again
    host.settle()
    assert tab.primary.text() == "030" and "一覧から" in tab.primary.accessibleDescription()
    assert consultations.issues(desk.store, visit) == []
    tab.primary.setFocus()
    QTest.keyClicks(host.focus(), "3")
    page.flush()   # as closing the window does: no key and no change of focus has taken the choice
    host.settle()
    assert [issue.code for issue in consultations.issues(desk.store, visit)] == ["0303"]
    assert tab.primary.text() != "0303" and tab.primary.accessibleDescription() == ""


def test_client_view_shows_the_page_and_the_pad_alone(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    compose(host.focus(), commit="受注が減る見込み。")
    host.key(Key.Key_Return)
    compose(host.focus(), commit="メモ：株式会社 秘密工業の話")
    host.key(Key.Key_Return)
    host.ctrl(Key.Key_V, shift=True)
    assert page.client.isVisible() and not page.header.isVisible() and not page.at_hand.isVisible()
    assert not host.frame.rail.isVisible() and not host.frame.top.isVisible() and not host.frame.footer.isVisible()
    shown = [w for w in QApplication.allWidgets() if w.isVisible() and w.window() is host]
    assert not any("秘密工業" in words for w in shown for words in (w.accessibleName(), str(w.property("text") or "")))
    assert page.client.form.name.font().pixelSize() == round(15 * 1.25)
    compose(host.focus(), commit="宮坂 真理")
    pad = page.client.form.pad
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=pad.rect().center())
    QTest.mouseMove(pad, pad.rect().center() * 0.7)
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=pad.rect().center() * 0.5)
    page.client.sign_button.setFocus()
    host.key(Key.Key_Return)
    assert consultations.get(desk.store, visit).state == states.FINAL
    assert not page.client.isVisible() and host.frame.rail.isVisible() and page.header.isVisible()


def test_client_view_hides_the_tabs_of_other_companies(host: Host, desk: Desk, visit: str) -> None:
    other = organizations.create(desk.store, {"name": "株式会社 秘密工業"})
    host.open(consultations.create(desk.store, other))
    page = host.open(visit)
    assert host.frame.places.bar.isVisible()
    page.set_client_view(True)
    host.settle()
    assert not host.frame.places.bar.isVisible()
    page.set_client_view(False)
    host.settle()
    assert host.frame.places.bar.isVisible()


def test_escape_leaves_client_view_with_what_was_entered(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    host.ctrl(Key.Key_V, shift=True)
    page.client.form.name.setFocus()
    compose(host.focus(), commit="宮坂 真理")
    host.key(Key.Key_Escape)
    assert not page.client.isVisible() and tab.isVisible() and tab.form.name.value() == "宮坂 真理"


def test_another_companys_name_is_listed_before_signing_and_covered(host: Host, desk: Desk, visit: str,
                                                                    compose: Compose) -> None:
    organizations.create(desk.store, {"name": "株式会社 本郷メディカル機工"})
    page = host.open(visit)
    compose(host.focus(), commit="本郷メディカル機工の単価を聞かれた。")
    host.key(Key.Key_Return)
    tab = page.go_to("sign")
    host.settle()
    assert isinstance(tab, SignTab)
    assert [button.accessibleName() for button in tab.name_covers()] == ["「本郷メディカル機工」を伏せる"]
    tab.name_covers()[0].click()
    host.settle()
    assert tab.name_covers() == [] and summary.read(desk.store, visit).summary == "（他社）の単価を聞かれた。"
    assert timeline.lines(desk.store, visit)[0].text == "本郷メディカル機工の単価を聞かれた。"


def test_paper_that_was_signed_is_photographed_and_kept(host: Host, desk: Desk, visit: str, compose: Compose,
                                                        tmp_path: Path) -> None:
    page = host.open(visit)
    compose(host.focus(), commit="受注が減る見込み。")
    host.key(Key.Key_Return)
    tab = page.go_to("sign")
    assert isinstance(tab, SignTab)
    compose(tab.form.name, commit="宮坂 真理")
    tab.form.set_method("paper")
    host.ctrl(Key.Key_Return)
    assert "写真" in tab.form.error.plain() and consultations.get(desk.store, visit).state == states.DRAFT
    photo = tmp_path / "signed.jpg"
    QImage(400, 300, QImage.Format.Format_RGB32).save(str(photo))
    host.answers.files = [photo]
    tab.form.paper.click()
    host.settle()
    host.ctrl(Key.Key_Return)
    assert consultations.get(desk.store, visit).state == states.FINAL


def test_a_line_that_is_refused_goes_back_into_the_box(host: Host, desk: Desk, visit: str, compose: Compose) -> None:
    page = host.open(visit)
    compose(host.focus(), commit="受注が減る見込み。")
    host.key(Key.Key_Return)
    compose(host.focus(), commit="あとからの話。")
    # Signed elsewhere in the moment before Enter: the page has not heard of it yet.
    finalizing.finalize(desk.store, desk.blobs, visit, finalizing.Signature("宮坂 真理", method="typed"))
    page.record.capture.submit()
    host.settle()
    assert [line.text for line in timeline.lines(desk.store, visit)] == ["受注が減る見込み。"]
    assert page.record.timeline.lines.rowCount() == 1
    assert page.record.capture.text.toPlainText() == "あとからの話。"
    assert "署名済み" in page.record.notice.message.plain()
