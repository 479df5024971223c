"""`demo`: a study with a simulated panel, and the links into it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import and_, select

from surveys.cli.migrating import bring_up_to_date
from surveys.models.base import db, transaction
from surveys.models.panel import Expert, StakeholderGroup
from surveys.models.researcher import Researcher
from surveys.models.response import Response
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries.questionnaire import in_language
from surveys.services import linking, loading, signing_in, simulating

STUDY = "smoking_cessation_mhealth"
RESEARCHER = "researcher@simulated.test"


@click.command()
@click.option("--experts", default=simulating.DEFAULT_EXPERTS, show_default=True)
@click.option("--seed", default=simulating.DEFAULT_SEED, show_default=True)
@click.option("--study", "name", default=STUDY, show_default=True, help="A study of the library.")
@click.option("--json", "as_json", is_flag=True, help="Print ids and links for a program.")
@with_appcontext
def demo(experts: int, seed: int, name: str, as_json: bool) -> None:
    """Build a study with a simulated panel: two rounds closed, the third open."""
    bring_up_to_date()
    try:
        study_id, researcher_id = build(name, experts, seed)
    except (loading.StudyFileBroken, simulating.NotSimulated) as error:
        raise click.ClickException(str(error)) from error
    found = links_into(study_id, researcher_id)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    print(f"Study {found['study']} with {len(found['invitations'])} simulated experts.")
    print(f"Researcher, signs in once: {found['researcher']['sign_in']}")
    for invitation in found["invitations"][:2]:
        print(f"Expert ({invitation['group']}, {invitation['language']}): {invitation['link']}")


def build(name: str, experts: int, seed: int) -> tuple[int, int]:
    """Make the study whole or not at all; return its id and the researcher's."""
    path = loading.library_path(name)
    plan = loading.read_file(path)
    material = simulating.read_material(path.with_name("demonstration.yaml"))
    at = datetime.now(UTC)
    with transaction(db.session):
        lead = signing_in.account(db.session, RESEARCHER, "Demonstration researcher", at)
        study = simulating.build(
            db.session,
            plan,
            material,
            lead=lead,
            links=current_app.extensions["rondo.links"],
            sender_host=current_app.extensions["rondo.host"],
            experts=experts,
            seed=seed,
            at=at,
            uploads=current_app.extensions["rondo.uploads"],
        )
        found = study.id, lead.id
    current_app.extensions["rondo.wake"]()
    return found


def links_into(study_id: int, researcher_id: int) -> dict[str, Any]:
    """The researcher's sign-in and every open invitation, made again from the key."""
    base = current_app.extensions["rondo.config"].public_url.rstrip("/")
    links: linking.LinkMaker = current_app.extensions["rondo.links"]
    with transaction(db.session):
        researcher = db.session.get_one(Researcher, researcher_id)
        token = signing_in.offer(db.session, researcher, datetime.now(UTC))
        email = researcher.email
    study = db.session.get_one(Study, study_id)
    newest = (
        select(Round.id)
        .where(Round.study_id == study_id, Round.opened_at.is_not(None))
        .order_by(Round.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Expert, StakeholderGroup.code, Response.id)
        .join(StakeholderGroup, StakeholderGroup.id == Expert.group_id)
        .outerjoin(Response, and_(Response.expert_id == Expert.id, Response.round_id == newest))
        .where(Expert.study_id == study_id, Expert.withdrawn_at.is_(None))
        .order_by(Expert.id)
    ).all()
    return {
        "study": study.public_id,
        "title": in_language(study.title, "en", study.default_language),
        "simulated": study.simulated,
        "address": f"{base}/studies/{study.public_id}",
        "researcher": {"email": email, "sign_in": f"{base}/sign-in/once/{token}"},
        "invitations": [
            {
                "expert": expert.code,
                "group": group,
                "language": expert.language,
                "begun": begun is not None,
                "link": f"{base}/p/{linking.plain_token(db.session, expert, links)}",
            }
            for expert, group, begun in rows
        ],
    }
