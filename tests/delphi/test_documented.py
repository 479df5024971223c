"""docs/rules.md says what the code does."""

import re
from pathlib import Path

import pytest

from surveys.delphi.notation import parse, parse_stability
from surveys.delphi.presets import PRESETS
from tests.delphi.rulebook import NINE

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("chosen", PRESETS, ids=lambda chosen: chosen.id)
def test_every_preset_is_described(chosen):
    ready = TEXT.partition("### Ready definitions")[2].partition("###")[0]

    assert f"`{chosen.id}`" in ready


def test_every_module_of_the_package_is_described():
    modules = {
        path.stem for path in (ROOT / "surveys" / "delphi").glob("*.py") if path.stem != "__init__"
    }
    named = set(re.findall(r"`(\w+)`", TEXT.partition("## For developers")[2]))

    assert modules <= named


def test_what_the_page_says_may_be_typed_can_be_read():
    page = TEXT.partition("### Rules as one types them")[2].partition("### Ready")[0]
    rows = [row.split("|")[1] for row in page.splitlines() if row.startswith("| `")]
    typed = [text for row in rows for text in re.findall(r"`([^`]+)`", row)]
    examples = [text for text in typed if "…" not in text and text != "n>=8"]

    assert len(examples) > 12
    for text in examples:
        assert parse(text, NINE).sentence("en", NINE)


def test_what_the_page_says_of_stability_can_be_read():
    (line,) = re.findall(r"`--stability` takes (.*?), joined by", TEXT, re.DOTALL)

    for text in re.findall(r"`([^`]+)`", line):
        assert parse_stability(text).sentence("en")
