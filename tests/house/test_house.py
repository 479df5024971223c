"""Rules that a reviewer should not have to remember."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from flask import Flask

from surveys.config import Config
from surveys.items import KINDS
from surveys.web import bootstrap

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "surveys").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
DOCS = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


def tracked() -> list[Path]:
    """The files of the repository that are text."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout, so there is no list of its files")
    return [
        ROOT / name
        for name in listed.stdout.splitlines()
        if not name.endswith((".png", ".mo", ".svg")) and (ROOT / name).is_file()
    ]


def test_the_import_contracts_hold():
    program = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run([program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_one_place_commits():
    committing = [
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
    ]
    assert committing == ["surveys/models/base.py"]


def test_services_never_read_the_clock():
    for path in SOURCES:
        if path.parts[-2] in ("services", "delphi", "queries", "stats", "items"):
            text = path.read_text("utf-8")
            assert "datetime.now(" not in text, path
            assert "time.time(" not in text, path


def test_every_route_of_an_audience_is_behind_its_guard(app: Flask):
    for name, guard in (("experts", "guard"), ("links", "read_link"), ("researchers", "guard")):
        hooks = app.before_request_funcs.get(name, [])
        assert [hook.__name__ for hook in hooks] == [guard]
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        if rule.rule.startswith("/e/"):
            assert blueprint == "experts", rule
            assert rule.rule.startswith("/e/<participation>/"), rule
        if rule.rule.startswith("/studies"):
            assert blueprint == "researchers", rule


def test_nobody_gets_behind_a_guard_without_its_key(app: Flask):
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(("/e/", "/studies", "/p/")):
            continue
        address = re.sub(r"<int:[^>]+>", "1", rule.rule)
        address = re.sub(r"<[^>]+>", "nobody", address)
        for method in rule.methods & {"GET", "POST"}:
            answer = client.open(address, method=method)
            # A lost token is refused before anything else is looked at.
            assert answer.status_code in (303, 400, 403, 404), (method, address)


def test_addresses_in_inboxes_and_bookmarks_stay(app: Flask):
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert {
        "/p/<token>",
        "/e/<participation>/",
        "/e/<participation>/rounds/<int:number>",
        "/e/<participation>/rounds/<int:number>/receipt",
        "/sign-in/once/<token>",
        "/studies/<study>",
        "/studies/<study>/rounds/<int:number>/results",
        "/health",
    } <= rules


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_kind_brings_its_four_templates(name: str):
    folder = ROOT / "templates" / "items" / name
    for part in ("answer", "feedback", "result", "settings"):
        assert (folder / f"{part}.html").is_file(), f"{name} has no {part}.html"


def test_nobody_compares_the_name_of_a_kind():
    pattern = re.compile(rf"""[=!]=\s*['"]({"|".join(KINDS)})['"]""")
    # The pure core knows no items, by contract; "number" is another word there.
    exempt = ("surveys/items/", "templates/items/", "surveys/delphi/", "surveys/stats/")
    for path in [*SOURCES, *TEMPLATES]:
        inside = path.relative_to(ROOT).as_posix()
        if not inside.startswith(exempt):
            assert not pattern.search(path.read_text("utf-8")), inside


def test_the_settings_in_the_readme_are_those_there_are():
    readme = (ROOT / "README.md").read_text("utf-8")
    table = readme.split("| setting |", 1)[1].split("\n\n", 1)[0]
    told = re.findall(r"^\| `(\w+)`", table, flags=re.MULTILINE)
    assert sorted(told) == sorted(field.name for field in fields(Config))


def test_links_between_documents_resolve():
    for document in DOCS:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text("utf-8")):
            if not re.match(r"[a-z]+:", target):
                assert (document.parent / target).exists(), f"{document.name} points at {target}"


def test_templates_carry_no_inline_style_script_or_handler():
    for path in TEMPLATES:
        if path.name == "analysis.html":
            continue  # a file that leaves, not a page that is served
        text = re.sub(r"{#.*?#}", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"\sstyle=", text), path
        assert not re.search(r"\son[a-z]+=", text), path
        assert not re.search(r"<style\b", text), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), path


def test_the_parts_of_bootstrap_are_those_that_pages_use():
    """Whoever uses one more of its classes cuts it anew: python -m surveys.web.bootstrap"""
    cut = bootstrap.cut(bootstrap.whole(), bootstrap.words())
    assert cut == bootstrap.CUT.read_text("utf-8"), "run: python -m surveys.web.bootstrap"


def test_of_bootstrap_a_rule_stays_where_all_its_classes_are_used():
    css = (
        "/*! Bootstrap v9.8.7 */:root,[data-bs-theme=light]{--a:1}.btn:not(.off),.card{b:2}"
        "@media (width>1px){.btn .x{c:3}.card{d:4}}@media print{.x{e:5}}@keyframes k{to{f:6}}"
    )
    assert bootstrap.cut(css, {"btn"}).splitlines()[4:] == [
        ":root{--a:1}",
        ".btn:not(.off){b:2}",
        "@keyframes k{to{f:6}}",
    ]
    assert "Bootstrap 9.8.7" in bootstrap.cut(css, {"btn"})
    assert "@media (width>1px){\n.card{d:4}\n}" in bootstrap.cut(css, {"card"})


def test_nothing_names_a_machine_or_a_registry():
    # Put together from parts, so that the rule does not find itself.
    folders = [rf"/{name}/" for name in ("work", "tmp", "root")]
    hosts = [name + ending for name, ending in (("python", "hosted"), ("pypi", r"\.org"))]
    ours = re.compile("|".join([*folders, *hosts, r"registry\.npm"]))
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        assert not ours.search(text), path.relative_to(ROOT)


def test_run_py_needs_nothing_but_python():
    tree = ast.parse((ROOT / "run.py").read_text("utf-8"))
    names = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        (node.module or "").partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert names <= sys.stdlib_module_names
