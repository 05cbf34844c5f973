"""Two real desks that share a real hub in this process, for tests of the window; the link is the test's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from sqlalchemy import insert

from kanto_desk.db import local
from kanto_desk.hub import accounts
from kanto_desk.hub import bundles as hub_side
from kanto_desk.hub.app import handle
from kanto_desk.hub.opening import Hub
from kanto_desk.paths import resources
from kanto_desk.services import carrying, photos, receipts
from kanto_desk.services import desk as desks
from kanto_desk.services.desk import Desk
from kanto_desk.sync.enrolling import Invitation, enrol
from kanto_desk.ui.pages.sync.page import SyncPage
from tests.db.parts import SetClock
from tests.services.conftest import CHEAP, PASSPHRASE
from tests.sync.parts import a_body, a_hub, a_person
from tests.ui.host import Host

THEME = "医療機器への参入"
NOTES = "まず委託加工として参入し、認証は2年計画に分ける。面粗さの測定は県の工業技術センターの機器利用で足りる。"


class ToHub:
    """Makes links to the hub; `down` pulls the cable, `asked` is called before each request."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.down, self.trips = hub, False, 0
        self.asked: Callable[[], None] = lambda: None

    def __call__(self, _url: str, _ca: str) -> Callable[[str, dict[str, str], bytes], tuple[int, bytes]]:
        def ask(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
            self.asked()
            if self.down:
                raise OSError("the cable is out")
            self.trips += 1
            return handle(self.hub, path, headers, body)
        return ask


class Two:
    """Two desks of two people of one organisation, and their hub. `company`, `visit` and `line` are on both."""

    def __init__(self, folder: Path, clock: SetClock | None = None) -> None:
        self.clock = clock or SetClock()
        self.hub = a_hub(folder / "hub", self.clock)
        body = a_body(self.hub)
        self.link = ToHub(self.hub)
        self.one, self.two = (
            self._joined(folder / name, person, a_person(self.hub, body, name=person))
            for name, person in (("one", "高橋 直子"), ("two", "佐々木 亮")))
        store = self.one.store
        with store.operation("相談") as op:
            self.company = op.add("organization", {"name": "株式会社 湖南精工", "kana": "コナンセイコウ", "strengths": "細径パイプの曲げ"})
            self.visit = op.add("consultation", {"organization": self.company, "theme": THEME, "nth": 3,
                                                 "held_on": self.clock().date()})
            self.line = op.add("entry", {"consultation": self.visit, "kind": "advice", "text": NOTES,
                                         "at": self.clock(), "place": "a"})
        self.sync()

    def _joined(self, home: Path, person: str, uid: str) -> Desk:
        desk = desks.create(home, PASSPHRASE, person=person, organization="関東産業支援センター", clock=self.clock, cost=CHEAP)
        with self.hub.write() as conn:
            code = accounts.new_code(conn, uid, self.hub.clock())
        asked = Invitation("https://hub.example.jp:8443", code, "f" * 32)
        enrol(desk.store, asked, "", home.name, self.link)
        return desk

    def sync(self) -> None:
        """One after the other, until both know what both wrote."""
        for desk in (self.one, self.two, self.one):
            receipts.sync(desk.store, link=self.link)

    def put(self, desk: Desk, type_name: str, uid: str, **values: object) -> None:
        """An edit as somebody makes it on a record."""
        with desk.store.operation("直す", ("consultation", self.visit)) as op:
            op.put(type_name, uid, values)

    def apart(self) -> None:
        """Both edit the same visit, its line and its company while they are apart."""
        self.clock.forward(minutes=3)
        self.put(self.one, "entry", self.line, text=NOTES.replace("県の工業技術センター", "都産技研"))
        self.put(self.one, "consultation", self.visit, theme="医療機器への参入と認証")
        self.clock.forward(minutes=98)
        self.put(self.two, "entry", self.line, text=NOTES + "専門家派遣（薬事）を12月に1回入れる。")
        self.put(self.two, "consultation", self.visit, theme="医療機器への参入と薬事")

    def delete_many(self, n: int = 40) -> None:
        """The second deletes n companies that both know, and sends it."""
        with self.one.store.operation("名簿") as op:
            companies = [op.add("organization", {"name": f"試作会社{i:02}"}) for i in range(n)]
        self.sync()
        self.clock.forward(minutes=5)
        with self.two.store.operation("名簿を消す") as op:
            for uid in companies:
                op.delete("organization", uid)
        receipts.sync(self.two.store, link=self.link)

    def close(self) -> None:
        """Close desks and hub."""
        for desk in (self.one, self.two):
            desk.close()
        self.hub.close()


def sync_screens(folder: Path, width: int = 1366, height: int = 768) -> Iterator[tuple[str, QWidget]]:
    """Every state of the sync page, in a window of its own."""
    clock = SetClock()
    alone = desks.create(folder / "alone", PASSPHRASE, person="高橋 直子", clock=clock, cost=CHEAP)
    host = Host(alone, width, height)
    try:
        page = _shown(host)
        assert page.enrol is not None
        yield "sync before joining", host
        page.enrol.line.setText("127.0.0.1:9/ABCD-EFGH/" + "abcd2345" * 4)
        page.enrol._look_at_line()
        page.enrol.begin()
        host.settle()
        yield "sync refused to join", host
    finally:
        host.end()
        alone.close()
    two = Two(folder, clock)
    host = Host(two.one, width, height, link=two.link)
    try:
        page = _shown(host)
        yield "sync with nothing to send", host
        clock.forward(days=4)
        two.apart()
        two.put(two.one, "organization", two.company, name="株式会社 湖南精工（旧 諏訪精管）")
        host.settle()
        host.frame.syncing.look()
        host.settle()
        page._read()
        host.settle()
        yield "sync with something to send", host
        two.link.down = True
        host.frame.do("sync_now")
        host.settle()
        yield "sync without a network", host
        two.link.down = False
        go_on = threading.Event()
        two.link.asked = lambda: go_on.wait() and None
        host.frame.do("sync_now")
        QApplication.processEvents()
        yield "sync under way", host
        host.frame.syncing.stop()
        QApplication.processEvents()
        yield "sync being stopped", host
        go_on.set()
        two.link.asked = lambda: None
        host.settle()
        two.sync()
        host.frame.do("sync_now")
        host.settle()
        host.settle()
        yield "sync with a receipt", host
        host.open(two.visit)
        host.settle()
        yield "contested line", host
        page = _shown(host)
        page.open_contested()
        host.settle()
        yield "contested", host
        for choice in page.inbox.choices:
            choice.choose("both" if choice.one.field == "text" else "rewrite")
        host.settle()
        yield "contested decided", host
        page.inbox.settle()
        host.settle()
        yield "contested no more", host
        refuse(two)
        host.frame.syncing.look()
        host.settle()
        page.open_contested()
        host.settle()
        yield "refused change", host
        page.back_to_overview()
        yield from _stick(two, host, page, folder)
    finally:
        host.end()
        two.close()


def refuse(two: Two, reason: str = "role") -> None:
    """An edit that the hub answers with a no; the hub never had it, as after a real one."""
    store = two.one.store
    two.put(two.one, "consultation", two.visit, theme="書いてはいけないこと")
    with store.write() as conn:
        change = conn.execute(local.change.select().order_by(local.change.c.id.desc()).limit(1)).one()
        conn.execute(insert(local.verdict).values(dev=change.dev, seq=change.seq, state="refused", reason=reason,
                                                  type=change.type, uid=change.uid, set=change.set,
                                                  at=two.clock().isoformat()))


def _stick(two: Two, host: Host, page: SyncPage, folder: Path) -> Iterator[tuple[str, QWidget]]:
    """The card USBメモリで受け渡す in sight: photos go along, the file is written, taken in again, and cannot be."""
    stick = page.overview.stick

    def shown() -> QWidget:
        host.settle()
        page._area.ensureWidgetVisible(stick, 0, 400)
        stick.take.setFocus(Qt.FocusReason.TabFocusReason)   # what has the cursor is in sight
        QApplication.processEvents()
        return host
    for n, file in enumerate(sorted((resources() / "sample" / "photos").glob("*.jpg"))[:3]):
        photos.attach(two.one.store, two.one.blobs, two.visit, file.read_bytes(), f"曲げ工程{n + 1}.jpg")
    receipts.sync(two.one.store, link=two.link)
    carrying.carry(two.one.store, two.one.blobs, link=two.link)
    receipts.sync(two.two.store, link=two.link)
    for n, file in enumerate(sorted((resources() / "sample" / "photos").glob("*.jpg"))[3:5]):
        photos.attach(two.one.store, two.one.blobs, two.visit, file.read_bytes(), f"検査{n + 1}.jpg")
    two.put(two.one, "organization", two.company, city="諏訪市")
    host.settle()
    page._read()
    yield "stick with photos", shown()
    host.answers.target = folder / "stick"
    host.answers.target.mkdir()
    stick.make.click()
    yield "stick written", shown()
    file, = host.answers.target.glob("*.kdx")
    hub_side.take(two.hub, file)
    host.answers.files = [folder / "back.kdx"]
    hub_side.make(two.hub, f"{two.one.store.device()[0]:016x}", host.answers.files[0])
    stick.take.click()
    yield "stick taken in", shown()
    host.answers.files = [file]
    stick.take.click()
    yield "stick of the wrong way", shown()
    page._area.verticalScrollBar().setValue(0)


def _shown(host: Host) -> SyncPage:
    host.frame.go("sync")
    host.settle()
    page = host.frame.places.current
    assert isinstance(page, SyncPage)
    return page
