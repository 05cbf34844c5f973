"""The commands and options of the program, as docs/cli.md lists them. Names handlers as text and imports none."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from kanto_desk import __version__
from kanto_desk.i18n import tr, use


class UsageError(Exception):
    """The command line cannot be understood: `message` says why, `usage` how it is written."""

    def __init__(self, message: str, usage: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.usage = usage

    @property
    def text(self) -> str:
        """Message and usage as printed."""
        return "\n".join(filter(None, (self.message, self.usage.rstrip())))


def choose_language(argv: Sequence[str]) -> None:
    """Take --lang out of the arguments before they are parsed: help and refusals speak that language too."""
    for place, argument in enumerate(argv):
        value = argument[7:] if argument.startswith("--lang=") else argv[place + 1] if (
            argument == "--lang" and place + 1 < len(argv)) else ""
        if value in ("ja", "en"):
            use("en" if value == "en" else "ja")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The arguments of one run; `handler` is "module:function" in kanto_desk.cli, None for the window.

    Raises UsageError; SystemExit after --help and --version.
    """
    return build().parse_args(argv)


def build() -> argparse.ArgumentParser:
    """The whole parser, in the language in use."""
    parser = _Parser(prog="kanto-desk", description=tr("関東デスク：現場の相談を記録し、紙にし、守る机です。"),
                     epilog=tr("コマンドなしで始めると窓が開きます。終了コード：0 済み・1 誤り・2 書き方・"
                               "3 受け付けない・4 困りごと・5 取り込みの一部の行を受け付けない。"))
    parser.set_defaults(handler=None)
    parser.add_argument("--version", action="version", version=f"kanto-desk {__version__}",
                        help=tr("版を表示して終わる"))
    _common(parser, None)
    commands = _group(parser)
    _setup(commands)
    _records(commands)
    _finding(commands)
    _directory(commands)
    _figures(commands)
    _care(commands)
    _moving(commands)
    _sync(commands)
    _hub(commands)
    return parser


class _Help(argparse.HelpFormatter):
    """Help whose own words are in the language in use."""

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, tr("使い方：") if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """A parser that raises instead of ending the process, and speaks Japanese."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": _Help, "allow_abbrev": False, **options, "add_help": False})
        self._positionals.title = tr("引数")
        self._optionals.title = tr("オプション")
        self.add_argument("-h", "--help", action="help", help=tr("この説明を表示して終わる"))

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(_worded(message), self.format_usage())


def _worded(message: str) -> str:
    """What argparse complains of, in the language in use; a text it may say besides these passes as it is."""
    known = (
        (r"the following arguments are required: (?P<names>.*)", tr("足りない引数があります：{names}")),
        (r"unrecognized arguments: (?P<names>.*)", tr("知らない引数です：{names}")),
        (r"argument (?P<names>.*?): invalid choice: (?P<given>.*?) \(choose from (?P<known>.*)\)",
         tr("{names} に {given} は選べません（{known}）")),
        (r"argument (?P<names>.*?): invalid int value: (?P<given>.*)", tr("{names} は数です：{given}")),
        (r"argument (?P<names>.*?): expected one argument", tr("{names} に値がありません")),
        (r"argument (?P<names>.*?): expected at least one argument", tr("{names} に値がありません")),
        (r"argument (?P<names>.*?): (?P<given>.*)", tr("{names}：{given}")),
    )
    for pattern, text in known:
        found = re.fullmatch(pattern, message)
        if found:
            return text.format(**found.groupdict())
    return message


def _count(text: str) -> int:
    """A number of rows. Raises ArgumentTypeError: a negative one would silently mean all."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(tr("0以上の数を書きます（{given}）", given=text))
    return int(text)


def _city(text: str) -> str:
    """A municipality's code of five digits. Raises ArgumentTypeError."""
    if not re.fullmatch(r"[0-9]{5}", text):
        raise argparse.ArgumentTypeError(tr("5桁の数字を書きます（{given}）", given=text))
    return text


