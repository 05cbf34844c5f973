"""Photos and first fills with the hub on PostgreSQL: the rows that name a file are found there, the files in the folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import inspect

from kanto_desk.db.attachments import CHUNK
from kanto_desk.hub.app import build
from tests.sync.parts import a_body, a_desk, a_hub, a_person
from tests.sync.test_contents import a_photo, carry, fetch
from tests.sync.test_exchange import a_visit
from tests.sync.test_known_hashes import a_known_hash_opens_nothing_until_the_file_is_delivered


def test_a_photo_goes_and_comes(postgresql: Callable[[], str], tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", database=postgresql())
    build(hub)
    build(hub)   # as a second process does
    assert "hub_version_pdf" in {i["name"] for i in inspect(hub.engine).get_indexes("version")}
    person = a_person(hub, a_body(hub))
    one, two = (a_desk(hub, tmp_path / name, person) for name in ("one", "two"))
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, CHUNK + 5)
    one.sync()
    assert carry(one).sent == 1
    two.sync()
    assert carry(two).thumbs_got == 1
    assert fetch(two, digest) == one.blobs.get(digest)
    hub.close()


def test_a_known_hash_opens_nothing_until_the_file_is_delivered(postgresql: Callable[[], str], tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", database=postgresql())
    a_known_hash_opens_nothing_until_the_file_is_delivered(hub, tmp_path)
    hub.close()
