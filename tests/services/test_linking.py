"""Personal links: made from a key, known by their hash, replaced, expired, revoked."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from surveys.models.base import transaction
from surveys.models.invitation import PersonalLink
from surveys.services import linking
from surveys.services.linking import LinkMaker
from tests.factories import LINKS, make_story


@pytest.fixture
def story(session):
    return make_story(session, experts=2)


def token(story, number):
    return linking.plain_token(story.session, story.expert(number), LINKS)


def replace(story, number):
    with transaction(story.session):
        linking.make_link(story.session, story.expert(number), LINKS, story.now)


def test_a_link_leads_to_its_expert_and_to_no_other(story):
    for number in (1, 2):
        found = linking.expert_behind(story.session, token(story, number), story.now)
        assert found.id == story.expert(number).id


def test_the_database_knows_the_hash_and_not_the_link(story, session):
    plain = token(story, 1)
    (kept,) = session.scalars(
        select(PersonalLink).where(PersonalLink.expert_id == story.expert(1).id)
    )
    assert kept.token_hash == linking.token_hash(plain)
    assert plain not in repr(vars(kept))


def test_a_link_can_be_made_again_and_is_the_same(story):
    assert token(story, 1) == token(story, 1)


def test_without_the_key_no_link_can_be_made(story, session):
    forged = linking.plain_token(session, story.expert(1), LinkMaker("another key" * 4, 180))
    assert forged != token(story, 1)
    with pytest.raises(linking.LinkUnknown):
        linking.expert_behind(session, forged, story.now)


@pytest.mark.parametrize("wrong", ["", "x", "ü", "\udcff", "a" * 5_000])
def test_a_link_nobody_has_is_unknown(story, wrong):
    with pytest.raises(linking.LinkUnknown):
        linking.expert_behind(story.session, wrong, story.now)


def test_a_replaced_link_says_that_there_is_a_newer_one(story):
    old = token(story, 1)
    replace(story, 1)
    new = token(story, 1)
    assert new != old
    assert linking.expert_behind(story.session, new, story.now).id == story.expert(1).id
    with pytest.raises(linking.LinkReplaced):
        linking.expert_behind(story.session, old, story.now)


def test_a_link_expires_on_its_day(story):
    plain = token(story, 1)
    end = story.now + timedelta(days=LINKS.days)
    linking.expert_behind(story.session, plain, end - timedelta(seconds=1))
    with pytest.raises(linking.LinkExpired):
        linking.expert_behind(story.session, plain, end)


def test_a_launch_lets_standing_links_last_again(story):
    plain = token(story, 1)
    story.later(days=170)
    story.launch(1)
    linking.expert_behind(story.session, plain, story.now + timedelta(days=100))


def test_a_launch_revives_no_replaced_link(story):
    old = token(story, 1)
    replace(story, 1)
    story.later(days=10)
    story.launch(1)
    with pytest.raises(linking.LinkReplaced):
        linking.expert_behind(story.session, old, story.now)


@given(st.text(min_size=1, max_size=30), st.integers(1, 50))
def test_two_generations_never_share_a_token(participation, generation):
    one = LINKS.token(participation, generation)
    assert one != LINKS.token(participation, generation + 1)
    assert len(one) == 43
    assert set(one) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
