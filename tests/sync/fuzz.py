"""Decoding whatever bytes come: messages of the wire and bundles. Nothing but the refusals that are foreseen may happen.

A small budget runs in every test; `python -m tests.sync.fuzz --seconds 180` runs each target so long in a process of its
own that may not hold more than `--megabytes`, and says what came of it; `--examples N` runs so many of each.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyrage
import zstandard
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from kanto_desk.sync import answers, bundle, bundle_file, content_wire, signing, wire
from kanto_desk.sync.bundle_file import TO_HUB, Frame, Head, Unusable

KINDS: tuple[type[Any], ...] = (wire.Request, wire.Reply, wire.Fill, wire.Filled, wire.Enrol, wire.Enrolled, wire.Problem,
                                wire.WireChange, bundle.About, bundle.Page, bundle.Count, Head,
                                content_wire.Ask, content_wire.Told)

TEXT = st.text(max_size=12) | st.sampled_from(["", "0" * 16, "f" * 32, "\ud800", "\x00", "entry", "-" * 300])
NUMBER = st.integers() | st.sampled_from([-1, 0, 1, 2**31, 2**53, 2**63, 2**70]) | st.floats(allow_nan=False)
JSON = st.recursive(st.none() | st.booleans() | NUMBER | TEXT,
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12)


def _shaped(kind: type[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with the names of a message and whatever values, often of the right kind."""
    some = {"str": TEXT, "int": NUMBER, "bool": st.booleans(), "list": st.lists(JSON, max_size=3),
            "dict": st.dictionaries(TEXT, JSON, max_size=3)}
    fields = {f.name: some.get(str(f.type).split("[")[0].removeprefix("<class '").removesuffix("'>"), JSON) | JSON
              for f in msgspec.structs.fields(kind)}
    return st.fixed_dictionaries({}, optional=fields)


MESSAGES = {kind: _shaped(kind) for kind in KINDS}


def _bytes(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError, msgspec.MsgspecError):
        return repr(value).encode("utf-8", "replace")


def try_wire(body: bytes, seen: Counter[str]) -> None:
    """One body as every message."""
    for kind in KINDS:
        try:
            got = wire.unpacked(body, kind, 1 << 20)
        except wire.Garbled as garbled:
            seen[garbled.reason] += 1
            continue
        seen["message"] += 1
        try:
            for change in getattr(got, "push", []) or ([got] if isinstance(got, wire.WireChange) else []):
                wire.incoming(change)
        except wire.Garbled as garbled:
            seen[garbled.reason] += 1


def wire_fuzz(examples: int, start: int) -> Counter[str]:
    """Noise, damaged messages and messages of odd values."""
    seen: Counter[str] = Counter()
    sound = wire.packed(wire.Request(1, "e", {"member": 1}, [wire.WireChange(
        "0" * 16, 1, "0" * 16, 1, "t", "entry", "u", "", "", {"text": "語"}, {"text": ["0" * 32]})], 0))

    @seed(start)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(
        st.binary(max_size=300),
        st.binary(max_size=300).map(zstandard.compress),
        st.one_of(*MESSAGES.values(), JSON).map(_bytes).map(zstandard.compress),
        st.tuples(st.integers(0, len(sound) - 1), st.integers(0, 255)).map(
            lambda at: sound[:at[0]] + bytes([at[1]]) + sound[at[0] + 1:]),
        st.integers(0, len(sound)).map(lambda n: sound[:n])))
    def run(body: bytes) -> None:
        try_wire(body, seen)

    run()
    return seen


