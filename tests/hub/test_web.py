"""The secretariat's page in a real browser, and what it refuses: strangers, forms of other pages, too many tries."""

from __future__ import annotations

import csv
import io
import itertools
import os
import re
import shutil
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from kanto_desk.cli import main
from kanto_desk.clock import system_clock
from kanto_desk.errors import Refused
from kanto_desk.hub import accounts, signing_in
from kanto_desk.hub import tables as t
from kanto_desk.hub.backing_up import back_up
from kanto_desk.hub.limits import LIMITS
from kanto_desk.hub.opening import Hub
from kanto_desk.hub.own_ca import CA_FILE
from kanto_desk.hub.web import views
from kanto_desk.paths import resources
from kanto_desk.rules.access import Grant, Role
from kanto_desk.sync.enrolling import invitation
from kanto_desk.ui import tokens
from tests.db.parts import SetClock
from tests.hub.served import Served, served
from tests.sync.parts import a_body, a_desk, a_hub, a_person
from tests.sync.test_exchange import a_visit

PASSWORD = "春の海ひねもす-2026"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def a_secretary(hub: Hub, body: str, name: str = "事務 花子", role: Role = Role.SECRETARIAT) -> str:
    with hub.write() as conn:
        person = accounts.add_person(conn, name, "ジム ハナコ", system_clock())
        accounts.add_grant(conn, person, Grant(role, body), system_clock())
        signing_in.set_password(conn, person, PASSWORD, system_clock())
    return person


def a_filled_hub(tmp_path: Path) -> Hub:
    """A hub with a person of the secretariat, three laptops, a conflict, a refused change and a backup."""
    clock = SetClock(system_clock())
    hub = a_hub(tmp_path / "hub", clock)
    body = a_body(hub)
    a_secretary(hub, body)
    desks = [a_desk(hub, tmp_path / name, a_person(hub, body, role, name=person), SetClock(clock.now)) for name, person, role in (
        ("高橋のノートパソコン", "高橋 直子", Role.EXPERT), ("窓口のパソコン", "佐々木 健一郎", Role.ADVISER),
        ("閲覧用", "中村 道夫", Role.READER))]
    _, visit, line = a_visit(desks[0])
    for desk in desks:
        desk.sync()
    for desk, words in zip(desks[:2], ("右", "左"), strict=True):
        with desk.store.operation("直す") as op:
            op.put("entry", line, {"text": words})
        desk.sync()
    with desks[2].store.operation("書けない") as op:
        op.add("entry", {"consultation": visit, "kind": "said", "text": "秘密のことば"})
    desks[2].sync()
    back_up(hub)
    return hub


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Hub, Served]]:
    hub = a_filled_hub(tmp_path_factory.mktemp("web"))
    with served(hub.folder) as it:
        yield hub, it
    hub.close()


@pytest.fixture(scope="module")
def browser() -> Iterator:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        made = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


@pytest.fixture
def page(browser, world: tuple[Hub, Served]) -> Iterator:
    context = browser.new_context(base_url=world[1].url, ignore_https_errors=True, viewport={"width": 1280, "height": 680})
    made = context.new_page()
    elsewhere: list[str] = []
    problems: list[str] = []
    made.on("request", lambda r: elsewhere.append(r.url) if not r.url.startswith(world[1].url) else None)
    made.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") and "401" not in m.text else None)
    yield made
    assert elsewhere == [] and problems == []
    context.close()


def enter(page, lang: str = "ja") -> None:
    page.goto(f"/web?lang={lang}")
    page.get_by_label("お名前" if lang == "ja" else "Name").fill("事務 花子")
    page.get_by_label("合言葉" if lang == "ja" else "Passphrase").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/web")


