"""Lighthouse opens the answering page as a phone on a slow network does.

`python3 run.py deep` fetches it where Node is. Nothing else of Rondo needs Node.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from surveys.models.base import transaction
from surveys.services import loading
from tests.actors.browser import QUIET, system_chromium
from tests.actors.visitor import Visitor
from tests.conftest import left_out
from tests.factories import FOUR_LANGUAGES, Story, make_story

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CLI = "node_modules/lighthouse/cli/index.js"
FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "lighthouse"
LEAST = {"accessibility": 100, "best-practices": 100, "performance": 95}


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


def story_of(app: Flask, session: Any, file: Path) -> Story:
    return make_story(
        session,
        experts=8,
        at=datetime.now(UTC) - timedelta(days=20),
        links=app.extensions["rondo.links"],
        file=file.read_text("utf-8"),
    )


def statements_with_feedback(app: Flask, session: Any) -> tuple[Story, int]:
    """The first study's statements, each come back with what eight experts rated."""
    story = story_of(app, session, loading.library_path("smoking_cessation_mhealth"))
    with transaction(session):
        story.study.settings = dict.fromkeys(story.study.settings, "filled in")
    story.launch(1)
    story.close(1)
    story.launch(2)
    codes = list(story.asked(2))
    for expert in range(1, 9):
        story.answer(expert, 2, {code: 1 + (expert + n) % 5 for n, code in enumerate(codes)})
    story.close(2)
    story.prepare(2, returning=[placed.id for placed in story.asked(2).values()])
    story.launch(3)
    assert len(codes) >= 32
    return story, 3


def every_kind_of_item(app: Flask, session: Any) -> tuple[Story, int]:
    story = story_of(app, session, FOUR_LANGUAGES)
    story.until_round_2()
    return story, 2


@pytest.mark.parametrize("told", [statements_with_feedback, every_kind_of_item])
def test_the_answering_page_on_a_phone(
    told: Callable[[Flask, Any], tuple[Story, int]],
    app: Flask,
    session: Any,
    live: str,
    tmp_path: Path,
) -> None:
    if shutil.which("node") is None:
        left_out("no Node here, which Lighthouse needs")
    if not (FOLDER / CLI).exists():
        left_out("Lighthouse is not fetched: `python3 run.py deep` does it")
    if system_chromium() is None:
        left_out("no Chromium, Chrome or Edge here: install one, or set CHROMIUM to its path")
    story, number = told(app, session)
    expert = Visitor(app)
    expert.arrive(story.link(1))
    cookie = expert.browser.get_cookie("rondo_expert")
    assert cookie
    report = judged(
        f"{live}/e/{story.participation(1)}/rounds/{number}",
        {"Cookie": f"{cookie.key}={cookie.value}"},
        tmp_path / "report.json",
    )
    assert report["runWarnings"] == []
    scores = {name: round(100 * report["categories"][name]["score"]) for name in LEAST}
    assert not missed(scores), f"{scores}: " + "; ".join(
        f"{audit['id']}: {audit['title']} {audit.get('displayValue', '')}"
        for audit in report["audits"].values()
        if audit["score"] is not None and audit["score"] < 1
    )


def missed(scores: dict[str, int]) -> list[str]:
    return [name for name, least in LEAST.items() if scores[name] < least]


def judged(address: str, headers: dict[str, str], file: Path) -> dict[str, Any]:
    """What Lighthouse reports, with its own settings for a phone."""
    chromium = ["--headless=new", *QUIET]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        chromium.append("--no-sandbox")
    # Lighthouse splits them at spaces, but for values in quotes.
    flags = " ".join(re.sub("=(.* .*)", r'="\1"', flag) for flag in chromium)
    subprocess.run(
        [
            "node",
            FOLDER / CLI,
            address,
            "--quiet",
            "--no-enable-error-reporting",
            f"--only-categories={','.join(LEAST)}",
            "--output=json",
            f"--output-path={file}",
            f"--extra-headers={json.dumps(headers)}",
            f"--chrome-flags={flags}",
        ],
        env={**os.environ, "CHROME_PATH": str(system_chromium())},
        check=True,
        timeout=300,
    )
    report: dict[str, Any] = json.loads(file.read_text("utf-8"))
    assert report["finalDisplayedUrl"] == address
    return report
