"""Records opened and closed in turn leave nothing behind: no page, no widget, no row of a timeline."""

from __future__ import annotations

import gc
from collections import Counter

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from kanto_desk.services import consultations, timeline
from kanto_desk.services.desk import Desk
from tests.ui.host import Host

RECORDS, WARM = 30, 3
PARTS = ("ConsultationPage", "RecordTab", "RecordTimeline", "TimelineModel", "SummaryTab", "PhotosTab", "SignTab",
         "PdfView", "Form", "FieldRow", "Notice", "AskingNotice", "Thumbs", "Autosave", "QStandardItem", "QTextLayout",
         "QSpacerItem")


def _alive() -> Counter[str]:
    """What is alive: Python objects of each kind, widgets of the window and widgets without one."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    found = Counter(type(thing).__name__ for thing in gc.get_objects())
    return Counter({name: found[name] for name in PARTS} | {
        "widgets": len(QApplication.allWidgets()), "windows": len(QApplication.topLevelWidgets())})


def test_thirty_records_opened_and_closed_leave_nothing(host: Host, desk: Desk, company: str) -> None:
    uids = []
    for n in range(RECORDS):
        uid = consultations.create(desk.store, company, {"theme": f"相談 {n}"})
        for kind in timeline.KINDS[:4]:
            timeline.add(desk.store, uid, kind, "当方は12月4日までに見積もりを送る")
        uids.append(uid)
    counts = []
    for n, uid in enumerate(uids):
        page = host.open(uid)
        if n in (0, 1, 10, 20):
            for tab in ("summary", "photos", "sign"):
                page.go_to(tab)
                host.settle()
        del page
        host.frame.places.close_record()
        host.settle()
        if n in (WARM, RECORDS - 1):
            counts.append(_alive())
    before, after = counts
    assert after - before == Counter()
