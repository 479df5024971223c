"""run.py: what a machine needs that has nothing but Python and git."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def run(monkeypatch, tmp_path):
    """The program as a module, with an environment of its own and nothing installed or started."""
    spec = importlib.util.spec_from_file_location("run_under_test", ROOT / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / "venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / "venv" / "bin" / "python")
    monkeypatch.chdir(ROOT)
    return module


@pytest.fixture
def handed_over(run, monkeypatch):
    """What run.py would become, once everything is installed."""
    asked = {}
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX")
    monkeypatch.setattr(run, "make_environment", lambda: None)
    monkeypatch.setattr(run, "find_browser", lambda: None)
    monkeypatch.setattr(run, "find_lighthouse", lambda: None)
    monkeypatch.setattr(run, "install", lambda lock: asked.update(lock=lock))
    monkeypatch.setattr(run, "become", lambda *words: asked.update(words=words) or 0)
    return asked


def test_no_word_serves_with_the_demonstration(run, handed_over):
    run.main([])
    assert handed_over["words"] == ("-m", "flask", "--app", "app", "serve", "--demo")
    assert handed_over["lock"] == "requirements.txt"


def test_options_alone_go_to_the_server(run, handed_over):
    run.main(["--port", "5001"])
    assert handed_over["words"][-4:] == ("serve", "--demo", "--port", "5001")


@pytest.mark.parametrize("words", [["demo", "--json"], ["analyse", "x.csv"], ["study", "check"]])
def test_any_other_word_is_a_command_of_the_application(run, handed_over, words):
    run.main(words)
    assert handed_over["words"] == ("-m", "flask", "--app", "app", *words)
    assert handed_over["lock"] == "requirements.txt"


def test_the_tests_bring_what_they_need(run, handed_over):
    run.main(["test", "-k", "nothing"])
    assert handed_over["words"][:2] == ("-m", "pytest")
    assert handed_over["words"][-2:] == ("-k", "nothing")
    assert handed_over["lock"] == "requirements-dev.txt"


@pytest.mark.parametrize(("word", "keeps"), [("test", True), ("deep", True), ("demo", False)])
def test_the_processes_of_a_test_run_compile_every_package_once(run, handed_over, word, keeps):
    run.main([word])
    assert ("PYTHONDONTWRITEBYTECODE" not in os.environ) is keeps
    assert (os.environ.get("PYTHONPYCACHEPREFIX") == str(run.BYTECODE)) is keeps


@pytest.mark.parametrize(
    ("absent", "named"), [({"ensurepip"}, "ensurepip"), ({"venv", "ensurepip"}, "venv and no")]
)
def test_a_python_without_ensurepip_is_told_the_one_package_to_install(
    run, monkeypatch, absent, named
):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        run.importlib.util, "find_spec", lambda name: None if name in absent else found(name)
    )
    with pytest.raises(SystemExit) as stopped:
        run.main([])
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert named in stopped.value.code
    assert f"apt install python{version}-venv" in stopped.value.code
    assert not run.VENV.exists()


def test_an_older_python_is_told_which_one_is_needed(run, monkeypatch):
    monkeypatch.setattr(run.sys, "version_info", (3, 10, 9))
    with pytest.raises(SystemExit, match=r"Rondo needs Python 3\.11 or newer"):
        run.main([])


def test_nothing_is_installed_twice(run, monkeypatch):
    """The stamp names the very lock file that was installed."""
    run.VENV.mkdir()
    (run.VENV / f".requirements.txt.{run.digest('requirements.txt')}").touch()
    calls = []
    monkeypatch.setattr(run.subprocess, "call", lambda words, **_: calls.append(words) or 0)
    run.install("requirements.txt")
    assert calls == []


def test_a_changed_lock_file_is_installed_with_its_hashes(run, monkeypatch):
    run.VENV.mkdir()
    (run.VENV / ".requirements.txt.0123456789abcdef").touch()
    calls = []
    monkeypatch.setattr(run.subprocess, "call", lambda words, **_: calls.append(words) or 0)
    run.install("requirements.txt")
    assert "--require-hashes" in calls[-1]
    stamps = [path.name for path in run.VENV.glob(".requirements.txt.*")]
    assert stamps == [f".requirements.txt.{run.digest('requirements.txt')}"]


def test_where_the_quick_installer_fails_pip_takes_over(run, monkeypatch):
    run.VENV.mkdir()
    calls = []
    monkeypatch.setattr(
        run.subprocess, "call", lambda words, **_: calls.append(words) or ("uv" in words)
    )
    run.install("requirements.txt")
    assert [words[2] for words in calls] == ["pip", "uv", "pip"]
    assert "--require-hashes" in calls[-1]


def test_an_installation_that_fails_leaves_no_stamp(run, monkeypatch):
    run.VENV.mkdir()
    monkeypatch.setattr(run.subprocess, "call", lambda words, **_: 1)
    with pytest.raises(SystemExit, match="could not be installed"):
        run.install("requirements.txt")
    assert list(run.VENV.iterdir()) == []


def test_lighthouse_is_fetched_once_as_its_lock_file_says(run, monkeypatch, tmp_path):
    monkeypatch.setattr(run, "LIGHTHOUSE", tmp_path / "lighthouse")
    monkeypatch.setattr(run.shutil, "which", lambda name: f"/somewhere/{name}")
    calls = []
    monkeypatch.setattr(
        run.subprocess, "call", lambda words, cwd: calls.append((words[:2], cwd)) or 0
    )
    run.find_lighthouse()
    run.find_lighthouse()
    assert calls == [(["/somewhere/npm", "ci"], tmp_path / "lighthouse")]
    assert (tmp_path / "lighthouse" / "package-lock.json").exists()


def test_without_node_the_deep_tests_still_run(run, monkeypatch, tmp_path):
    monkeypatch.setattr(run, "LIGHTHOUSE", tmp_path / "lighthouse")
    monkeypatch.setattr(run.shutil, "which", lambda name: None)
    run.find_lighthouse()
    assert not (tmp_path / "lighthouse").exists()


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_of_a_lock_file_is_pinned_and_hashed(lock):
    entries = (ROOT / lock).read_text("utf-8").replace("\\\n", " ").splitlines()
    packages = [line for line in entries if line and not line.lstrip().startswith("#")]
    assert len(packages) > 40
    for package in packages:
        assert "==" in package, package[:80]
        assert "--hash=sha256:" in package, package[:80]


def test_help_needs_no_environment(tmp_path):
    """A bare Python, alone: no site packages, nothing installed, nothing made."""
    said = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "run.py"), "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert "python3 run.py" in said.stdout
    assert list(tmp_path.iterdir()) == []
