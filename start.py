"""Runs kanto-desk, its tests and its tools from a fresh checkout: `python3 start.py help` lists the commands.

Needs nothing but Python's standard library: it makes .venv, installs exactly what the lock files name and the system
libraries that Qt needs, then starts the real program. It holds no product code and imports none.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple, NoReturn, Sequence  # noqa: UP035 - older Pythons must read this file to be told so

ROOT = Path(__file__).resolve().parent
OLDEST_PYTHON = (3, 11)
APT_INSTALL = ("apt-get", "install", "-qq", "-y", "--no-install-recommends")
ON_LINUX = sys.platform.startswith("linux")
MOST_TEST_PROCESSES = 4   # each takes up to 1 GB
DISTRIBUTION_PYTHON = "/usr/bin/python3"  # what Debian's packages are built with


class SystemPart(NamedTuple):
    """Something of the operating system that is needed: how Debian calls it and how to see whether it is there."""

    package: str      # name of the Debian/Ubuntu package
    library: str = ""  # found when the loader finds this shared library
    program: str = ""  # found when this program is on the path
    module: str = ""  # found when Python's own library has this module


# Libraries are looked for, not packages: Ubuntu renamed some packages, and other Linuxes use names of their own.
OFFSCREEN_PARTS = (
    SystemPart("libgl1", library="libGL.so.1"),
    SystemPart("libegl1", library="libEGL.so.1"),
    SystemPart("libxkbcommon0", library="libxkbcommon.so.0"),
    SystemPart("libdbus-1-3", library="libdbus-1.so.3"),
    SystemPart("libfontconfig1", library="libfontconfig.so.1"),
    SystemPart("libglib2.0-0", library="libglib-2.0.so.0"),
)
WINDOW_PARTS = (
    SystemPart("libxcb-cursor0", library="libxcb-cursor.so.0"),
    SystemPart("libxcb-icccm4", library="libxcb-icccm.so.4"),
    SystemPart("libxcb-image0", library="libxcb-image.so.0"),
    SystemPart("libxcb-keysyms1", library="libxcb-keysyms.so.1"),
    SystemPart("libxcb-randr0", library="libxcb-randr.so.0"),
    SystemPart("libxcb-render-util0", library="libxcb-render-util.so.0"),
    SystemPart("libxcb-shape0", library="libxcb-shape.so.0"),
    SystemPart("libxcb-xkb1", library="libxcb-xkb.so.1"),
    SystemPart("libxkbcommon-x11-0", library="libxkbcommon-x11.so.0"),
    SystemPart("libx11-xcb1", library="libX11-xcb.so.1"),
)
VENV_PARTS = (SystemPart("python3-venv", module="ensurepip"),)
TEST_PARTS = (
    SystemPart("xvfb", program="Xvfb"),
    SystemPart("xauth", program="xauth"),
    SystemPart("xdotool", program="xdotool"),
    SystemPart("poppler-utils", program="pdftoppm"),
)
# For typing Japanese with a real input method; where they cannot be had, that test is skipped and says so.
INPUT_METHOD_PARTS = (
    SystemPart("dbus", program="dbus-run-session"),
    SystemPart("ibus", program="ibus-daemon"),
    SystemPart("ibus-mozc", program="/usr/lib/ibus-mozc/ibus-engine-mozc"),
)
# For the hub's tests on a real database server; they start one of their own and are skipped where it cannot be had.
DATABASE_PARTS = (SystemPart("postgresql", program="/usr/lib/postgresql/15/bin/pg_ctl"),)
# For the secretariat's page in a real browser, and the hub behind the proxy that docs/hub.md names; else skipped.
PAGE_PARTS = (
    SystemPart("chromium", program="chromium"),
    SystemPart("nginx-light", program="/usr/sbin/nginx"),
)
INSTALLER_PARTS = (
    SystemPart("binutils", program="objdump"),
    SystemPart(f"libpython3.{sys.version_info[1]}", library=f"libpython3.{sys.version_info[1]}.so.1.0"),
)
INSTALLER_TEST_PARTS = (
    SystemPart("debootstrap", program="debootstrap"),
    SystemPart("x11-utils", program="xwininfo"),
)


def give_up(happened: str, to_do: str) -> NoReturn:
    """Say what happened and what to do, and leave with the exit code for trouble (4)."""
    print(f"start.py: {happened}\n          {to_do}", file=sys.stderr)
    raise SystemExit(4)


def say(message: str) -> None:
    """One line of progress on standard error, at once, so that standard output stays the program's own."""
    print(f"start.py: {message}", file=sys.stderr, flush=True)


