"""The paths of the secretariat's page: who is signed in, forms that only this page can send, and what they do."""

from __future__ import annotations

import asyncio
import urllib.parse
from collections.abc import Awaitable, Callable
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import select, update

from kanto_desk.hub import accounts, escrow, signing_in
from kanto_desk.hub import tables as t
from kanto_desk.hub.guarding import address_key
from kanto_desk.hub.limits import give_back, try_one
from kanto_desk.hub.opening import Hub, value_of
from kanto_desk.hub.own_ca import CA_FILE, fingerprint
from kanto_desk.hub.signing_in import Visitor
from kanto_desk.hub.web import views
from kanto_desk.hub.web.words import done_word, words
from kanto_desk.i18n import Language, tr
from kanto_desk.paths import resources

COOKIE: Final = "__Host-kanto"
LANGUAGE: Final = "kanto-lang"
MOST_FORM: Final = 16 * 1024
MOST_WAITING: Final = 20
"""Sign-ins that may wait for their turn; Argon2 takes 64 MiB and a core, so each is looked at alone."""
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
                               "base-uri 'none'",
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}

Form = dict[str, str]
Page = Callable[["Visit"], Response]


class Turn:
    """One request at a time, the others wait in the order of their coming; `waiting` is how many."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self.waiting = 0

    async def __aenter__(self) -> None:
        self.waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self.waiting -= 1

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()


class Visit:
    """One request to the page: who, in which language, with which form."""

    def __init__(self, hub: Hub, pages: Environment, request: Request, form: Form) -> None:
        self.hub = hub
        self.form = form
        self.query = request.query_params
        self.path = request.path_params
        self.address = request.client.host if request.client else ""
        self.token = request.cookies.get(COOKIE)
        named = self.query.get("lang") or request.cookies.get(LANGUAGE)
        self.language: Language = "en" if named == "en" else "ja"
        self._here = request.url.path
        self._pages = pages
        self.visitor: Visitor | None = None

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page in the visitor's language."""
        text = self._pages.get_template(template).render(
            w=words(self.language), language=self.language, visitor=self.visitor, here=self._here,
            said=values.pop("said", ""), wrong=values.pop("wrong", ""), **values)
        return self.settled(Response(text, status, media_type="text/html; charset=utf-8"))

    def settled(self, answer: Response) -> Response:
        """An answer with the headers of every page, and the language that was asked for kept."""
        answer.headers.update(HEADERS)
        if self.query.get("lang"):
            answer.set_cookie(LANGUAGE, self.language, max_age=365 * 86400, path="/", secure=True, httponly=True,
                              samesite="strict")
        return answer

    def go(self, path: str) -> Response:
        """To another page."""
        return self.settled(Response(status_code=303, headers={"Location": path}))


def add_pages(app: FastAPI, hub: Hub) -> None:
    """Add the secretariat's page under /web."""
    pages = Environment(loader=FileSystemLoader(resources() / "web"), autoescape=True, undefined=StrictUndefined,
                        trim_blocks=True, lstrip_blocks=True)
    look = (resources() / "web" / "look.css").read_bytes()

    def route(method: str, path: str, page: Page, *, signed_in: bool = True,
              turn: Turn | None = None) -> None:
        app.add_api_route(path, _answering(hub, pages, page, signed_in, turn), methods=[method],
                          response_class=Response, name=page.__name__, openapi_extra=_described(path, method))

    @app.get("/web/look.css", response_class=Response)
    async def css() -> Response:
        """The look of the page."""
        return Response(look, media_type="text/css", headers={"Cache-Control": "max-age=300"})

    route("GET", "/web/sign-in", sign_in_page, signed_in=False)
    route("POST", "/web/sign-in", sign_in, signed_in=False, turn=Turn())
    route("POST", "/web/sign-out", sign_out)
    route("GET", "/web", home)
    route("GET", "/web/people", people)
    route("POST", "/web/people/{uid}/line", line)
    route("GET", "/web/computers/{dev}", computer)
    route("POST", "/web/computers/{dev}/stop", stop)
    route("GET", "/web/not-taken", not_taken)
    route("GET", "/web/audit", audit)
    route("GET", "/web/audit.csv", audit_csv)


