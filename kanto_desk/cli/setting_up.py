"""`kanto-desk setup`: the first run without a window."""

from __future__ import annotations

from argparse import Namespace

from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import chosen_passphrase, home_of
from kanto_desk.i18n import tr
from kanto_desk.services import desk, samples


def setup(args: Namespace, out: Output) -> int:
    """Make the encrypted data folder. The passphrase comes as for every command; on a terminal it is asked twice."""
    home = home_of(args)
    word = chosen_passphrase(args.passphrase_file, "KANTO_DESK_PASSPHRASE")
    made = desk.create(home, word, person=args.name, kana=args.kana, organization=args.organization)
    try:
        rows = samples.load(made) if args.sample else 0
        warnings = made.warnings()
    finally:
        made.close()
    out.result({"home": str(home), "sample_rows": rows, "warnings": warnings},
               [tr("データフォルダーをつくりました：{home}", home=home), *warnings])
    out.note(tr("合言葉を忘れたときのために、recovery new で回復用の鍵を控えておきます。"))
    return DONE
