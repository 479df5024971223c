"""A study as a file: take its whole design along."""

from __future__ import annotations

from flask import current_app, g
from flask.typing import ResponseReturnValue

from surveys.models.base import db, transaction
from surveys.services import auditing, writing_study_files
from surveys.web.clock import now
from surveys.web.downloads import attached
from surveys.web.researchers import researchers
from surveys.web.researchers.guards import MAY_EXPORT, actor, needs


@researchers.get("/<study>/study-file")
@needs(MAY_EXPORT)
def study_file() -> ResponseReturnValue:
    """The design of the study as one study file, zipped with its evidence where that has files."""
    file = writing_study_files.packed(db.session, g.study, current_app.extensions["rondo.uploads"])
    study_id, who = g.study.id, actor()
    with transaction(db.session):
        auditing.record(
            db.session,
            study_id=study_id,
            actor=who,
            act="design exported",
            at=now(),
            file=file.name,
        )
    return attached(file.content, file.name, file.type)
