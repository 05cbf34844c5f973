"""What a person types, by seed: keys with their pauses, and what must stand on the desk after each of them.

The expected states come from here and never from the window, so that a window that swallows a key is found out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

Act = Literal["key", "compose", "commit", "enter", "kind", "field", "capture"]
KINDS = {2: "issue", 3: "advice", 4: "promise", 6: "memo"}
CLAUSES = (
    (("め", "めん", "めんあ", "めんあら", "めんあらさ"), "面粗さ"), (("そ", "そく", "そくて", "そくてい"), "測定"),
    (("た", "たか", "たかは", "たかはし"), "髙橋"), (("よ", "よし", "よしだ"), "𠮷田"),
    (("ら", "らい", "らいね", "らいねん"), "来年"), (("が", "が2", "が2わ", "が2わり", "が2わりへ", "が2わりへる"), "が2割減る"),
    (("に", "にん", "にんし", "にんしょ", "にんしょう"), "認証"), (("、",), "、"), (("こ", "こう", "こうじ", "こうじょう"), "工場"),
)
LATIN = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True)
class Step:
    """One act of the person after a pause: a key, what the input method shows or commits, a way to another box."""

    act: Act
    text: str = ""
    pause_ms: int = 0


@dataclass(frozen=True)
class Written:
    """What the person has written: lines as (kind, text), the capture box with its composing text, one field."""

    lines: tuple[tuple[str, str], ...] = ()
    kind: str = "said"
    box: str = ""
    field: str = ""

    @property
    def capture(self) -> tuple[tuple[tuple[str, str], ...], str, str]:
        """Lines and box; the kind of an empty box is nothing that could be lost."""
        return self.lines, self.kind if self.box else "", self.box


def plan(chosen: random.Random, seconds: float) -> list[Step]:
    """Typing of at least so many seconds."""
    steps: list[Step] = []
    for step in _typing(chosen):
        steps.append(step)
        if sum(s.pause_ms for s in steps) > seconds * 1000:
            return steps
    raise AssertionError("typing never ends")


def states(before: Written, steps: Sequence[Step]) -> list[Written]:
    """What is written before the first step and after each."""
    out = [before]
    place, composing = "capture", ""
    for step in steps:
        now = out[-1]
        text = now.box if place == "capture" else now.field
        settled = text[:len(text) - len(composing)]
        if step.act in ("key", "commit"):
            text, composing = settled + step.text, ""
        elif step.act == "compose":
            text, composing = settled + step.text, step.text
        if step.act in ("field", "capture"):
            place, composing = step.act, ""   # what was being composed stays as text
        if step.act == "enter":
            out.append(replace(now, lines=(*now.lines, (now.kind, now.box)), kind="said", box=""))
        elif step.act == "kind":
            out.append(replace(now, kind=KINDS[int(step.text)]))
        elif place == "capture":
            out.append(replace(now, box=text) if step.act != "capture" else now)
        else:
            out.append(replace(now, field=text) if step.act != "field" else now)
    return out


def as_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps for the child process."""
    return [asdict(step) for step in steps]


def _typing(chosen: random.Random) -> Iterator[Step]:
    while True:
        if chosen.random() < 0.3:
            yield Step("field", "", chosen.randint(150, 500))
            yield from _phrases(chosen, chosen.randint(1, 4))
            yield Step("capture", "", chosen.randint(50, 900))
            continue
        if chosen.random() < 0.4:
            yield Step("kind", str(chosen.choice(list(KINDS))), chosen.randint(100, 300))
        yield from _phrases(chosen, chosen.randint(2, 6))
        if chosen.random() < 0.7:
            yield Step("enter", "", chosen.randint(80, 300))
        if chosen.random() < 0.35:
            yield Step("key", chosen.choice(LATIN), chosen.randint(900, 2500))   # stops to listen


def _phrases(chosen: random.Random, count: int) -> Iterator[Step]:
    for _ in range(count):
        if chosen.random() < 0.4:
            for _ in range(chosen.randint(2, 7)):
                yield Step("key", chosen.choice(LATIN), chosen.randint(60, 180))
            continue
        kana, word = chosen.choice(CLAUSES)
        for text in kana:
            yield Step("compose", text, chosen.randint(70, 170))
        if chosen.random() < 0.7:
            yield Step("compose", word, chosen.randint(150, 400))   # converted, not yet taken
        yield Step("commit", word, chosen.randint(60, 250))
