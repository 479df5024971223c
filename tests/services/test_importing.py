"""A file of people becomes a panel: in one act, all or none, and nothing of the file stays."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from surveys import worker
from surveys.models.audit import AuditEvent
from surveys.models.base import transaction
from surveys.models.contact import Contact, RosterDraft
from surveys.models.feedback import FeedbackCondition
from surveys.models.invitation import Outbox, PersonalLink
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.profile import ProfileField, ProfileValue
from surveys.services import importing, linking, panel_files, recruiting
from surveys.services.recruiting import Newcomer
from tests.factories import HOST, LINKS, make_researcher, make_story

TWO = "name,email,group,language,Degree\nAnn,ann@new.example,nurse,nl,MD\nBo,bo@new.example,patients,en,\n"


def kept(story, text=TWO, **said):
    """The key of a file that was read."""
    draft = panel_files.read(text.encode(), importing.known(story.session, story.study))
    for name, value in said.items():
        setattr(draft, name, value)
    with transaction(story.session):
        return importing.keep(story.session, story.study_id, 1, draft, at=story.now)


def add(story, key):
    with transaction(story.session):
        return importing.add_all(
            story.session,
            story.study,
            importing.find(story.session, story.study_id, 1, key, at=story.now),
            links=LINKS,
            sender_host=HOST,
            actor=story.actor,
            at=story.now,
        )


@pytest.mark.both_engines
def test_everybody_is_added_in_one_act_with_links_groups_and_profile(session):
    story = make_story(session, experts=2)
    columns = ["name", "email", "group", "language", panel_files.NEW]
    added = add(story, kept(story, columns=columns, groups={"patients": panel_files.NEW}))
    assert (added.codes, added.invited) == (("E03", "E04"), False)
    story.anew()
    ann, bo = story.expert(3), story.expert(4)
    assert linking.expert_behind(session, LINKS.token(ann.participation, 1), story.now).id == ann.id
    assert session.get(StakeholderGroup, bo.group_id).name == {"en": "patients"}
    assert session.scalars(select(ProfileField.label)).all() == [{"en": "Degree"}]
    assert session.execute(select(ProfileValue.expert_id, ProfileValue.value)).all() == [
        (ann.id, "MD")
    ]
    assert not session.scalars(select(RosterDraft)).all()
    trail = repr(session.scalars(select(AuditEvent.details)).all())
    assert "E03" in trail
    assert "new.example" not in trail
    assert "Ann" not in trail


@pytest.mark.both_engines
def test_the_first_groups_take_the_place_of_the_one_that_stood_for_the_panel(session):
    only = [{"code": importing.ONLY_GROUP, "name": {"en": "Panel", "nl": "Panel"}}]
    story = make_story(session, experts=0, groups=only)
    add(story, kept(story, "name,email,group\nAnn,ann@new.example,Patients\n"))
    groups = select(StakeholderGroup.code)
    assert session.scalars(groups).all() == ["patients"]
    add(story, kept(story, "name,email,group\nBo,bo@new.example,Patients\n"))
    assert session.scalars(groups).all() == ["patients"]


@pytest.mark.both_engines
def test_who_joins_an_open_round_is_invited_at_once_and_allotted_evenly(session):
    story = make_story(session, experts=4)
    story.until_round_2()
    with transaction(session):
        session.add_all(
            FeedbackCondition(
                round_id=story.round(2).id,
                expert_id=story.expert(number).id,
                arm=arm,
                allotted_at=story.now,
            )
            for number, arm in ((1, "a"), (2, "a"), (3, "b"))
        )
    people = "".join(f"P{n},p{n}@new.example,nurse\n" for n in range(3))
    assert add(story, kept(story, f"name,email,group\n{people}")).invited
    story.anew()
    new = select(Expert.id).where(Expert.code.in_(["E05", "E06", "E07"]))
    assert session.scalar(select(func.count(Outbox.id)).where(Outbox.expert_id.in_(new))) == 3
    arms = session.scalars(
        select(FeedbackCondition.arm).where(FeedbackCondition.round_id == story.round(2).id)
    ).all()
    assert sorted(arms) == ["a", "a", "a", "b", "b", "b"]


@pytest.mark.both_engines
def test_a_panel_that_grew_meanwhile_is_seen_and_nobody_is_added(session):
    story = make_story(session, experts=1)
    key = kept(story, groups={"patients": "nurse"})
    with transaction(session):
        recruiting.add_expert(
            session,
            story.study,
            Newcomer("Bo", "BO@new.example", "nurse", "en"),
            links=LINKS,
            actor=story.actor,
            at=story.now,
        )
    with pytest.raises(importing.NotImported) as refused:
        add(story, key)
    assert [person.row for person in refused.value.examination.faulty] == [3]
    assert story.anew().session.scalar(select(func.count(Expert.id))) == 2


def test_after_the_first_launch_no_group_is_made(session):
    story = make_story(session, experts=2)
    story.launch(1)
    with pytest.raises(importing.NotImported):
        add(story, kept(story, groups={"patients": panel_files.NEW}))


@pytest.mark.both_engines
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_file_is_its_researchers_alone_and_is_erased_after_an_hour(session, app):
    story = make_story(session, experts=1)
    other = make_researcher(session, "other@institute.example")
    key = kept(story)
    at = story.now
    assert importing.find(session, story.study_id, 1, key, at=at) is not None
    assert importing.find(session, story.study_id, other, key, at=at) is None
    assert importing.find(session, story.study_id + 1, 1, key, at=at) is None
    assert importing.find(session, story.study_id, 1, key, at=at + timedelta(hours=1)) is None
    worker.sweep(app, at + timedelta(minutes=59))
    assert story.anew().session.scalar(select(func.count(RosterDraft.id))) == 1
    worker.sweep(app, at + timedelta(hours=1))
    assert story.anew().session.scalar(select(func.count(RosterDraft.id))) == 0


@pytest.mark.both_engines
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_person_in_two_studies_is_two_pseudonyms_that_nothing_joins(session):
    first = make_story(session, experts=1)
    second = make_story(session, experts=1)
    emails = session.scalars(select(Contact.email)).all()
    assert len(emails) == 2
    assert len(set(emails)) == 1, "the same person, asked twice"
    assert first.participation(1) != second.participation(1)
    # What every expert has a value of; none of it says who somebody is.
    general = {"code", "language", "created_at", "generation", "expires_at"}
    for kind in (Expert, PersonalLink):
        one, two = session.execute(select(kind.__table__).order_by(kind.id)).mappings()
        same = {name for name in one if one[name] is not None and one[name] == two[name]}
        assert same <= general, kind
