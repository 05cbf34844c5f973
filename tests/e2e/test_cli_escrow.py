"""A recovery key at the secretariat by commands alone: a real hub process, TLS, and a passphrase that nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.hub_commands import hub
from tests.e2e.program import a_home, answer, run
from tests.hub.served import served


@pytest.mark.slow   # a minute of starting programs; tests/hub/test_escrow.py holds the same in one process
def test_a_forgotten_passphrase_by_commands(tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    hub(folder, "init", "--name", "事務局")
    home = a_home(tmp_path / "one")
    person = hub(folder, "people", "add", "高橋 直子")["person"]
    with served(folder) as at:
        line = hub(folder, "code", person)["line"].split("/", 1)[1]
        told = answer(home, "enrol", f"{at.url.removeprefix('https://')}/{line}", "--leave-key")
        assert told["key_left_at"]
        device = hub(folder, "devices")[0]
        assert device["recovery_key"]
        key = hub(folder, "recovery-key", device["device"])["recovery_key"]
        assert hub(folder, "audit", "--limit", "1")[0]["what"] == "recovery key read"
        answer(home, "recovery", "unlock", passphrase=None, KANTO_DESK_RECOVERY_KEY=key,
               KANTO_DESK_NEW_PASSPHRASE="つぎの合言葉")
        answer(home, "sync", passphrase="つぎの合言葉")
        other = hub(folder, "recovery-key", device["device"])["recovery_key"]
        assert other != key
        status, _, shown = at.ask("/metrics")
        assert status == 200
        told = answer(home, "recovery", "escrow", "off", passphrase="つぎの合言葉")
        assert told == {"wanted": False, "left_at": None}
        gone = run(home, "hub", "recovery-key", device["device"], "--folder", folder)
        assert gone.returncode == 3 and "預けていません" in gone.stderr
        answer(home, "recovery", "escrow", "on", passphrase="つぎの合言葉")
        hub(folder, "revoke", device["device"])
        gone = run(home, "hub", "recovery-key", device["device"], "--folder", folder)
        assert gone.returncode == 3 and "止めてある" in gone.stderr
        assert hub(folder, "devices")[0]["recovery_key"] is None
    log = at.log_file.read_text("utf-8")
    for secret in (key, other):
        assert secret not in shown.decode() and secret not in log and secret not in str(hub(folder, "audit"))
