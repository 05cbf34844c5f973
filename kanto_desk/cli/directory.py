"""`kanto-desk directory …`: import the tax agency's files, say what the directory holds, search it."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kanto_desk.cli.output import Output, table
from kanto_desk.cli.running import DONE, PARTLY, REFUSED, TROUBLE
from kanto_desk.cli.session import opened
from kanto_desk.directory.columns import CLOSED, MERGED
from kanto_desk.directory.importing import READING, FileReport, Progress
from kanto_desk.directory.searching import Corporation, Directory
from kanto_desk.i18n import language, tr
from kanto_desk.masters import code_label
from kanto_desk.services import company_directory, directory_check, directory_sources
from kanto_desk.services.company_directory import Filters


def import_files(args: Namespace, out: Output) -> int:
    """Import files of the tax agency (full or diff) and of gBizINFO, any number in any order."""
    begun = time.perf_counter()
    with opened(args) as desk:
        report = company_directory.import_files(desk, [Path(file) for file in args.file], _telling(out),
                                                anew=args.anew)
        sources = directory_sources.lines(desk)
    out.progress_ends()
    document = {**asdict(report), "source": company_directory.source_line(), "credits": sources,
                "took_ms": round((time.perf_counter() - begun) * 1000)}
    for one in document["files"]:
        one["refusals"] = [{"line": line, "reason": reason} for line, reason in one["refusals"]]
    lines = [line for one in report.files for line in _file_lines(one)]
    lines.append(tr("新しい法人 {added}件、変わった法人 {changed}件、変わらない法人 {unchanged}件。"
                    "いま {total}件をさがせます。", added=f"{report.added:,}", changed=f"{report.changed:,}",
                    unchanged=f"{report.unchanged:,}", total=f"{report.total:,}"))
    if any(one.facts for one in report.files):
        lines.append(tr("gBizINFO から {n}社の情報を加えました。", n=f"{report.enriched:,}"))
    out.result(document, [*lines, *sources])
    fitting = [one for one in report.files if one.outcome != "refused"]
    if not fitting:
        return REFUSED
    return PARTLY if len(fitting) < len(report.files) or any(one.refused for one in fitting) else DONE


def status(args: Namespace, out: Output) -> int:
    """What the directory holds, and from which files."""
    with opened(args, reading=True) as desk:
        found = company_directory.status(desk)
        credits, known = directory_sources.lines(desk), directory_sources.known(desk)
    document = {**asdict(found), "source": company_directory.source_line(), "credits": credits, "gbizinfo": known,
                "sources": [
        {"name": name, "rows": rows, "refused": refused, "newest": newest, "at": at}
        for name, rows, refused, newest, at in found.sources]}
    if not found.corporations:
        lines = [company_directory.none_yet()]
    else:
        lines = [tr("法人 {n}件（うち閉鎖・合併 {closed}件）、{newest} までの更新、{megabytes}MB",
                    n=f"{found.corporations:,}", closed=f"{found.closed:,}", newest=found.newest,
                    megabytes=found.size_bytes // 10**6)]
        lines += table((tr("都道府県"), tr("法人")), [
            (code_label("CL10", code, language()) if code else tr("国外"), f"{count:,}")
            for code, count in found.prefectures.items()])
        lines += table((tr("取り込んだファイル"), tr("行の数"), tr("受け付けない行"), tr("いつ")), [
            (name, f"{rows:,}", f"{refused:,}", at[:16].replace("T", " ")) for name, rows, refused, _, at in
            found.sources])
    if known:
        lines.append(tr("gBizINFO の情報がある法人番号 {n}件", n=f"{known:,}"))
    lines += credits
    if found.unfinished:
        lines.append(tr("止まった取り込みがあります。同じファイルをもう一度取り込むと、続きから始まります。"))
    out.result(document, lines)
    return DONE


def check(args: Namespace, out: Output) -> int:
    """Read the whole directory and say what is wrong; exit code 4 when it is damaged."""
    with opened(args, reading=True) as desk:
        found = directory_check.check(desk, out.progress())
    out.progress_ends()
    document: dict[str, Any] = {"sound": not found.findings, "findings": [
        {"file": one.file, "problem": one.problem} for one in found.findings], "file": found.file,
        "corporations": found.corporations, "facts": found.facts, "compared": found.compared}
    lines = [f"{one.file}: {one.problem}" for one in found.findings]
    if found.findings:
        trouble = directory_check.trouble()
        document |= {"error": "trouble", "message": trouble.happened, "safe": trouble.safe, "to_do": trouble.to_do}
        out.result(document, [*lines, trouble.safe, trouble.to_do])
        out.note(trouble.happened)
        return TROUBLE
    if not found.file:
        lines.append(company_directory.none_yet())
    else:
        lines.append(tr("{file}：すべてのページを読みました。壊れた所はありません。", file=found.file))
        lines.append(tr("法人 {n}件の数と索引が合い、{m}件は索引の言葉を1つずつ確かめました。",
                        n=f"{found.corporations:,}", m=f"{found.compared:,}"))
    out.result(document, lines)
    return DONE


def search(args: Namespace, out: Output) -> int:
    """Find corporations; with "-" every line of stdin is a query."""
    filters = Filters(tuple(map(company_directory.prefecture_code, args.prefecture)), tuple(args.city),
                      industries=tuple(args.industry), open=True if args.open else None)
    with opened(args, reading=True) as desk, company_directory.need(desk) as directory:
        if args.text == "-":
            for line in sys.stdin:
                out.json_line(_answer(directory, line.rstrip("\n"), filters, args.limit))
                sys.stdout.flush()
            return DONE
        found = _answer(directory, args.text, filters, args.limit)
    lines = [f"{hit['number']}  {hit['name']}{told_state(hit)}  {hit['address']}" for hit in found["hits"]]
    out.result(found, [*lines, tr("{n}件を見せています", n=len(lines)), company_directory.source_line()])
    return DONE


def _answer(directory: Directory, query: str, filters: Filters, limit: int) -> dict[str, Any]:
    begun = time.perf_counter()
    hits = directory.search(query, filters, limit)
    took = (time.perf_counter() - begun) * 1000
    return {"query": query, "took_ms": round(took, 2), "hits": [
        {**document(hit.corporation), "rank": hit.rank,
         "marks": asdict(company_directory.marks(query, hit.corporation)),
         "gbizinfo": directory.known(hit.corporation.number)} for hit in hits]}


def document(one: Corporation) -> dict[str, Any]:
    """A corporation as commands write it."""
    return {"number": one.number, "name": one.name, "kana": one.kana, "address": one.address,
            "postcode": one.postcode, "prefecture": one.prefecture, "city": one.city, "city_code": one.city_code,
            "kind": one.kind, "state": _STATES[one.state], "process": one.process, "industry": one.industry,
            "industries": one.industries,
            "updated": one.updated, "changed": one.changed, "assigned": one.assigned, "facts": one.facts}


_STATES = ("open", "closed", "merged", "hidden")


def told_state(hit: dict[str, Any]) -> str:
    """What became of a corporation, behind its name; empty for one that exists."""
    words = {_STATES[CLOSED]: tr("（閉鎖）"), _STATES[MERGED]: tr("（合併により解散）")}
    return words.get(hit["state"], "")


def _file_lines(one: FileReport) -> list[str]:
    if one.outcome == "refused":
        return [one.reason]
    if one.outcome == "known":
        return [tr("{name}：もう取り込んであります。", name=one.name)]
    lines = [tr("{name}：{rows}行を読みました（受け付けない行 {refused}）。", name=one.name, rows=f"{one.rows:,}",
                refused=f"{one.refused:,}")]
    lines += [tr("　{line}行目：{reason}", line=line, reason=reason) for line, reason in one.refusals]
    if one.refused > len(one.refusals):
        lines.append(tr("　ほかに {n}行", n=f"{one.refused - len(one.refusals):,}"))
    return lines


def _telling(out: Output) -> Callable[[Progress], bool]:
    """Progress on a terminal; nobody stops it but a signal."""
    count, stages = out.progress(), set[str]()

    def told(progress: Progress) -> bool:
        if progress.stage not in stages:
            stages.add(progress.stage)
            if sys.stderr.isatty():
                out.note(tr("読んでいます") if progress.stage == READING else tr("書いています"))
        count(progress.done)
        return True

    return told
