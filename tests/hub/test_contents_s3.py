"""Photos and files on a server that speaks S3: the tests of the folder once more, and what only a store far away does."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("obstore", reason="the extra hub-s3 is not installed")
pytest.importorskip("moto", reason="moto's server is not installed")

from kanto_desk.clock import system_clock
from kanto_desk.db.attachments import CHUNK
from kanto_desk.errors import Refused, Trouble
from kanto_desk.hub import content_moving, contents
from kanto_desk.hub.backing_up import Elsewhere, back_up
from kanto_desk.hub.content_address import (
    address_of_contents,
    contents_of,
    credentials_of,
    need_answer,
    place_at,
    place_of,
    use_contents,
)
from kanto_desk.hub.content_objects import ObjectPlace
from kanto_desk.hub.content_place import FolderPlace, PlaceAway, WrongContent
from kanto_desk.hub.opening import create, open_hub
from kanto_desk.hub.own_ca import CA_FILE
from kanto_desk.hub.restoring import restore
from kanto_desk.hub.sweeping import sweep
from kanto_desk.sync.client import Exchange, known_hub
from kanto_desk.sync.link import HttpsLink
from tests.hub.s3 import CuttingProxy, S3Server, StrictFront, signature_of, start
from tests.hub.served import served
from tests.hub.test_operations import a_code
from tests.hub.test_process import joined
from tests.sync.parts import a_body, a_desk, a_hub, a_person
from tests.sync.test_contents import *  # noqa: F403 - the same tests over another store
from tests.sync.test_contents import THUMB, a_photo, carry, fetch, person, spoil
from tests.sync.test_exchange import a_visit

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    server = start()
    yield server
    server.end()


@pytest.fixture
def address(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret)
    return s3.bucket()


@pytest.fixture
def world(tmp_path: Path, address: str):
    hub = a_hub(tmp_path / "hub")
    use_contents(hub, address)
    person = a_person(hub, a_body(hub))
    yield hub, *(a_desk(hub, tmp_path / name, person) for name in ("one", "two"))
    assert not list(FolderPlace(tmp_path / "hub").names())   # no whole file ever lay in the folder


def a_file(size: int) -> tuple[str, bytes]:
    content = os.urandom(size)
    return hashlib.sha256(content).hexdigest(), content


def test_a_store_that_is_away_is_told_and_the_file_goes_later_without_its_chunks(world, s3: S3Server) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 3 * CHUNK)
    one.sync()
    away = CuttingProxy(s3.port, up=0)
    good = place_of(hub)
    hub.place = place_at(hub.folder, f"s3://bucket{s3.buckets}/hub/files?endpoint=http://127.0.0.1:{away.port}")
    with pytest.raises(Trouble, match="保管先につながりません"):
        carry(one)
    assert away.cuts
    assert one.sync().complete   # the records go on
    away.end()
    hub.place = good
    assert carry(one).sent == 1
    two.sync()
    assert fetch(two, digest) == one.blobs.get(digest)


def test_an_upload_cut_in_the_middle_leaves_no_file_and_only_one_chunk_goes_again(world, s3: S3Server) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 3 * CHUNK)
    one.sync()
    cutting = CuttingProxy(s3.port, up=2 * CHUNK)
    good = place_of(hub)
    hub.place = place_at(hub.folder, f"s3://bucket{s3.buckets}/hub/files?endpoint=http://127.0.0.1:{cutting.port}")
    with pytest.raises(Trouble, match="保管先につながりません"):
        carry(one)
    cutting.end()
    hub.place = good
    assert good.size(digest) is None and good.lacks(digest, 3 * CHUNK, person(one)) == [2]
    begun = len(one.link.trips)
    assert carry(one).sent == 1
    assert sum(1 for path, sent, _, _ in one.link.trips[begun:] if sent > CHUNK // 2) == 1
    assert good.check(digest)


def test_a_download_cut_in_the_middle_gives_no_wrong_bytes(world, s3: S3Server) -> None:
    hub, one, two = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit, 2 * CHUNK)
    one.sync()
    carry(one)
    two.sync()
    cutting = CuttingProxy(s3.port, up=1 << 30, down=20_000)
    hub.place = place_at(hub.folder, f"s3://bucket{s3.buckets}/hub/files?endpoint=http://127.0.0.1:{cutting.port}")
    with pytest.raises(Trouble):   # a cut or two would be gone on from: this link never passes more than 20 KB
        fetch(two, digest)
    assert cutting.cuts and two.blobs.get(digest) is None
    with pytest.raises(PlaceAway):
        hub.place.check(digest)   # a cut is no damage: nothing is put aside
    cutting.end()
    hub.place = None
    assert fetch(two, digest) == one.blobs.get(digest)


def test_refused_credentials_are_told_apart_and_never_shown(world, s3: S3Server, address: str, monkeypatch, caplog) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    _, digest = a_photo(one, visit)
    one.sync()
    s3.look_at_signatures(True)
    try:
        assert carry(one).sent == 1   # genuine signatures pass
        assert [d for d, _ in place_of(hub).names()] == [digest]
        for key, secret in ((s3.key, "wrong-secret-words"), ("AKIAUNKNOWNUNKNOWN00", s3.secret)):
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
            hub.places.clear()
            with pytest.raises(PlaceAway) as away:
                place_of(hub).size(digest)
            assert away.value.refused
            with pytest.raises(PlaceAway) as listed:
                list(place_of(hub).names())
            assert listed.value.refused
            with pytest.raises(Trouble, match="鍵を受け付けません") as told:
                need_answer(place_at(hub.folder, address), address)
            for shown in (str(told.value), told.value.detail, repr(away.value), str(away.value), caplog.text):
                assert key not in shown and secret not in shown
    finally:
        s3.look_at_signatures(False)


def test_the_signature_is_that_of_the_published_example() -> None:
    """AWS's own: GET Bucket (List Objects), of "Authenticating Requests: Using the Authorization Header"."""
    empty = hashlib.sha256(b"").hexdigest()
    head = {"host": "examplebucket.s3.amazonaws.com", "x-amz-content-sha256": empty, "x-amz-date": "20130524T000000Z",
            "authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
                             "SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=x"}
    assert signature_of("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "GET", "/?max-keys=2&prefix=J", head) == \
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"


def test_every_request_also_each_page_of_a_list_is_signed_as_s3_wants_it(address: str, tmp_path: Path, s3: S3Server) -> None:
    front = StrictFront(s3)
    place = place_at(tmp_path, f"s3://bucket{s3.buckets}/hub/files?endpoint=http://127.0.0.1:{front.port}")
    place.answers()
    files = dict(a_file(1000 + n) for n in range(7))
    for digest, content in files.items():
        place.put(digest, [content])
        place.keep_thumb(digest, THUMB)
    assert dict(place.names()) == {d: len(c) for d, c in files.items()} and set(place.thumbs()) == set(files)
    digest = next(iter(files))
    assert place.chunk(digest, 0) == (1000, files[digest]) and place.check(digest) and place.thumb(digest) == THUMB
    place.drop(digest)
    assert place.size(digest) is None
    lists = [target for method, target in front.seen if "list-type=2" in target]
    assert len(lists) >= 2 * 5 and all("prefix=hub%2Ffiles%2F" in target for target in lists)
    assert sum("continuation-token=" in target for target in lists) >= 8
    assert not front.refused
    wrong = http.client.HTTPConnection("127.0.0.1", front.port)
    wrong.request("GET", f"/bucket{s3.buckets}?list-type=2&prefix=hub%2Ffiles%2F")
    assert wrong.getresponse().status == 403   # unsigned
    wrong.close()
    front.end()


def test_two_processes_keep_chunks_of_one_file(address: str, tmp_path: Path) -> None:
    """Two stores over one folder and one bucket, as two processes behind nginx have."""
    one, two = (place_at(tmp_path, address) for _ in range(2))
    digest, content = a_file(3 * CHUNK + 5)
    for n in (0, 2):
        assert not one.keep(digest, len(content), n, content[n * CHUNK:(n + 1) * CHUNK])
    assert two.lacks(digest, len(content)) == [1, 3]
    assert not two.keep(digest, len(content), 3, content[3 * CHUNK:])
    assert two.keep(digest, len(content), 1, content[CHUNK:2 * CHUNK])
    assert one.keep(digest, len(content), 1, content[CHUNK:2 * CHUNK])   # asked of the other, answer lost
    assert b"".join(one.pieces(digest)) == content
    assert [one.chunk(digest, n) for n in range(4)] == [
        (len(content), content[n * CHUNK:(n + 1) * CHUNK]) for n in range(4)]


def test_an_empty_file_and_one_of_a_chunk_exactly(address: str, tmp_path: Path) -> None:
    place = place_at(tmp_path, address)
    for size in (0, 1, CHUNK):
        digest, content = a_file(size)
        assert place.keep(digest, size, 0, content)
        assert place.chunk(digest, 0) == (size, content)
        assert place.check(digest)
    with pytest.raises(WrongContent):
        place.put("0" * 64, [b"something else"])
    assert place.size("0" * 64) is None and place.chunk("0" * 64, 0) is None and place.thumb("0" * 64) is None


@pytest.fixture
def full(tmp_path: Path, monkeypatch, s3: S3Server):
    """A hub whose folder holds three photos with thumbnails."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret)
    hub = a_hub(tmp_path / "hub")
    desk = a_desk(hub, tmp_path / "one", a_person(hub, a_body(hub)))
    _, visit, _ = a_visit(desk)
    photos = [a_photo(desk, visit, 1000 + CHUNK * n)[1] for n in range(3)]
    desk.sync()
    assert carry(desk).sent == 3
    return hub, desk, photos


def test_files_move_to_s3_and_back(full, s3: S3Server) -> None:
    hub, desk, photos = full
    before = {d: desk.blobs.get(d) for d in photos}
    bucket = address_of_contents(s3.bucket())
    for to, kind in ((bucket, ObjectPlace), ("folder", FolderPlace)):
        other = place_of(hub)
        moved = content_moving.move(hub, to)
        assert (moved.files, moved.bytes, moved.damaged) == (3, sum(map(len, before.values())), 0)
        place = place_of(hub)
        assert type(place) is kind
        assert {d: b"".join(place.pieces(d)) for d in photos} == before
        assert {d: place.thumb(d) for d in photos} == dict.fromkeys(photos, THUMB)
        assert not list(other.names()) and not list(other.thumbs())
        assert content_moving.move(hub, to).files == 0   # said twice
    with hub.read() as conn:
        assert contents_of(conn) == "folder"


class Cutting:
    """A store that fails after so many questions."""

    def __init__(self, inner, after: int) -> None:
        self.inner, self.left = inner, after

    def __getattr__(self, name: str):
        found = getattr(self.inner, name)

        def asked(*arguments):
            if name != "answers":
                self.left -= 1
                if self.left < 0:
                    raise PlaceAway("cut")
            return found(*arguments)

        return asked


def test_a_move_cut_anywhere_goes_on_and_no_file_is_in_neither(full, s3: S3Server) -> None:
    hub, desk, photos = full
    before = {d: desk.blobs.get(d) for d in photos}
    folder = FolderPlace(hub.folder)
    bucket = address_of_contents(s3.bucket())
    objects = place_at(hub.folder, bucket)
    cuts = 0
    while True:
        hub.places = {bucket: Cutting(objects, cuts), "folder": folder}
        try:
            content_moving.move(hub, bucket)
            break
        except Trouble as trouble:
            assert "もう一度実行" in trouble.to_do
        with hub.read() as conn:
            now = place_at(hub.folder, contents_of(conn))
        for digest, content in before.items():
            assert b"".join(now.pieces(digest)) == content   # where the hub looks, it is
            assert now.thumb(digest) == THUMB
        cuts += 1
    assert cuts > 5
    assert not list(folder.names()) and {d for d, _ in objects.names()} == set(photos)


def test_a_file_that_rotted_in_the_folder_is_asked_for_and_the_rest_moves(full, s3: S3Server) -> None:
    hub, desk, photos = full
    spoil(hub, photos[1])
    moved = content_moving.move(hub, s3.bucket())
    assert (moved.files, moved.damaged) == (2, 1)
    seen = content_moving.compare(hub, read=True)
    assert (seen.named, seen.files, seen.missing, seen.damaged) == (3, 2, 1, 0)
    desk.sync()
    assert carry(desk).sent == 1
    assert place_of(hub).check(photos[1])
    assert content_moving.compare(hub, read=False).missing == 0


def test_check_finds_what_is_missing_and_what_rotted(world) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    lost, rotten, good = (a_photo(one, visit)[1] for _ in range(3))
    one.sync()
    carry(one)
    place_of(hub).drop(lost)
    spoil(hub, rotten)
    seen = content_moving.compare(hub, read=False)
    assert (seen.named, seen.files, seen.missing, seen.damaged) == (3, 2, 1, 0)
    seen = content_moving.compare(hub, read=True)
    assert (seen.named, seen.files, seen.missing, seen.damaged) == (3, 1, 2, 1)
    one.sync()
    assert carry(one).sent == 2
    assert all(place_of(hub).check(d) for d in (lost, rotten, good))


def test_files_that_nothing_names_leave_the_bucket_after_their_days(world) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    (uid, digest), (_, stays) = a_photo(one, visit), a_photo(one, visit)
    one.sync()
    carry(one)
    with one.store.operation("消す") as op:
        op.delete("attachment", uid)
    one.sync()
    for _ in range(10):   # marked on the 36th day, when it had left the bin
        hub.clock.forward(days=6)
        assert sweep(hub).gone == []
    hub.clock.forward(days=6)
    assert sweep(hub, dry=True).gone == [digest] and place_of(hub).check(digest)
    assert sweep(hub).gone == [digest]
    place = place_of(hub)
    assert place.size(digest) is None and place.thumb(digest) is None
    assert place.check(stays) and place.thumb(stays) == THUMB
    hub.places = {contents_in(hub): Cutting(place, 0)}
    with pytest.raises(Trouble, match="消していません"):
        sweep(hub)


def test_serving_from_elsewhere_while_files_are_here_is_refused(full, s3: S3Server) -> None:
    hub, _, photos = full
    with pytest.raises(Refused, match="hub contents move"):
        use_contents(hub, s3.bucket())
    assert place_of(hub).size(photos[0]) is not None
    use_contents(hub, "folder")


@pytest.mark.parametrize("wrong", [
    "s3://", "s3://b", "s3://UPPER/x", "http://bucket/x", "s3://bucket/../x", "s3://bucket/a//b", "bucket", "",
    "s3://bucket/x?endpoint=ftp://h", "s3://bucket/x?endpoint=https://h/path", "s3://bucket/x?endpoint", "s3://[/x",
    "s3://bucket/x?endpoint=https://[", "s3://bucket/日本語", "s3://bucket/x#y"])
def test_an_address_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(Refused, match="s3://バケット"):
        address_of_contents(wrong)


@pytest.mark.parametrize("wrong", [
    "s3://key:secret@bucket/x", "s3://bucket/x?access_key_id=a", "s3://bucket/x?endpoint=https://key:secret@h"])
def test_an_address_with_a_key_in_it_is_refused_without_saying_it(wrong: str) -> None:
    with pytest.raises(Refused, match="鍵は") as refused:
        address_of_contents(wrong)
    assert "secret" not in str(refused.value)


def test_plain_http_is_for_this_machine_alone() -> None:
    assert address_of_contents("s3://bucket/x/?endpoint=http://127.0.0.1:9000/") == \
        "s3://bucket/x?endpoint=http://127.0.0.1:9000&region=us-east-1"
    assert address_of_contents("s3://bucket") == "s3://bucket/?region=ap-northeast-1"
    with pytest.raises(Refused, match="https"):
        address_of_contents("s3://bucket/x?endpoint=http://storage.example.jp")


def test_credentials_come_from_a_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "s3"
    file.write_text("[default]\naws_access_key_id = a\naws_secret_access_key = b%c\n[hub]\naws_access_key_id=d\n"
                    "aws_secret_access_key=e\naws_session_token=f\n")
    named = {"AWS_SHARED_CREDENTIALS_FILE": str(file)}
    assert (credentials_of(named).key, credentials_of(named).secret) == ("a", "b%c")
    assert credentials_of({**named, "AWS_PROFILE": "hub"}).token == "f"
    both = credentials_of({**named, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"})
    assert (both.key, both.secret) == ("x", "y") and "y" not in repr(both)
    for wrong in ({}, {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}, {**named, "AWS_PROFILE": "none"}):
        with pytest.raises(Trouble, match="鍵が見つかりません"):
            credentials_of(wrong)
    file.write_text("no section")
    with pytest.raises(Trouble, match="鍵が見つかりません"):
        credentials_of(named)


def test_a_hub_without_its_credentials_answers_records(world, monkeypatch) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    a_photo(one, visit)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    hub.places.clear()
    assert one.sync().complete
    with pytest.raises(Trouble, match="保管先につながりません"):
        carry(one)
    monkeypatch.undo()
    assert contents.place_of is place_of


def test_a_backup_says_what_it_does_not_hold_and_a_restored_hub_finds_it(world, tmp_path: Path, s3: S3Server) -> None:
    hub, one, _ = world
    _, visit, _ = a_visit(one)
    photos = {a_photo(one, visit, size)[1]: size for size in (1000, CHUNK + 1)}
    one.sync()
    carry(one)
    made = back_up(hub)
    assert made.manifest.elsewhere == Elsewhere(contents_in(hub), 2, CHUNK + 1001)
    assert not [name for name in made.manifest.files if name.startswith("contents/")]
    assert s3.secret.encode() not in made.file.read_bytes()
    anew = restore(tmp_path / "anew", hub.clock, made.file)
    assert anew.anew
    other = open_hub(tmp_path / "anew", hub.clock)
    assert {d: place_of(other).size(d) for d in photos} == photos
    assert content_moving.compare(other, read=True).missing == 0
    other.close()
    hub.places = {contents_in(hub): Cutting(place_of(hub), 0)}
    away = back_up(hub, tmp_path / "away.kdhub")
    assert away.manifest.elsewhere == Elsewhere(contents_in(hub), -1, 0)


def contents_in(hub) -> str:
    with hub.read() as conn:
        return contents_of(conn)


def test_files_of_an_old_backup_go_to_the_store_of_now(full, s3: S3Server) -> None:
    hub, _, photos = full
    made = back_up(hub)
    assert made.manifest.elsewhere is None
    content_moving.move(hub, s3.bucket())
    place_of(hub).drop(photos[0])
    restore(hub.folder, hub.clock, made.file)
    assert place_of(hub).size(photos[0]) is None   # it came into the folder, where nobody looks now
    with pytest.raises(Refused, match="前の移動が途中"):
        content_moving.move(hub, s3.bucket())
    content_moving.move(hub, contents_in(hub))
    assert all(place_of(hub).check(d) for d in photos) and not list(FolderPlace(hub.folder).names())


def kanto_desk(*words: str, **environment: str) -> tuple[int, dict, str]:
    done = subprocess.run([sys.executable, "-m", "kanto_desk", *words, "--json"], check=False, capture_output=True, text=True,
                          cwd=ROOT, env={**{k: v for k, v in os.environ.items() if not k.startswith("AWS_")}, **environment})
    return done.returncode, json.loads(done.stdout or done.stderr), done.stdout + done.stderr


def test_the_commands_word_for_word(s3: S3Server, tmp_path: Path) -> None:
    hub, place = str(tmp_path / "hub"), s3.bucket()
    keys = tmp_path / "keys"
    keys.write_text(f"[default]\naws_access_key_id = {s3.key}\naws_secret_access_key = {s3.secret}\n")
    assert kanto_desk("hub", "init", "--name", "事務局", "--folder", hub)[0] == 0
    code, _, all_of_it = kanto_desk("hub", "contents", "move", place, "--folder", hub)
    assert code == 4 and "鍵が見つかりません" in all_of_it
    for wrong, status in (("s3://BUCKET", 3), (f"s3://none/x?endpoint={s3.endpoint}", 4), ("s3://b", 3)):
        assert kanto_desk("hub", "contents", "move", wrong, "--folder", hub, AWS_SHARED_CREDENTIALS_FILE=str(keys))[0] == status
    code, said, all_of_it = kanto_desk("hub", "contents", "move", place, "--folder", hub,
                                       AWS_SHARED_CREDENTIALS_FILE=str(keys))
    assert (code, said["contents"], said["files"]) == (0, address_of_contents(place), 0)
    assert s3.secret not in all_of_it and s3.key not in all_of_it
    code, said, _ = kanto_desk("hub", "contents", "check", "--read", "--folder", hub, AWS_SHARED_CREDENTIALS_FILE=str(keys))
    assert (code, said["named"], said["missing"]) == (0, 0, 0)
    code, said, _ = kanto_desk("hub", "backup", "--folder", hub, AWS_SHARED_CREDENTIALS_FILE=str(keys))
    assert (code, said["elsewhere"]["files"]) == (0, 0)
    assert kanto_desk("hub", "backup", str(tmp_path / "b"), "--folder", hub)[1]["elsewhere"]["files"] == -1
    for file in Path(hub).rglob("*"):
        assert file.is_dir() or s3.secret.encode() not in file.read_bytes()


def test_two_processes_of_one_hub_share_a_bucket(address: str, tmp_path: Path, postgresql) -> None:
    """Real processes on PostgreSQL; a desk sends through the one and another fetches through the other."""
    database = postgresql()
    hub = create(tmp_path / "hub", system_clock, "事務局", database)
    person = a_person(hub, a_body(hub))
    with ExitStack() as stack:
        first = stack.enter_context(served(tmp_path / "hub", database, "127.0.0.1", "--contents", address))
        second = stack.enter_context(served(tmp_path / "hub", database))
        desks = [RealDesk(joined(tmp_path, name, it.url, a_code(hub, person)), it) for name, it in (("one", first), ("two", second))]
        one, two = desks
        _, visit, _ = a_visit(one)
        _, digest = a_photo(one, visit, 2 * CHUNK + 3)
        one.sync()
        assert carry(one).sent == 1
        two.sync()
        assert carry(two).thumbs_got == 1
        assert fetch(two, digest) == one.blobs.get(digest)
        for desk in desks:
            desk.link.close()
            desk.store.close()
    assert not list(FolderPlace(tmp_path / "hub").names()) and place_of(hub).check(digest)
    key, secret = os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]
    for it in (first, second):
        log = it.log_file.read_text()
        assert key not in log and secret not in log
    hub.close()


class RealDesk:
    """A desk over a real connection, counting its trips like the one in process."""

    def __init__(self, store, it) -> None:
        self.store = store
        self.link = HttpsLink(it.url, (it.folder / CA_FILE).read_text())

    def sync(self):
        return Exchange(self.store, self.link, known_hub(self.store)).run()


def test_a_file_larger_than_one_request_goes_in_signed_parts_and_appears_whole(tmp_path: Path, s3: S3Server,
                                                                               address: str) -> None:
    front = StrictFront(s3)
    try:
        place = place_at(tmp_path, f"s3://bucket{s3.buckets}/hub/files?endpoint=http://127.0.0.1:{front.port}")
        content = os.urandom(CHUNK) * 65
        digest = hashlib.sha256(content).hexdigest()
        place.put(digest, iter([content]))
        assert place.size(digest) == len(content) and place.check(digest) and not front.refused
        parts = [target for method, target in front.seen if method == "PUT"]
        assert len(parts) == 2 and all("partNumber=" in target for target in parts)
    finally:
        front.end()
