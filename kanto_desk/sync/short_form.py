"""The short form of small messages: a zstd frame over words that both sides know, behind one byte that names them.

An edit is some hundred bytes of names that every message repeats and some dozen of content. Plain zstd frames (their
first byte is 0x28) stay understood for ever; the words of a number never change: other words get another number.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Final

import zstandard

NUMBER: Final = 1
MOST_BYTES: Final = 16_384
"""Longer messages hold enough to learn from themselves."""

_FEW: Final = 65_536

_WORDS: Final = (
    b'consultationorganizationvisitedvisitorattachmentcontact_pointpromiseassignmentneedmatchproposaltransition'
    b'"kind":"said","kind":"seen","kind":"advice","kind":"memo","place":"","title":"","name":"","notes":"","theme":"",'
    b'"summary":"","held_on":"2026-","started_at":"","ended_at":"","state":"","due_on":"2026-","done_on":"2026-",'
    b'"owner":"","deleted_at":"2026-","merged_into":"","visibility":"P1","programme":"","expert":"","person":"",'
    b'{"reason":"busy","time":1,"epoch":"","acked":,"retry_after":,"order":""},"lost":[],"wanted":[],"authority":"",'
    b'"verdicts":[{"seq":,"state":"refused","reason":"scope"}],"more":true,"sealing":"age1","signing":"","keys":true,'
    b'{"v":1,"scope":"","after":["",""],"lost":true,"done":true,"most":,"upto":,"last":["",""],'
    b'"events":[{"id":,"row":{"type":"","uid":"","at":,"fields":{"":{"":""},{"id":,"leave":{"type":"","uid":"",'
    b'"fields":[""]}},{"id":,"change":{"dev":"","backed_up":,"scopes":["body:","device:","member","office:*",'
    b'"person:","programme:","public"],"cursors":{"office:*":,"public":,"person:","member":,"device:","body:":'
    b'{"v":1,"epoch":"","time":17,"acked":'
    b'{"v":1,"epoch":"","cursors":{"member":,"public":,"office:*":,"body:":,"person:":,"device:":}'
    b',"push":[{"dev":"","seq":,"hlc":"01","sv":1006,"tx":"01","type":"organization","uid":"01","by":""'
    b',"wall":"2026-12-01T09:00:00.000000+09:00","set":{"consultation":"01","organization":"01","name":""},"base":{}'
    b',"type":"consultation","uid":"01",","type":"entry","uid":"01","by":"","wall":"2026-","set":{"text":""}'
    b',"base":{"text":["01"]}}],"first":,"sv":1006,"unsent":}')


@cache
def _words() -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(_WORDS, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


@cache
def _parameters() -> zstandard.ZstdCompressionParameters:
    return zstandard.ZstdCompressionParameters.from_level(
        19, source_size=len(_WORDS), format=zstandard.FORMAT_ZSTD1_MAGICLESS, write_content_size=0)


def is_short(body: bytes) -> bool:
    """Whether these bytes have the short form."""
    return body[:1] == bytes([NUMBER])


class _Made(threading.local):
    """Each thread's own: one serves one thread at a time, and to make it takes four times what it has to do."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(compression_params=_parameters(), dict_data=_words())


_made = cache(_Made)   # when the first message is made, not when this is read


def shortened(plain: bytes) -> bytes:
    """The short form of a message's JSON."""
    return bytes([NUMBER]) + _made().compressor.compress(plain)


def lengthened(body: bytes, most: int) -> bytes:
    """The JSON of the short form, at most `most` + 1 bytes of it. Raises zstandard.ZstdError for anything else."""
    return read_all(zstandard.ZstdDecompressor(dict_data=_words(), max_window_size=1 << 27,
                                               format=zstandard.FORMAT_ZSTD1_MAGICLESS), body[1:], most + 1)


def read_all(decompressor: zstandard.ZstdDecompressor, body: bytes, most: int) -> bytes:
    """What these bytes unpack to, at most so many: few are asked for first, as room for all is made beforehand."""
    for many in (min(most, _FEW), most):   # begun again where it is longer: put together it would lie there twice
        with decompressor.stream_reader(body) as reader:
            plain = reader.read(many)
        if len(plain) < many:
            break
    return plain