def _port(text: str) -> int:
    """A number to listen on; 0 for any that is free. Raises ArgumentTypeError."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65_535:
        raise argparse.ArgumentTypeError(tr("0から65535までの番号を書きます（{given}）", given=text))
    return int(text)


def _text(text: str) -> str:
    """Words of the user's. Raises ArgumentTypeError for bytes that are no text: no record holds or names them."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise argparse.ArgumentTypeError(tr("文字として読めません（{given}）", given=ascii(text)))
    return text


def _common(parser: argparse.ArgumentParser, default: Any) -> None:
    """Options that may stand before or after the command; behind it, an absent one must not undo the one before."""
    parser.add_argument("--home", metavar="DIR", default=default,
                        help=tr("データフォルダー（なければ KANTO_DESK_HOME、それもなければ既定の場所）"))
    parser.add_argument("--lang", choices=("ja", "en"), default=default, help=tr("表示の言語"))
    parser.add_argument("--json", action="store_true", default=default if default is not None else False,
                        help=tr("結果を JSON で標準出力に書く"))
    parser.add_argument("--passphrase-file", metavar="FILE", default=default,
                        help=tr("合言葉を書いたファイル（ほかに KANTO_DESK_PASSPHRASE、端末での入力）"))


def _group(parser: argparse.ArgumentParser, name: str = "command") -> Any:
    return parser.add_subparsers(title=tr("コマンド"), dest=name, metavar="COMMAND", required=name != "command",
                                 parser_class=_Parser)


def _command(group: Any, name: str, handler: str, text: str, *former: str) -> argparse.ArgumentParser:
    """A command; `former` are names that scripts may still use."""
    parser: argparse.ArgumentParser = group.add_parser(name, help=text, description=text, aliases=former)
    parser.set_defaults(handler=handler)
    _common(parser, argparse.SUPPRESS)
    return parser


def _branch(commands: Any, name: str, text: str) -> Any:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    _common(parser, argparse.SUPPRESS)
    return _group(parser, f"{name}_command")


def _setup(commands: Any) -> None:
    setup = _command(commands, "setup", "setting_up:setup", tr("はじめの設定：暗号化したデータフォルダーをつくる"))
    setup.add_argument("--name", type=_text, required=True, metavar="NAME", help=tr("記録に残るお名前"))
    setup.add_argument("--kana", type=_text, default="", metavar="KANA", help=tr("お名前のフリガナ"))
    setup.add_argument("--organization", type=_text, default="", metavar="NAME", help=tr("ご所属"))
    setup.add_argument("--sample", action="store_true", help=tr("見本データを入れる"))
    demo = _command(commands, "demo", "demo:demo", tr("主な仕事を最初から最後まで、窓なしで実演する"))
    demo.add_argument("out", metavar="OUT", help=tr("結果を置く、まだないフォルダー"))
    demo.add_argument("--port", type=_count, default=0, metavar="N", help=tr("同期先の番号（はじめは空いている番号）"))


def _import_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help=tr("取り込むファイル"))
    parser.add_argument("--dry-run", action="store_true", help=tr("試すだけで、何も変えない"))


def _list_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=_count, default=100, metavar="N", help=tr("最大の件数（はじめは100）"))
    parser.add_argument("--offset", type=_count, default=0, metavar="N", help=tr("先頭から飛ばす件数"))


def _id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=_text, metavar="ID",
                        help=tr("uid、取り込み元の番号、受付番号、または一つに決まる名称"))


