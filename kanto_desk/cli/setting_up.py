"""`kanto-desk setup`: the first run without a window."""

from __future__ import annotations

from argparse import Namespace

from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE
from kanto_desk.cli.session import chosen_passphrase, home_of, secret
from kanto_desk.i18n import tr
from kanto_desk.services import desk, samples

VARIABLE = "KANTO_DESK_PASSPHRASE"


def setup(args: Namespace, out: Output) -> int:
    """Make the encrypted data folder. The passphrase comes as for every command; on a terminal it is asked twice.

    Sample data needs none and asks for none: without one the folder lies open until `passphrase change`.
    """
    home = home_of(args)
    word = secret(args.passphrase_file, VARIABLE, "") if args.sample else chosen_passphrase(args.passphrase_file,
                                                                                           VARIABLE)
    made = desk.create(home, word, person=args.name, kana=args.kana, organization=args.organization,
                       sample=args.sample)
    try:
        rows = samples.load(made) if args.sample else 0
        warnings = made.warnings()
    finally:
        made.close()
    out.result({"home": str(home), "sample_rows": rows, "protected": bool(word), "warnings": warnings},
               [tr("データフォルダーをつくりました：{home}", home=home), *warnings])
    if word:
        out.note(tr("合言葉を忘れたときのために、recovery new で回復用の鍵を控えておきます。"))
    else:
        out.note(tr("見本データのあいだは合言葉がなく、だれでも開けます。"
                    "自分の記録の前に passphrase change で決めます。"))
    return DONE
