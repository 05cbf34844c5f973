"""How texts and queries are written for the full-text index: folded pairs of characters, and single ones apart."""

from __future__ import annotations

from kanto_desk.japanese.folding import bigrams, fold
from kanto_desk.japanese.queries import parse

GAP = " | "   # a token no query has: phrases do not reach from one field into the next


def tokens(shown: str) -> dict[str, str]:
    """The columns of a row of the index, for texts with `GAP` between them."""
    parts = [fold(part) for part in shown.split(GAP)]
    grams = GAP.join(" ".join(bigrams(part)) for part in parts)
    return {"g": grams, "u": " ".join(sorted(set("".join(parts))))}


def match(query: str) -> str:
    """What the index is asked for by a query (`japanese.queries`); "" for one that finds nothing."""
    parsed = parse(query)
    if not parsed.wanted:
        return ""
    wanted = " AND ".join(map(phrase, parsed.wanted))
    return f"({wanted}) NOT ({' OR '.join(map(phrase, parsed.unwanted))})" if parsed.unwanted else wanted


def phrase(term: str) -> str:
    """What the index is asked for by one term."""
    folded = fold(term)
    return f'u:"{folded}"' if len(folded) == 1 else f'g:"{" ".join(bigrams(folded))}"'
