"""The command line with sample data that has no passphrase, and the way from there to a desk of one's own."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.program import answer, run

NEW = "諏訪湖の夜"


def test_sample_needs_no_passphrase_until_something_of_ones_own_is_written(tmp_path: Path) -> None:
    where, rows = tmp_path / "h", tmp_path / "own.jsonl"
    made = answer(where, "setup", "--name", "高橋 直子", "--sample", passphrase=None)
    assert made["sample_rows"] > 200 and made["protected"] is False
    assert answer(where, "check", passphrase=None)["sound"] is True
    assert answer(where, "search", "湖南精工", passphrase=None)["hits"]
    rows.write_text('{"id": "1", "name": "自社工業株式会社"}\n', "utf-8")
    refused = run(where, "organizations", "import", rows, passphrase=None)
    assert refused.returncode == 3 and "合言葉" in refused.stderr + refused.stdout
    assert run(where, "backup", passphrase=None).returncode == 3
    assert not (where / "backups").exists()
    changed = answer(where, "passphrase", "change", passphrase=None, KANTO_DESK_NEW_PASSPHRASE=NEW)
    assert changed["changed"] is True
    assert run(where, "check", passphrase=None).returncode == 2
    assert answer(where, "organizations", "import", rows, passphrase=NEW)
    assert answer(where, "backup", passphrase=NEW)["counts"]["organization"] == 70 + 24 + 1


def test_without_sample_a_passphrase_is_needed(tmp_path: Path) -> None:
    assert run(tmp_path / "h", "setup", "--name", "高橋 直子", passphrase=None).returncode == 2
    assert not (tmp_path / "h").exists()
