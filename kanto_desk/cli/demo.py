"""`kanto-desk demo OUT`: shows the main job and says where its results are."""

from __future__ import annotations

import secrets
from argparse import Namespace
from contextlib import AbstractContextManager
from pathlib import Path

from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import secret
from kanto_desk.clock import system_clock
from kanto_desk.i18n import tr
from kanto_desk.services import demo as demonstration
from kanto_desk.services.demo_together import Hub


def demo(args: Namespace, out: Output) -> int:
    """Run the demonstration. Without a passphrase given, a random one is made and shown; a given one never is."""
    given = secret(args.passphrase_file, "KANTO_DESK_PASSPHRASE", "")
    made = "" if given else secrets.token_hex(8)

    def served(folder: Path, name: str) -> AbstractContextManager[Hub]:
        from kanto_desk.hub.demonstrating import serving  # a second of imports that no other command pays

        return serving(folder, name, system_clock, args.port)

    done = demonstration.run(Path(args.out), given or made, system_clock, served)
    document = {"home": str(done.home), "second_home": str(done.second_home), "hub": str(done.hub),
                "protocol": str(done.protocol), "passphrase": made or None, "files": [str(f) for f in done.files],
                "steps": [{"step": s.name, "text": s.text, **s.facts} for s in done.steps]}
    shown = [f for f in done.files if f.suffix == ".pdf" and f.parent.name == "pdf"]
    out.result(document, [
        *(f"{n}. {s.text}" for n, s in enumerate(done.steps, 1)), "", *map(str, shown),
        tr("書き出し（暗号化されていません）：{folder}", folder=Path(args.out) / "export"),
        tr("同期先のフォルダー（暗号化されていません）：{folder}", folder=done.hub),
        tr("ここまでの経過（暗号化されていません）：{file}", file=done.protocol),
        tr("データフォルダー（暗号化されています）：{home}", home=done.home),
        tr("2台目のデータフォルダー（暗号化されています）：{home}", home=done.second_home),
        tr("合言葉：{word}", word=made) if made else tr("合言葉：渡されたもの（ここには出しません）")])
    return DONE
