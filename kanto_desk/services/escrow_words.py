"""How it stands with the recovery key at the secretariat, in a sentence."""

from __future__ import annotations

from kanto_desk.i18n import tr
from kanto_desk.services.escrow import OLD_HUB, Left


def standing(left: Left) -> str:
    """One sentence for settings, the box of the recovery key and the command line."""
    if not left.wanted:
        return tr("回復用の鍵は、事務局に預けていません。")
    if left.at:
        return tr("回復用の鍵を、事務局に預けてあります（{at}から）。", at=left.at[:16].replace("T", " "))
    if left.why == OLD_HUB:
        return tr("回復用の鍵は、まだ預かってもらえません。同期先のプログラムが古いためです。"
                  "新しくなると、次の同期で預けます。")
    if left.why:
        return tr("回復用の鍵は、まだ預けていません。同期先が受け取りませんでした（{why}）。"
                  "次の同期でもう一度預けます。",
                  why=left.why)
    if not left.joined:
        return tr("回復用の鍵は、同期先に参加すると、事務局に預けます。")
    return tr("回復用の鍵は、まだ預けていません。次の同期で、事務局に預けます。")
