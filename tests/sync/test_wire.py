"""Messages: what goes in comes out, and bytes that are no message are refused within bounds."""

from __future__ import annotations

import hashlib
import itertools
import random
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from kanto_desk.db.apply import Change
from kanto_desk.db.schema import SCHEMA_VERSION
from kanto_desk.sync import short_form, wire

JSON = st.recursive(st.none() | st.booleans() | st.integers(-2**53, 2**53) | st.text(max_size=20),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
                    max_leaves=6)


def a_change(n: int, tx: str = "tx", text: str = "髙橋 𠮷田") -> Change:
    return Change(7, n, n << 16, SCHEMA_VERSION, tx, "entry", f"{n:032x}", {"text": text}, {"text": ["0" * 32]}, "髙橋", "2026-11-24")


def test_a_change_comes_out_as_it_went_in() -> None:
    batch = [wire.outgoing(a_change(n)) for n in range(1, 4)]
    body = wire.packed(wire.Request(1, "epoch", {"member": 4}, batch, 0))
    back = wire.unpacked(body, wire.Request)
    assert [wire.incoming(c) for c in back.push] == [a_change(n) for n in range(1, 4)]


def test_lone_surrogates_and_control_characters_do_not_come_in() -> None:
    dirty = wire.WireChange("0" * 15 + "7", 1, "0" * 16, 1, "tx", "entry", "u", "人\x00", "w",
                            {"text": "あ\x00い", "list": ["\x07x", {"k\x00": "v"}]})
    clean = wire.incoming(dirty)
    assert clean.set == {"text": "あい", "list": ["x", {"k": "v"}]} and clean.by == "人"


def test_a_body_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(b"[" * (wire.MOST_UNPACKED * 4))
    assert len(bomb) < 100_000
    with pytest.raises(wire.Garbled, match="size"):
        wire.unpacked(bomb, wire.Request)


@pytest.mark.parametrize("body", [b"", b"{}", b"\x28\xb5\x2f\xfd", zstandard.compress(b"[" * 100_000),
                                  zstandard.compress(b"{}"), zstandard.compress(b'{"v":"1"}')])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(wire.Garbled):
        wire.unpacked(body, wire.Request)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 2**32))
def test_any_bytes_are_a_message_or_garbled(noise: bytes, seed: int) -> None:
    rnd = random.Random(seed)
    sound = bytearray(wire.packed(wire.Request(1, "e", {}, [wire.outgoing(a_change(1))], 0)))
    for _ in range(rnd.randint(1, 5)):
        sound[rnd.randrange(len(sound))] = rnd.randrange(256)
    short = bytearray(wire.packed(wire.Request(1, "e", {}, [wire.outgoing(a_change(1))], 0), short=True))
    for _ in range(rnd.randint(1, 5)):
        short[rnd.randrange(1, len(short))] = rnd.randrange(256)
    for body in (noise, bytes(sound), zstandard.compress(noise), bytes(short), b"\x01" + noise):
        try:
            got = wire.unpacked(body, wire.Request)
            for c in got.push:
                wire.incoming(c)
        except wire.Garbled:
            continue


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_any_value_travels_or_is_cleaned_once(value: object) -> None:
    change = wire.WireChange("0" * 16, 1, "0" * 16, 1, "t", "entry", "u", "", "", {"x": value})
    once = wire.incoming(change).set
    body = wire.packed(wire.outgoing(wire.incoming(change)))
    assert wire.incoming(wire.unpacked(body, wire.WireChange)).set == once


def test_batches_keep_operations_whole_and_small() -> None:
    changes = [a_change(n, tx=f"tx{n // 3}", text="語" * 200_000) for n in range(1, 40)]
    batches = list(wire.in_batches(changes))
    assert [c.seq for b in batches for c in b] == list(range(1, 40))
    assert len(batches) > 1
    for batch in batches:
        assert len(msgspec.json.encode(batch)) <= wire.MOST_BYTES
    for first, second in itertools.pairwise(batches):
        assert first[-1].tx != second[0].tx


def test_the_short_form_says_the_same_in_fewer_bytes() -> None:
    request = wire.Request(1, "0" * 16, {"member": 4}, [wire.outgoing(a_change(1))], 0)
    plain, short = wire.packed(request), wire.packed(request, short=True)
    assert wire.unpacked(short, wire.Request) == wire.unpacked(plain, wire.Request) == request
    assert short_form.is_short(short) and not short_form.is_short(plain) and len(short) < len(plain) * 0.8


def test_a_long_message_has_the_plain_form() -> None:
    long = wire.Request(1, "e", {}, [wire.outgoing(a_change(n)) for n in range(1, 400)], 0)
    assert not short_form.is_short(wire.packed(long, short=True))


def test_the_words_of_a_number_never_change() -> None:
    """A message as it was written on 2026-11-29: laptops that are not upgraded go on writing such ones."""
    assert hashlib.sha256(short_form._WORDS).hexdigest() == "d3685f12e880fe5db5250e2b9ed4b52784d9730fc2ffb26befa01bafc1103789"
    assert wire.unpacked(bytes.fromhex("010000750000207b37357d02004ae44eba00f315"), wire.Problem) == wire.Problem("busy", 17, retry_after=5)


def test_a_short_message_that_unpacks_to_too_much_is_refused() -> None:
    bomb = short_form.shortened(b"[" * (wire.MOST_UNPACKED + 9))
    assert len(bomb) < 100_000
    with pytest.raises(wire.Garbled, match="size"):
        wire.unpacked(bomb, wire.Request)


def test_what_came_before_in_the_same_thread_changes_no_short_message() -> None:
    """One compressor and one decompressor of a thread serve all its messages, broken and oversized ones among them."""
    messages = [wire.Request(1, f"{n:016x}", {"member": n}, [wire.outgoing(a_change(n + 1, text=f"{n} 受注"))], n) for n in range(40)]
    alone = [wire.packed(m, short=True) for m in messages]
    bomb = short_form.shortened(b"[" * 200_000)

    def again(first: int) -> list[bytes]:
        out = []
        for n in range(first, first + 40):
            for bad in (bomb, alone[n % 40][:-3], b"\x01" + bytes(range(40))):
                with pytest.raises(wire.Garbled):
                    wire.unpacked(bad, wire.Request, 100_000)
            assert wire.unpacked(alone[n % 40], wire.Request) == messages[n % 40]
            out.append(wire.packed(messages[n % 40], short=True))
        return out

    with ThreadPoolExecutor(4) as threads:
        for first, said in zip(range(0, 16, 4), threads.map(again, range(0, 16, 4)), strict=True):
            assert said == alone[first:] + alone[:first]
