"""A budget of odd bytes in every run; more by `python -m tests.sync.fuzz --seconds 180`."""

from __future__ import annotations

from tests.sync.fuzz import big_fuzz, bundle_fuzz, reply_fuzz, wire_fuzz

EXAMPLES = 600
SEED = 20261128


def test_whatever_comes_over_the_wire_is_a_message_or_refused() -> None:
    seen = wire_fuzz(EXAMPLES, SEED)
    assert {"message", "frame", "shape"} <= set(seen), seen


def test_whatever_is_too_big_or_too_deep_is_refused() -> None:
    seen = big_fuzz(EXAMPLES, SEED)
    assert {"size", "shape", "frame"} <= set(seen), seen


def test_whatever_answers_a_desk_is_understood_or_refused() -> None:
    seen = reply_fuzz(EXAMPLES, SEED)
    assert {"2xx", "4xx", "5xx", "frame"} <= set(seen), seen


def test_whatever_lies_in_a_file_is_a_bundle_or_refused() -> None:
    seen = bundle_fuzz(EXAMPLES, SEED)
    assert {"whole", "none", "short", "changed", "shape"} <= set(seen), seen
