"""The words of the secretariat's page, in the language of whoever looks at it."""

from __future__ import annotations

from kanto_desk.i18n import Language, tr
from kanto_desk.rules.access import Role


def words(ln: Language) -> dict[str, str]:
    """Every fixed word of the templates by its name there."""
    return {
        "in_use": tr("使っているパソコン", ln), "title": tr("同期先", ln),
        "sign_in": tr("入る", ln), "sign_in_title": tr("事務局のページに入る", ln),
        "name": tr("お名前", ln), "password": tr("合言葉", ln), "sign_out": tr("出る", ln), "home": tr("ようす", ln),
        "people": tr("人と参加", ln), "waiting": tr("受け取らなかった変更", ln), "audit": tr("操作の記録", ln),
        "other_language": "English" if ln == "ja" else "日本語", "computers": tr("参加しているパソコン", ln),
        "person": tr("使う人", ln), "computer": tr("パソコン", ln), "part": tr("番号", ln), "state": tr("状態", ln),
        "last_contact": tr("最後の同期", ln), "changes": tr("受け取った変更", ln), "held": tr("保留", ln),
        "refused": tr("受け取らなかった", ln), "unsent": tr("まだ送っていない", ln), "act": tr("すること", ln),
        "key": tr("回復用の鍵", ln), "key_left": tr("預かり", ln),
        "stop": tr("止める", ln), "no_computers": tr("参加しているパソコンはまだありません。", ln),
        "conflicts": tr("確認が必要な変更", ln), "storage": tr("記録の大きさ", ln), "free": tr("ディスクの空き", ln),
        "backups": tr("バックアップ", ln), "file": tr("ファイル", ln), "size": tr("大きさ", ln),
        "made": tr("つくった日時", ln),
        "no_backups": tr("バックアップはまだありません。hub backup でつくります。", ln),
        "elsewhere": tr("写真とファイルはバックアップに入らず、こちらにあります：", ln),
        "number": tr("通し番号", ln), "roles": tr("役割", ln), "make_line": tr("参加の1行をつくる", ln),
        "no_people": tr("登録された人はまだいません。hub people add で加えます。", ln),
        "back": tr("戻る", ln), "cancel": tr("やめる", ln), "when": tr("日時", ln), "who": tr("だれが", ln),
        "what": tr("何を", ln), "detail": tr("くわしく", ln), "download": tr("CSV で書き出す", ln),
        "kind": tr("どんな記録", ln), "reason": tr("理由", ln),
        "nothing_waits": tr("ありません。すべて受け取りました。", ln),
        "older": tr("前の50件", ln), "newer": tr("新しい50件", ln), "skip": tr("本文へ", ln),
        "stop_title": tr("このパソコンを止めますか", ln), "stop_button": tr("このパソコンを止める", ln),
        "stop_means": tr(
            "止めたパソコンは同期できなくなり、次につながったとき、その中の記録と写真を消します。元に戻せません。"
            "まだ送っていないものは、この同期先だけがひらけるファイルに入れて、パソコンに残します。"
            "もう一度使うときは、新しい1行で参加します。", ln),
        "line_title": tr("参加の1行", ln),
        "line_once": tr("この1行は、ここで1度だけ表示します。パソコン1台に使えます。", ln),
        "not_found": tr("見つかりません", ln), "gone": tr("このページはありません。", ln), "languages": tr("言語", ln),
        "pages": tr("ページ", ln), "no_audit": tr("まだ何もありません。", ln),
    }


def state_word(state: str, ln: Language) -> str:
    """The state of a computer."""
    return {"active": tr("使用中", ln), "revoked": tr("停止", ln), "cloned": tr("複製の疑い", ln)}.get(state, state)


def role_word(role: Role, ln: Language) -> str:
    """A role (CL39)."""
    return {Role.EXPERT: tr("専門家", ln), Role.ADVISER: tr("相談員", ln), Role.COORDINATOR: tr("コーディネーター", ln),
            Role.SECRETARIAT: tr("事務局", ln), Role.REVIEWER: tr("審査員", ln), Role.ACCOUNTING: tr("経理", ln),
            Role.ADMINISTRATOR: tr("管理者", ln), Role.READER: tr("閲覧", ln)}[role]


def reason_word(reason: str, ln: Language) -> str:
    """Why a change was not taken."""
    return {"newer": tr("この同期先がまだ知らない種類", ln), "value": tr("読めない値", ln),
            "role": tr("役割で書けない", ln), "scope": tr("見られない記録", ln),
            "level": tr("書けない項目", ln), "long": tr("長すぎる値", ln)}.get(reason, reason)


def done_word(done: str, ln: Language) -> str:
    """What is said after something was done; empty for an unknown word."""
    return {"stopped": tr("パソコンを止めました。", ln), "out": tr("出ました。", ln)}.get(done, "")