def test_from_signing_in_to_stopping_a_computer_by_keyboard_alone(page, world: tuple[Hub, Served]) -> None:
    hub, _ = world
    enter(page)
    row = page.get_by_role("row").filter(has_text="高橋のノートパソコン")
    assert row.get_by_text("使用中").is_visible() and re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d", row.inner_text())
    figures = {dt.inner_text(): dd.inner_text() for dt, dd in zip(
        page.locator(".figures dt").all(), page.locator(".figures dd").all(), strict=True)}
    assert (figures["確認が必要な変更"], figures["受け取らなかった"], figures["保留"]) == ("1", "1", "0")
    assert page.get_by_role("row").filter(has_text=".kdhub").count() == 1
    page.get_by_role("link", name="止める: 閲覧用").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/computers/*")
    assert page.get_by_role("heading", name="このパソコンを止めますか").is_visible()
    assert page.get_by_text("その中の記録と写真を消します").is_visible()
    assert "まだ送っていない" in page.locator(".facts").inner_text()
    with hub.read() as conn:
        assert conn.execute(select(t.device.c.state).where(t.device.c.name == "閲覧用")).scalar_one() == "active"
    for _ in range(30):
        if page.evaluate("document.activeElement.textContent") == "このパソコンを止める":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/web?done=stopped")
    assert page.get_by_role("status").inner_text() == "パソコンを止めました。"
    with hub.read() as conn:
        assert conn.execute(select(t.device.c.state).where(t.device.c.name == "閲覧用")).scalar_one() == "revoked"
        last = conn.execute(select(t.audit).where(t.audit.c.what == "revoked")).one()
        assert last.who == conn.execute(select(t.person.c.uid).where(t.person.c.name == "事務 花子")).scalar_one()


class _Undone(Exception):
    """Nothing of a transaction is kept."""


def test_a_line_of_enrolment_is_shown_once_and_works(page, world: tuple[Hub, Served]) -> None:
    hub, _ = world
    enter(page, "en")
    page.get_by_role("link", name="People").click()
    page.get_by_role("button", name="高橋 直子").click()
    line = page.locator("code").inner_text()
    asked = invitation(line)
    assert asked is not None
    with suppress(_Undone), hub.write() as conn:
        part, person, _ = accounts.enrol(conn, asked.code, "a" * 16, "x", "A" * 43 + "=", "age1", system_clock())
        assert person.name == "高橋 直子" and part
        raise _Undone
    assert page.get_by_text("shown only once").is_visible()
    page.get_by_role("link", name="Back").click()
    assert page.locator("code").count() == 0


def test_held_changes_and_the_log_name_no_word_of_a_record(page, world: tuple[Hub, Served]) -> None:
    enter(page)
    seen = page.inner_text("body")
    page.get_by_role("link", name="受け取らなかった変更").click()
    assert page.get_by_role("row").filter(has_text="閲覧用").count() == 1
    seen += page.inner_text("body")
    page.get_by_role("link", name="操作の記録").click()
    assert page.get_by_role("row").filter(has_text="バックアップをつくった").count() == 1
    seen += page.inner_text("body")
    with page.expect_download() as loading:
        page.get_by_role("link", name="CSV で書き出す").click()
    text = Path(loading.value.path()).read_text("utf-8-sig")
    assert text.startswith("日時,だれが,何を,くわしく") and "書き出した" in text
    assert [w for w in ("秘密のことば", "宮坂精密", "受注が減る見込み") if w in seen + text] == []


def test_signing_out_ends_it_and_the_cookie_is_closed_to_scripts(page, world: tuple[Hub, Served]) -> None:
    enter(page)
    cookie = next(c for c in page.context.cookies() if c["name"] == "__Host-kanto")
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"], cookie["path"]) == (True, True, "Strict", "/")
    page.get_by_role("button", name="出る").click()
    page.wait_for_url("**/sign-in?done=out")
    page.goto("/web")
    assert page.url.endswith("/web/sign-in")
    page.context.add_cookies([cookie])   # the kept cookie opens nothing any more
    page.goto("/web")
    assert page.url.endswith("/web/sign-in")


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_and_says_what_it_is(page, lang: str, scheme: str) -> None:
    """At 1280 × 680 and on half of it: no page wider than the window; with KANTO_DESK_SHOTS the pictures are kept."""
    shots = os.environ.get("KANTO_DESK_SHOTS")
    page.emulate_media(color_scheme=scheme)
    page.goto(f"/web/sign-in?lang={lang}")
    named = [("sign-in", page.url)]
    enter(page, lang)
    stop = page.locator("a[href^='/web/computers/']").first.get_attribute("href")
    named += [("home", "/web"), ("people", "/web/people"), ("not-taken", "/web/not-taken"), ("audit", "/web/audit"), ("stop", stop)]
    for name, path in named[1:]:
        for width in (1280, 640):
            page.set_viewport_size({"width": width, "height": 680})
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            assert page.locator("html").get_attribute("lang") == lang
            assert page.locator("h1").count() == 1 and page.title()
            small = page.evaluate("""() => [...document.querySelectorAll('a,button,input:not([type=hidden])')].filter(e =>
                { const r = e.getBoundingClientRect(); return r.right > 0 && (r.height < 24 || r.width < 24) }).map(e => e.outerHTML)""")
            assert small == [], name
            if shots:
                page.screenshot(path=f"{shots}/{name}-{lang}-{scheme}-{width}.png", full_page=True)
    if shots:
        page.set_viewport_size({"width": 1280, "height": 680})
        page.get_by_role("button", name="出る" if lang == "ja" else "Leave").click()
        page.screenshot(path=f"{shots}/sign-in-{lang}-{scheme}.png")


