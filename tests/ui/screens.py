"""Every screen and box of the window, shown one after the other: the one list that a new screen joins (`screens`).

Who looks at them: walk.py (names, roles, targets, words, contrast, Tab, focus) and test_fit.py.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget

from bench import corporations
from kanto_desk.clock import today
from kanto_desk.directory import pointer
from kanto_desk.directory.columns import MERGED
from kanto_desk.i18n import tr
from kanto_desk.japanese.calendar import fiscal_year
from kanto_desk.services import bin as bin_
from kanto_desk.services import consultations, history, owner, phrases, samples, timeline, views
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from kanto_desk.services.forgetting import Forgotten, _not_sealed
from kanto_desk.services.organization_search import Wanted
from kanto_desk.ui.dialogs.bin import BinBox
from kanto_desk.ui.dialogs.first_passphrase import FirstPassphraseBox
from kanto_desk.ui.dialogs.history import HistoryBox
from kanto_desk.ui.dialogs.keys_help import KeysBox
from kanto_desk.ui.dialogs.passphrase import PassphraseBox
from kanto_desk.ui.dialogs.phrases import PhrasesBox
from kanto_desk.ui.dialogs.recovery import RecoveryBox
from kanto_desk.ui.dialogs.settings import SettingsBox, State
from kanto_desk.ui.main_window import LEAST_HEIGHT, LEAST_WIDTH
from kanto_desk.ui.page import Place
from kanto_desk.ui.pages.consultation.header import TABS
from kanto_desk.ui.pages.consultation.page import ConsultationPage
from kanto_desk.ui.pages.consultation.sign_tab import SignTab
from kanto_desk.ui.pages.figures.filters import CHOSEN
from kanto_desk.ui.pages.figures.page import FiguresPage
from kanto_desk.ui.pages.first_run import FirstRunPage
from kanto_desk.ui.pages.forgotten import ForgottenPage
from kanto_desk.ui.pages.home import HomePage
from kanto_desk.ui.pages.organizations.fact import FactLine
from kanto_desk.ui.pages.organizations.listing import OrganizationListPage
from kanto_desk.ui.pages.unlock import UnlockPage
from kanto_desk.ui.theme import controller
from tests.db.parts import SetClock
from tests.directory.build import put_into, take
from tests.films import PER_SECOND, camera, film
from tests.services.conftest import CHEAP, PASSPHRASE
from tests.ui.combinations import Size
from tests.ui.host import Host

PLACES: tuple[Place, ...] = ("today", "visits", "companies", "match", "figures", "sync")
VIEWS: tuple[tuple[str, dict[str, object]], ...] = (
    ("諏訪の加工", {"query": "すわ"}), ("ごぶさたの長野", {"not_visited": True}), ("全部", {}))
ROWS = "会社名,ふりがな,都道府県,市区町村,法人番号\n株式会社 片倉ばね,かたくらばね,長野県,諏訪市,1234567890123\n,なまえなし,長野県,茅野市,\n"


def wait_for(true: Callable[[], bool], most_ms: int = 60_000) -> None:
    """Handle events until something is so."""
    for _ in range(most_ms // 10):
        if true():
            return
        QTest.qWait(10)
    raise AssertionError("what was waited for did not come")


def made_desk(folder: Path, clock: SetClock) -> tuple[Desk, str]:
    """A desk with the sample data and a visit that has begun; gives both."""
    desk = desks.create(folder / "home", PASSPHRASE, person="高橋 直子", organization="関東産業支援センター", clock=clock,
                        cost=CHEAP)
    samples.load(desk)
    visit = next(v for v in consultations.listing(desk.store) if v.state == "draft" and v.ended_at is None).uid
    consultations.start(desk.store, visit)
    for kind, text in (("said", "いまは自動車用の細径パイプが売上の7割。来年から受注が2割減る見込み。"), ("issue", "面粗さの測定手段がない。"),
                       ("advice", "まず委託加工として参入し、認証は2年計画に分ける。"), ("promise", "見積もりを送る 宮坂さん 12/4まで"),
                       ("promise", "医療機器メーカー2社へ紹介"), ("memo", "社長は慎重。")):
        timeline.add(desk.store, visit, kind, text)
    return desk, visit


def screens(host: Host, visit: str, folder: Path) -> Iterator[tuple[str, QWidget]]:
    """Every screen in turn, shown and settled."""
    frame, store, size = host.frame, host.frame.desk.store, host.size()
    frame.begin()
    for place in PLACES:
        frame.places.show_place(place)
        host.settle()
        yield place, host
        listed = frame.places.current
        if isinstance(listed, HomePage):
            listed.open_undone("unsigned", tr("署名がまだの記録"))
            host.settle()
            yield "what is left undone", host
            listed.back_to_cards()
        elif isinstance(listed, OrganizationListPage):
            listed.filters.use(Wanted(prefectures=("20",)))
            host.settle()
            yield "companies narrowed", host
            listed.filters.clear()
            host.settle()
            yield from _all_corporations(host, listed, folder)
    yield from _figures(host)
    page = host.open(visit)
    for tab in TABS:
        shown = page.go_to(tab)
        host.settle()
        if isinstance(shown, SignTab):
            wait_for(shown.view.ready)
        yield f"visit {tab}", host
    yield from _camera(host, page, folder)
    empty = consultations.create(store, next(v for v in consultations.listing(store) if v.uid == visit).organization_uid)
    host.open(empty)
    yield "empty visit", host
    page = host.open(visit)   # now with tabs above
    page.go_to("record")
    host.settle()
    yield "visit with tabs", host
    frame.do("phrase")
    host.settle()
    yield "set phrases", host
    frame.phrasing.panel.close_palette()
    for tab in ("record", "summary"):
        page.go_to(tab)
        frame.do("find")
        page.find_bar.box.setText("見積")
        host.settle()
        yield f"find in {tab}", host
    page.find_bar.close_bar()
    page.go_to("record")
    host.settle()
    frame.do("side")
    host.settle()
    yield "visit with the other side panel", host
    frame.do("side")
    host.settle()
    page.set_client_view(True)
    host.showNormal()
    host.resize(size)
    wait_for(lambda: page.client.view.ready() and host.size() == size)
    yield "client view", host
    page.set_client_view(False)
    host.showNormal()
    host.resize(size)
    signed = next(v for v in consultations.listing(store) if v.state == "final")
    page = host.open(signed.uid)
    for tab in TABS:
        page.go_to(tab)
        host.settle()
        yield f"signed {tab}", host
    profile = host.profile(signed.organization_uid)
    yield "company", host
    line = next(one for one in profile.findChildren(FactLine) if one.isVisible())
    line.unfold()
    profile.begin_renaming()
    host.settle()
    yield "company being renamed, with a source", host
    profile.renaming.hide()
    profile.toggle_edit()
    host.settle()
    yield "company being edited", host
    frame.do("search")
    frame.palette_.box.setText("すわ")
    wait_for(lambda: frame.palette_.list.count() > 0)
    host.settle()
    yield "palette", host
    frame.palette_.close_palette()
    frame.do("new_company")
    host.settle()
    yield "new company", host
    listing = host.list()
    listing.back_to_list()
    listing.filters.more.setChecked(True)
    host.settle()
    yield "companies with more filters", host
    listing.filters.more.setChecked(False)
    for name, kept in VIEWS:
        views.keep(store, "companies", name, kept)
    host.settle()
    for button in (listing.filters.views, listing.filters.columns):
        button.setChecked(True)
        host.settle()
        yield f"companies: {button.words}", host
        button.setChecked(False)
    for view in views.listing(store):
        views.delete(store, view.uid)
    listing.filters.box.setText("ぬぬぬ")
    listing.filters.box.ask_now()
    host.settle()
    yield "no hits", host
    (folder / "rows.csv").write_text(ROWS, "utf-8")
    host.answers.files = [folder / "rows.csv"]
    listing.open_import()
    assert listing.importing is not None
    panel = listing.importing
    wait_for(lambda: not panel.busy)
    host.settle()
    yield "import", host
    yield from _boxes(host, visit)
    yield from _bin(host)


def _all_corporations(host: Host, listed: OrganizationListPage, folder: Path) -> Iterator[tuple[str, QWidget]]:
    """The list over the directory: without one, with one, narrowed, without hits; and its hits below the own list."""
    listed.show_all()
    host.settle()
    assert listed.all is not None
    yield "no directory", host
    if not (folder / "agency").exists():
        corporations.write(folder / "full.csv", corporations.full(250, 7))
        take(folder / "agency", folder / "full.csv")
    put_into(host.frame.desk, folder / "agency")
    listed.all.reload()
    host.settle()
    yield "all corporations", host
    listed.all.filters.states[MERGED].click()
    listed.all.filters.add("prefecture", "08")
    host.settle()
    QTest.qWait(100)   # until the facts of the first row are asked for
    host.settle()
    yield "all corporations narrowed", host
    listed.all.filters.box.setText("ぬぬぬ")
    listed.all.filters.box.ask_now()
    host.settle()
    yield "no corporation", host
    listed.back_to_list()
    for text, name in (("株式会社", "companies, corporations below"), ("千代田区", "corporations alone")):
        listed.filters.use(Wanted(text))
        host.settle()
        yield name, host
    listed.filters.clear()
    host.settle()
    listed.all.filters.clear()
    listed.back_to_list()
    host.settle()
    pointer.remove(host.frame.desk.home)


def _camera(host: Host, page: ConsultationPage, folder: Path) -> Iterator[tuple[str, QWidget]]:
    """The live picture with a second camera to choose, what is said where that one is gone, and the signed paper."""
    path = folder / "film.avi"
    host.cameras = [camera(path if path.exists() else film(path, 3 * 60 * PER_SECOND), "Integrated Camera"),
                    camera(folder / "gone.avi", "USB Camera")]
    panel = page.coming.camera
    page.go_to("record")
    page.coming.open_camera()
    wait_for(lambda: not panel.live.image.isNull())
    yield "camera", host
    panel.other.click()
    wait_for(panel.trouble.isVisible)
    host.settle()   # its words have just come: the places of what stands around them follow
    yield "no camera", host
    page.coming.close_panel()
    sign = page.go_to("sign")
    assert isinstance(sign, SignTab)
    sign.form.set_method("paper")
    host.settle()
    yield "signed on paper", host
    sign.form.set_method("pen")
    assert panel.feed.released(5.0)


def _bin(host: Host) -> Iterator[tuple[str, QWidget]]:
    store = host.frame.desk.store
    box = BinBox(host.frame)
    box.show_items(bin_.listing(store))
    item = box.chosen()
    assert item is not None   # the views deleted above
    box.show_preview(item, bin_.preview(store, item))
    box.open()
    assert QTest.qWaitForWindowExposed(box)
    host.settle()
    yield box.windowTitle(), box
    box.show_items([])
    host.settle()
    yield "empty bin", box
    box.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _figures(host: Host) -> Iterator[tuple[str, QWidget]]:
    frame = host.frame
    frame.places.show_place("figures")
    host.settle()
    figures = frame.places.current
    assert isinstance(figures, FiguresPage)
    figures.filters.years[CHOSEN].click()
    figures.chart.choose("issue")
    host.settle()
    yield "figures by issue", host
    figures.chart.as_table.click()
    host.settle()
    yield "figures as a table", host
    for number, name in enumerate(("visits", "companies", "promises")):
        figures.cards.cards[number].click()
        host.settle()
        yield f"{name} behind a number", host
        figures.back_to_figures()
    figures.waiting.begin()
    figures._show_state(figures.waiting)
    yield "figures being counted", host
    figures.chart.as_table.click()
    figures.filters.years[fiscal_year(today(frame.clock))].click()
    host.settle()


def _boxes(host: Host, visit: str) -> Iterator[tuple[str, QWidget]]:
    frame, store = host.frame, host.frame.desk.store
    state = State(str(frame.desk.home), None, None, False, "0.1.0", protected=True)
    groups = history.groups(store, ("consultation", visit))
    key = "KD2F-7G8H-9J3K-4L5M-6N7P-8Q9R-2S3T-4U5V"
    boxes: tuple[QDialog, ...] = (SettingsBox(frame, owner.read(store), state, controller()), KeysBox(frame, frame.actions_),
                                  HistoryBox(frame, "湖南精工 第3回", groups), PassphraseBox(frame),
                                  PhrasesBox(frame, phrases.in_order(store), phrases.fields()),
                                  RecoveryBox(frame, key, lambda: None), FirstPassphraseBox(frame))
    for box in boxes:
        box.open()
        assert QTest.qWaitForWindowExposed(box)
        host.settle()
        yield box.windowTitle(), box
        box.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def gates(size: Size) -> Iterator[tuple[str, QWidget]]:
    """The pages before the desk, in a window as theirs."""
    window = QMainWindow()
    window.setMinimumSize(LEAST_WIDTH, LEAST_HEIGHT)
    window.resize(*size)
    window.show()
    first, unlock = FirstRunPage(), UnlockPage()
    try:
        window.setCentralWidget(first)
        yield "first run", _settled(window)
        first.cards["empty"].setChecked(True)
        first.begin()   # with nothing filled in: what is missing is said
        yield "first run with gaps", _settled(window)
        window.setCentralWidget(unlock)
        yield "unlock", _settled(window)
        unlock.refuse(tr("合言葉が違います。"), "passphrase")
        yield "unlock refused", _settled(window)
        for name, told in (("forgotten", Forgotten("関東の事務局", Path("/home/naoko/kanto-desk/kept-for-hub/1.kdx"))),
                           ("forgotten nothing yet", _not_sealed(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))))):
            gone = ForgottenPage(is_over=name == "forgotten")
            window.setCentralWidget(gone)
            gone.tell(told, begin_anew=gone.is_over, again=None if gone.is_over else gone.show_busy)
            yield name, _settled(window)
    finally:
        window.close()
        window.deleteLater()


def _settled(window: QWidget) -> QWidget:
    assert QTest.qWaitForWindowExposed(window)
    for _ in range(6):   # heights follow widths in turns of their own
        QApplication.processEvents()
    return window
