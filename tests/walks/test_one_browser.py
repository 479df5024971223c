"""Two experts and a researcher in one browser: nobody writes under another's name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.panel import Expert
from surveys.models.researcher import Researcher
from surveys.models.response import Rating, Response
from surveys.services import signing_in
from tests.actors.expert import ExpertInBrowser
from tests.actors.researcher import ResearcherAtDesk
from tests.factories import Story, make_researcher, make_story


@pytest.fixture
def story(app: Any, session: Any) -> Story:
    story = make_story(
        session,
        at=datetime.now(UTC) - timedelta(days=3),
        links=app.extensions["rondo.links"],
    )
    story.until_round_2()
    return story


def by_expert(story: Story) -> dict[str, list[float]]:
    """The standing ratings of round 2 under the name of who gave them."""
    found: dict[str, list[float]] = {}
    for code, value in story.anew().session.execute(
        select(Expert.code, Rating.value)
        .join(Response, Response.expert_id == Expert.id)
        .join(Rating, Rating.response_id == Response.id)
        .where(Response.round_id == story.round(2).id, Rating.latest)
        .order_by(Rating.round_item_id)
    ):
        found.setdefault(code, []).append(value)
    return found


@pytest.mark.browser
def test_two_experts_and_a_researcher_in_one_browser_never_write_under_each_others_name(
    story: Story, live: str, browser: Any
) -> None:
    lead_id = make_researcher(story.session)
    with transaction(story.session):
        person = story.session.get_one(Researcher, lead_id)
        token = signing_in.offer(story.session, person, datetime.now(UTC))
    story.anew()
    first: Page = browser()
    tabs = [first, first.context.new_page(), first.context.new_page()]
    anna = ExpertInBrowser(tabs[0], live + story.link(3))
    ben = ExpertInBrowser(tabs[1], live + story.link(5))
    researcher = ResearcherAtDesk(tabs[2], live)
    for expert in (anna, ben):
        expert.open_link()
        expert.start()
        expert.consent()
    researcher.sign_in_once(token)

    # All three are open now; each goes on in a tab that was opened before the last sign-in.
    anna.rate("S01", 5)
    ben.rate("S01", 1)
    researcher.page.goto(f"{live}/studies/{story.study.public_id}/rounds/2")
    expect(researcher.page.get_by_role("heading", name="How it is going")).to_be_visible()
    anna.rate("S02", 4)
    ben.rate("S02", 2)
    researcher.page.goto(f"{live}/studies/{story.study.public_id}/panel/identities")
    researcher.page.get_by_label("for thanks, fees or certificates").check()
    researcher.page.get_by_role("button", name="Show the names").click()
    expect(researcher.page.get_by_text("Name of 3")).to_be_visible()
    anna.rate("S03", 5)
    ben.submit(anyway=True)
    anna.submit()
    assert by_expert(story) == {"E03": [5, 4, 5], "E05": [1, 2]}
    actors = set(
        story.session.scalars(
            select(AuditEvent.actor).where(
                AuditEvent.act.in_(["round submitted", "consent given", "identities viewed"])
            )
        )
    )
    assert actors == {"expert:E01", "expert:E03", "expert:E05", "researcher:1"}

    # A tab whose participation the cookie no longer holds can neither read nor write.
    first.context.clear_cookies(name="rondo_expert")
    answer = anna.page.request.get(f"{live}/e/{story.participation(3)}/rounds/2")
    assert answer.status == 403
    researcher.page.goto(f"{live}/studies/")
    expect(researcher.page.get_by_role("heading", level=1)).to_have_text("Studies")
