"""A researcher at a desk: methods are sentences."""

from __future__ import annotations

from playwright.sync_api import Page, expect


class ResearcherAtDesk:
    """Works through the real pages, in English."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.study = ""

    def sign_in_once(self, token: str) -> None:
        self.page.goto(f"{self.address}/sign-in/once/{token}")
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.get_by_role("link", name="Not now").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Studies")

    def create_study_from_the_library(self, name: str) -> None:
        self.page.get_by_role("link", name="Begin a study").click()
        self.page.get_by_label("Study", exact=True).select_option(name)
        self.page.get_by_role("button", name="Create from the library").click()
        expect(self.page.get_by_text("The study has been created.")).to_be_visible()
        self.study = self.page.url

    def fill_in_the_settings(self) -> None:
        self.page.get_by_role("link", name="What experts read of your team").click()
        for box in self.page.locator("main form [name]:not([type=hidden]):not(button)").all():
            name = box.get_attribute("name") or ""
            box.fill("team@institute.example" if name == "contact_email" else f"Our {name}")
        self.page.get_by_role("button", name="Keep the settings").click()
        expect(self.page.get_by_text("The settings are kept.")).to_be_visible()

    def add_expert(self, name: str, email: str, group: str, language: str) -> None:
        self.page.goto(f"{self.study}/panel")
        form = self.page.locator("#add")
        form.get_by_label("Name", exact=True).fill(name)
        form.get_by_label("E-mail address").fill(email)
        form.get_by_label("Group", exact=True).select_option(group)
        form.get_by_label("Language", exact=True).select_option(language)
        self.page.get_by_role("button", name="Add to the panel").click()
        expect(self.page.get_by_text("was added to the panel")).to_be_visible()

    def open_round(self, number: int, part: str = "") -> None:
        self.page.goto(f"{self.study}/rounds/{number}{part}")

    def launch_round(self, number: int) -> None:
        self.open_round(number)
        self.page.get_by_role("button", name=f"Launch round {number}").click()
        expect(self.page.get_by_text("invitations are on their way")).to_be_visible()

    def close_round(self, number: int) -> None:
        self.open_round(number)
        self.page.get_by_role("link", name="Close the round now").click()
        if (reason := self.page.get_by_label("Reason")).count():
            # Experts were told a later end.
            reason.fill("Everyone has answered.")
        self.page.get_by_role("button", name=f"Close round {number} now").click()
        expect(self.page.get_by_text("The round is closed")).to_be_visible()

    def make_statement_from(
        self, answers: list[str], wording: dict[str, str], *, after_round: int
    ) -> None:
        self.open_round(after_round, "/answers")
        for answer in answers:
            self.page.get_by_label(answer).check()
        self.page.get_by_role("button", name="Make a statement").click()
        for language, text in wording.items():
            self.page.locator(f"#wording_{language}").fill(text)
        self.page.get_by_label("Marked as").select_option("condition")
        self.page.get_by_role("button", name="Add to round").click()

    def prepare_round_by_the_rule(self, number: int) -> None:
        self.open_round(number - 1, "/next")
        self.page.get_by_role("button", name=f"Prepare round {number} as chosen").first.click()
        expect(self.page.get_by_text(f"Round {number} is ready")).to_be_visible()

    def result_of(self, code: str) -> str:
        """All that the results page says of one statement."""
        return " ".join(self.page.locator(f"#result-{code}").inner_text().split())