def _records(commands: Any) -> None:
    companies = _branch(commands, "organizations", tr("企業を取り込み、並べ、見る"))
    _import_options(_command(companies, "import", "organizations:import_file",
                             tr("CSV・Excel・JSON Lines・gBizINFO の JSON から企業を取り込む")))
    listed = _command(companies, "list", "organizations:list_all", tr("企業を並べる"))
    listed.add_argument("--query", type=_text, default="", metavar="TEXT", help=tr("名称などに含まれる言葉"))
    listed.add_argument("--prefecture", type=_text, action="append", default=[], metavar="NAME",
                        help=tr("都道府県（何度でも）"))
    _list_options(listed)
    _id(_command(companies, "show", "organizations:show", tr("1社を見る")))
    visits = _branch(commands, "consultations", tr("相談を取り込み、並べ、見る"))
    _import_options(_command(visits, "import", "consultations:import_file", tr("JSON Lines から相談を取り込む")))
    listed = _command(visits, "list", "consultations:list_all", tr("相談を新しい順に並べる"))
    listed.add_argument("--organization", type=_text, metavar="ID", help=tr("この企業の相談だけ"))
    listed.add_argument("--year", type=int, metavar="YEAR", help=tr("この年度の相談だけ（4月始まり）"))
    _list_options(listed)
    _id(_command(visits, "show", "consultations:show", tr("1件の相談を見る")))
    _id(_command(visits, "history", "consultations:history", tr("1件の相談の変更履歴を見る")))
    generic = _branch(commands, "records", tr("どの種類の記録も同じやり方で扱う"))
    _command(generic, "types", "records:types", tr("記録の種類を並べる"))
    fields = _command(generic, "fields", "records:fields", tr("1種類の記録の項目を並べる"))
    fields.add_argument("type", type=_text, metavar="TYPE", help=tr("記録の種類"))
    listed = _command(generic, "list", "records:list_all", tr("1種類の記録を並べる"))
    listed.add_argument("type", type=_text, metavar="TYPE", help=tr("記録の種類"))
    _list_options(listed)
    shown = _command(generic, "show", "records:show", tr("1件の記録を見る"))
    shown.add_argument("type", type=_text, metavar="TYPE", help=tr("記録の種類"))
    _id(shown)
    taken = _command(generic, "import", "records:import_file", tr("1種類の記録を取り込む"))
    taken.add_argument("type", type=_text, metavar="TYPE", help=tr("記録の種類"))
    _import_options(taken)


def _finding(commands: Any) -> None:
    search = _command(commands, "search", "search:search", tr("すべての記録から探す"))
    search.add_argument("text", type=_text, metavar="TEXT", nargs="?", default="",
                        help=tr("探す言葉。「-」は標準入力の1行を1回の検索とし、1行の JSON で答える"))
    search.add_argument("--type", type=_text, action="append", metavar="TYPE",
                        help=tr("この種類の記録だけ（何度でも）"))
    for name, meta, words in (
            ("from", "DAY", tr("この日からの相談だけ")), ("to", "DAY", tr("この日までの相談だけ")),
            ("expert", "NAME", tr("この相談員の相談だけ")), ("issue", "CODE", tr("この課題の相談だけ（コードか名前）")),
            ("prefecture", "NAME", tr("この都道府県の企業との相談だけ")),
            ("city", "NAME", tr("この市区町村の企業との相談だけ")),
            ("programme", "ID", tr("この事業の相談だけ")),
            ("view", "NAME", tr("相談の一覧でこの名前をつけて残した条件で探す"))):
        search.add_argument(f"--{name}", type=_text, metavar=meta, help=words,
                            dest={"from": "since", "to": "until"}.get(name, name))
    search.add_argument("--limit", type=_count, default=50, metavar="N", help=tr("最大の件数（はじめは50）"))
    report = _command(commands, "report", "reports:report",
                      tr("帳票を PDF にする。「report list」は帳票の種類を並べる"))
    report.add_argument("kind", type=_text, metavar="KIND", help=tr("帳票の種類、または list"))
    report.add_argument("id", type=_text, metavar="ID", nargs="?",
                        help=tr("uid、取り込み元の番号、受付番号、または一つに決まる名称"))
    report.add_argument("-o", "--output", metavar="OUT.pdf", help=tr("書き出す PDF"))
    report.add_argument("--locale", choices=("ja", "en"), default="ja", help=tr("帳票の言語"))