def big_fuzz(examples: int, start: int) -> Counter[str]:
    """Frames that claim or hold far more than they may: long runs, deep nests, many names, huge windows."""
    seen: Counter[str] = Counter()
    sizes = st.sampled_from([1 << 10, 1 << 20, (1 << 20) + 1, 1 << 24, 1 << 28])
    windows = st.sampled_from([0, 20, 27, 28, 31, 41])

    def run_of(size: int, piece: bytes, window: int) -> bytes:
        """A run of one piece; with `window` the frame says that so many bits of it have to be kept."""
        making, one = zstandard.ZstdCompressor(level=1).compressobj(), piece * (4096 // len(piece))
        frame = bytearray().join([*(making.compress(one) for _ in range(min(size, 1 << 22) // len(one))), making.flush()])
        if window:
            frame[5] = (window - 10) << 3
        return bytes(frame)

    @seed(start)
    @settings(max_examples=max(1, examples // 20), deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(
        st.tuples(sizes, st.binary(min_size=1, max_size=8), windows).map(lambda x: run_of(*x)),
        st.tuples(st.integers(1, 200_000), st.sampled_from([b"[", b'{"a":', b"[{}," , b'"\\u0000'])).map(
            lambda x: zstandard.compress(x[1] * x[0])),
        st.integers(1, 20_000).map(lambda n: zstandard.compress(
            b'{"v":1,"epoch":"e","push":[' + b'{"dev":"0","seq":1},' * n + b"]}")),
        st.integers(1, 5_000).map(lambda n: zstandard.compress(msgspec.json.encode({
            "v": 1, "epoch": "e", "cursors": {str(i): i for i in range(n)}}))),
        st.tuples(st.binary(max_size=14), st.binary(max_size=30)).map(lambda x: b"\x28\xb5\x2f\xfd" + x[0] + x[1])))
    def run(body: bytes) -> None:
        try_wire(body, seen)

    run()
    return seen


def reply_fuzz(examples: int, start: int) -> Counter[str]:
    """Whatever answers a desk with whatever status: it understands it or says that it does not."""
    seen: Counter[str] = Counter()
    statuses = st.integers(100, 599) | st.sampled_from([200, 401, 403, 407, 413, 429, 500, 502, 503, 504])
    pages = st.binary(max_size=300) | st.one_of(MESSAGES[wire.Problem], JSON).map(_bytes).map(zstandard.compress)
    sound = st.builds(wire.Problem, st.text(max_size=12)).map(msgspec.json.encode).map(zstandard.compress)

    @seed(start)
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(statuses, pages | sound)
    def run(status: int, page: bytes) -> None:
        try:
            seen[f"{status // 100}xx"] += bool(answers.problem_of(status, page).reason) or 1
        except wire.Garbled as garbled:
            assert status < 300, "a page of a server in between has its words"
            seen[garbled.reason] += 1

    run()
    return seen


class Maker:
    """Makes signed bundles of whatever frames, and damages them."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "fuzz.kdx"
        self.key = signing.new_key()
        self.public = self.key.public_key().public_bytes_raw()
        self.identity = pyrage.x25519.Identity.generate()

    def write(self, frames: list[Frame]) -> None:
        bundle_file.write(self.path, Head(1, TO_HUB, "a" * 16, "h", 1), [str(self.identity.to_public())], self.key, frames)

    def sealed(self, plain: bytes) -> None:
        """A genuine file whose inside is any bytes: as of somebody who has a laptop's key."""
        head = msgspec.json.encode(Head(1, TO_HUB, "a" * 16, "h", 1))
        body = bundle_file.MAGIC + len(head).to_bytes(4, "big") + head + pyrage.encrypt(plain, [self.identity.to_public()])
        digest = bundle_file.hashlib.sha256(body).digest()
        self.path.write_bytes(body + bundle_file._TRAILER.pack(
            digest, self.key.sign(bundle_file._SAID + digest), len(body) + bundle_file._TRAILER.size, bundle_file.END))

    def read(self, seen: Counter[str]) -> None:
        def take(part: Frame) -> None:
            for kind in KINDS:
                try:
                    bundle.message(part.body, kind)
                    seen["message"] += 1
                except Unusable as no:
                    seen[no.reason] += 1

        try:
            bundle_file.read_head(self.path)
            bundle_file.check(self.path, self.public)
            bundle_file.read(self.path, [str(self.identity)], take, 64 << 20)
            seen["whole"] += 1
        except Unusable as no:
            seen[no.reason] += 1


def bundle_fuzz(examples: int, start: int) -> Counter[str]:
    """Noise as a file, damaged files, genuine files of odd frames and of odd insides."""
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        maker = Maker(Path(folder))
        frames = st.lists(st.tuples(st.binary(min_size=1, max_size=1),
                                    st.binary(max_size=200) | st.one_of(*MESSAGES.values()).map(_bytes)), max_size=5)
        plains = st.binary(max_size=300) | st.binary(max_size=300).map(zstandard.compress)
        works: tuple[tuple[st.SearchStrategy[Any], Callable[[Any], None]], ...] = (
            (st.binary(max_size=400), lambda noise: maker.path.write_bytes(noise) and None),
            (st.binary(max_size=400), lambda noise: maker.path.write_bytes(bundle_file.MAGIC + noise) and None),
            (frames, lambda parts: maker.write([Frame(k, b) for k, b in parts])),
            (plains, maker.sealed),
            (st.integers(0, 2**32), lambda n: _damage(maker, random.Random(n))))

        @seed(start)
        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.one_of(*[made.map(lambda value, work=work: (work, value)) for made, work in works]))
        def run(given_: tuple[Callable[[Any], None], Any]) -> None:
            given_[0](given_[1])
            maker.read(seen)

        run()
    return seen


def _damage(maker: Maker, rnd: random.Random) -> None:
    maker.write([Frame(b"Q", rnd.randbytes(50))])
    whole = bytearray(maker.path.read_bytes())
    for _ in range(rnd.randint(1, 4)):
        if whole and rnd.random() < 0.3:
            del whole[rnd.randrange(len(whole)):]
        if whole:
            whole[rnd.randrange(len(whole))] ^= 1 << rnd.randrange(8)
    maker.path.write_bytes(whole)


TARGETS: dict[str, Callable[[int, int], Counter[str]]] = {
    "wire": wire_fuzz, "big": big_fuzz, "reply": reply_fuzz, "bundle": bundle_fuzz}


def run_one(name: str, examples: int, seconds: float, start: int) -> str:
    """One target, seed after seed, for so long or so many; gives what came of it."""
    work, seen = TARGETS[name], Counter[str]()
    work(100, start)
    before, began, tried = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic(), 0
    while tried < examples or time.monotonic() - began < seconds:
        seen += work(min(1_000, examples - tried) if tried < examples else 1_000, start + tried)
        tried += 1_000
    grew = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return f"{name}: {tried} examples from seed {start} in {time.monotonic() - began:.0f} s, {grew:.0f} MB more: {dict(seen)}"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--examples", type=int, default=1_000, help="at least so many of each target")
    options.add_argument("--seconds", type=float, default=0.0, help="and for at least so long")
    options.add_argument("--megabytes", type=int, default=700, help="address space that a target may have")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--target", choices=list(TARGETS))
    chosen = options.parse_args()
    if chosen.target:
        most = chosen.megabytes << 20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        print(run_one(chosen.target, chosen.examples, chosen.seconds, chosen.seed), flush=True)
        return 0
    return max(subprocess.run([sys.executable, "-m", "tests.sync.fuzz", "--target", name, *sys.argv[1:]],
                              check=False).returncode for name in TARGETS)


if __name__ == "__main__":
    raise SystemExit(main())
