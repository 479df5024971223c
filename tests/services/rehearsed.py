"""A study played through by a simulated panel."""

from pathlib import Path

from surveys.models.base import transaction
from surveys.models.researcher import Researcher
from surveys.models.study import RehearsalKind
from surveys.services import copying, rehearsing
from surveys.services.uploading import UploadStore
from tests.factories import HOST, LINKS


def rehearse(story, folder: Path, *, experts=12, seed=1) -> int:
    """Play a study through; the id of the copy."""
    session, uploads = story.session, UploadStore(folder)
    plan = copying.plan_of(session, story.study, uploads)
    with transaction(session):
        copy_id = rehearsing.begin(
            session,
            story.study,
            plan,
            RehearsalKind.DRY_RUN,
            lead=session.get_one(Researcher, 1),
            actor=story.actor,
            at=story.now,
            uploads=uploads,
        ).id
    cast = rehearsing.planned_cast(session, story.study, experts)
    run = rehearsing.DryRun(
        session, copy_id, cast, links=LINKS, sender_host=HOST, seed=seed, at=story.now
    )
    for step in run.steps():
        with transaction(session):
            step()
    return copy_id
