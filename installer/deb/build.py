"""Builds the Debian package into dist/. Run by `python3 start.py deb`, in an environment that holds PyInstaller.

Writes only below build/ and dist/. The package has no maintainer scripts and no configuration files: menus, icons and
file types are announced by files alone, so that removing it leaves nothing but the user's own data folder.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
WORK = ROOT / "build" / "deb"
DIST = ROOT / "dist"
ICON_SIZES = (16, 24, 32, 48, 64, 128, 256)
HOMELESS = "kanto-desk <noreply@localhost>"

# What Qt and Python load from the system; libraries named in installer/deb/kanto-desk.spec come inside the package.
DEPENDS = (
    "libc6 (>= 2.34)", "libstdc++6", "libgcc-s1", "libgl1", "libegl1", "libxkbcommon0", "libdbus-1-3",
    "libfontconfig1", "libfreetype6", "libglib2.0-0t64 | libglib2.0-0", "libx11-6", "libx11-xcb1", "libxcb1",
    "libxcb-cursor0", "libxcb-glx0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-randr0",
    "libxcb-render-util0", "libxcb-render0", "libxcb-shape0", "libxcb-shm0", "libxcb-sync1", "libxcb-util1",
    "libxcb-xfixes0", "libxcb-xkb1", "libxkbcommon-x11-0", "libwayland-client0", "libwayland-cursor0",
    "libwayland-egl1", "libdrm2", "libsqlite3-0", "libzstd1",
)
RECOMMENDS = (
    "desktop-file-utils", "hicolor-icon-theme", "shared-mime-info", "xdg-utils", "libcups2t64 | libcups2",
    "gnome-keyring | kwalletmanager | keepassxc",
)

# No MimeType line: the file type has its name below, but nothing opens such a file by a double click yet.
DESKTOP_ENTRY = """\
[Desktop Entry]
Type=Application
Version=1.1
Name=Kanto Desk
Name[ja]=関東デスク
GenericName=Consultation records
GenericName[ja]=相談記録
Comment=Record consultations at companies, offline, and hand over the sheet
Comment[ja]=企業での相談をその場で記録し、相談記録票を渡す
Exec=kanto-desk
TryExec=kanto-desk
Icon=kanto-desk
Terminal=false
StartupNotify=true
StartupWMClass=kanto-desk
Categories=Office;
Keywords=consultation;company;record;
Keywords[ja]=相談;企業;記録;専門家;
"""

MIME_TYPE = """\
<?xml version="1.0" encoding="UTF-8"?>
<mime-info xmlns="{namespace}">
  <mime-type type="application/vnd.kanto-desk.bundle">
    <comment>Kanto Desk bundle</comment>
    <comment xml:lang="ja">関東デスクの受け渡しファイル</comment>
    <generic-icon name="package-x-generic"/>
    <glob pattern="*.kdx"/>
  </mime-type>
</mime-info>
"""
MIME_NAMESPACE = "http://www.freedesktop.org/standards/shared-mime-info"


def version() -> str:
    """The program's version, read without importing it."""
    found = re.search(r'^__version__ = "([^"]+)"', (ROOT / "kanto_desk/__init__.py").read_text("utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit("kanto_desk/__init__.py holds no __version__")
    return found[1]


def architecture() -> str:
    """Debian's name of this machine's architecture."""
    asked = ["dpkg", "--print-architecture"]
    return subprocess.run(asked, check=True, capture_output=True, encoding="ascii").stdout.strip()


def freeze() -> Path:
    """Let PyInstaller make the one-folder program; the folder."""
    if not (ROOT / "kanto_desk" / "__main__.py").is_file():
        raise SystemExit("kanto_desk/__main__.py is missing: there is no program to package yet")
    subprocess.run(
        [
            sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN",
            "--distpath", str(WORK / "frozen"), "--workpath", str(WORK / "work"), str(HERE / "kanto-desk.spec"),
        ],
        check=True,
        cwd=ROOT,
    )
    return WORK / "frozen" / "kanto-desk"


def draw_icons(folder: Path) -> None:
    """Write the icon as SVG and, for desktops without SVG, as PNG in the usual sizes below a hicolor folder."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication, QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    application = QGuiApplication.instance() or QGuiApplication([])
    drawing = QSvgRenderer(str(HERE / "kanto-desk.svg"))
    for size in ICON_SIZES:
        picture = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        drawing.render(painter)
        painter.end()
        target = folder / f"{size}x{size}" / "apps" / "kanto-desk.png"
        target.parent.mkdir(parents=True)
        if not picture.save(str(target)):
            raise SystemExit(f"the icon could not be written: {target}")
    scalable = folder / "scalable" / "apps"
    scalable.mkdir(parents=True)
    shutil.copyfile(HERE / "kanto-desk.svg", scalable / "kanto-desk.svg")
    del application


def write(path: Path, text: str) -> None:
    """Write a text file, making its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def lay_out(frozen: Path) -> Path:
    """The tree of files as it will stand on the user's system."""
    tree = WORK / "root"
    share = tree / "usr" / "share"
    shutil.copytree(frozen, tree / "usr" / "lib" / "kanto-desk", symlinks=True)
    (tree / "usr" / "bin").mkdir(parents=True)
    (tree / "usr" / "bin" / "kanto-desk").symlink_to("../lib/kanto-desk/kanto-desk")
    write(share / "applications" / "kanto-desk.desktop", DESKTOP_ENTRY)
    write(share / "mime" / "packages" / "kanto-desk.xml", MIME_TYPE.format(namespace=MIME_NAMESPACE))
    draw_icons(share / "icons" / "hicolor")
    doc = share / "doc" / "kanto-desk"
    write(doc / "copyright", "\n\n".join((ROOT / name).read_text("utf-8") for name in ("LICENSE", "THIRD_PARTY.md")))
    (doc / "changelog.gz").write_bytes(gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), mtime=0))
    for folder, _, files in os.walk(tree):
        os.chmod(folder, 0o755)
        for name in files:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o755 if os.access(path, os.X_OK) and path.suffix in ("", ".so") else 0o644)
    return tree


def write_control(tree: Path) -> None:
    """Write the package's description and the checksums of its files."""
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    size = sum(path.stat().st_size for path in files)
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(tree)}\n" for path in files]
    write(tree / "DEBIAN" / "md5sums", "".join(sums))
    write(
        tree / "DEBIAN" / "control",
        "Package: kanto-desk\n"
        f"Version: {version()}\n"
        f"Architecture: {architecture()}\n"
        f"Maintainer: {HOMELESS}\n"
        f"Installed-Size: {-(-size // 1024)}\n"
        f"Depends: {', '.join(DEPENDS)}\n"
        f"Recommends: {', '.join(RECOMMENDS)}\n"
        "Section: misc\n"
        "Priority: optional\n"
        "Description: consultation records for experts who visit companies (関東デスク)\n"
        " Records a consultation line by line on a laptop without a network, keeps it\n"
        " encrypted, and prints the sheet that the company signs.\n",
    )


def main() -> None:
    """Build the package and say where it is, how big, and how long it took."""
    os.umask(0o022)
    began = time.monotonic()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    DIST.mkdir(exist_ok=True)
    tree = lay_out(freeze())
    write_control(tree)
    package = DIST / f"kanto-desk_{version()}_{architecture()}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(package)], check=True)
    installed = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    seconds = time.monotonic() - began
    print(f"{package}: {package.stat().st_size / 1e6:.0f} MB, {installed / 1e6:.0f} MB installed, {seconds:.0f} s")


if __name__ == "__main__":
    main()
