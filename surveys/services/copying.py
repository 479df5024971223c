"""Copy a study through its own study file: the design and nothing else, no people and no answers.

What cannot be written into a file cannot come along, so a copy is whole by the same test that shows
study files to be whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from surveys.models.base import AnySession
from surveys.models.researcher import Researcher
from surveys.models.study import RehearsalKind, Study
from surveys.services import auditing, loading, study_files, writing_study_files
from surveys.services.study_files import StudyPlan
from surveys.services.uploading import UploadStore

# Behind the title, in the language of the title; another language reads the English word.
COPY = {"en": "copy", "nl": "kopie", "fr": "copie", "de": "Kopie"}


def plan_of(session: AnySession, study: Study, uploads: UploadStore) -> StudyPlan:
    """The whole design of a study with the files of its evidence, as it would come from its file.

    Reads only; it takes longer than an act should, so it comes before the transaction.
    """
    written = writing_study_files.packed(session, study, uploads).content
    return study_files.read_upload(written, most=None)


def duplicate(
    session: AnySession,
    study: Study,
    plan: StudyPlan,
    *,
    lead: Researcher,
    actor: str,
    at: datetime,
    uploads: UploadStore,
    mark: Mapping[str, str] = COPY,
    rehearsal: RehearsalKind | None = None,
) -> Study:
    """Make a study of another's plan; whoever asks leads it. A rehearsal says of which study it is one.

    plan : ``plan_of`` this study. mark : what stands behind the title.
    """
    copied = loading.create_study(
        session,
        replace(plan, title=marked(plan.title, mark)),
        lead=lead,
        actor=actor,
        at=at,
        simulated=rehearsal is RehearsalKind.DRY_RUN or study.simulated,
        uploads=uploads,
    )
    if rehearsal is not None:
        copied.rehearsal_of_id, copied.rehearsal_kind = study.id, rehearsal
        session.flush()
    else:
        auditing.record(
            session,
            study_id=study.id,
            actor=actor,
            act="study duplicated",
            at=at,
            into=copied.public_id,
        )
    return copied


def marked(title: Mapping[str, str], mark: Mapping[str, str]) -> dict[str, str]:
    """The title in every language with a word behind it that tells the copy apart."""
    return {
        language: f"{text} ({mark.get(language, mark['en'])})" for language, text in title.items()
    }