def _answering(hub: Hub, pages: Environment, page: Page, signed_in: bool,
               turn: Turn | None) -> Callable[[Request], Awaitable[Response]]:
    def answer(request: Request, form: Form) -> Response:
        visit = Visit(hub, pages, request, form)
        posted = request.method == "POST"
        if posted and not _same_origin(request):
            return visit.settled(Response("403\n", 403, media_type="text/plain"))
        with hub.write() as conn:
            visit.visitor = signing_in.visitor_of(conn, visit.token, hub.clock())
        if signed_in and visit.visitor is None:
            return visit.go("/web/sign-in")
        if signed_in and posted and not signing_in.is_of(visit.visitor, form.get("form", "")):   # type: ignore[arg-type]
            return visit.settled(Response("403\n", 403, media_type="text/plain"))
        return page(visit)

    async def answering(request: Request) -> Response:
        form = await _form_of(request)
        if form is None:
            return Response("413\n", 413, media_type="text/plain", headers=HEADERS)
        if turn is None:
            return await run_in_threadpool(answer, request, form)
        if turn.waiting >= MOST_WAITING:
            full = Visit(hub, pages, request, form)
            busy = full.page("sign_in.html", 503, name="", wrong=tr(
                "いま、入ろうとする人が多すぎます。少し待って、もう一度入ります。", full.language))
            busy.headers["Retry-After"] = "5"
            return busy
        async with turn:   # who waits takes no thread of a sync
            return await run_in_threadpool(answer, request, form)

    return answering


