"""The Debian package in a clean system: installed, started, upgraded and removed. Run by `python3 start.py deb --test`.

Needs root, debootstrap and the package that `python3 start.py deb` wrote into dist/. The clean system is a chroot of the
same Debian release as this machine, made from the package mirror that this machine's apt is set to.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

import kanto_desk

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent.parent
USER = "1000:1000"
HOME = "/home/tester"
# Printing is recommended, not required: without libcups2 the printing plugin is simply not loaded.
OPTIONAL_LIBRARIES = {"libcups.so.2"}


def run(*command: str, timeout: float = 600) -> str:
    """Run a command to a good end and return what it printed, or fail with everything it said."""
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8", timeout=timeout)
    assert done.returncode == 0, f"{command} → {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


class CleanSystem:
    """A minimal Debian in a folder, used by chroot."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *command: str, timeout: float = 600) -> str:
        """Run a command inside as root."""
        plain = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"]
        return run("chroot", str(self.root), *plain, *command, timeout=timeout)

    def as_user(self, *command: str, **environment: str) -> list[str]:
        """The command line that runs something inside as an ordinary user with a home of its own."""
        settings = {"HOME": HOME, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": f"{HOME}/run"}
        pairs = [f"{name}={value}" for name, value in {**settings, **environment}.items()]
        return ["chroot", f"--userspec={USER}", str(self.root), "env", "-i", "-C", HOME, *pairs, *command]

    def files(self) -> set[str]:
        """Every path inside but what the package manager keeps for itself and what lies in /proc, /tmp and homes."""
        ours = ("/proc", "/sys", "/dev", "/tmp", "/home", "/var/lib/dpkg", "/var/cache", "/var/log", "/var/lib/apt")
        found: set[str] = set()
        for folder, folders, names in os.walk(self.root):
            inside = "/" + os.path.relpath(folder, self.root)
            if inside.startswith(ours):
                folders.clear()
                continue
            found.update(os.path.join(inside, name) for name in (*folders, *names))
        return found


def mirror() -> tuple[str, str]:
    """Address of the Debian main archive that this machine's apt uses, and the release's name."""
    release = re.search(r"^VERSION_CODENAME=(\w+)$", Path("/etc/os-release").read_text("utf-8"), re.MULTILINE)
    assert release is not None, "/etc/os-release names no release"
    asked = ("apt-get", "indextargets", "--format", "$(REPO_URI)|$(RELEASE)|$(COMPONENT)", "Created-By: Packages")
    for line in run(*asked).splitlines():
        address, suite, component = line.split("|")
        if suite == release[1] and component == "main":
            return address, suite
    raise AssertionError(f"apt on this machine has no archive of {release[1]} main")


@pytest.fixture(scope="module")
def package() -> Path:
    """The package to try."""
    architecture = run("dpkg", "--print-architecture").strip()
    path = ROOT / "dist" / f"kanto-desk_{kanto_desk.__version__}_{architecture}.deb"
    assert path.is_file(), f"{path} is missing: run `python3 start.py deb` first"
    return path


@pytest.fixture(scope="module")
def system(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CleanSystem]:
    """A clean Debian that holds the package's dependencies, the menus' and file types' registries and one user."""
    root = tmp_path_factory.mktemp("clean") / "root"
    address, suite = mirror()
    run("debootstrap", "--variant=minbase", suite, str(root), address, timeout=1200)
    system = CleanSystem(root)
    # The program is an ordinary one: it finds /proc where the system allows a mount, and must start without it, too.
    mounted = subprocess.run(["mount", "-t", "proc", "proc", str(root / "proc")], check=False).returncode == 0
    try:
        settings = run("apt-config", "dump", "--no-empty", "Acquire")
        (root / "etc/apt/apt.conf.d/99-this-machine").write_text(settings, "utf-8")
        system.run("apt-get", "update")
        depends = run("dpkg-deb", "--field", str(package), "Depends").strip()
        system.run("apt-get", "satisfy", "-y", "--no-install-recommends", depends, timeout=1200)
        registries = ("shared-mime-info", "desktop-file-utils")
        system.run("apt-get", "install", "-y", "--no-install-recommends", *registries, timeout=1200)
        system.run("useradd", "--create-home", "--uid", "1000", "tester")
        shutil.copyfile(package, root / "tmp" / package.name)
        yield system
    finally:
        if mounted:
            run("umount", "--lazy", str(root / "proc"))
        shutil.rmtree(root)


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """An X server outside the clean system, reached from inside by its abstract socket; the display's name."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1366x768x24", "-ac", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader, encoding="ascii") as numbers:
        yield f":{numbers.readline().strip()}"
    server.terminate()
    server.wait(timeout=30)


def shown_window(display: str) -> str | None:
    """The line that xwininfo prints for a visible window of the program at least as large as a small screen."""
    tree = run("xwininfo", "-display", display, "-root", "-tree")
    for line in tree.splitlines():
        found = re.search(r'^\s*(0x[0-9a-f]+) .*\("kanto-desk".*?(\d+)x(\d+)\+', line)
        if found is None or int(found[2]) < 300 or int(found[3]) < 200:
            continue
        if "IsViewable" in run("xwininfo", "-display", display, "-id", found[1]):
            return line.strip()
    return None


def start_window(system: CleanSystem, display: str) -> str:
    """Start the program, wait for its window, end it; what the X server said of the window."""
    (system.root / "tmp" / "program.log").unlink(missing_ok=True)
    with (system.root / "tmp" / "program.log").open("wb") as log:
        program = subprocess.Popen(system.as_user("kanto-desk", DISPLAY=display), stdout=log, stderr=log)
    try:
        until = time.monotonic() + 60
        while (line := shown_window(display)) is None:
            said = (system.root / "tmp" / "program.log").read_text("utf-8", "replace")
            assert program.poll() is None, f"the program ended with {program.returncode}:\n{said}"
            assert time.monotonic() < until, f"no window within a minute:\n{said}"
            time.sleep(0.2)
        return line
    finally:
        program.terminate()
        program.wait(timeout=30)


def look_at_hub(system: CleanSystem) -> None:
    """Make a hub with the installed program, serve it, sign in to the secretariat's page and end it."""
    hub, name, passphrase = f"{HOME}/hub", "事務 花子", "春の海ひねもす-2026"
    run(*system.as_user("kanto-desk", "hub", "init", "--name", "長野の事務局", "--address", "localhost:8443", "--folder", hub))
    run(*system.as_user("kanto-desk", "hub", "people", "add", name, "--role", "4", "--folder", hub))
    run(*system.as_user("kanto-desk", "hub", "password", name, "--folder", hub, KANTO_DESK_HUB_PASSWORD=passphrase))
    inside = system.root / hub.lstrip("/")
    with (system.root / "tmp" / "hub.log").open("wb") as log:
        serving = subprocess.Popen(system.as_user("kanto-desk", "hub", "serve", "--port", "0", "--json", "--folder", hub),
                                   stdout=subprocess.PIPE, stderr=log, encoding="utf-8")
    try:
        assert serving.stdout is not None
        first = serving.stdout.readline()
        assert first, (system.root / "tmp" / "hub.log").read_text("utf-8")
        address = urlsplit(json.loads(first)["url"])
        trust = ssl.create_default_context(cafile=str(inside / "ca.pem"))
        cookies: dict[str, str] = {}

        def ask(path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
            with closing(http.client.HTTPSConnection(str(address.hostname), address.port, context=trust, timeout=60)) as c:
                headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
                if form is not None:
                    headers |= {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
                c.request("GET" if form is None else "POST", path, form and urlencode(form), headers)
                answer = c.getresponse()
                for line in answer.headers.get_all("Set-Cookie") or []:
                    key, value = line.split(";")[0].split("=", 1)
                    cookies[key] = value
                return answer.status, answer.headers.get("Content-Type", ""), answer.read().decode("utf-8")

        assert ask("/health/ready")[0] == 200
        status, kind, style = ask("/web/look.css")
        assert (status, kind.split(";")[0]) == (200, "text/css") and "--accent" in style
        assert ask("/web")[0] == 303
        assert ask("/web/sign-in", {"name": name, "password": "違うことば"})[0] == 401
        assert ask("/web/sign-in", {"name": name, "password": passphrase})[0] == 303
        for path in ("/web", "/web/people", "/web/not-taken", "/web/audit"):
            status, kind, page = ask(path)
            assert (status, kind) == (200, "text/html; charset=utf-8") and '<link rel="stylesheet" href="/web/look.css">' in page
            assert name in page and "関東デスク" in page
        assert "長野の事務局" in ask("/web")[2] and "Leave" in ask("/web?lang=en")[2]
    finally:
        serving.terminate()
        assert serving.wait(timeout=60) == 0
        serving.stdout.close()
    run(*system.as_user("kanto-desk", "hub", "backup", "--folder", hub))
    shutil.rmtree(inside)


def test_installed_used_upgraded_and_removed(system: CleanSystem, package: Path, display: str) -> None:
    """One user's whole story, in order; nothing but the user's own data remains."""
    inside = f"/tmp/{package.name}"
    before = system.files()

    system.run("dpkg", "--install", inside)
    assert system.run("dpkg", "--audit") == ""
    assert system.run("dpkg", "--verify", "kanto-desk") == ""
    assert system.run("dpkg-query", "-W", "-f", "${Conffiles}", "kanto-desk") == ""
    system.run("desktop-file-validate", "/usr/share/applications/kanto-desk.desktop")
    assert (system.root / "usr/share/mime/application/vnd.kanto-desk.bundle.xml").is_file()
    assert (system.root / "usr/share/icons/hicolor/256x256/apps/kanto-desk.png").stat().st_size > 1000

    # Every library that any part of the program names is there.
    parts = system.run("find", "/usr/lib/kanto-desk", "-name", "*.so*", "-type", "f").split()
    assert len(parts) > 50
    said = system.run("sh", "-c", 'for part; do LD_LIBRARY_PATH=/usr/lib/kanto-desk/_internal ldd "$part"; done', "-", *parts)
    absent = set(re.findall(r"(\S+) => not found", said))
    assert absent - OPTIONAL_LIBRARIES == set()

    assert kanto_desk.__version__ in run(*system.as_user("kanto-desk", "--version"))
    demo = run(*system.as_user("kanto-desk", "demo", f"{HOME}/demo", QT_QPA_PLATFORM="offscreen"))
    papers = list((system.root / HOME.lstrip("/") / "demo").rglob("*.pdf"))
    assert papers, f"the demo wrote no paper:\n{demo}"
    assert papers[0].read_bytes().startswith(b"%PDF-")

    look_at_hub(system)

    assert "kanto-desk" in start_window(system, display)
    own_data = sorted((system.root / HOME.lstrip("/")).rglob("*"))

    # The same version again is an upgrade like any other: old files leave, new ones come, the user's stay.
    installed = system.files()
    system.run("dpkg", "--install", inside)
    assert system.files() == installed
    assert kanto_desk.__version__ in run(*system.as_user("kanto-desk", "--version"))
    assert "kanto-desk" in start_window(system, display)

    system.run("dpkg", "--purge", "kanto-desk")
    assert system.files() - before == set()
    assert before - system.files() == set()
    assert all(path.exists() for path in own_data if path.suffix == ".pdf")
