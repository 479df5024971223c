"""Nothing of one study is reached or changed through another: foreign ids in every address and form.

Whoever is signed in leads both studies, so that no role but only the address says which one is meant.
"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import MetaData, select

from surveys.delphi.carrying import Choice
from surveys.models.base import transaction
from surveys.models.draft import DraftStep
from surveys.models.invitation import MailState, Outbox
from surveys.models.mail import MailStop
from surveys.models.panel import StakeholderGroup
from surveys.models.profile import FieldKind, FilledBy
from surveys.models.researcher import Role
from surveys.models.response import Comment, Rating
from surveys.models.study import Theme
from surveys.services import (
    choosing,
    importing,
    panel_files,
    profiling,
    stop_list,
)
from tests.factories import (
    both,
    make_member,
    make_rated_story,
    make_researcher,
    make_story,
)
from tests.house.test_guards import filled, routes, signed_in

# With these alone an address names nothing that another study could have.
NO_IDS = {"study", "number", "language", "ending", "form", "table"}
# Not of a study: what a spreadsheet for a new one held.
OF_NOBODY = {"researchers.spreadsheet", "researchers.begin_from_spreadsheet"}
# What an address with an id of another study may lead to.
REFUSED = {400, 403, 404, 409, 422}
# Buttons whose value ends in an id, by the part of the study that it is an id of.
ACTS = {
    "researchers.prepare": {"place": ("reword",), "step": ("undo",)},
    "researchers.decide": {
        "comment": ("approve", "redact", "hide", "take-back", "part", "apart", "first", "merge")
    },
    "researchers.act_on_item": {
        "placed_id": ("up", "down", "duplicate", "take-out", "put-back"),
        "item": ("put-back",),
    },
}


@pytest.fixture
def engine_name():
    return "sqlite"


@pytest.fixture
def own(session, app):
    """The study whose addresses are used: rounds 1 and 2 closed, round 3 a draft."""
    return make_rated_story(
        session,
        at=datetime.now(UTC) - timedelta(days=40),
        links=app.extensions["rondo.links"],
    )


@pytest.fixture
def foreign(own):
    """An id of another study for every name that addresses and fields know."""
    session = own.session
    story = make_story(
        session,
        experts=9,
        statements=5,
        at=own.now - timedelta(days=20),
        links=own.links,
        groups=[
            {"code": code, "name": both(code.title())} for code in ("nurse", "physician", "patient")
        ],
    )
    story.until_round_2()
    for expert in range(1, 10):
        story.answer(expert, 2, {"S05": 5}, {"S05": f"Remark {expert} of theirs."})
    story.close(2)
    story.prepare(2, returning=[])
    lead = make_researcher(session)
    with transaction(session):
        choosing.choose(
            session,
            story.round(2),
            story.place(2, "S05"),
            Choice.RETURNS,
            reason="We look again.",
            seen=0,
            actor=story.actor,
            at=story.now,
        )
        field = profiling.add_field(
            session,
            story.study,
            kind=FieldKind.TEXT,
            label=both("Ward"),
            filled_by=FilledBy.TEAM,
            may_identify=True,
            actor=story.actor,
            at=story.now,
        )
        stop_list.stop(
            session,
            story.expert(3),
            reason="asked by phone",
            actor=story.actor,
            links=story.links,
            at=story.now,
        )
        mail = session.scalars(select(Outbox).order_by(Outbox.id.desc())).first()
        mail.state = MailState.REFUSED
        draft = panel_files.read(
            b"name,email,group\nZoe Zonder,zoe@elsewhere.example,nurse\n",
            importing.known(session, story.study),
        )
        key = importing.keep(session, story.study_id, lead, draft, at=datetime.now(UTC))

    def newest(row, *where):
        return session.scalars(select(row.id).where(*where).order_by(row.id.desc())).first()

    found = {
        "group_id": newest(StakeholderGroup, StakeholderGroup.study_id == story.study_id),
        "theme_id": newest(Theme, Theme.study_id == story.study_id),
        "placed_id": story.place(2, "S05"),
        "place": story.place(2, "S05"),
        "item": story.asked(2)["S05"].item_id,
        "step": newest(DraftStep),
        "comment": newest(Comment),
        "answer": newest(Rating),
        "message": mail.id,
        "entry": newest(MailStop),
        "colleague": make_member(session, story.study_id, Role.ANALYST),
        "code": story.expert(9).code,
        "field": field.code,
        "field_id": field.id,
        "key": key,
        "token": key,
        "digest": "0" * 64,
    }
    session.rollback()
    return found


def rows_of(session):
    """Every row of the database but those that signing in and looking about leave behind."""
    tables = MetaData()
    tables.reflect(session.get_bind())
    return {
        table.name: sorted(map(repr, session.execute(select(table))))
        for table in tables.sorted_tables
    }


def fields(theirs):
    """Every field that takes an id, with the other study's."""
    place = theirs["place"]
    return {
        "comment": theirs["comment"],
        "into": theirs["comment"],
        f"wording-{theirs['comment']}": "In other words.",
        "reason": "because",
        "place": place,
        f"choice-{place}": "leaves",
        f"why-{place}": "because",
        f"seen-{place}": 0,
        "of": [place, place],
        "answer": theirs["answer"],
        "item": f"{theirs['placed_id']}:care",
        "expert": theirs["code"],
        "code": theirs["code"],
        f"field-{theirs['field_id']}": "Ward 7",
        "take_off": theirs["placed_id"],
        "choice": "leaves",
        "why": "because",
        "earlier": "erase",
        "told": "mail",
        "group": "nurse",
        "language": "en",
        "name": "Another Name",
        "email": "other@elsewhere.example",
        "link": "replaced",
        "role": "lead",
        "number": 1,
    }