async def _form_of(request: Request) -> Form | None:
    """The fields of a form; None if it is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_FORM:
            return None
    return dict(urllib.parse.parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _same_origin(request: Request) -> bool:
    """Whether a form was sent by a page of this hub, as browsers say it."""
    origin = request.headers.get("origin")
    if origin is not None:
        return urllib.parse.urlsplit(origin).netloc == request.headers.get("host")
    return request.headers.get("sec-fetch-site") == "same-origin"


def _described(path: str, method: str) -> dict[str, Any]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    fields = {"/web/sign-in": ["name", "password"]}.get(path, ["form"])
    made: dict[str, Any] = {"parameters": [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}}
                                           for n in names]}
    if method == "POST":
        made["requestBody"] = {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": {
            "type": "object", "required": fields, "properties": {f: {"type": "string"} for f in fields}}}}}
    return made


# -- the pages ---------------------------------------------------------------------------------------------------------


def sign_in_page(visit: Visit) -> Response:
    """Name and password."""
    if visit.visitor is not None:
        return visit.go("/web")
    return visit.page("sign_in.html", said=done_word(visit.query.get("done", ""), visit.language), name="")


def sign_in(visit: Visit) -> Response:
    """Sign in; ten wrong passwords in a quarter of an hour are enough."""
    hub, ln = visit.hub, visit.language
    now = hub.clock()
    now_ms = int(now.timestamp() * 1000)
    name, password = visit.form.get("name", "").strip()[:200], visit.form.get("password", "")[:1000]
    limit = hub.limits.get("sign-in")
    keys = (f"sign-in {address_key(name)}", f"sign-in from {address_key(visit.address)}")
    if limit:
        with hub.write() as conn:
            wait = try_one(conn, keys, limit, now_ms)
        if wait:
            answer = visit.page("sign_in.html", 429, name=name, wrong=tr(
                "何度も違っていたので、しばらく入れません。{n}分ほど待って、もう一度入ります。", ln, n=-(-wait // 60)))
            answer.headers["Retry-After"] = str(wait)
            return answer
    with hub.read() as conn:
        person = signing_in.person_with(conn, name, password, now)
    with hub.write() as conn:
        if person is None:
            accounts.note(conn, "web", "sign-in refused", now)
        else:
            if limit:
                give_back(conn, keys, limit, now_ms)
            token = signing_in.begin_session(conn, person, now)
            accounts.note(conn, person, "signed in", now)
    if person is None:
        return visit.page("sign_in.html", 401, name=name, wrong=tr("お名前か合言葉が違います。", ln))
    answer = visit.go("/web")
    answer.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="strict",
                      max_age=int(signing_in.LONGEST.total_seconds()))
    return answer


def sign_out(visit: Visit) -> Response:
    """Sign out."""
    with visit.hub.write() as conn:
        signing_in.end_session(conn, visit.token or "")
        accounts.note(conn, _who(visit), "signed out", visit.hub.clock())
    answer = visit.go("/web/sign-in?done=out")
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
    return answer


def home(visit: Visit) -> Response:
    """How the hub stands."""
    with visit.hub.read() as conn:
        values = views.home(visit.hub, conn, visit.language)
    return visit.page("home.html", said=done_word(visit.query.get("done", ""), visit.language), **values)


def people(visit: Visit) -> Response:
    """People, each with a button that makes a line of enrolment."""
    with visit.hub.read() as conn:
        return visit.page("people.html", people=views.people(visit.hub, conn, visit.language))


def line(visit: Visit) -> Response:
    """Make a line of enrolment for a person and show it once."""
    hub = visit.hub
    p = t.person.c
    with hub.write() as conn:
        person = conn.execute(select(t.person).where(p.uid == visit.path["uid"], p.state == "active")).one_or_none()
        if person is None:
            return _nothing(visit)
        now = hub.clock()
        letters = accounts.new_code(conn, person.uid, now)
        accounts.note(conn, _who(visit), "code", now, person=person.uid)
        address = value_of(conn, "address", "localhost:8443")
    text = f"{address}/{letters}/{fingerprint((hub.folder / CA_FILE).read_bytes())}"
    return visit.page("line.html", line=text, lead=tr(
        "{name}さんのパソコン1台が、{minutes}分のあいだ、この1行で参加できます。", visit.language, name=person.name,
        minutes=accounts.CODE_MINUTES))


def computer(visit: Visit) -> Response:
    """Ask before a computer is stopped."""
    with visit.hub.read() as conn:
        found = views.computer(conn, visit.path["dev"], visit.language)
    return _nothing(visit) if found is None else visit.page("stop.html", computer=found)


def stop(visit: Visit) -> Response:
    """Stop a computer."""
    d = t.device.c
    with visit.hub.write() as conn:
        done = conn.execute(update(t.device).where(d.dev == visit.path["dev"], d.state == "active").values(
            state="revoked")).rowcount
        if done:
            escrow.drop(conn, visit.path["dev"], visit.hub.clock())
            accounts.note(conn, _who(visit), "revoked", visit.hub.clock(), device=visit.path["dev"])
    return visit.go("/web?done=stopped") if done else _nothing(visit)


def not_taken(visit: Visit) -> Response:
    """Changes that were held or refused."""
    skip = _skip(visit)
    with visit.hub.read() as conn:
        return visit.page("not_taken.html", lines=views.not_taken(conn, visit.language, skip), **_turning(skip))


def audit(visit: Visit) -> Response:
    """The audit log."""
    skip = _skip(visit)
    with visit.hub.read() as conn:
        return visit.page("audit.html", lines=views.audit(conn, visit.language, skip), **_turning(skip))


def audit_csv(visit: Visit) -> Response:
    """The audit log as CSV; that it was taken stands in it from then on."""
    w = words(visit.language)
    with visit.hub.write() as conn:
        accounts.note(conn, _who(visit), "downloaded", visit.hub.clock(), file="audit.csv")
        content = views.audit_csv(conn, visit.language, [w["when"], w["who"], w["what"], w["detail"]])
    return visit.settled(Response(content, media_type="text/csv; charset=utf-8",
                                  headers={"Content-Disposition": "attachment; filename=audit.csv"}))


def _who(visit: Visit) -> str:
    return visit.visitor.person if visit.visitor else "web"


def _nothing(visit: Visit) -> Response:
    return visit.page("nothing.html", 404)


def _skip(visit: Visit) -> int:
    given = visit.query.get("skip", "0")
    return min(int(given), 1_000_000) if given.isascii() and given.isdigit() and len(given) < 9 else 0


def _turning(skip: int) -> dict[str, int]:
    return {"skip": skip, "a_page": views.A_PAGE}