CONTRAST = """() => {
  const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 });
                       return .2126 * r + .7152 * g + .0722 * b };
  const parts = s => s.match(/[\\d.]+/g).map(Number);
  const behind = e => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor);
                        if (c.length < 4 || c[3] > 0) return c.slice(0, 3) } return [255, 255, 255] };
  return [...document.querySelectorAll('body *')].filter(e => !e.closest('.skip')
      && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())).map(e => {
    const [a, b] = [light(parts(getComputedStyle(e).color).slice(0, 3)), light(behind(e))];
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.textContent.trim()] }).filter(([r]) => r < 4.5) }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_telephone_nothing_is_cut_and_each_value_has_its_heading(page, scheme: str) -> None:
    """390 × 844: a row is a card; roles stay those of a table, words stand out from what is behind them."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 844})
    enter(page)
    for path in ("/web", "/web/people", "/web/not-taken", "/web/audit"):
        page.goto(path)
        cut = page.evaluate("() => [...document.querySelectorAll('.wide')].filter(e => e.scrollWidth > e.clientWidth).length")
        assert cut == 0 and page.evaluate("document.documentElement.scrollWidth") <= 390, path
        row = page.get_by_role("row").filter(has=page.get_by_role("cell")).first
        headings = page.locator("table").first.get_by_role("columnheader").all_inner_texts()
        cells = row.get_by_role("cell").all()
        assert [c.get_attribute("data-label") for c in cells] == headings[:len(cells)]
        shown = cells[0].evaluate("e => getComputedStyle(e, '::before').content")
        assert shown == f'"{headings[0]}"'
        assert page.evaluate(CONTRAST) == [], path
        levels = [int(e.evaluate("e => e.tagName")[1]) for e in page.locator("h1,h2,h3").all()]
        assert levels[0] == 1 and all(after <= before + 1 for before, after in itertools.pairwise(levels))


# -- without a browser -------------------------------------------------------------------------------------------------


def sign_in(it: Served, name: str = "事務 花子", password: str = PASSWORD, **headers: str) -> tuple[int, dict[str, str], bytes]:
    body = urllib.parse.urlencode({"name": name, "password": password}).encode()
    return it.ask("/web/sign-in", "POST", body, {"Origin": it.url, **headers})


def a_session(it: Served) -> tuple[str, str]:
    """Cookie and form word of a new session."""
    status, headers, _ = sign_in(it)
    assert status == 303
    cookie = headers["set-cookie"].split(";")[0]
    page = it.ask("/web/people", headers={"Cookie": cookie})[2].decode()
    return cookie, re.search(r'name="form" value="([^"]+)"', page)[1]


def test_a_stranger_sees_nothing(world: tuple[Hub, Served]) -> None:
    _, it = world
    for path in ("/web", "/web/people", "/web/not-taken", "/web/audit", "/web/audit.csv", "/web/computers/x"):
        status, headers, body = it.ask(path, headers={"Cookie": "__Host-kanto=" + "A" * 43})
        assert (status, headers["location"], body) == (303, "/web/sign-in", b"")
        assert "script" not in headers["content-security-policy"] and headers["cache-control"] == "no-store"


