"""Answering: every save is kept, nobody's newer answer is written over, nothing typed is lost."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from surveys.models.base import transaction
from surveys.models.response import Comment, Rating, Response
from surveys.services import responding
from tests.actors.visitor import Visitor


@pytest.fixture
def expert(story, visitor):
    """Expert 3 in front of round 2."""
    visitor.arrive(story.link(3))
    visitor.round = f"/e/{story.participation(3)}/rounds/2"
    visitor.autosave = f"{visitor.round}/answers"
    visitor.first_token = visitor.token
    return visitor


def standing(story, code, kind=Rating):
    """What stands for expert 3 on an item of round 2; None for nothing."""
    story.anew()
    row = story.session.scalars(
        select(kind)
        .join(Response, Response.id == kind.response_id)
        .where(
            Response.expert_id == story.expert(3).id,
            kind.round_item_id == story.place(2, code),
            kind.latest,
        )
    ).first()
    if row is None:
        return None
    return row.text if kind is Comment else (row.value if row.missing is None else row.missing)


def versions(story):
    story.anew()
    return story.session.scalar(select(func.count(Rating.id))) - 1  # less the answer of round 1


def chosen(page, place):
    """The value of the chosen radio of an item."""
    return [
        node.attrs["value"]
        for node in page.all("input", type="radio", name=f"a-{place}")
        if "checked" in node.attrs
    ]


def written(page, place):
    """What stands in an item's comment box."""
    return page.one("textarea", name=f"c-{place}").raw.strip("\n")


# --- the page without script


def test_what_is_saved_stands_on_the_page_again(story, expert):
    one, two = story.place(2, "S01"), story.place(2, "S02")
    page = expert.press("Save", **{f"a-{one}": "4", f"c-{one}": "naïef – ja", f"a-{two}": "unable"})
    assert page.h1 == "Your opinion"
    assert chosen(page, one) == ["4"]
    assert written(page, one) == "naïef – ja"
    assert chosen(page, two) == ["unable"]
    assert "2 of 3 answered" in page.text
    assert (standing(story, "S01"), standing(story, "S01", Comment)) == (4, "naïef – ja")


def test_a_comment_that_looks_like_markup_is_text(story, expert):
    text = "</textarea><script>alert(1)</script>\n\n<b>&amp;\"'"
    one = story.place(2, "S01")
    page = expert.press("Save", **{f"c-{one}": text})
    assert written(page, one).replace("\r\n", "\n") == text
    assert not [node for node in page.all("script") if "src" not in node.attrs]


def test_submitting_with_open_questions_names_them_first(story, expert):
    one = story.place(2, "S01")
    page = expert.press("Submit", **{f"a-{one}": "4"})
    assert page.h1 == "2 questions have no answer yet"
    assert standing(story, "S01") == 4
    page = expert.press("Submit anyway")
    assert page.h1 == "Thank you. We have your answers."
    assert "1 of 3" in page.text


def test_submitting_a_whole_page_gives_the_receipt_at_once(story, expert):
    answers = {f"a-{story.place(2, code)}": "4" for code in ("S01", "S02", "S03")}
    page = expert.press("Submit", **answers)
    assert page.h1 == "Thank you. We have your answers."
    receipt = select(Response.receipt).where(Response.expert_id == story.anew().expert(3).id)
    assert story.session.scalars(receipt).one() in page.text
    assert "3 of 3" in page.text


def test_the_page_before_submitting_may_be_opened_again_when_all_is_answered(story, expert):
    """As by the browser's way back, after the open questions were answered."""
    answers = {f"a-{story.place(2, code)}": "4" for code in ("S01", "S02", "S03")}
    expert.press("Save", **answers)
    page = expert.open(f"{expert.round}/review")
    assert page.h1 == "Every question has an answer"
    assert expert.press("Submit").h1 == "Thank you. We have your answers."


def test_nobody_reads_the_questions_before_consent(story, visitor):
    visitor.open(story.link(4))
    visitor.press(form=visitor.page.form_with(action=story.link(4)))
    here = f"/e/{story.participation(4)}/rounds/2"
    for end in ("", "/review", "/receipt"):
        visitor.open(f"{here}{end}")
        assert visitor.at.endswith("/consent"), end


def test_there_is_no_receipt_before_submitting(story, expert):
    assert expert.open(f"{expert.round}/receipt").h1 == "Your opinion"