def _directory(commands: Any) -> None:
    group = _branch(commands, "directory", tr("企業ディレクトリ：日本のすべての法人"))
    taken = _command(group, "import", "directory:import_files",
                     tr("国税庁の法人番号のファイル（全件・差分、zip・CSV）と gBizINFO のファイル（CSV・JSON）を"
                        "取り込む。いくつでも、どの順でもよい"))
    taken.add_argument("file", metavar="FILE", nargs="+", help=tr("取り込むファイル"))
    taken.add_argument("--anew", action="store_true",
                       help=tr("いまの企業ディレクトリを見ずに、これらのファイルだけからつくり直す"))
    _command(group, "status", "directory:status", tr("企業ディレクトリに何があるかを見る"))
    _command(group, "check", "directory:check", tr("企業ディレクトリのすべてのページを読み、索引が合うかを確かめる"))
    search = _command(group, "search", "directory:search", tr("企業ディレクトリからさがす"))
    search.add_argument("text", type=_text, metavar="TEXT",
                        help=tr("探す言葉。「-」は標準入力の1行を1回の検索とし、1行の JSON で答える"))
    search.add_argument("--prefecture", type=_text, action="append", default=[], metavar="NAME",
                        help=tr("都道府県（何度でも）"))
    search.add_argument("--city", type=_city, action="append", default=[], metavar="CODE",
                        help=tr("市区町村の5桁のコード（何度でも）"))
    search.add_argument("--industry", type=_text, action="append", default=[], metavar="CODE",
                        help=tr("業種のコード（何度でも）"))
    search.add_argument("--open", action="store_true", help=tr("閉鎖・合併した法人を除く"))
    search.add_argument("--limit", type=_count, default=50, metavar="N", help=tr("最大の件数（はじめは50）"))
    _directory_offers(group)


def _directory_offers(group: Any) -> None:
    taken = _command(group, "take-over", "directory_offers:take_over",
                     tr("法人を企業として追加する。もうあれば、その企業を答える"))
    taken.add_argument("number", type=_text, metavar="NUMBER", help=tr("法人番号（13桁）"))
    offers: argparse.ArgumentParser = group.add_parser(
        "offers", help=tr("法人情報の変更"), description=tr("法人情報の変更"))
    _common(offers, argparse.SUPPRESS)
    inside = _group(offers, "offers_command")
    listed = _command(inside, "list", "directory_offers:listed", tr("企業ディレクトリが新しく知らせる変更を並べる"))
    listed.add_argument("id", type=_text, nargs="?", metavar="ID", help=tr("企業。なければすべて"))
    left = tr("変更を取り込まない。新しい変更があるまで知らせない")
    for name, words in (("take", tr("変更を取り込む")), ("leave", left)):
        one = _command(inside, name, "directory_offers:answer", words)
        one.set_defaults(answer=name)
        _id(one)
        one.add_argument("--fact", action="append", default=[], choices=("name", "kana", "address", "state"),
                         help=tr("名称・フリガナ・所在地・状態のうち、これだけ（何度でも。はじめはすべて）"))


def _figures(commands: Any) -> None:
    figures = _command(commands, "figures", "figures:figures",
                       tr("相談を数える：実数と延べ、約束、前年との比較。-o で PDF・Excel・CSV に書き出す"))
    figures.add_argument("--year", type=int, metavar="YEAR", help=tr("年度（4月始まり、はじめは今年度）"))
    figures.add_argument("--from", dest="first", metavar="DAY", help=tr("年度でなく、この日から"))
    figures.add_argument("--to", dest="last", metavar="DAY", help=tr("この日まで（はじめは今日）"))
    figures.add_argument("--by", metavar="NAME,…",
                         help=tr("分け方を「,」で並べる：month prefecture issue industry size form category "
                                 "programme expert sector response result"))
    figures.add_argument("--own", action="store_true", help=tr("このデスクの持ち主が担当した相談だけ"))
    figures.add_argument("-o", "--output", metavar="OUT", help=tr("書き出すファイル（.pdf .xlsx .csv）"))
    figures.add_argument("--locale", choices=("ja", "en"), help=tr("書き出すファイルの言語（はじめは表示の言語）"))


