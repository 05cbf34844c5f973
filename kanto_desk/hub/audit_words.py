"""The audit log in words: what stands in it, as the command line and the page show it."""

from __future__ import annotations

from kanto_desk.i18n import Language, tr


def words_of(what: str, language: Language | None = None) -> str:
    """One entry of the log in the language in use, or in the one named; an unknown one as it stands."""
    words = {
        "signed otherwise": tr("登録と違うお名前で書いた", language),
        "enrolled": tr("パソコンが参加した", language), "revoked": tr("パソコンを止めた", language),
        "cloned": tr("複製を見つけた", language), "code": tr("参加の1行をつくった", language),
        "grant": tr("役割を加えた", language), "grant ended": tr("役割を外した", language),
        "person added": tr("人を登録した", language), "person left": tr("人を使わない人にした", language),
        "person came back": tr("人をまた使える人にした", language),
        "body added": tr("機関を加えた", language),
        "password": tr("ページの合言葉を決めた", language), "backup": tr("バックアップをつくった", language),
        "restore": tr("バックアップに戻した", language), "signed in": tr("ページに入った", language),
        "signed out": tr("ページから出た", language), "sign-in refused": tr("ページに入れなかった", language),
        "downloaded": tr("書き出した", language), "contents moved": tr("写真とファイルを移した", language),
        "contents swept": tr("使われなくなった写真とファイルを消した", language),
        "bundle made": tr("戻すファイルを書いた", language), "bundle taken": tr("ファイルを取り込んだ", language),
        "authority announced": tr("次の認証局を知らせた", language), "authority used": tr("認証局を替えた", language),
        "quarantine taken": tr("隔離したものを取り込んだ", language),
        "recovery key left": tr("回復用の鍵を預けた", language),
        "recovery key dropped": tr("預けた回復用の鍵を消した", language),
        "recovery key read": tr("預かった回復用の鍵を読み出した", language),
        "lease": tr("同期しない日数を決めた", language), "unlock code": tr("解除コードを出した", language),
    }
    return words.get(what, what)
