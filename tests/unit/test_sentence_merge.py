"""Notes edited on two sides: merged only where nobody could object. A corpus of edit pairs with an oracle."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest

from kanto_desk.rules.sentence_merge import merged, sentences

PAIRS = 3_000
SEED = 20261128

SUBJECTS = ("当社", "先方", "社長", "工場長", "営業部", "展示会", "見積もり", "試作品", "補助金", "主力の取引先")
VERBS = ("を検討している", "について相談したい", "は来月に決まる", "が足りない", "を見直す", "に期待している", "は順調である",
         "で困っている", "を増やす予定", "が課題である")


def test_sentences_joined_are_the_text() -> None:
    for text in ("", "一。", "一。二！「三。」四", "行一\n行二\n\n行三", "数値は3.5mm。次。", "！！", "途中", "あ。 い。\n"):
        assert "".join(sentences(text)) == text
    assert sentences("一です。二ですか？（三です。）四") == ["一です。", "二ですか？", "（三です。）", "四"]


@pytest.mark.parametrize(("left", "right", "wanted"), [
    ("甲2。乙。丙。丁。", "甲。乙。丙。丁2。", "甲2。乙。丙。丁2。"),
    ("乙。丙。丁。", "甲。乙。丙。丁。戊。", "乙。丙。丁。戊。"),
    ("甲。新。乙。丙。丁。", "甲。乙。丙。丁2。", "甲。新。乙。丙。丁2。"),
    ("甲2。乙。丙。丁。", "甲3。乙。丙。丁。", None),            # the same sentence
    ("甲2。乙。丙。丁。", "甲。乙2。丙。丁。", None),            # neighbours
    ("甲。乙。丙。丁。右。", "甲。乙。丙。丁。左。", None),      # both at the end
    ("乙。丙。丁。甲。", "甲2。乙。丙。丁。", None),             # moved and edited
    ("甲。丙。乙。丁。戊。己。", "甲。乙。丙。丁。戊。己2。", None),   # moved, and edited elsewhere
    ("乙。丙。丁。甲。", "乙。甲。丙。丁。", None),              # moved to two places
    ("甲。新。乙。丙。丁。", "甲。乙。丙。新。丁。", None),      # the same new sentence twice
    ("甲。乙。丙。丁。続き", "甲0。乙。丙。丁。", "甲0。乙。丙。丁。続き"),
])
def test_pairs(left: str, right: str, wanted: str | None) -> None:
    base = "甲。乙。丙。丁。"
    assert merged(base, left, right) == wanted
    assert merged(base, right, left) == wanted


def test_an_open_end_does_not_run_into_the_next_sentence() -> None:
    assert merged("甲。乙。丙", "甲2。乙。丙", "甲。乙。丙と丁") == "甲2。乙。丙と丁"
    assert merged("甲。乙。丙", "甲2。乙。丙", "甲。乙。丙丁。戊。") == "甲2。乙。丙丁。戊。"


@dataclass(frozen=True)
class Piece:
    """A sentence with who last touched it: `uid` is its place in the base, new ones have their own."""

    uid: int
    text: str
    moved: bool = False


def a_sentence(rnd: random.Random) -> str:
    end = rnd.choice(("。", "。", "。", "。\n", "！", "？", "（要確認）。", "」。"))
    return f"{rnd.choice(SUBJECTS)}{rnd.choice(VERBS)}{rnd.choice(('', rnd.randrange(100), '（別紙）'))}{end}"


def edited(rnd: random.Random, base: list[Piece], first: int) -> list[Piece]:
    """One side's edits: sentences changed, added, taken away, moved."""
    out = list(base)
    for n in range(rnd.choice((1, 1, 1, 2, 2, 3))):
        what = rnd.choices(("change", "add", "take", "move", "append"), (6, 3, 2, 1, 2))[0]
        at = rnd.randrange(len(out)) if out else 0
        if what == "change" and out:
            out[at] = replace(out[at], text=a_sentence(rnd))
        elif what == "take" and len(out) > 1:
            del out[at]
        elif what == "move" and len(out) > 2:
            out.insert(rnd.randrange(len(out)), replace(out.pop(at), moved=True))
        else:
            out.insert(len(out) if what == "append" else at, Piece(first + n, a_sentence(rnd)))
    return out


def oracle(base: list[Piece], one: list[Piece], two: list[Piece]) -> set[str]:
    """Every text that holds both sides' edits and nothing else: each sentence once, in an order that neither denies."""
    was = {p.uid: p.text for p in base}
    mine, theirs = ({p.uid: p.text for p in side} for side in (one, two))
    keep: dict[int, str] = {}
    for uid in {*was, *mine, *theirs}:
        here, there = mine.get(uid), theirs.get(uid)
        if uid in was:
            changed = [x for x in (here, there) if x != was[uid]]
            if len(changed) == 2:
                return set()   # both touched it: only people can say
            text = changed[0] if changed else was[uid]
        else:
            text = here if here is not None else there
        if text is not None:
            keep[uid] = text
    after: dict[int, set[int]] = {uid: set() for uid in keep}   # uid → what stands before it
    for side, other in ((one, two), (two, one)):
        order = [p.uid for p in side]
        before = [p.uid for p in base]
        for i, uid in enumerate(order):
            for earlier in order[:i]:
                if uid not in keep or earlier not in keep:
                    continue
                both = uid in was and earlier in was
                if both and before.index(earlier) > before.index(uid):
                    after[uid].add(earlier)          # this side moved it
                elif both:
                    theirs_order = [p.uid for p in other]
                    if not (uid in theirs_order and earlier in theirs_order
                            and theirs_order.index(earlier) > theirs_order.index(uid)):
                        after[uid].add(earlier)
                elif not {uid, earlier} & {p.uid for p in other if p.moved}:   # beside what moved, nothing is said
                    after[uid].add(earlier)
    found: set[str] = set()

    def build(left: set[int], text: str) -> None:
        if len(found) > 200:
            return
        if not left:
            found.add(text)
        for uid in sorted(left):
            if not after[uid] & left:
                build(left - {uid}, text + keep[uid])

    build(set(keep), "")
    return found


def corpus(pairs: int, seed: int) -> tuple[int, int, list[tuple[str, str, str, str]]]:
    """How many pairs there were with two different edits, how many were merged, and those merged wrongly."""
    rnd = random.Random(seed)
    tried = done = 0
    wrong = []
    while tried < pairs:
        base = [Piece(n, a_sentence(rnd)) for n in range(rnd.randint(3, 14))]
        one, two = edited(rnd, base, 1000), edited(rnd, base, 2000)
        texts = ["".join(p.text for p in side) for side in (base, one, two)]
        if len(set(texts)) < 3:
            continue
        tried += 1
        out = merged(*texts)
        if out is not None:
            done += 1
            if out not in oracle(base, one, two):
                wrong.append((*texts, out))
    return tried, done, wrong


def test_a_corpus_of_edits_is_never_merged_wrongly() -> None:
    tried, done, wrong = corpus(PAIRS, SEED)
    print(f"{tried} pairs from seed {SEED}: {done} merged without asking ({100 * done / tried:.1f} %), {len(wrong)} wrong")
    assert not wrong, wrong[0]
    assert done > tried * 0.3


def test_the_oracle_finds_a_wrong_merge() -> None:
    base = [Piece(n, f"{n}。") for n in range(4)]
    one, two = [base[0], Piece(1, "右。"), *base[2:]], [*base[:3], Piece(3, "左。")]
    assert oracle(base, one, two) == {"0。右。2。左。"}
    assert oracle(base, one, [base[0], Piece(1, "別。"), *base[2:]]) == set()