def require_python() -> None:
    """Leave with a clear message on a Python older than the program supports."""
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return
    needed = ".".join(map(str, OLDEST_PYTHON))
    newer = [name for name in ("python3.14", "python3.13", "python3.12", "python3.11") if shutil.which(name)]
    advice = f"Run: {newer[0]} start.py" if newer else f"Install Python {needed} or newer and start again with it."
    give_up(f"kanto-desk needs Python {needed} or newer; this is {sys.version.split()[0]}.", advice)


# -- system libraries ------------------------------------------------------------------------------------------------


def is_there(part: SystemPart) -> bool:
    """Whether the operating system already offers this part."""
    if part.program:
        return shutil.which(part.program) is not None
    if part.module:
        return importlib.util.find_spec(part.module) is not None
    try:
        ctypes.CDLL(part.library)
    except OSError:
        return False
    return True


def missing_packages(parts: Sequence[SystemPart]) -> list[str]:
    """Debian names of the parts that are not there; empty on Windows and macOS, where the wheels bring everything."""
    if not ON_LINUX:
        return []
    return [part.package for part in parts if not is_there(part)]


def provide_system_parts(parts: Sequence[SystemPart]) -> None:
    """Install what is missing (Debian/Ubuntu as root), else name it all in one line to run and leave."""
    missing = missing_packages(parts if runs(interpreter(venv_folder())) else (*VENV_PARTS, *parts))
    if not missing:
        return
    if shutil.which("apt-get") is None:
        give_up(
            f"these libraries or programs are missing (Debian names): {' '.join(missing)}",
            "Install them with your system's package manager, then start again.",
        )
    command = [*APT_INSTALL, *missing]
    if not os.access("/var/lib/dpkg", os.W_OK):
        give_up("some system packages are missing.", f"Run: sudo apt-get install {' '.join(missing)}")
    if not install(command, missing):
        give_up("apt-get could not install them.", f"See above; then run: apt-get install {' '.join(missing)}")
    still_missing = missing_packages(parts)
    if still_missing:
        give_up(f"installed, yet not found: {' '.join(still_missing)}", "Check the system's packages and start again.")


def offer_system_parts(parts: Sequence[SystemPart]) -> None:
    """Install what is missing where that needs no question (Debian/Ubuntu as root); elsewhere go on without."""
    missing = missing_packages(parts)
    if missing and shutil.which("apt-get") is not None and os.access("/var/lib/dpkg", os.W_OK):
        install([*APT_INSTALL, *missing], missing)