def test_submitted_answers_can_still_be_changed(story, expert):
    answers = {f"a-{story.place(2, code)}": "4" for code in ("S01", "S02", "S03")}
    expert.press("Submit", **answers)
    page = expert.open(expert.round)
    assert "You may still change them until the round closes." in page.text
    expert.press("Save", **{f"a-{story.place(2, 'S01')}": "2"})
    assert standing(story, "S01") == 2


# --- bad input


def test_a_rating_off_the_scale_is_refused_beside_its_item(story, expert):
    one, two = story.place(2, "S01"), story.place(2, "S02")
    page = expert.press("Save", **{f"a-{one}": "9", f"c-{one}": "I typed this", f"a-{two}": "4"})
    assert page.status == 422
    assert "This is not one of the answers offered here." in page.text
    assert "Please look at this first" in page.text
    assert page.one("title").text.startswith("Please check:")
    assert written(page, one) == "I typed this"
    assert chosen(page, two) == ["4"]
    assert standing(story, "S01") is None


@pytest.mark.parametrize("value", ["0", "6", "-1", "4.5", "4e0", "abc", "٤", "nan", "9" * 5_000])
def test_no_value_but_a_point_of_the_scale_is_stored(story, expert, value):
    place = story.place(2, "S01")
    answer = expert.script(expert.autosave, {f"a-{place}": value})
    assert answer.status_code == 422
    assert answer.json["problems"][0]["id"] == place
    assert standing(story, "S01") is None


def test_an_item_of_another_round_is_refused_with_what_was_typed(story, expert):
    foreign = story.place(1, "Q1")
    answer = expert.post(
        expert.round, **{f"a-{foreign}": "an old answer", f"c-{story.place(2, 'S01')}": "and a new"}
    )
    assert answer.status_code == 422
    assert expert.page.h1 == "This answer belongs to another round"
    assert "an old answer" in expert.page.text
    assert "and a new" in expert.page.text
    assert standing(story, "S01", Comment) is None
    expert.open(expert.round)
    answer = expert.script(expert.autosave, {f"a-{foreign}": "x"})
    assert answer.status_code == 422
    assert answer.json["problem"] == "This answer belongs to another round and was not stored."


def test_a_closed_round_gives_back_what_was_typed(story, expert):
    place = story.place(2, "S01")
    expert.press("Save", **{f"a-{place}": "4"})
    story.close(2)
    answer = expert.post(expert.round, **{f"a-{place}": "2", f"c-{place}": "written too late"})
    assert answer.status_code == 409
    assert expert.page.h1 == "This round is closed"
    assert "written too late" in expert.page.text
    assert "what you had saved before counts" in expert.page.text
    assert standing(story, "S01") == 4


def test_a_closed_round_refuses_the_script_and_the_submission(story, expert):
    token = expert.token
    story.close(2)
    answer = expert.script(expert.autosave, {f"a-{story.place(2, 'S01')}": "2"}, token=token)
    assert answer.status_code == 409
    assert answer.json["problem"] == "This round is closed. This answer was not stored."
    assert expert.post(expert.round, act="submit_anyway").status_code == 409
    assert standing(story, "S01") is None


def test_a_round_that_does_not_exist_is_not_found(story, expert):
    for number in (0, 3, 99, 10**6, 2**63, 10**30):
        for end in ("", "/review", "/receipt"):
            address = expert.round.replace("/rounds/2", f"/rounds/{number}") + end
            assert expert.ask("GET", address).status_code == 404


def test_the_same_form_twice_is_one_answer_and_no_error(story, expert):
    answers = {f"a-{story.place(2, code)}": "4" for code in ("S01", "S02", "S03")}
    form = expert.page.form_with(button="Submit")
    first = expert.send("Submit", form=form, **answers)
    second = expert.send("Submit", form=form, **answers)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert versions(story) == 3


def test_a_lost_form_token_gives_back_what_was_typed(story, expert):
    place = story.place(2, "S01")
    for token in ("", "x", expert.token[:-2] + "zz"):
        answer = expert.ask(
            "POST",
            expert.round,
            data={"csrf_token": token, f"a-{place}": "4", f"c-{place}": "typed at length"},
        )
        assert answer.status_code == 400
        assert expert.page.h1 == "This page has been open too long"
        assert "typed at length" in expert.page.text
    assert standing(story, "S01") is None


def test_the_script_is_told_of_a_lost_token_too(story, expert):
    answer = expert.script(expert.autosave, {f"a-{story.place(2, 'S01')}": "4"}, token="x")
    assert answer.status_code == 400
    assert answer.json["problem"] == (
        "Please open your personal link again. What you typed is kept on this device."
    )


