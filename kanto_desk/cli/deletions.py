"""What `sync` and `bundle` say of deletions that wait for an answer, and the answer `--deletions delete|keep`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanto_desk.cli.output import Output
from kanto_desk.i18n import tr
from kanto_desk.services import mass_deletions
from kanto_desk.services.mass_deletions import Question

if TYPE_CHECKING:
    from kanto_desk.db.store import Store


def answer(store: Store, word: str | None, out: Output) -> int:
    """Answer what waits, before the sync that tells the others; gives how many records. None leaves it waiting."""
    if word is None:
        return 0
    n = mass_deletions.keep(store) if word == "keep" else mass_deletions.delete(store)
    out.note(tr("{n}件の記録を残しました。", n=n) if word == "keep" else tr("{n}件の記録をごみ箱に入れました。", n=n))
    return n


def document_of(asked: Question | None) -> dict[str, object] | None:
    """For `--json`: null where nothing waits."""
    if asked is None:
        return None
    return {"records": asked.records, "kinds": dict(asked.kinds), "titles": list(asked.titles),
            "by": [{"by": one.by, "laptop": one.laptop, "records": one.records, "first": one.first.isoformat(),
                    "last": one.last.isoformat()} for one in asked.deleters]}


def lines_of(asked: Question | None) -> list[str]:
    """What happened, what is safe, what to do."""
    if asked is None:
        return []
    return [tr("同期が {kinds} を消そうとしたので、止めました。答えるまで、1件も消しません。",
               kinds=mass_deletions.kinds_words(asked)),
            *(f"  {mass_deletions.who_words(one)}" for one in asked.deleters),
            tr("sync --deletions delete で消し、sync --deletions keep で消さずに残します。")]