def _care(commands: Any) -> None:
    _command(commands, "check", "care:check", tr("データフォルダーのすべてのページを読んで確かめる"))
    backup = _command(commands, "backup", "care:backup", tr("バックアップをつくり、開いて確かめる"))
    backup.add_argument("out", metavar="OUT", nargs="?",
                        help=tr("バックアップを置くフォルダー（なければデータフォルダーの中）"))
    backup.add_argument("--list", action="store_true", help=tr("つくらずに、あるバックアップを並べる"))
    restore = _command(commands, "restore", "care:restore", tr("バックアップに戻す。今の状態は先に控える"))
    restore.add_argument("file", metavar="FILE", help=tr("バックアップのフォルダー、またはその名前"))
    restore.add_argument("--preview", action="store_true", help=tr("戻さずに、中の件数を見る"))
    passphrase = _branch(commands, "passphrase", tr("合言葉"))
    change = _command(passphrase, "change", "care:change_passphrase", tr("合言葉を変える"))
    _new_passphrase(change)
    recovery = _branch(commands, "recovery", tr("回復用の鍵"))
    _command(recovery, "new", "care:new_recovery_key",
             tr("新しい回復用の鍵をつくって表示する（前の鍵は使えなくなる）"))
    escrow = _command(recovery, "escrow", "escrow:leave",
                      tr("回復用の鍵を事務局に預ける、やめる。書かなければ今のようす"))
    escrow.add_argument("wish", nargs="?", choices=["on", "off"],
                        help=tr("on は預ける（預けていれば新しい鍵に替える）、off はやめる"))
    unlock = _command(recovery, "unlock", "care:unlock_by_recovery_key",
                      tr("回復用の鍵で開け、新しい合言葉を決める"))
    unlock.add_argument("--key-file", metavar="FILE",
                        help=tr("回復用の鍵を書いたファイル（ほかに KANTO_DESK_RECOVERY_KEY、端末での入力）"))
    _new_passphrase(unlock)
    _command(commands, "migrate", "care:migrate", tr("データをこの版の形にする"))


def _new_passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--new-passphrase-file", metavar="FILE",
                        help=tr("新しい合言葉を書いたファイル（ほかに KANTO_DESK_NEW_PASSPHRASE、端末での入力）"))


def _moving(commands: Any) -> None:
    export = _command(commands, "export", "transfer:export", tr("見られるものすべてを、暗号化せずに書き出す"))
    export.add_argument("out", metavar="OUT", help=tr("書き出す、まだないフォルダー"))
    taken = _command(commands, "import", "transfer:import_folder",
                     tr("export で書き出したものを、このデータフォルダーに戻す"))
    taken.add_argument("dir", metavar="DIR", help=tr("export で書き出したフォルダー"))


def _sync(commands: Any) -> None:
    enrol = _command(commands, "enrol", "sync:enrol", tr("このデスクを、事務局の1行で同期先に参加させる"))
    enrol.add_argument("line", type=_text, metavar="LINE", help=tr("事務局が hub code でつくった1行"))
    enrol.add_argument("--device-name", type=_text, metavar="NAME", help=tr("事務局の一覧に出るこのパソコンの名前"))
    enrol.add_argument("--leave-key", action="store_true", help=tr("回復用の鍵を事務局に預ける"))
    synced = _command(commands, "sync", "sync:sync", tr("まだ送っていない変更を送り、新しいものを受け取る"))
    synced.add_argument("--hub", type=_text, metavar="URL", help=tr(
        "この回だけ、同期先を別のアドレス（https://…）で呼ぶ。証明書は参加したときのものと比べる"))
    synced.add_argument("--files", action="store_true", help=tr("まだ届いていない写真とファイルも、すべて取り込む"))
    synced.add_argument("--deletions", choices=["delete", "keep"], help=tr(
        "たくさんの記録が消える前に止めた同期に答える：delete は消す、keep は消さずに残す"))
    waiting = _branch(commands, "conflicts", tr("確認が必要な変更"))
    _command(waiting, "list", "conflicts:listed", tr("確認が必要な変更を、書いた人と決め方とともに並べる"))
    decided = _command(waiting, "resolve", "conflicts:resolve", tr("確認が必要な変更を1つ決める"))
    for name, text in (("type", tr("記録の種類")), ("id", tr("記録の番号")), ("field", tr("項目"))):
        decided.add_argument(name, type=_text, metavar=name.upper(), help=text)
    decided.add_argument("choice", nargs="?", type=_text, metavar="CHOICE",
                         help=tr("conflicts list が並べる決め方の1つ"))
    decided.add_argument("--text", type=_text, metavar="TEXT", help=tr("書き直した内容。取り込みと同じ書き方です"))
    decided.add_argument("--file", metavar="FILE", help=tr("書き直した内容のファイル（UTF-8）"))
    refused = _branch(commands, "refusals", tr("同期先が受け取らなかった変更"))
    _command(refused, "list", "refused:listed", tr("受け取られなかった変更を、理由とともに並べる"))
    again = _command(refused, "send", "refused:send", tr("受け取られなかった変更を、次の sync でもう一度送る"))
    again.add_argument("numbers", nargs="*", type=int, metavar="NUMBER", help=tr(
        "refusals list が並べる番号。書かなければ、すべて"))
    group = _branch(commands, "bundle", tr("ネットワークの無い所で、ファイルで同期する"))
    made = _command(group, "export", "bundles:make", tr("まだ送っていない変更を、同期先に渡すファイルに書く"), "make")
    made.add_argument("file", metavar="OUT", help=tr("書く .kdx ファイル、または入れるフォルダー"))
    taken = _command(group, "import", "bundles:take", tr("同期先から戻ったファイルを取り込む"), "take")
    taken.add_argument("file", metavar="FILE", help=tr("同期先が作った .kdx ファイル"))
    unlock = _command(commands, "unlock", "lost:unlock", tr("長く同期していないデスクを、事務局の解除コードでひらく"))
    unlock.add_argument("code", type=_text, metavar="CODE", help=tr("事務局が電話で読み上げた解除コード"))