def install(command: Sequence[str], missing: Sequence[str]) -> bool:
    """Run apt-get for these packages; whether it installed them."""
    say(f"installing system packages: {' '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # The lists may be absent or name versions that are gone: update them only when the first try fails.
    if run(command, env=quiet, to_error=True) == 0:
        return True
    run(["apt-get", "-qq", "update"], env=quiet, to_error=True)
    return run(command, env=quiet, to_error=True) == 0


# -- the virtual environment -----------------------------------------------------------------------------------------


def run(
    command: Sequence[str], env: dict[str, str] | None = None, cwd: Path | None = None, to_error: bool = False
) -> int:
    """Run a command to its end; its exit code. `to_error` sends its standard output to standard error."""
    output = sys.stderr if to_error else None
    child = subprocess.Popen(list(command), env=env, cwd=cwd, stdout=output)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the child received Ctrl-C as well and ends in its own way


def stamp_of(lock: Path) -> str:
    """What an environment must have been filled from to be used as it is: this lock, this folder."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    return f"{digest}\n{ROOT}\n"


def interpreter(folder: Path) -> Path:
    """Where the interpreter of an environment lies."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def runs(python: Path) -> bool:
    """Whether this interpreter starts and finds its packages (not so after its base Python was removed or upgraded)."""
    if not python.exists():
        return False
    return subprocess.run([str(python), "-c", "import pip"], check=False, capture_output=True).returncode == 0


def make_environment(folder: Path) -> Path:
    """Make an empty virtual environment in `folder` if none works there; its interpreter."""
    python = interpreter(folder)
    if runs(python):
        return python
    provide_system_parts(VENV_PARTS)
    say(f"making {folder}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        give_up(
            f"the folder {folder} cannot be written ({error.strerror}).",
            "Copy the checkout to a folder of your own, or name another place in KANTO_DESK_VENV, and start again.",
        )
    if run([sys.executable, "-m", "venv", "--clear", str(folder)], to_error=True) != 0:
        give_up("the virtual environment could not be made.", "See the message above; is the disk full?")
    return python


def environment(folder: Path, *locks: str) -> Path:
    """An environment that holds what one of `locks` names (the first unless a later one is installed); its interpreter.

    The later locks are supersets of the first, so that running the tests and running the program do not take turns in
    reinstalling. pip's own settings on this machine (proxy, certificate, package index) apply: none is set here.
    """
    stamp = folder / "installed-from"
    filled = stamp.is_file() and stamp.read_text("utf-8") in [stamp_of(ROOT / lock) for lock in locks]
    if filled and runs(interpreter(folder)):
        return interpreter(folder)
    python = make_environment(folder)
    lock = ROOT / locks[0]
    say(f"installing what {lock.name} names into {folder}")
    try:
        stamp.unlink(missing_ok=True)
        install = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        # Wheels only: nothing is compiled here, and no build tool is fetched outside the lock.
        if run([*install, "--only-binary", ":all:", "--require-hashes", "-r", str(lock)], to_error=True) != 0:
            give_up("the packages could not be installed.", "See pip's message above; is the package index reachable?")
        # The checkout itself is put on the path by a .pth file: no build tool, and edits are seen at once.
        (site_packages(python) / "kanto-desk-checkout.pth").write_text(f"{ROOT}\n", "utf-8")
        stamp.write_text(stamp_of(lock), "utf-8")
    except OSError as error:
        give_up(f"{folder} cannot be written ({error}).", "Make it writable or delete it, then start again.")
    return python


def site_packages(python: Path) -> Path:
    """The folder where this interpreter looks for installed packages."""
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    return Path(subprocess.run(asked, check=True, capture_output=True, encoding="utf-8").stdout.strip())


def venv_folder() -> Path:
    """Where the environment lies: KANTO_DESK_VENV, else .venv in the checkout."""
    named = os.environ.get("KANTO_DESK_VENV")
    return Path(named).absolute() if named else ROOT / ".venv"


def runtime_python() -> Path:
    """The interpreter that can run the program (an environment made for the tests can, too)."""
    return environment(venv_folder(), "requirements.txt", "requirements-dev.txt")


def tools_python() -> Path:
    """The interpreter that can run the program, its tests and its checks."""
    return environment(venv_folder(), "requirements-dev.txt")


# -- the commands ----------------------------------------------------------------------------------------------------


def has_display() -> bool:
    """Whether a window can appear: always on Windows and macOS, else where a display or a Qt platform is named."""
    if not ON_LINUX:
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def start_app(arguments: Sequence[str]) -> int:
    """Run kanto-desk with these arguments; without any: the window, or `demo` where no window can appear."""
    provide_system_parts(OFFSCREEN_PARTS + (WINDOW_PARTS if has_display() else ()))
    python = runtime_python()
    if not arguments and not has_display():
        out = Path(tempfile.mkdtemp(prefix="kanto-desk-")) / "demo"
        say(f"there is no display here, so no window can appear: running `kanto-desk demo {out}` instead.")
        arguments = ["demo", str(out)]
    return run([str(python), "-m", "kanto_desk", *arguments])


def test(arguments: Sequence[str]) -> int:
    """Run the tests, all of them on several cores; arguments go to pytest, which then uses one."""
    provide_system_parts(OFFSCREEN_PARTS + WINDOW_PARTS + TEST_PARTS)
    offer_system_parts((*INPUT_METHOD_PARTS, *DATABASE_PARTS, *PAGE_PARTS))
    # A file's tests stay in one process: those of the hub share a hub, those of the window a Qt application.
    spread = ["-n", str(min(os.cpu_count() or 1, MOST_TEST_PROCESSES)), "--dist", "loadfile"]
    return run([str(tools_python()), "-m", "pytest", *(arguments or spread)], cwd=ROOT)


def lint(arguments: Sequence[str]) -> int:
    """Check the style of the code (ruff)."""
    return run([str(tools_python()), "-m", "ruff", "check", *(arguments or ["."])], cwd=ROOT)


def types(arguments: Sequence[str]) -> int:
    """Check the types (mypy --strict)."""
    return run([str(tools_python()), "-m", "mypy", *arguments], cwd=ROOT)


def imports(arguments: Sequence[str]) -> int:
    """Check who imports whom (import-linter)."""
    program = tools_python().parent / ("lint-imports.exe" if os.name == "nt" else "lint-imports")
    return run([str(program), *arguments], cwd=ROOT)


def bench(arguments: Sequence[str]) -> int:
    """Measure speed as ratios against a floor of the same run."""
    provide_system_parts(OFFSCREEN_PARTS + WINDOW_PARTS + TEST_PARTS)
    return run([str(tools_python()), "-m", "bench", *arguments], cwd=ROOT)


def screens(arguments: Sequence[str]) -> int:
    """Draw the contact sheets of every screen into docs/screens/."""
    provide_system_parts(OFFSCREEN_PARTS + TEST_PARTS)
    return run([str(tools_python()), "docs/make_screens.py", *arguments], cwd=ROOT)


def deb(arguments: Sequence[str]) -> int:
    """Build the Debian package into dist/; --test also installs, starts, upgrades and removes it in a clean system."""
    if shutil.which("dpkg-deb") is None:
        give_up("a Debian package can only be built on Debian or Ubuntu.", "Run this command there.")
    unknown = [argument for argument in arguments if argument != "--test"]
    if unknown:
        give_up(f"deb does not know: {shlex.join(unknown)}", "Run: python3 start.py deb [--test]")
    code = build_deb()
    if code != 0 or "--test" not in arguments:
        return code
    provide_system_parts(TEST_PARTS + INSTALLER_TEST_PARTS)
    return run([str(tools_python()), "-m", "pytest", "-m", "slow", "tests/e2e/test_deb.py"], cwd=ROOT)


def build_deb() -> int:
    """Build with the distribution's own Python, whose shared library goes into the package; the exit code."""
    if Path(sys.executable).resolve() != Path(DISTRIBUTION_PYTHON).resolve():
        if not Path(DISTRIBUTION_PYTHON).exists():
            give_up(f"{DISTRIBUTION_PYTHON} is missing.", "Run: apt-get install python3 python3-venv")
        return run([DISTRIBUTION_PYTHON, str(ROOT / "start.py"), "deb"])
    provide_system_parts(OFFSCREEN_PARTS + WINDOW_PARTS + INSTALLER_PARTS)
    python = environment(ROOT / "build" / "venv-installer", "requirements-installer.txt")
    return run([str(python), "installer/deb/build.py"], cwd=ROOT)


def lock(arguments: Sequence[str]) -> int:
    """Write the lock files anew from pyproject.toml: pins stay unless `--upgrade` or `--upgrade-package NAME` is given.

    Hashes cover the wheels of Linux, Windows and macOS; no address is written, so each machine's own index is used.
    """
    python = make_environment(ROOT / "build" / "venv-lock")
    if run([str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "uv"], to_error=True) != 0:
        give_up("uv could not be installed.", "See pip's message above.")
    options = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header", "--quiet"]
    wheels = ["--only-binary", ":all:", "--python-version", ".".join(map(str, OLDEST_PYTHON))]
    for name, groups in LOCKS.items():
        # Packages that several files name stand in all of them with the version that the program runs with.
        same = [] if name == "requirements.txt" else ["--constraints", "requirements.txt"]
        command = [str(python), "-m", "uv", "pip", "compile", "pyproject.toml", *groups, *same, *options, *wheels]
        code = run([*command, "--output-file", name, *arguments], cwd=ROOT, to_error=True)
        if code != 0:
            return code
        if "://" in (ROOT / name).read_text("utf-8"):
            give_up(f"{name} names an address.", "Do not commit it; find the option that wrote it.")
        say(f"wrote {name}")
    return 0


# Each with the camera: what is started from here, tested and installed has everything.
LOCKS = {
    "requirements.txt": ("--extra", "camera"),
    "requirements-dev.txt": ("--extra", "camera", "--group", "dev"),
    "requirements-installer.txt": ("--extra", "camera", "--group", "installer"),
}
COMMANDS = {
    "run": start_app,
    "test": test,
    "lint": lint,
    "types": types,
    "imports": imports,
    "bench": bench,
    "screens": screens,
    "deb": deb,
    "lock": lock,
}


def usage() -> str:
    """The list of commands, from their own descriptions."""
    lines = ["python3 start.py [COMMAND [ARGUMENTS]]    without a command: the program itself", ""]
    for name, command in COMMANDS.items():
        lines.append(f"  {name:<8} {(command.__doc__ or '').splitlines()[0]}")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Do one command; its exit code."""
    require_python()
    if not arguments:
        return start_app([])
    name, rest = arguments[0], arguments[1:]
    if name in ("help", "-h", "--help"):
        print(usage())
        return 0
    if name not in COMMANDS:
        print(f"start.py: there is no command {name!r}.\n\n{usage()}", file=sys.stderr)
        return 2
    return COMMANDS[name](rest)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