@pytest.mark.parametrize("way", ["form", "script"])
def test_an_oversized_page_is_refused_and_says_the_limit(app, story, expert, way):
    place, kilobytes = story.place(2, "S01"), app.config["MAX_CONTENT_LENGTH"] // 1024
    body = {f"c-{place}": "x" * (app.config["MAX_CONTENT_LENGTH"] + 1)}
    if way == "script":
        answer = expert.script(expert.autosave, body)
        said = answer.json["problem"]
    else:
        answer = expert.post(expert.round, **body)
        said = expert.page.text
    assert answer.status_code == 413
    assert f"At most {kilobytes} kB can be sent in one go" in said
    assert standing(story, "S01", Comment) is None


@pytest.mark.parametrize(("address", "status"), [("/privacy", 405), ("/nowhere", 404)])
def test_an_oversized_page_to_a_wrong_address_is_refused(app, expert, address, status):
    """The error page gives back what was typed, and must not read this to find it."""
    body = {"text": "x" * (app.config["MAX_CONTENT_LENGTH"] + 1)}
    assert expert.post(address, **body).status_code == status


def test_a_comment_that_is_too_long_is_kept_on_the_page(story, expert):
    place = story.place(2, "S01")
    text = "long " * responding.LONGEST_COMMENT
    page = expert.press("Save", **{f"a-{place}": "4", f"c-{place}": text})
    assert page.status == 422
    assert "This comment is too long to be kept. Please shorten it." in page.text
    assert written(page, place) == text
    assert chosen(page, place) == ["4"]


# --- two pages of one person


def test_a_newer_answer_from_elsewhere_is_shown_and_not_written_over(story, expert):
    place = story.place(2, "S01")
    elsewhere = Visitor(expert.browser.application)
    elsewhere.arrive(story.link(3))
    elsewhere.press("Save", **{f"a-{place}": "2"})
    page = expert.press("Save", **{f"a-{place}": "5"})
    assert page.status == 422
    assert "You answered this on another page too." in page.text
    assert "point 2" in page.text
    assert chosen(page, place) == ["5"]
    assert standing(story, "S01") == 2


def test_saving_again_after_that_keeps_what_is_on_this_page(story, expert):
    place = story.place(2, "S01")
    elsewhere = Visitor(expert.browser.application)
    elsewhere.arrive(story.link(3))
    elsewhere.press("Save", **{f"a-{place}": "2"})
    expert.press("Save", **{f"a-{place}": "5"})
    page = expert.press("Save")
    assert page.status == 200
    assert standing(story, "S01") == 5


def test_an_old_page_that_says_nothing_new_takes_nothing_back(story, expert):
    one, two = story.place(2, "S01"), story.place(2, "S02")
    elsewhere = Visitor(expert.browser.application)
    elsewhere.arrive(story.link(3))
    elsewhere.press("Save", **{f"a-{one}": "2", f"c-{one}": "from my phone"})
    page = expert.press("Save", **{f"a-{two}": "4"})
    assert page.status == 200
    assert (standing(story, "S01"), standing(story, "S01", Comment)) == (2, "from my phone")
    assert standing(story, "S02") == 4


# --- what the script sends


def test_autosave_keeps_one_answer_and_says_its_version(story, expert):
    place = story.place(2, "S01")
    answer = expert.script(
        expert.autosave, {f"a-{place}": "4", f"c-{place}": "why", f"v-{place}": "0.0"}
    )
    assert answer.status_code == 200
    assert answer.json["versions"] == {str(place): "1.1"}
    assert answer.json["answered"] == 1
    assert answer.json["conflicts"] == answer.json["problems"] == []
    assert standing(story, "S01") == 4


def test_autosave_offers_both_answers_where_they_clash(story, expert):
    place = story.place(2, "S01")
    expert.script(expert.autosave, {f"a-{place}": "2", f"v-{place}": "0.0"})
    answer = expert.script(expert.autosave, {f"a-{place}": "5", f"v-{place}": "0.0"})
    (clash,) = answer.json["conflicts"]
    assert (clash["id"], clash["value_name"]) == (place, "point 2")
    assert answer.json["versions"] == {str(place): "1.0"}
    assert standing(story, "S01") == 2


