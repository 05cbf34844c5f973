"""`kanto-desk recovery escrow`: the recovery key that lies with the secretariat."""

from __future__ import annotations

from argparse import Namespace

from kanto_desk.cli.output import Output
from kanto_desk.cli.running import DONE, PARTLY
from kanto_desk.cli.session import opened
from kanto_desk.i18n import tr
from kanto_desk.services import escrow, escrow_carrying, escrow_words


def leave(args: Namespace, out: Output) -> int:
    """Leave the key, take it back, or tell how it stands; exit code 5 while the hub does not know what was wished."""
    with opened(args) as desk:
        if args.wish == "on":
            escrow.want(desk)
        elif args.wish == "off":
            escrow.take_back(desk)
        if args.wish:
            escrow_carrying.carry(desk)
        left, told = escrow.state(desk.store), escrow.is_told(desk.store)
    lines = [escrow_words.standing(left)]
    if args.wish == "off":
        lines.append(tr("預けてあった鍵は、もう何も開けません。"))
    out.result({"wanted": left.wanted, "left_at": left.at}, lines)
    return DONE if told or not args.wish else PARTLY
