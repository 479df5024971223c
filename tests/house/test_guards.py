"""Every route of experts and researchers passes its guard: a matrix made from the routes themselves."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.routing import IntegerConverter

from surveys.models.base import transaction
from surveys.models.researcher import Researcher, Role
from surveys.services import signing_in
from tests.actors.visitor import Visitor
from tests.factories import make_member, make_rated_story, make_researcher

OPEN_TO_ALL = {"public", "static", "security", "links", "accounts"}
# What a role that only reads may not do; every other role may do it.
ONLY_WHO_RUNS = {
    "researchers.keep_mail_text",
    "researchers.preview_mail_text",
    "researchers.standard_mail_text",
    "researchers.send_mail_trial",
    "researchers.plan_reminders",
    "researchers.send_result",
    "researchers.stop_expert_mail",
    "researchers.resume_expert_mail",
    "researchers.send_mail_again",
    "researchers.send_all_mail_again",
    "researchers.choose_protocol",
    "researchers.amend_protocol",
    "researchers.launch",
    "researchers.send_trial",
    "researchers.remind",
    "researchers.dry_run",
    "researchers.begin_pilot",
    "researchers.throw_away",
    "researchers.duplicate",
    "researchers.nudge",
    "researchers.waiting_for",
    "researchers.choose_expert",
    "researchers.enter_answers",
    "researchers.keep_answers",
    "researchers.record_consent",
    "researchers.close",
    "researchers.before_the_end",
    "researchers.extend",
    "researchers.settings",
    "researchers.reopen",
    "researchers.prepare",
    "researchers.choose",
    "researchers.split",
    "researchers.merge",
    "researchers.change_consent",
    "researchers.check_receipt",
    "researchers.consent",
    "researchers.receipts",
    "researchers.new_statement",
    "researchers.add_statement",
    "researchers.more_from_spreadsheet",
    "researchers.look_at_more",
    "researchers.more_found",
    "researchers.add_more",
    "researchers.ask_expertise",
    "researchers.reword",
    "researchers.remove_statement",
    "researchers.set_order",
    "researchers.condition",
    "researchers.evidence",
    "researchers.attach_evidence",
    "researchers.edit_texts",
    "researchers.edit_languages",
    "researchers.add_theme",
    "researchers.edit_theme",
    "researchers.add_group",
    "researchers.edit_group",
    "researchers.edit_scale",
    "researchers.add_round",
    "researchers.describe_round",
    "researchers.remove_round",
    "researchers.act_on_item",
    "researchers.arrange_items",
    "researchers.add_lines",
    "researchers.new_item",
    "researchers.edit_item",
    "researchers.decide",
    "researchers.add_field",
    "researchers.ask_about_interests",
    "researchers.change_field",
    "researchers.profile",
    "researchers.let_go",
    "researchers.translate",
}
ONLY_WHO_SEES_NAMES = {
    "researchers.add_expert",
    "researchers.add_people",
    "researchers.check_people",
    "researchers.correct_identity",
    "researchers.export_names",
    "researchers.fill_in_profile",
    "researchers.import_people",
    "researchers.move_expert",
    "researchers.new_link",
    "researchers.people_template",
    "researchers.read_people",
    "researchers.remove_expert",
    "researchers.show_identities",
    "researchers.show_identity",
    "researchers.who_is_who",
}
ONLY_WHO_LEADS = {
    "researchers.archive",
    "researchers.bring_back",
    "researchers.ask_in",
    "researchers.change_role",
    "researchers.take_out",
}
ONLY_WHO_EXPORTS = {
    "researchers.download",
    "researchers.expert",
    "researchers.panel",
    "researchers.study_file",
}


def routes(app, blueprint):
    """(endpoint, method, rule) of every way in."""
    return [
        (rule.endpoint, method, rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(f"{blueprint}.")
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


def filled(rule, **values):
    """An address of a rule; what is not given is a small number or a word."""
    given = {
        name: values.get(name, 1 if isinstance(converter, IntegerConverter) else "long")
        for name, converter in rule._converters.items()
    }
    return rule.build(given)[1]


@pytest.fixture
def story(session, app):
    return make_rated_story(
        session,
        at=datetime.now(UTC) - timedelta(days=20),
        links=app.extensions["rondo.links"],
    )


def signed_in(app, story, researcher_id):
    with transaction(story.session):
        person = story.session.get_one(Researcher, researcher_id)
        token = signing_in.offer(story.session, person, datetime.now(UTC))
    story.session.rollback()
    visitor = Visitor(app)
    visitor.sign_in(f"/sign-in/once/{token}")
    return visitor


def ask(visitor, method, address, token):
    data = {"csrf_token": token} if method == "POST" else None
    return visitor.ask(method, address, data=data)


def test_every_blueprint_has_an_audience(app):
    """A new one must be put behind a guard, or said to be open to all."""
    assert set(app.blueprints) - OPEN_TO_ALL == {"experts", "researchers"}


def test_every_route_belongs_to_a_blueprint_or_is_a_static_file(app):
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        assert blueprint in app.blueprints or rule.endpoint == "static", rule.endpoint


def test_every_expert_address_carries_its_participation(app):
    for _endpoint, _method, rule in routes(app, "experts"):
        assert rule.rule.startswith("/e/<participation>/"), rule.rule


def test_no_expert_route_opens_without_the_cookie_of_its_participation(app, story):
    visitor = Visitor(app)
    visitor.arrive(story.link(1))
    visitor.open(f"/e/{story.participation(1)}/leave")
    token, foreign = visitor.token, story.participation(2)
    found = routes(app, "experts")
    assert len(found) >= 12
    for endpoint, method, rule in found:
        answer = ask(visitor, method, filled(rule, participation=foreign), token)
        assert answer.status_code == 403, (endpoint, method)
        assert "Please open your personal link first" in visitor.page.text


def test_no_researcher_route_opens_without_a_sign_in(app, story):
    visitor = Visitor(app)
    visitor.open("/sign-in")
    token = visitor.token
    for endpoint, method, rule in routes(app, "researchers"):
        address = filled(rule, study=story.study.public_id)
        answer = ask(visitor, method, address, token)
        assert answer.status_code == 303, (endpoint, method)
        assert answer.headers["Location"].startswith("/sign-in"), (endpoint, method)


def test_an_experts_cookie_opens_no_researcher_route(app, story):
    visitor = Visitor(app)
    visitor.arrive(story.link(1))
    for endpoint, method, rule in routes(app, "researchers"):
        if method == "GET":
            answer = visitor.ask(method, filled(rule, study=story.study.public_id))
            assert answer.headers["Location"].startswith("/sign-in"), endpoint


def test_no_study_opens_to_a_researcher_without_a_role_in_it(app, story):
    stranger = make_researcher(story.session, "stranger@institute.example")
    visitor = signed_in(app, story, stranger)
    token = visitor.token
    for endpoint, method, rule in routes(app, "researchers"):
        if "study" not in rule.arguments:
            continue
        answer = ask(visitor, method, filled(rule, study=story.study.public_id), token)
        assert answer.status_code == 404, (endpoint, method)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_it_may_and_nothing_else(app, story, role):
    if role is Role.LEAD:
        person = make_researcher(story.session)  # who created the study
    else:
        person = make_member(story.session, story.study_id, role)
    visitor = signed_in(app, story, person)
    token, refused = visitor.token, set()
    for endpoint, method, rule in routes(app, "researchers"):
        if "study" not in rule.arguments:
            continue
        # Round 77 does not exist: what a role may do ends in "not found" and changes nothing.
        address = filled(rule, study=story.study.public_id, number=77, table="results-round-77")
        status = ask(visitor, method, address, token).status_code
        if status == 403:
            refused.add(endpoint)
    runs = role in (Role.LEAD, Role.FACILITATOR)
    expected = set() if runs else ONLY_WHO_RUNS | ONLY_WHO_SEES_NAMES
    if role is Role.OBSERVER:
        expected |= ONLY_WHO_EXPORTS
    if role is not Role.LEAD:
        expected |= ONLY_WHO_LEADS
    assert refused == expected


def test_only_posting_changes_something(app):
    """Links and images can make a browser send a GET; an act must take a form and its token."""
    acting = re.compile(
        r"launch|remind|close|extend|reopen|remove|moderate|new_link|autosave|take_out|ask_in|change_role|send_trial"
    )
    for rule in app.url_map.iter_rules():
        if acting.search(rule.endpoint):
            assert rule.methods - {"OPTIONS"} == {"POST"}, rule.endpoint


def test_no_form_is_accepted_without_its_token(app, story):
    lead = signed_in(app, story, make_researcher(story.session))
    expert = Visitor(app)
    expert.arrive(story.link(1))
    for visitor, blueprint in ((lead, "researchers"), (expert, "experts")):
        for endpoint, method, rule in routes(app, blueprint):
            if method != "POST":
                continue
            address = filled(
                rule, study=story.study.public_id, participation=story.participation(1)
            )
            answer = visitor.ask("POST", address, data={})
            assert answer.status_code == 400, endpoint