def test_forms_of_other_pages_and_sessions_do_nothing(world: tuple[Hub, Served]) -> None:
    hub, it = world
    (cookie, form), (_, other) = a_session(it), a_session(it)
    with hub.read() as conn:
        uid = conn.execute(select(t.person.c.uid).where(t.person.c.name == "高橋 直子")).scalar_one()
        before = conn.execute(select(t.code)).all()
    path, good = f"/web/people/{uid}/line", urllib.parse.urlencode({"form": form}).encode()
    bad = [(good, {"Origin": "https://evil.example"}), (good, {}), (good, {"Sec-Fetch-Site": "cross-site"}),
           (b"", {"Origin": it.url}), (urllib.parse.urlencode({"form": other}).encode(), {"Origin": it.url}),
           (b"form=%ff", {"Origin": it.url})]
    for body, headers in bad:
        assert it.ask(path, "POST", body, {"Cookie": cookie, **headers})[0] == 403
    assert it.ask(path, "POST", b"x" * 20_000, {"Cookie": cookie, "Origin": it.url})[0] == 413
    assert it.ask("/web/sign-in", "POST", good, {"Origin": "https://evil.example"})[0] == 403
    with hub.read() as conn:
        assert conn.execute(select(t.code)).all() == before
    assert it.ask(path, "POST", good, {"Cookie": cookie, "Origin": it.url})[0] == 200


def test_the_page_is_for_the_organisation_that_runs_the_hub(tmp_path: Path) -> None:
    """Whoever enters it makes a joining line for anybody, and with it becomes him."""
    hub = a_hub(tmp_path / "hub", system_clock)
    a_secretary(hub, a_body(hub, "関東の事務局"))
    there = a_body(hub, "群馬県産業支援機構")
    with pytest.raises(Refused, match="ハブを動かす機関"):
        a_secretary(hub, there, "群馬 事務")
    with served(hub.folder) as it:
        assert sign_in(it)[0] == 303
    hub.close()


