"""One run of the program: from arguments to an exit code. Knows the codes and the two streams, no command."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from kanto_desk import own_process
from kanto_desk.errors import Refused, Trouble

if TYPE_CHECKING:
    from argparse import Namespace

    from kanto_desk.cli.output import Output

DONE, BUG, USAGE, REFUSED, TROUBLE, PARTLY = 0, 1, 2, 3, 4, 5
"""Exit codes (docs/cli.md). A process stopped by a signal ends with 128 and the signal's number, as shells expect."""

Handler = Callable[["Namespace", "Output"], int]


class Interrupted(BaseException):
    """SIGTERM or Ctrl-C: unwinds like KeyboardInterrupt, so that transactions roll back and unfinished files go."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run(argv: Sequence[str]) -> int:
    """Parse and run one command; gives the exit code. Never raises, but as a child of the window."""
    if list(argv) == [own_process.FILL]:
        import_module("kanto_desk.services.filling_child").main(sys.stdin, sys.stdout)
        return DONE
    if list(argv) == [own_process.IMPORT]:
        import_module("kanto_desk.services.directory_child").main(sys.stdin, sys.stdout)
        return DONE
    if list(argv) == [own_process.WORK]:
        import_module("kanto_desk.directory.crew").work(sys.stdin.buffer, sys.stdout.buffer)
        return DONE
    from kanto_desk.cli.output import Output
    from kanto_desk.cli.parser import UsageError, choose_language, parse

    json_wanted = "--json" in argv
    streams_in_utf8(json_wanted)
    choose_language(argv)
    if not argv or argv[0] == "--version":
        return show_window() if not argv else _version()
    try:
        args = parse(argv)
    except UsageError as error:
        _say(error.text, json_wanted, {"error": "usage", "message": error.message})
        return USAGE
    except SystemExit as end:   # --help and --version print and end
        return int(end.code or 0)
    if args.handler is None:
        return show_window(args.home, args.lang)
    module, name = args.handler.split(":")

    def command() -> int:
        handler: Handler = getattr(import_module(f"kanto_desk.cli.{module}"), name)
        return handler(args, Output(bool(args.json)))

    return guarded(command, json_wanted=bool(args.json))


def guarded(work: Callable[[], int], *, json_wanted: bool, stoppable: bool = True) -> int:
    """Do the work and turn every way of failing into its exit code and its text on stderr.

    With `stoppable`, signals end the work wherever it is; the window has an event loop of its own for that.
    """
    from kanto_desk.cli.parser import UsageError

    stopping = (signal.SIGINT, signal.SIGTERM) if stoppable else ()
    previous = {number: signal.signal(number, _interrupt) for number in stopping}
    try:
        code = work()
        sys.stdout.flush()
        return code
    except UsageError as error:
        _say(error.text, json_wanted, {"error": "usage", "message": error.message})
        return USAGE
    except Refused as refused:
        _say(refused.message, json_wanted, {"error": "refused", "message": refused.message, "field": refused.field})
        return REFUSED
    except Interrupted as stopped:
        return _stopped(stopped.number, json_wanted)
    except BrokenPipeError:   # the reader has seen enough: `… | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return _stopped(signal.SIGINT, json_wanted)
    except Exception as error:  # noqa: BLE001 - the outermost frame: everything left is told and given its exit code
        return _told(error, json_wanted)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def streams_in_utf8(json_wanted: bool) -> None:
    """UTF-8 into files and pipes on every system; on a console that cannot show a character, a stand-in."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if json_wanted or not stream.isatty():
                stream.reconfigure(encoding="utf-8", errors="replace")
            else:
                stream.reconfigure(errors="replace")


def _version() -> int:
    from kanto_desk import __version__

    print(f"kanto-desk {__version__}")
    return DONE


def show_window(home: str | None = None, language: str | None = None) -> int:
    """Show the window on a data folder; gives the exit code. Imports Qt only now."""
    from kanto_desk.paths import default_home

    import_module("kanto_desk.ui.starting").prepare()
    return guarded(lambda: int(import_module("kanto_desk.app").run(Path(home) if home else default_home(), language)),
                   json_wanted=False, stoppable=False)


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted(number)


def _stopped(number: int, json_wanted: bool) -> int:
    from kanto_desk.i18n import tr

    message = tr("途中で止めました。終わった分だけが残り、書きかけのものはありません。もう一度始められます。")
    _say(message, json_wanted, {"error": "interrupted", "message": message})
    return 128 + number


def _told(error: Exception, json_wanted: bool) -> int:
    """Trouble of the world is told in three sentences; anything else is a bug and shown as one."""
    from kanto_desk.i18n import tr

    trouble: Trouble | None = error if isinstance(error, Trouble) else None
    if trouble is None:
        from kanto_desk.services.failures import told

        trouble = told(error)
    if trouble is not None:
        lines = [trouble.happened, trouble.safe, trouble.to_do]
        detail = [tr("詳細：{detail}", detail=trouble.detail)] if trouble.detail else []
        _say("\n".join(filter(None, lines + detail)), json_wanted,
             {"error": "trouble", "message": trouble.happened, "safe": trouble.safe, "to_do": trouble.to_do,
              "detail": trouble.detail})
        return TROUBLE
    traceback.print_exception(error, file=sys.stderr)
    message = tr("プログラムの誤りです。記録は保存された所まで無事です。上の文字を添えて知らせてください。")
    _say(message, json_wanted, {"error": "bug", "message": message})
    return BUG


def _say(text: str, json_wanted: bool, document: dict[str, object]) -> None:
    """A failure: text on stderr; with --json, the one document on stdout as well."""
    print(text, file=sys.stderr)
    if json_wanted:
        print(json.dumps(document, ensure_ascii=False))
        sys.stdout.flush()
