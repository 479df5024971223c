"""Others' reasons on an expert's page: by side, within a budget, in the reader's language."""

from datetime import UTC, datetime, timedelta

from surveys.models.base import transaction
from surveys.models.round import ItemFeedback
from surveys.services import translating
from surveys.services.translating import PieceKind, Proposal
from tests.actors.visitor import Visitor
from tests.services.voicing import make_commented, merged, numbers, protocol_with

# Experts 1, 3 and 5 write on English pages, 2, 4 and 6 on Dutch ones.
SAID = [
    (5, "It helps those who live far away."),
    (1, "Dat kost te veel tijd."),
    (4, "People ask for it."),
    (5, "Cliënten vragen ernaar."),
    (5, "My clients ask for it, too."),
    (3, "Dat hangt ervan af."),
]


def open_with(session, links, said=SAID, *, before=lambda story: None, **parts):
    """Round 3 is open; ``before`` is what the team does before."""
    at = datetime.now(UTC) - timedelta(days=3)
    story = make_commented(session, said, at=at, links=links, **parts)
    before(story)
    story.launch(3)
    return story


def voices(app, story, expert=1, language="en"):
    """The comments on S01 as an expert finds them."""
    page = Visitor(app, language).arrive(story.link(expert))
    (found,) = page.all("details", class_="voices")
    return found


def said_on(node, side):
    """The comments that stand on a side, each with all that is said about it."""
    return [one.text for part in node.all("div", class_=f"side-{side}") for one in part.all("li")]


def test_comments_stand_by_side_with_their_numbers_and_names(session, links, app):
    found = voices(app, open_with(session, links))
    summary = found.all("summary")[0].text
    assert summary == "6 comments by experts: 4 for, 1 against, 1 other"
    assert len(said_on(found, "for")) == 4
    assert said_on(found, "against") == ["Dat kost te veel tijd. in Dutch"]
    assert said_on(found, "other") == ["Dat hangt ervan af. in Dutch"]
    names = {node.attrs["id"]: node.text for node in found.all("p") if "id" in node.attrs}
    lists = [names[node.attrs["aria-labelledby"]] for node in found.all("ul")]
    assert lists == ["For rated 4–5", "Against rated 1–2", "Other remarks"]


def test_nothing_tells_who_wrote_or_in_which_order(session, links, app):
    story = open_with(session, links)
    found = voices(app, story)
    for expert in story.experts:
        assert expert.code not in found.text
    told = " ".join(value for node in found.walk() for value in node.attrs.values())
    assert not any(str(number) in told.split() for number in numbers(story, SAID[1][1]))
    assert "nurse" not in found.text.lower()
    assert "physician" not in found.text.lower()


def test_beyond_the_budget_the_rest_is_folded_and_no_side_is_crowded_out(session, links, app):
    protocol = protocol_with(reading_budget={"comments": 3})
    found = voices(app, open_with(session, links, protocol=protocol))
    (rest,) = found.all("details", class_="the-rest")
    assert rest.all("summary")[0].text == "Show all 6 comments"
    assert len(said_on(rest, "for")) == 3
    assert said_on(rest, "against") == said_on(rest, "other") == []
    assert len(said_on(found, "for")) == 4
    assert "3 more" in rest.text


def test_within_the_budget_nothing_is_folded(session, links, app):
    found = voices(app, open_with(session, links))
    assert found.all("details", class_="the-rest") == []


def test_a_merged_comment_says_how_many_said_so(session, links, app):
    merge = lambda story: merged(story, SAID[2][1], SAID[4][1])  # noqa: E731
    found = voices(app, open_with(session, links, before=merge))
    assert "People ask for it. 2 experts said this" in said_on(found, "for")
    assert "5 comments by experts" in found.text


def test_a_translation_says_that_it_is_one_and_unfolds_the_original(session, links, app):
    def translate(story):
        with transaction(session):
            (number,) = numbers(story, SAID[1][1])
            translating.translate(
                session,
                story.study,
                story.round(2),
                [
                    Proposal(
                        PieceKind.COMMENT, number, "en", SAID[1][1], "That takes too much time."
                    )
                ],
                actor=story.actor,
                at=story.now,
            )

    story = open_with(session, links, before=translate)
    (against,) = voices(app, story).all("div", class_="side-against")
    (one,) = against.all("li")
    assert "lang" not in one.attrs
    assert one.text.startswith("That takes too much time.")
    (original,) = one.all("details", class_="original")
    assert original.all("summary")[0].text == "Translated from Dutch by the research team"
    assert original.all("p", lang="nl")[0].text == "Dat kost te veel tijd."
    # Who reads Dutch reads what was written.
    (against,) = voices(app, story, expert=2, language="nl").all("div", class_="side-against")
    assert against.all("li")[0].text == "Dat kost te veel tijd."


def test_what_nobody_translated_is_marked_with_its_language(session, links, app):
    found = voices(app, open_with(session, links), expert=2, language="nl")
    foreign = [one for one in found.all("li") if one.attrs.get("lang") == "en"]
    assert len(foreign) == 3
    for one in foreign:
        (mark,) = one.all("small")
        assert (mark.text, mark.attrs["lang"]) == ("in het Engels", "nl")


def test_a_policy_without_comments_shows_none(session, links, app):
    story = open_with(session, links, protocol=protocol_with(show=["own", "distribution"]))
    page = Visitor(app).arrive(story.link(1))
    assert page.all("details", class_="voices") == []


def test_a_round_that_was_launched_before_comments_had_sides_still_shows_them(session, links, app):
    story = open_with(session, links)
    with transaction(session):
        for feedback in session.query(ItemFeedback):
            feedback.sheet = {
                **feedback.sheet,
                "comments": [{"text": "As it was kept then.", "language": "en"}],
            }
    page = Visitor(app).arrive(story.link(1))
    found = page.all("details", class_="voices")[0]
    assert found.all("summary")[0].text == "1 comment by an expert"
    assert [one.text for one in found.all("li")] == ["As it was kept then."]
