"""The house rules that no other tool holds: pins, locks, licences, places of modules, what the documents promise."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-installer.txt")
# Packages whose licence names the GPL, and why they may be used all the same.
GPL_REASONS = {
    "pyside6-essentials": "offered under the LGPL 3.0 as well, which is what we use it under",
    "shiboken6": "offered under the LGPL 3.0 as well, which is what we use it under",
}
REGISTRIES = [name + ending for name, ending in (
    ("pypi", ".org"), ("pythonhosted", ".org"), ("npmjs", ".org"), ("npmjs", ".com"), ("deb.debian", ".org"),
)]
MACHINE_PATHS = [f"{Path.home()}/", f"{ROOT}/", "/" + "work/"]
QT_CARRIERS = {"kanto_desk.ui", "kanto_desk.app", "kanto_desk.cli", "kanto_desk.__main__"}


@cache
def project() -> dict:
    """pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@cache
def pins(lock: str) -> dict[str, str]:
    """Package → version in a lock file."""
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    return {found[1]: found[2] for line in lines if (found := re.match(r"([a-z0-9-]+)==(\S+)", line))}


@cache
def tracked_files() -> list[Path]:
    """Files that are part of the project: what git knows, or in a copy without git everything in its folders."""
    if shutil.which("git") and (ROOT / ".git").exists():
        command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, encoding="utf-8").stdout
        return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    folders = ("kanto_desk", "tests", "bench", "installer", "resources", "docs")
    top = [path for path in ROOT.iterdir() if path.is_file()]
    return top + [path for folder in folders for path in (ROOT / folder).rglob("*")
                  if path.is_file() and "__pycache__" not in path.parts]


def modules() -> list[Path]:
    """Python files of the project that hold anything."""
    return [path for path in tracked_files() if path.suffix == ".py" and path.stat().st_size > 0]


def test_qt_is_pinned_below_the_release_that_aborts() -> None:
    wanted = [Requirement(text) for text in project()["project"]["dependencies"]]
    qt = [requirement for requirement in wanted if canonicalize_name(requirement.name).startswith("pyside6")]
    assert [canonicalize_name(requirement.name) for requirement in qt] == ["pyside6-essentials"]
    assert "6.12.0" not in qt[0].specifier
    for lock in LOCKS:
        assert Version(pins(lock)["pyside6-essentials"]) < Version("6.12")
        assert not {"pyside6", "pyside6-addons"} & pins(lock).keys(), "the meta package is three times the size"


def test_qt_survives_many_void_calls() -> None:
    # 6.12.0 loses a reference to None in every such call and aborts after a few thousand.
    program = (
        "from PySide6.QtWidgets import QApplication, QLabel\n"
        "application = QApplication([])\n"
        "label = QLabel()\n"
        "for number in range(20_000):\n"
        "    label.setText(str(number))\n"
        "print(label.text())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout.strip()) == (0, "19999"), done.stderr


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_files_pin_with_hashes_and_name_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE), "options such as an index belong to each machine"
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) == len(pins(lock))
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@cache
def runtime() -> list[str]:
    """What the program runs with: the locks hold the extras, too."""
    return project()["project"]["dependencies"] + project()["project"]["optional-dependencies"]["camera"]


def test_lock_files_cover_what_pyproject_asks_for() -> None:
    groups = project()["dependency-groups"]
    for lock, texts in (
        ("requirements.txt", runtime()),
        ("requirements-dev.txt", runtime() + groups["dev"]),
        ("requirements-installer.txt", runtime() + groups["installer"]),
    ):
        for requirement in map(Requirement, texts):
            version = pins(lock).get(canonicalize_name(requirement.name))
            assert version is not None, f"{lock} lacks {requirement.name}: python3 start.py lock"
            assert version in requirement.specifier, f"{lock} pins {requirement.name} {version}: python3 start.py lock"
        assert pins("requirements.txt").items() <= pins(lock).items(), f"{lock} pins other versions than the program's"


def test_lock_files_serve_every_system() -> None:
    assert {"pywin32-ctypes", "secretstorage"} <= pins("requirements.txt").keys()
    text = (ROOT / "requirements.txt").read_text("utf-8")
    # Compiled packages have one wheel per system and Python; a lock for one machine would have one hash each.
    hashes = re.search(r"^pillow==.*\n((?:    --hash.*\n)+)", text, re.MULTILINE)
    assert hashes is not None and hashes[1].count("--hash") > 20