def _hub(commands: Any) -> None:
    group = _branch(commands, "hub", tr("同期先を用意し、動かし、世話をする"))
    init = _command(group, "init", "hub:init", tr("新しい同期先をつくる"))
    init.add_argument("--name", type=_text, required=True, metavar="NAME", help=tr("事務局の名前"))
    init.add_argument("--address", type=_text, default="localhost:8443", metavar="HOST:PORT",
                      help=tr("パソコンからつなぐ場所"))
    init.add_argument("--base-code", type=_text, default="KD", metavar="CODE", help=tr("受付番号の拠点の略号"))
    _hub_place(init)
    serve = _command(group, "serve", "hub:serve", tr("同期先を動かす"))
    serve.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help=tr("待ち受ける場所"))
    serve.add_argument("--port", type=_port, default=8443, metavar="N", help=tr("待ち受ける番号"))
    serve.add_argument("--contents", type=_text, metavar="PLACE", help=tr(
        "写真とファイルの保管先：folder（はじめの場所）または s3://バケット/前置き?endpoint=https://…"))
    _hub_place(serve)
    people: argparse.ArgumentParser = group.add_parser("people", help=tr("人"), description=tr("人"))
    _common(people, argparse.SUPPRESS)
    inside = _group(people, "people_command")
    added = _command(inside, "add", "hub:people_add", tr("人を登録する"))
    added.add_argument("name", type=_text, metavar="NAME", help=tr("お名前"))
    added.add_argument("--kana", type=_text, default="", metavar="KANA", help=tr("お名前のフリガナ"))
    _role(added)
    _hub_place(added)
    _hub_place(_command(inside, "list", "hub:people_list", tr("人と役割を並べる")))
    left = _command(inside, "leave", "hub_people:people_leave",
                    tr("人を使わない人にする：役割をすべて外し、パソコンは次の同期で記録を消す"))
    left.add_argument("person", type=_text, metavar="PERSON", help=tr("人の uid、または一人しかいない名前"))
    _hub_place(left)
    back = _command(inside, "return", "hub_people:people_return",
                    tr("使わない人にした人を、役割ごと元に戻す"))
    back.add_argument("person", type=_text, metavar="PERSON", help=tr("人の uid、または一人しかいない名前"))
    _hub_place(back)
    _hub_bodies(group)
    granted = _command(group, "grant", "hub:grant", tr("人に役割を加える、または外す"))
    granted.add_argument("person", type=_text, metavar="PERSON", help=tr("人の uid、または一人しかいない名前"))
    _role(granted)
    granted.add_argument("--end", action="store_true", help=tr("加えずに、その役割を外す"))
    _hub_place(granted)
    line = _command(group, "code", "hub:code", tr("パソコン1台が参加するための1行をつくる"))
    line.add_argument("person", type=_text, metavar="PERSON", help=tr("人の uid、または一人しかいない名前"))
    _hub_place(line)
    _hub_place(_command(group, "devices", "hub:devices", tr("パソコンと、最後の同期を並べる")))
    revoked = _command(group, "revoke", "hub:revoke", tr("パソコンの使用を止める"))
    revoked.add_argument("device", type=_text, metavar="DEVICE", help=tr("hub devices の id"))
    _hub_place(revoked)
    _hub_place(_command(group, "status", "hub:status", tr("件数を見る")))
    bundle: argparse.ArgumentParser = group.add_parser("bundle", help=tr("ファイルでの同期"),
                                                       description=tr("ファイルでの同期"))
    _common(bundle, argparse.SUPPRESS)
    within = _group(bundle, "bundle_command")
    taken = _command(within, "take", "bundles:hub_take", tr("パソコンが作ったファイルを取り込む"))
    taken.add_argument("file", metavar="FILE", help=tr("パソコンが作った .kdx ファイル"))
    taken.add_argument("--answer", metavar="OUT", help=tr("戻すファイルも書く（ファイルまたはフォルダー）"))
    _hub_place(taken)
    made = _command(within, "make", "bundles:hub_make", tr("パソコンに戻すファイルを書く"))
    made.add_argument("device", type=_text, metavar="DEVICE", help=tr("hub devices の id"))
    made.add_argument("file", metavar="FILE", help=tr("書く .kdx ファイル、または入れるフォルダー"))
    _hub_place(made)
    _hub_lost(group)
    _hub_care(group)
    _hub_contents(group)


