"""An export brought into another desk is equal to the first; a changed or foreign folder is refused before any write."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from kanto_desk.db.schema import records
from kanto_desk.errors import Refused
from kanto_desk.services import consultations, desk, exporting, finalizing, organizations, samples, timeline
from kanto_desk.services import records as generic
from kanto_desk.services.desk import Desk
from tests.db.parts import SetClock
from tests.services.conftest import CHEAP, PASSPHRASE


@pytest.fixture
def other(tmp_path: Path, clock: SetClock) -> Iterator[Desk]:
    made = desk.create(tmp_path / "other", PASSPHRASE, person="別の人", clock=clock, cost=CHEAP)
    yield made
    made.close()


@pytest.fixture
def exported(desk: Desk, tmp_path: Path) -> Path:
    samples.load(desk)
    uid = organizations.create(desk.store, {"name": "株式会社髙﨑精工𠮷", "employees": 24})
    organizations.set_star(desk.store, uid, True)
    visit = consultations.create(desk.store, uid)
    for kind in ("said", "advice", "memo"):
        timeline.add(desk.store, visit, kind, f"{kind} の行🙂")
    finalizing.finalize(desk.store, desk.blobs, visit, finalizing.Signature("宮坂", "工場長", "typed"))
    gone = organizations.create(desk.store, {"name": "消した会社"})
    organizations.delete(desk.store, gone)
    exporting.export(desk, tmp_path / "out")
    return tmp_path / "out"


def everything(of: Desk) -> dict[tuple[str, str], generic.Shown]:
    return {(name, r.uid): r for name in records() for r in generic.listing(of.store, name, limit=100_000)}


def test_round_trip_is_equal(desk: Desk, other: Desk, exported: Path) -> None:
    taken = exporting.import_export(other, exported)
    assert everything(other) == everything(desk)
    assert taken.attachments > 0 and set(other.blobs.hashes()) >= {p.name.split(".")[0] for p in (exported / "attachments").iterdir()}
    assert [r.name for r in organizations.listing(other.store, starred=True) if "髙﨑" in r.name] == ["株式会社髙﨑精工𠮷"]
    exporting.export(other, exported.with_name("again"))
    for file in sorted((exported / "records").iterdir()):
        assert (exported.with_name("again") / "records" / file.name).read_bytes() == file.read_bytes(), file.name
    assert exporting.import_export(other, exported).changed == 0


def test_a_changed_export_is_refused_whole(other: Desk, exported: Path, tmp_path: Path) -> None:
    before = everything(other)
    for number, spoil in enumerate(("change", "remove", "newer", "outside")):
        copy = Path(shutil.copytree(exported, tmp_path / f"copy{number}"))
        manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
        if spoil == "change":
            (copy / "records" / "person.jsonl").write_text("{}\n", "utf-8")
        if spoil == "remove":
            (copy / "records" / "person.jsonl").unlink()
        if spoil == "newer":
            manifest["schema"] = 9999
        if spoil == "outside":
            manifest["files"]["../../etc/passwd"] = {"sha256": "", "bytes": 0}
        (copy / "manifest.json").write_text(json.dumps(manifest), "utf-8")
        with pytest.raises(Refused):
            exporting.import_export(other, copy)
    with pytest.raises(Refused):
        exporting.import_export(other, tmp_path)
    assert everything(other) == before


def test_the_manifest_counts_every_line_and_existing_folders_stay(desk: Desk, exported: Path) -> None:
    manifest = json.loads((exported / "manifest.json").read_text("utf-8"))
    for name, count in manifest["records"].items():
        assert len((exported / "records" / f"{name}.jsonl").read_text("utf-8").splitlines()) == count
    assert (exported.stat().st_mode & 0o777, (exported / "manifest.json").stat().st_mode & 0o777) == (0o700, 0o600)
    with pytest.raises(Refused):
        exporting.export(desk, exported)
