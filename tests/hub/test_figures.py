"""What the command, the page and the figures say of a hub: the same, and true after real syncs."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from kanto_desk.cli import main
from kanto_desk.hub import files_left
from kanto_desk.hub import tables as t
from kanto_desk.hub.metrics import Metrics
from kanto_desk.hub.web import views
from kanto_desk.i18n import use
from kanto_desk.sync.client import Exchange
from tests.hub.test_operations import figures
from tests.hub.test_web import a_filled_hub
from tests.sync.parts import a_desk, a_person
from tests.sync.test_exchange import a_visit


def test_command_page_and_figures_agree_after_real_syncs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hub = a_filled_hub(tmp_path)   # three laptops, one conflict, one refused change, one backup
    with hub.read() as conn:
        body = conn.execute(select(t.body.c.uid)).scalar_one()
    desk = a_desk(hub, tmp_path / "full", a_person(hub, body, name="森 一郎"), hub.clock)
    _, visit, _ = a_visit(desk)
    desk.sync()
    for _ in range(2):   # two batches, of which the sync is stopped after the first
        with desk.store.operation("行") as op:
            for _ in range(45):
                op.add("entry", {"consultation": visit, "kind": "said", "text": "行" * 20_000})
    hub.clock.forward(minutes=7)
    moment = hub.clock()
    Exchange(desk.store, desk.link, desk.known).run(lambda _receipt: False)
    with hub.write() as conn:
        conn.execute(t.device.update().where(t.device.c.name == "閲覧用").values(state="revoked"))

    assert main(["hub", "status", "--folder", str(hub.folder), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["devices"], said["active"], said["conflicts"], said["refused"], said["held"]) == (4, 3, 1, 1, 0)
    assert said["unsent"] == 45 and said["last_contact"] == moment.isoformat()
    assert said["backup"]["at"] == (moment - timedelta(minutes=7)).isoformat()
    assert said["bytes"] == sum(f.stat().st_size for f in hub.folder.glob("hub.db*")) and said["free"] > 0
    with hub.read() as conn:
        received = len(conn.execute(select(t.received.c.n)).all())
    assert said["changes"] == received <= said["number"]

    told = figures(Metrics(hub).text())
    for name, value in (('devices{state="active"}', 3), ('devices{state="revoked"}', 1), ("conflicts_open", 1),
                        ("changes_refused", 1), ("changes_held", 0), ("unsent", 45), ("number", said["number"]),
                        ("storage_bytes", said["bytes"]), ("last_backup_seconds", (moment - timedelta(minutes=7)).timestamp())):
        assert told[f"kanto_hub_{name}"] == value, name
    with hub.read() as conn:
        page = views.home(hub, conn, "ja")
    row = next(c for c in page["computers"] if c["person"] == "森 一郎")
    assert (row["unsent"], row["seen"]) == (45, moment.isoformat()[:16].replace("T", " "))
    assert (len(page["backups"]), page["seen"].conflicts, page["seen"].refused) == (1, 1, 1)

    dev = f"{desk.store.device()[0]:016x}"
    files_left.note(hub, dev, [1, 150 << 20])
    with hub.read() as conn:
        assert next(c for c in views.home(hub, conn, "ja")["computers"] if c["dev"] == dev)["waiting"] == (
            "45・写真とファイル 1件・150 MB")
        assert views.computer(conn, dev, "en")["waiting"].endswith("Photos and files: 1, 150 MB")
    main(["hub", "devices", "--folder", str(hub.folder), "--json"])
    row = next(d for d in json.loads(capsys.readouterr().out) if d["device"] == dev)
    assert (row["unsent"], row["files_left"], row["files_left_bytes"]) == (45, 1, 150 << 20)
    main(["hub", "status", "--folder", str(hub.folder)])
    assert "1台のパソコンだけにある写真とファイル：1件・150 MB" in capsys.readouterr().out

    desk.sync()   # to its end
    main(["hub", "status", "--folder", str(hub.folder), "--json"])
    assert json.loads(capsys.readouterr().out)["unsent"] == 0
    try:
        main(["--lang", "en", "hub", "status", "--folder", str(hub.folder)])
    finally:
        use("ja")
    lines = capsys.readouterr().out
    assert "Changes still on computers, not sent: 0" in lines and "Computers: 4 (3 in use)" in lines
    desk.store.close()
    hub.close()
