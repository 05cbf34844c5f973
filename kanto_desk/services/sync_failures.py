"""Why a sync did not go through, in the user's words: what happened, what is safe, what to do. Decides nothing."""

from __future__ import annotations

from typing import Final

from kanto_desk.clock import Clock, today
from kanto_desk.db.trouble import explain, is_full
from kanto_desk.errors import NotReached, Trouble
from kanto_desk.i18n import tr
from kanto_desk.sync.answers import AWAY, IN_BETWEEN

_REFUSED: Final = "CERTIFICATE_VERIFY_FAILED"


def why_not(reason: str, status: int = 0) -> str:
    """What the reason of a hub that said no means."""
    texts = {
        IN_BETWEEN: tr("途中のサーバーが、同期先へ通しませんでした（{status}）。", status=status),
        AWAY: tr("同期先は、いま動いていません。"),
        "code": tr("この1行は、期限が切れたか、もう使われています。"),
        "device": tr("このパソコンは、もう登録されています。"),
        "key": tr("同期先が、このパソコンの鍵を受け取れませんでした。"),
        "signature": tr("同期先は、このパソコンを知りません。"),
        "unsigned": tr("途中のサーバーが、求めの一部を落としました。"),
        "revoked": tr("このパソコンは、事務局が使用を止めました。"),
        "cloned": tr("同じデータフォルダーが、2台のパソコンで使われています。"),
        "clock": tr("同期先と時刻を合わせられませんでした。"),
        "repeated": tr("同じ求めが2度届きました。"),
        "size": tr("一度に送る量が多すぎました。"),
        "busy": tr("同期先が混み合っています。"),
        "full": tr("同期先の空きが足りず、受け取れませんでした。"),
        "fault": tr("同期先の中で誤りがありました。"),
    }
    return texts.get(reason, tr("同期先が受け取りませんでした（{reason}）。", reason=reason))


def what_to_do(reason: str) -> str:
    """What helps against it."""
    if reason in ("busy", "repeated", AWAY):
        return tr("少し待ってから、もう一度同期します。続くときは、事務局に連絡します。")
    if reason == "full":
        return tr("事務局に連絡します。空きができたあとの同期で、続きから送ります。")
    if reason == "clock":
        return tr("パソコンの日付と時刻の設定を確かめてから、もう一度同期します。")
    return tr("事務局に連絡します。")


def is_another(error: OSError) -> bool:
    """Whether somebody else answered: a certificate that is not of the hub's authority."""
    return _REFUSED in str(error).upper() and not _is_dated(error)


def _is_dated(error: OSError) -> bool:
    """Whether a certificate was refused for its dates alone: one of the two clocks is far off."""
    return _REFUSED in str(error).upper() and any(words in str(error) for words in ("not yet valid", "has expired"))


def not_reached(error: OSError, clock: Clock) -> NotReached:
    """What to tell when no request got through."""
    text = str(error)
    if _is_dated(error):
        return NotReached(tr("時計が大きくずれているため、同期先を確かめられません。このパソコンの日付は {day} です。",
                             day=f"{today(clock):%Y/%m/%d}"),
                          tr("何も送っていません。入力はすべてこのパソコンにあります。"),
                          tr("この日付が正しくないときは、パソコンの日付と時刻を合わせて、もう一度同期します。"
                             "正しいときは、同期先の時計を確かめるよう事務局に連絡します。"), text[:300])
    if is_another(error):   # the network was there, and somebody else answered
        return NotReached(tr("つながった相手は、参加した同期先ではありません。"),
                          tr("何も送っていません。入力はすべてこのパソコンにあります。"),
                          tr("別のネットワークで試すか、事務局に連絡します。同期先が新しくなったときは、"
                             "事務局の新しい1行で、もう一度参加します。"), text[:300])
    return NotReached(tr("同期先につながりません。"), tr("入力はすべてこのパソコンにあります。"),
                      tr("ネットワークにつながってから、もう一度同期します。"), text[:300])


def no_such_place(place: str, detail: str) -> NotReached:
    """What to tell when the name of a hub leads nowhere: it is written wrongly, or there is no network."""
    return NotReached(tr("「{place}」という場所が見つかりません。", place=shortened(place)),
                      tr("どこにもつないでいません。何も送っていません。"),
                      tr("ネットワークにつながっているか、1行が途中で欠けたり変わったりしていないかを確かめます。"),
                      detail[:300])


def shortened(place: str, most: int = 60) -> str:
    """A host as a sentence bears it: its beginning and its end."""
    return place if len(place) <= most else f"{place[:most // 2]}…{place[1 - most // 2:]}"


def not_kept(error: Exception) -> Trouble:
    """What to tell when this laptop's own disk took nothing of a sync."""
    cause = explain(error)
    if not is_full(cause):
        return cause
    return Trouble(tr("このパソコンのディスクに空きがなく、同期を途中で止めました。"),
                   tr("これまでに保存した記録は無事です。受け取りきれなかった分は、同期先に残っています。"),
                   tr("不要なファイルを消すなどして空きを作り、もう一度同期します。続きから始まります。"), cause.detail)


def not_understood() -> Trouble:
    """What to tell of an answer that is none."""
    return Trouble(tr("同期先の答えを読めませんでした。"), tr("入力はすべてこのパソコンにあります。"),
                   tr("もう一度同期します。続くときは、事務局に連絡します。"))