def test_the_program_imports_only_what_it_declares() -> None:
    extras = [text for texts in project()["project"]["optional-dependencies"].values() for text in texts]
    declared = {canonicalize_name(Requirement(text).name) for text in runtime() + extras}
    brings = importlib.metadata.packages_distributions()
    undeclared = set()
    for path in modules():
        if not path.is_relative_to(ROOT / "kanto_desk"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            else:
                continue
            for top in {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"kanto_desk"}:
                if not declared & {canonicalize_name(name) for name in brings.get(top, [])}:
                    undeclared.add(f"{path.relative_to(ROOT)} imports {top}")
    # shiboken6 has no users of its own: it is the other half of PySide6 and comes with it.
    assert {line for line in undeclared if not line.endswith(" shiboken6")} == set()


def test_no_runtime_package_is_under_the_gpl_alone() -> None:
    named = set()
    for package in pins("requirements.txt"):
        try:
            about = importlib.metadata.metadata(package)
        except importlib.metadata.PackageNotFoundError:
            continue  # of another operating system
        classifiers = [line for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
        said = " ".join([about.get("License-Expression") or "", (about.get("License") or "")[:200], *classifiers])
        if re.search(r"(?<!L)GPL|GNU General Public|Affero", said):
            named.add(package)
    assert named == GPL_REASONS.keys()


def test_third_party_notices_match_the_lock() -> None:
    text = (ROOT / "THIRD_PARTY.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z0-9-]+) \| (\d\S*) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    assert {name: version for name, version, _, _ in rows} == pins("requirements.txt")
    assert [name for name, _, licence, use in rows if not licence.strip() or not use.strip()] == []
    for name in ("BIZ UDPGothic", "BIZ UDGothic", "Noto Sans JP", "Lucide", "Japan Post"):
        assert name in text


def test_third_party_notices_name_the_licences_that_the_packages_declare() -> None:
    text = (ROOT / "THIRD_PARTY.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z0-9-]+) \| \d\S* \| ([^|]+) \|", text, re.MULTILINE)
    compared, wrong = 0, []
    for name, told in rows:
        try:
            said = importlib.metadata.metadata(name).get("License-Expression") or ""
        except importlib.metadata.PackageNotFoundError:
            continue   # of another operating system
        ours = set(re.findall(r"\w[\w.]*(?:-[\w.]+)*", told))
        theirs = {word.removesuffix("-only") for word in re.findall(r"\w[\w.]*(?:-[\w.]+)*", said)
                  if word not in ("OR", "AND", "WITH")}
        compared += bool(theirs)
        if theirs and not theirs <= ours:
            wrong.append((name, told, said))
    assert wrong == [] and compared > 15


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = []
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" in content[:8000]:
            continue
        text = content.decode("utf-8", "replace")
        found += [f"{path.relative_to(ROOT)}: {word}" for word in [*MACHINE_PATHS, *REGISTRIES] if word in text]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in modules() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


def test_the_qt_contract_names_every_module_that_must_do_without_qt() -> None:
    contracts = project()["tool"]["importlinter"]["contracts"]
    named = {name for contract in contracts if "PySide6" in contract.get("forbidden_modules", ())
             for name in contract["source_modules"]}
    package = ROOT / "kanto_desk"
    present = {f"kanto_desk.{path.stem}" for path in package.glob("*.py") if path.stem != "__init__"}
    present |= {f"kanto_desk.{path.parent.name}" for path in package.glob("*/__init__.py")}
    assert present - QT_CARRIERS - named == set(), "add these to the contract in pyproject.toml"


@pytest.mark.parametrize(("module", "planted", "broken"), [
    ("rules", "import kanto_desk.services", "Layers"),
    ("db", "import PySide6.QtCore", "Qt only in ui"),
    ("ui", "import sqlalchemy", "The screens know no SQL"),
    ("unplaced", "", "Layers"),
])
def test_the_import_contracts_notice_a_planted_breach(tmp_path: Path, module: str, planted: str, broken: str) -> None:
    shutil.copytree(ROOT / "kanto_desk", tmp_path / "kanto_desk", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    package = tmp_path / "kanto_desk" / module
    package.mkdir(exist_ok=True)
    with (package / "__init__.py").open("a", encoding="utf-8") as source:
        source.write(f"\n{planted}\n")
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", program, "--no-cache"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert re.search(rf"^{broken}.* BROKEN$", done.stdout, re.MULTILINE), done.stdout + done.stderr
