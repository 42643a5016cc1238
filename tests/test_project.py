"""Tests on the project itself: what is pinned, what is shipped, what the Makefile says."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path, PurePosixPath

import pytest

import detente
from detente.case import bundled_cases

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REQUIREMENTS = ("requirements.txt", "requirements-serve.txt", "requirements-dev.txt")
BUNDLED = [PurePosixPath(p) for p in PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"][1:]]


def pins(name):
    """Return the logical lines of a requirements file, comments left out."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def normalised(requirement):
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement).group()).lower()


# --- pinned dependencies


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_pin_is_exact_and_hashed(name):
    pin = re.compile(r"[a-z0-9.-]+==\S+( ; [^\\]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert [line for line in pins(name) if not pin.fullmatch(line)] == []


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_requirements_name_no_host_and_no_path(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert (
        re.findall(r"\w*://.*|--(?:extra-)?index-url.*|--find-links.*|--trusted-host.*|@ .*|(?<!\w)/\w+.*", text) == []
    )


def test_everything_declared_is_pinned():
    declared = {normalised(r) for r in PYPROJECT["project"]["dependencies"]}
    build = {normalised(r) for r in PYPROJECT["dependency-groups"]["build"]}
    dev = {normalised(r) for r in PYPROJECT["dependency-groups"]["dev"] if isinstance(r, str)}
    assert declared | build <= {normalised(line) for line in pins("requirements.txt")}
    assert declared | build | dev <= {normalised(line) for line in pins("requirements-dev.txt")}


def test_tests_run_on_the_versions_that_users_get():
    assert set(pins("requirements.txt")) <= set(pins("requirements-dev.txt"))


# --- what is shipped


def test_version_is_one():
    assert detente.__version__ == PYPROJECT["project"]["version"] == importlib.metadata.version("detente")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel as a user without a network would and return the names in it."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", folder, ROOT], check=True, timeout=60)
    (built,) = folder.glob("detente-*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("folder", BUNDLED, ids=str)
def test_wheel_has_the_bundled_case(wheel, folder):
    files = [f.relative_to(ROOT).as_posix() for f in (ROOT / folder).rglob("*") if f.is_file()]
    assert files
    assert {f"detente/bundled/{f}" for f in files} <= wheel


def test_every_bundled_case_has_both_folders():
    assert {f.name for f in BUNDLED if f.parts[0] == "seeds"} == {f.name for f in BUNDLED if f.parts[0] == "priors"}


def test_wheel_has_the_package_and_nothing_else(wheel):
    version = PYPROJECT["project"]["version"]
    assert {name.split("/")[0] for name in wheel} == {"detente", f"detente-{version}.dist-info"}
    assert {"detente/__init__.py", "detente/cli/__init__.py"} <= wheel
    assert not [name for name in wheel if "/test" in name or name.endswith(".pyc")]


def test_every_case_in_the_repository_is_bundled():
    assert {f.name for f in BUNDLED} == {f.name for f in (ROOT / "seeds").iterdir()} == set(bundled_cases())


def test_model_names_no_case():
    """Which case a forecast is of, and whose, is said in seeds/ and priors/ only; the help has examples that run."""
    parties = "turk|syria|erdo[gğ]an|assad|damascus|ankara|saudi|iran|riyadh|tehran|bed bath|bbby"
    names = re.compile(rf"(?<![a-z])({parties}|{'|'.join(bundled_cases())})", re.IGNORECASE)
    files = [f for f in (ROOT / "model" / "detente").rglob("*") if f.is_file() and f.suffix != ".pyc"]
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if names.search(line) and not (file.parent.name == "cli" and line.startswith("      detente "))
    ]
    assert found == []


# --- the Makefile


@pytest.fixture
def bare(tmp_path):
    """Make a copy of what `make` needs, at a path with a space, beside a PATH that holds no Python."""
    folder, tools = tmp_path / "a checkout", tmp_path / "bin"
    folder.mkdir()
    tools.mkdir()
    for name in ("Makefile", "pyproject.toml", *REQUIREMENTS):
        shutil.copy(ROOT / name, folder)
    for tool in ("sh", "cat", "cksum", "sed", "rm", "mkdir", "cp", "echo"):
        (tools / tool).symlink_to(shutil.which(tool))
    return folder


def make(folder, *targets):
    environment = {"PATH": str(folder.parent / "bin"), "HOME": str(folder.parent), "LC_ALL": "C"}
    command = [shutil.which("make"), "--no-print-directory", *targets]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def install_fake(folder, name, script):
    fake = folder.parent / "bin" / name
    fake.parent.mkdir(parents=True, exist_ok=True)
    fake.write_text(f"#!{shutil.which('sh')}\n{script}\n", encoding="utf-8")
    fake.chmod(0o755)


# A Python that the Makefile may take, which only says what it is asked to run.
SUPPORTED = """case "$*" in
  *version_info*) echo 3.13 ;;
  *_base_executable*) cd "${0%/*}" && echo "$PWD/${0##*/}" ;;
  -m*) echo "$0 $*"; exit 3 ;;
esac"""


def test_make_alone_lists_every_target(bare):
    targets = re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    result = make(bare)
    assert result.returncode == 0
    assert {"forecast", "test", "lint", "bench", "clean"} <= set(targets)
    assert re.findall(r"^  make ([\w-]+)\t\S.*", result.stdout, re.MULTILINE) == targets


@pytest.mark.parametrize("target", ["forecast", "test"])
def test_old_python_is_answered_in_one_sentence(bare, target):
    install_fake(bare, "python3", "echo 3.9")
    install_fake(bare, "python3.14", "echo 'not the selected version' >&2; exit 127")  # a version manager's shim
    result = make(bare, target)
    message, made, *rest = result.stderr.splitlines()
    assert result.returncode != 0
    assert message == (
        "detente needs Python 3.12, 3.13 or 3.14, and here is 3.9: install one "
        "(with the system's package manager, pyenv or uv), then run make again."
    )
    assert made.startswith("make: ***")
    assert (result.stdout, rest, (bare / ".venv").exists()) == ("", [], False)


def test_no_python_is_answered_in_one_sentence(bare):
    assert "needs Python 3.12, 3.13 or 3.14, and here is none: install" in make(bare, "forecast").stderr


def test_python_without_venv_is_answered_in_one_sentence(bare):
    install_fake(bare, "python3", 'case "$2" in *ensurepip*) exit 1 ;; *) echo 3.13 ;; esac')
    message, made = make(bare, "forecast").stderr.splitlines()
    assert message.startswith("Python 3.13 is here without its venv module: install it (on Debian and Ubuntu")
    assert made.startswith("make: ***")


def test_pyenv_version_is_found_where_python3_is_old(bare):
    install_fake(bare, "python3", "echo 3.9")
    install_fake(bare, "../.pyenv/versions/3.13.0/bin/python3", SUPPORTED)
    result = make(bare, "forecast")
    assert result.stdout == f"{bare.parent / '.pyenv/versions/3.13.0/bin/python3'} -m venv .venv\n"


def test_interrupted_install_is_not_taken_for_a_finished_one(bare):
    """A .venv whose install did not end is made anew, even if its stamps say that all is well."""
    venv = bare / ".venv"
    venv.mkdir()
    (venv / ".unfinished").touch()
    (venv / "left-over").touch()
    install_fake(bare, "python3", SUPPORTED)
    result = make(bare, "forecast")
    assert result.stdout == f"{bare.parent / 'bin/python3'} -m venv .venv\n"
    assert [file.name for file in venv.iterdir()] == [".unfinished"]