def _hub_bodies(group: Any) -> None:
    body: argparse.ArgumentParser = group.add_parser("body", help=tr("機関"), description=tr("機関"))
    _common(body, argparse.SUPPRESS)
    inside = _group(body, "body_command")
    added = _command(inside, "add", "hub_people:body_add", tr("支援機関を加える"))
    added.add_argument("name", type=_text, metavar="NAME", help=tr("機関の名前"))
    added.add_argument("--base-code", type=_text, default="KD", metavar="CODE", help=tr("受付番号の拠点の略号"))
    _hub_place(added)
    _hub_place(_command(inside, "list", "hub_people:body_list", tr("機関を並べる")))
    _hub_place(_command(group, "programmes", "hub_people:list_programmes", tr("役割を与えられる事業を並べる")))


def _hub_lost(group: Any) -> None:
    code = _command(group, "unlock-code", "lost:unlock_code", tr("長く同期していないパソコンの解除コードを出す"))
    code.add_argument("device", type=_text, metavar="DEVICE", help=tr("hub devices の id"))
    code.add_argument("challenge", type=_text, metavar="NUMBER", help=tr("パソコンに出ている6けたの番号"))
    _hub_place(code)
    key = _command(group, "recovery-key", "lost:recovery_key",
                   tr("パソコンが預けた回復用の鍵を読み出す（操作の記録に残る）"))
    key.add_argument("device", type=_text, metavar="DEVICE", help=tr("hub devices の id"))
    _hub_place(key)
    lease = _command(group, "lease", "lost:lease", tr("何日同期しないと解除コードを求めるかを決める"))
    lease.add_argument("days", type=_count, metavar="DAYS", help=tr("日数（はじめは30）"))
    _hub_place(lease)
    kept = _command(group, "take-kept", "lost:take_kept",
                    tr("使用を止めたパソコンが、消す前に封じて残した変更を取り込む"))
    kept.add_argument("file", metavar="FILE", help=tr("kept-for-hub フォルダーの .kdx ファイル"))
    _hub_place(kept)
    authority = _command(group, "rotate-ca", "lost:rotate_ca",
                         tr("次の認証局をパソコンに知らせる。--use で使い始める"))
    authority.add_argument("--use", action="store_true", help=tr("知らせた認証局に替える"))
    authority.add_argument("--anyway", action="store_true", help=tr("まだ知らないパソコンがあっても替える"))
    _hub_place(authority)
    _hub_quarantine(group)