def test_autosave_refuses_one_item_and_keeps_the_others(story, expert):
    one, two = story.place(2, "S01"), story.place(2, "S02")
    answer = expert.script(expert.autosave, {f"a-{one}": "99", f"a-{two}": "4"})
    assert answer.status_code == 422
    assert [problem["id"] for problem in answer.json["problems"]] == [one]
    assert standing(story, "S02") == 4


def test_a_choice_taken_back_is_taken_back(story, expert):
    place = story.place(2, "S01")
    expert.script(expert.autosave, {f"a-{place}": "4", f"v-{place}": "0.0"})
    answer = expert.script(expert.autosave, {f"a-{place}": "", f"v-{place}": "1.0"})
    assert answer.json["answered"] == 0
    assert standing(story, "S01") == "skipped"


def test_pages_and_answers_are_kept_by_no_cache(story, expert):
    for answer in (
        expert.ask("GET", expert.round),
        expert.script(expert.autosave, {f"a-{story.place(2, 'S01')}": "4"}),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"


# --- a database that cannot be written


def unwritable(app):
    """Let the app see its database as a read-only disk would show it."""
    from sqlalchemy import event

    from surveys.models.base import db

    with app.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", lambda c, _record: c.execute("PRAGMA query_only=ON"))


@pytest.mark.parametrize("way", ["form", "script"])
def test_a_database_that_cannot_be_written_loses_nothing_that_was_typed(app, story, expert, way):
    place = story.place(2, "S01")
    story.session.remove()
    unwritable(app)
    fields = {f"a-{place}": "4", f"c-{place}": "typed into the void"}
    if way == "script":
        answer = expert.script(expert.autosave, fields)
        said = answer.json["problem"]
    else:
        answer = expert.post(expert.round, **fields)
        said = expert.page.text
        assert expert.page.h1 == "Your answer could not be stored"
        assert "typed into the void" in said
        assert "Wait a moment, go back and send it again." in said
    assert answer.status_code == 503
    assert "The database cannot be written at the moment" in said
    assert standing(story, "S01") is None


def test_a_page_can_still_be_read_while_nothing_can_be_written(app, story, expert):
    unwritable(app)
    assert expert.open(expert.round).h1 == "Your opinion"


def test_a_database_locked_by_another_program_says_so_and_recovers(app, story, expert):
    import sqlite3

    from sqlalchemy import event

    from surveys.models.base import db

    place = story.place(2, "S01")
    with app.app_context():
        db.engine.dispose()
        event.listen(db.engine, "connect", lambda c, _record: c.execute("PRAGMA busy_timeout=50"))
        file = db.engine.url.database
    story.session.remove()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = expert.post(expert.round, **{f"a-{place}": "4", f"c-{place}": "kept on the page"})
    assert answer.status_code == 503
    assert "kept on the page" in expert.page.text
    other.execute("ROLLBACK")
    other.close()
    expert.open(expert.round)
    expert.press("Save", **{f"a-{place}": "4"})
    assert standing(story, "S01") == 4


# --- whatever is sent, never a failure

FIELDS = st.one_of(
    st.sampled_from(["a-3", "c-3", "v-3", "a-4", "c-4", "v-4", "a-1", "act", "csrf_token", "a-"]),
    st.from_regex(r"\A[acv]-[0-9]{1,14}(-[a-z]{1,5})?\Z"),
    st.text(max_size=12),
)
VALUES = st.one_of(
    st.sampled_from(
        [
            "4",
            "unable",
            "",
            "skipped",
            "1.1",
            "0.0",
            "submit",
            "submit_anyway",
            "section:1",
            "section:" + "9" * 5_000,
            "\x00",
        ]
    ),
    st.integers().map(str),
    st.text(max_size=60),
)


@settings(
    max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    st.lists(st.tuples(FIELDS, VALUES), max_size=12),
    st.sampled_from(["", "/answers"]),
    st.sampled_from(["application/json", "text/html", "*/*", "x"]),
)
def test_no_form_of_any_content_makes_the_server_fail(story, expert, fields, end, accept):
    """Errors are raised in tests, so a failure would surface as itself and not as a page."""
    data = {}
    for name, value in [("csrf_token", expert.first_token), *fields]:
        data.setdefault(name, []).append(value)
    answer = expert.ask("POST", expert.round + end, data=data, headers={"Accept": accept})
    assert answer.status_code in (200, 303, 400, 422)
    with transaction(story.session):
        bad = select(func.count(Rating.id)).where(~Rating.value.between(1, 5))
        assert story.session.scalar(bad) == 0