def test_no_address_and_no_form_reaches_what_another_study_has(app, own, foreign):
    lead = signed_in(app, own, make_researcher(own.session))
    lead.open(f"/studies/{own.study.public_id}/panel")
    token, study = lead.token, own.study.public_id
    own.session.rollback()
    before = rows_of(own.session)
    own.session.rollback()
    asked = list(by_address(app, study, foreign))
    assert len(asked) > 60
    for endpoint, method, address, act in [*asked, *by_button(app, study, foreign)]:
        data = {"csrf_token": token, **fields(foreign), **({"act": act} if act else {})}
        answer = lead.ask(method, address, data=data if method == "POST" else None)
        # Some answer with a word on the page that they lead back to.
        assert answer.status_code in {*REFUSED, 303}, (endpoint, act)
    changed = [name for name, rows in rows_of(own.session).items() if rows != before[name]]
    assert changed == []


def by_address(app, study, foreign):
    """Every way in whose address names something, with what another study calls so."""
    for endpoint, method, rule in routes(app, "researchers"):
        ids = set(rule.arguments) - NO_IDS
        if "language" in rule.arguments:
            ids.discard("message")  # a kind of letter, which every study has
        if not ids or endpoint in OF_NOBODY:
            continue
        assert ids <= set(foreign), f"{endpoint}: say what another study has for {ids}"
        named = {**foreign, "study": study}
        if endpoint == "researchers.change_field":
            named["code"] = foreign["field"]
        for number in (2, 3) if "number" in rule.arguments else (2,):
            for act in ("", "remove") if method == "POST" else ("",):
                yield endpoint, method, filled(rule, **{**named, "number": number}), act


def by_button(app, study, foreign):
    """Every button whose value names something."""
    for endpoint, method, rule in routes(app, "researchers"):
        for part, acts in ACTS.get(endpoint, {}).items() if method == "POST" else ():
            for act in acts:
                for number in (2, 3):
                    address = filled(rule, study=study, number=number)
                    yield endpoint, method, address, f"{act}:{foreign[part]}"