def test_wrong_passwords_are_counted_for_a_name_and_for_an_address(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    body = a_body(hub)
    a_secretary(hub, body)
    a_secretary(hub, body, "管理 太郎", Role.ADMINISTRATOR)
    with served(hub.folder) as it:
        from_one = {"X-Forwarded-For": "192.0.2.1"}
        most = LIMITS["sign-in"].most
        assert [sign_in(it, password="違います違います", **from_one)[0] for _ in range(most)] == [401] * most
        status, headers, _ = sign_in(it, **from_one)
        assert status == 429 and int(headers["retry-after"]) > 0
        assert sign_in(it, "管理 太郎", **from_one)[0] == 429   # the address
        assert sign_in(it, **{"X-Forwarded-For": "192.0.2.2"})[0] == 429   # the name
        assert sign_in(it, "管理 太郎", **{"X-Forwarded-For": "192.0.2.2"})[0] == 303
    with hub.read() as conn:
        assert [r.what for r in conn.execute(select(t.audit))].count("sign-in refused") == most
    assert PASSWORD not in it.log_file.read_text()
    hub.close()


def test_forty_wrong_passwords_at_once_are_ten_tries_looked_at_one_after_the_other(tmp_path: Path) -> None:
    """From one address ten are looked at; from forty, twenty wait at most, without a thread or the memory of a sync."""
    hub = a_hub(tmp_path / "hub", system_clock)
    a_secretary(hub, a_body(hub))
    most = LIMITS["sign-in"].most

    def all_at_once(*addresses: str) -> Counter[int]:
        with ThreadPoolExecutor(len(addresses)) as pool:
            return Counter(pool.map(lambda n: sign_in(it, f"だれか {n}", **{"X-Forwarded-For": addresses[n]})[0],
                                    range(len(addresses))))

    def peak() -> int:
        return next(int(line.split()[1]) for line in Path(f"/proc/{it.process.pid}/status").read_text().splitlines()
                    if line.startswith("VmHWM")) // 1024

    with served(hub.folder) as it:
        sign_in(it)
        before = peak()
        seen = all_at_once(*["192.0.2.1"] * 40)
        assert seen[401] == most and seen[401] + seen[429] + seen[503] == 40
        seen = all_at_once(*(f"192.0.2.{n}" for n in range(2, 26)))
        assert seen[401] + seen[503] == 24
        assert peak() - before < 3 * 64   # MiB; forty at once take 2,500
        assert sign_in(it)[0] == 303
    hub.close()


def test_a_right_password_is_not_counted(tmp_path: Path) -> None:
    hub = a_hub(tmp_path / "hub", system_clock)
    a_secretary(hub, a_body(hub))
    with served(hub.folder) as it:
        assert [sign_in(it)[0] for _ in range(LIMITS["sign-in"].most + 1)] == [303] * (LIMITS["sign-in"].most + 1)
    hub.close()


def test_what_a_spreadsheet_would_run_has_an_apostrophe_before_it(tmp_path: Path) -> None:
    """In who did it and in the details; what begins with another letter stays as it is."""
    hub = a_hub(tmp_path / "hub", system_clock)
    body = a_body(hub)
    for name in ("=1+1", "+1", "-1", "@SUM(A1)", "高橋 =1"):
        who = a_person(hub, body, name=name)
        with hub.write() as conn:
            accounts.note(conn, who, "code", hub.clock(), person=who)
    with hub.read() as conn:
        rows = list(csv.reader(io.StringIO(views.audit_csv(conn, "ja", ["a", "b", "c", "d"]).decode("utf-8-sig"))))
    assert [(r[1], r[3]) for r in rows[1:6]] == [(n, n) for n in ("高橋 =1", "'@SUM(A1)", "'-1", "'+1", "'=1+1")]
    hub.close()


def test_only_the_secretariat_gets_a_password_and_sessions_end(tmp_path: Path) -> None:
    clock = SetClock()
    hub = a_hub(tmp_path / "hub", clock)
    body = a_body(hub)
    expert = a_person(hub, body)

    with hub.write() as conn, pytest.raises(Refused):
        signing_in.set_password(conn, expert, PASSWORD, clock())
    person = a_secretary(hub, body)
    with hub.write() as conn:
        with pytest.raises(Refused):
            signing_in.set_password(conn, person, "short", clock())
        assert signing_in.person_with(conn, "事務 花子", "wrong-password", clock()) is None
        assert signing_in.person_with(conn, "だれも", PASSWORD, clock()) is None
        assert signing_in.person_with(conn, "事務 花子", PASSWORD, clock()) == person
        token = signing_in.begin_session(conn, person, clock())
        for minutes in range(0, 12 * 60, 29):
            assert signing_in.visitor_of(conn, token, clock()) is not None, minutes
            clock.forward(minutes=29)
        assert signing_in.visitor_of(conn, token, clock()) is None   # twelve hours
        token = signing_in.begin_session(conn, person, clock())
        clock.forward(minutes=31)
        assert signing_in.visitor_of(conn, token, clock()) is None   # rest
        token = signing_in.begin_session(conn, person, clock())
        conn.execute(t.grant.delete())
        assert signing_in.visitor_of(conn, token, clock()) is None   # no longer of the secretariat
    hub.close()


def test_the_look_is_that_of_the_design_tokens() -> None:
    css = (resources() / "web" / "look.css").read_text("utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)")
    for part, theme in ((light, tokens.LIGHT), (dark.split("* {")[0], tokens.DARK)):
        named = dict(re.findall(r"--(\w+): (#[0-9A-F]{6});", part))
        assert len(named) > 20 and {name: theme[name] for name in named} == named
    outside = re.sub(r"--\w+: #[0-9A-F]{6};", "", css)
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgb|url\(|@import", outside)
    assert set(re.findall(r"var\(--(\w+)\)", css)) <= set(tokens.LIGHT)


def test_a_password_is_set_by_command_and_the_log_read(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    place = ["--folder", str(tmp_path / "hub")]
    assert main(["hub", "init", "--name", "事務局", *place]) == 0
    assert main(["hub", "people", "add", "事務 花子", "--role", "4", *place]) == 0
    monkeypatch.setenv("KANTO_DESK_HUB_PASSWORD", PASSWORD)
    assert main(["hub", "password", "事務 花子", *place]) == 0
    assert main(["hub", "backup", *place]) == 0
    capsys.readouterr()
    assert main(["hub", "audit", *place]) == 0
    said = capsys.readouterr().out
    assert "バックアップをつくった" in said and "ページの合言葉を決めた" in said and PASSWORD not in said
    assert main(["hub", "audit", "--what", "backup", "--json", *place]) == 0
    assert said and capsys.readouterr().out.count('"what": "backup"') == 1
    assert (tmp_path / "hub" / CA_FILE).exists()
