#!/usr/bin/env python3
"""Set Rondo up and run it: `python3 run.py` serves it, `python3 run.py test` tests it.

Standard library only; Linux, macOS and Windows; Python 3.11 or newer. It makes `.venv`, installs the
pinned packages there when the lock file has changed, and hands over. Its other words:

    check    format, lint, types, import contracts, templates
    bench    what pages, saves and statistics cost on this machine
    deep     the slow judges

Options go to the server: `python3 run.py --port 5001`.
Any other word is a command of the application: `python3 run.py demo --json`.
"""

import hashlib
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent
VENV = pathlib.Path(os.environ.get("RONDO_VENV", ROOT / ".venv")).resolve()
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
INSTALLER = "uv==0.13.8"  # ten times faster than pip; pip takes over where it cannot be had
DEVELOPER_WORDS = {"test", "check", "bench", "deep"}
SOURCES = ["surveys", "tests", "app.py", "run.py"]
LIGHTHOUSE = ROOT / ".cache" / "lighthouse"
BYTECODE = ROOT / ".cache" / "bytecode"
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "msedge",
)


def main(words):
    """Do what the first word says; return a process exit code or become the program."""
    if sys.version_info < (3, 11):
        sys.exit(f"Rondo needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    word, rest = (words[0], words[1:]) if words else ("", [])
    if word in ("-h", "--help"):
        print(__doc__)
        return 0
    make_environment()
    install("requirements-dev.txt" if word in DEVELOPER_WORDS else "requirements.txt")
    os.chdir(ROOT)
    if word == "" or word.startswith("-"):
        return become("-m", "flask", "--app", "app", "serve", "--demo", *words)
    if word in DEVELOPER_WORDS:
        keep_bytecode()
    if word == "test":
        find_browser()
        # One worker more than cores, for many tests wait for a browser or a server; whoever is done
        # takes tests from another. "slow" belongs to `deep`.
        several = [] if "-n" in rest else ["-n", str(min(4, 1 + (os.cpu_count() or 1)))]
        return become("-m", "pytest", "-m", "not slow", *several, "--dist", "worksteal", *rest)
    if word == "check":
        return check()
    if word == "bench":
        return become("-m", "tests.bench", *rest)
    if word == "deep":
        find_browser()
        find_lighthouse()
        return become("-m", "pytest", "-m", "slow", *rest)
    return become("-m", "flask", "--app", "app", word, *rest)


def make_environment():
    """Make the virtual environment once, or name the one package that is missing for it."""
    if PYTHON.exists():
        return
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"This Python has no {' and no '.join(missing)}. Install the one package that brings "
            f"it, then run the same command again:\n"
            f"  Debian, Ubuntu: apt install python{version}-venv\n"
            f"  elsewhere: the full Python from python.org"
        )
    import venv

    say(f"Making {VENV} …")
    venv.EnvBuilder(with_pip=True).create(VENV)


def install(lock_name):
    """Install the lock file's packages, checked by hash, unless this very file is installed."""
    lock = ROOT / lock_name
    stamp = VENV / f".{lock_name}.{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    developer = VENV / f".requirements-dev.txt.{digest('requirements-dev.txt')}"
    if stamp.exists() or (lock_name == "requirements.txt" and developer.exists()):
        return
    say(f"Installing the packages of {lock_name} (once; a minute or less) …")
    pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    pinned = ["--require-hashes", "-r", str(lock)]
    quick = not os.environ.get("RONDO_PLAIN_PIP") and (
        subprocess.call([*pip, INSTALLER], stderr=subprocess.DEVNULL) == 0
    )
    uv = [str(PYTHON), "-m", "uv", "pip", "install", "-q", "-p", str(PYTHON)]
    if not (quick and subprocess.call([*uv, *pinned]) == 0):
        failed = subprocess.call([*pip, *pinned])
        if failed:
            sys.exit("The packages could not be installed; the lines above say why.")
    for old in VENV.glob(f".{lock_name}.*"):
        old.unlink()
    stamp.touch()


def digest(name):
    """Name the state of a lock file."""
    path = ROOT / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else "none"


def keep_bytecode():
    """Let the many processes of a test run compile every package once, not each for itself.

    Machines that build often say that Python shall write no bytecode beside its sources.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(BYTECODE))


def find_browser():
    """Look for a Chromium for the browser tests, and try once to fetch one where none is there."""
    if os.environ.get("CHROMIUM") or any(shutil.which(name) for name in BROWSERS):
        return
    tried = VENV / ".browser-tried"
    if tried.exists():
        return
    say("Looking for a Chromium for the browser tests …")
    try:
        subprocess.call(
            [str(PYTHON), "-m", "playwright", "install", "chromium"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=300,
        )
    except subprocess.TimeoutExpired:
        say("None could be fetched; the browser tests will say that they were left out.")
    tried.touch()


def find_lighthouse():
    """Fetch Lighthouse for the deep tests where Node is; where it cannot be had they say so."""
    npm, wanted, folder = shutil.which("npm"), ROOT / "tests/deep/lighthouse", LIGHTHOUSE
    stamp = folder / f".{digest('tests/deep/lighthouse/package-lock.json')}"
    if npm is None or stamp.exists():
        return
    say("Fetching Lighthouse for the deep tests (once) …")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(wanted, folder)
    quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.call([npm, "ci", *quietly], cwd=folder) == 0:
        stamp.touch()
    else:
        say("It could not be fetched; its tests will say that they were left out.")


def check():
    """Run every static judge, all of them even when one fails; return 1 if any did."""
    judges = [
        ("format", ["ruff", "format", "--check", *SOURCES]),
        ("lint", ["ruff", "check", *SOURCES]),
        ("types", ["mypy"]),
        ("import contracts", []),
        ("templates", ["djlint", "templates", "--lint", "--quiet"]),
    ]
    failed = []
    for name, command in judges:
        say(f"— {name}")
        program = (
            [str(BIN / "lint-imports")]
            if name == "import contracts"
            else [str(PYTHON), "-m", *command]
        )
        if subprocess.call(program) != 0:
            failed.append(name)
    say(f"check: {', '.join(failed)} failed" if failed else "check: all green")
    return 1 if failed else 0


def become(*arguments):
    """Hand the process over, so that Ctrl-C and signals reach the program itself."""
    command = [str(PYTHON), *arguments]
    if os.name == "posix":
        os.execv(command[0], command)
    try:
        return subprocess.call(command)
    except KeyboardInterrupt:
        return 130


def say(text):
    """Tell the person at the terminal."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