def _hub_quarantine(group: Any) -> None:
    kept: argparse.ArgumentParser = group.add_parser("quarantine", help=tr("複製されたパソコンが送ったもの"),
                                                     description=tr("複製されたパソコンが送ったもの"))
    _common(kept, argparse.SUPPRESS)
    inside = _group(kept, "quarantine_command")
    _hub_place(_command(inside, "list", "hub_quarantine:list_all", tr("隔離したものを並べる")))
    for name, does in (("show", tr("どの記録のどの項目かを見る")),
                       ("export", tr("暗号化せずに書き出す（1行に1件の JSON）")),
                       ("take", tr("ここにないものを取り込む"))):
        made = _command(inside, name, f"hub_quarantine:{name}", does)
        made.add_argument("name", type=_text, metavar="NAME", help=tr("hub quarantine list の名前"))
        if name == "export":
            made.add_argument("file", metavar="FILE", help=tr("書き出す、まだないファイル"))
        _hub_place(made)


def _hub_care(group: Any) -> None:
    backup = _command(group, "backup", "hub_care:backup",
                      tr("動いたまま、1つのファイルにバックアップをつくり、読んで確かめる"))
    backup.add_argument("out", metavar="OUT", nargs="?",
                        help=tr("新しいファイル、または置くフォルダー（なければ同期先の backups の中）"))
    _hub_place(backup)
    restore = _command(group, "restore", "hub_care:restore",
                       tr("バックアップに戻す。足りない変更は、各パソコンがもう一度送る"))
    restore.add_argument("file", metavar="FILE", help=tr("hub backup がつくったファイル"))
    _hub_place(restore)
    audit = _command(group, "audit", "hub_care:audit", tr("だれがいつ何をしたか、新しい順に並べる"))
    audit.add_argument("--limit", type=_count, metavar="N", help=tr("何件まで（はじめは50件）"))
    audit.add_argument("--what", type=_text, metavar="WHAT", help=tr("この種類だけ（例：backup）"))
    _hub_place(audit)
    password = _command(group, "password", "hub_care:password", tr("事務局のページに入る合言葉を決める"))
    password.add_argument("person", type=_text, metavar="PERSON", help=tr("人の uid、または一人しかいない名前"))
    password.add_argument("--password-file", metavar="FILE",
                          help=tr("合言葉を書いたファイル（ほかに KANTO_DESK_HUB_PASSWORD、端末での入力）"))
    _hub_place(password)


def _hub_contents(group: Any) -> None:
    contents: argparse.ArgumentParser = group.add_parser("contents", help=tr("写真とファイルの保管先"),
                                                         description=tr("写真とファイルの保管先"))
    _common(contents, argparse.SUPPRESS)
    inside = _group(contents, "contents_command")
    moved = _command(inside, "move", "hub_contents:move",
                     tr("動いたまま、写真とファイルをすべて別の保管先に移す。途中で止まったら、もう一度実行する"))
    moved.add_argument("to", type=_text, metavar="PLACE",
                       help=tr("folder、または s3://バケット/前置き?endpoint=https://…"))
    _hub_place(moved)
    checked = _command(inside, "check", "hub_contents:check",
                       tr("記録が挙げる写真とファイルがあるかを確かめ、ないものはパソコンに頼む"))
    checked.add_argument("--read", action="store_true", help=tr("すべて読み、SHA-256 も確かめる"))
    _hub_place(checked)
    swept = _command(inside, "sweep", "hub_contents:sweep",
                     tr("どの記録も30日のあいだ挙げていない写真とファイルを消す"))
    swept.add_argument("--dry-run", action="store_true", help=tr("試すだけで、何も変えない"))
    _hub_place(swept)


def _hub_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", metavar="DIR", default="kanto-desk-hub", help=tr("同期先のフォルダー"))
    parser.add_argument("--database", metavar="URL", help=tr("PostgreSQL を使うとき、その場所（postgresql://…）"))


def _role(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--role", choices=tuple("12345678"), default="1",
                        help=tr("役割：1 専門家・2 相談員・3 コーディネーター・4 事務局・5 審査員・6 経理・"
                                "7 管理者・8 閲覧"))
    parser.add_argument("--body", type=_text, metavar="NAME", help=tr("機関の名前または uid（はじめは事務局）"))
    parser.add_argument("--programme", type=_text, action="append", metavar="NAME",
                        help=tr("事業の名前、略号または uid（何度でも、hub programmes に並ぶもの）"))
    parser.add_argument("--case", type=_text, action="append", metavar="UID",
                        help=tr("案件（段階を決めて開示する記録）の uid。NDA後の段階まで見せます（何度でも）"))
