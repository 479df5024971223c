"""Conflicts of interest: the question, its versions, and what experts declare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select

from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.panel import Expert
from surveys.models.profile import Declaration
from surveys.models.study import Study
from surveys.services import auditing
from surveys.services.problems import Problem, Refused

LONGEST_QUESTION = 5_000
LONGEST_EXPLANATION = 2_000

# What journals ask of authors, asked of experts in a sentence. A study may word it anew.
STANDARD = {
    "en": "In the past three years, or now: do you have interests that others could see as influencing"
    " your answers in this study? Think of paid work, advice, research money, shares, patents, or a role"
    " in an organisation with a stake in the subject, for yourself or somebody close to you.",
    "nl": "Hebt u nu, of had u in de voorbije drie jaar, belangen waarvan anderen zouden kunnen denken"
    " dat ze uw antwoorden in deze studie beïnvloeden? Denk aan betaald werk, advies, onderzoeksgeld,"
    " aandelen, octrooien, of een functie in een organisatie met een belang in het onderwerp, voor uzelf"
    " of voor iemand die u na staat.",
    "fr": "Avez-vous actuellement, ou avez-vous eu au cours des trois dernières années, des intérêts dont"
    " d’autres pourraient penser qu’ils influencent vos réponses dans cette étude\u00a0? Il peut s’agir d’un"
    " travail rémunéré, de conseils, de fonds de recherche, d’actions, de brevets ou d’une fonction dans"
    " une organisation concernée par le sujet, pour vous-même ou pour un proche.",
    "de": "Haben Sie derzeit oder hatten Sie in den letzten drei Jahren Interessen, von denen andere"
    " annehmen könnten, dass sie Ihre Antworten in dieser Studie beeinflussen? Gemeint sind etwa bezahlte"
    " Arbeit, Beratung, Forschungsgelder, Aktien, Patente oder eine Funktion in einer Organisation, die vom"
    " Thema betroffen ist, bei Ihnen selbst oder bei einer nahestehenden Person.",
}


class QuestionRefused(Refused):
    """The question cannot be asked as typed."""


class NotDeclared(Refused):
    """A declaration says too little or too much. ``fields`` name where, in the order of the problems."""

    def __init__(self, problems: list[Problem], fields: list[str]) -> None:
        super().__init__(problems)
        self.fields = fields


def is_asked(study: Study) -> bool:
    """Whether experts are asked about conflicts of interest."""
    return bool(study.conflicts.get("asked"))


def version(study: Study) -> str:
    """The version of the question that holds."""
    return str(study.conflicts.get("version", "1"))


def question(study: Study) -> dict[str, str]:
    """The question per language: the study's own words, else the standard ones."""
    own: Mapping[str, str] = study.conflicts.get("text") or {}
    return {
        language: own.get(language) or STANDARD.get(language, "")
        for language in study.languages
        if own.get(language) or language in STANDARD
    }


def revise(
    session: AnySession,
    study: Study,
    *,
    asked: bool,
    text: Mapping[str, str],
    actor: str,
    at: datetime,
) -> bool:
    """Ask, stop asking, or ask in other words; say whether anything changed.

    Other words make a new version, and whoever declared under an earlier one is asked again. Raises
    QuestionRefused.
    """
    own = {}
    for language in study.languages:
        typed = text.get(language, "").replace("\r\n", "\n").strip()
        if len(typed) > LONGEST_QUESTION:
            raise QuestionRefused(
                [
                    Problem(
                        N_("Please keep the question under %(longest)s characters."),
                        {"longest": LONGEST_QUESTION},
                    )
                ]
            )
        # The standard words stay the standard's, so that a study need not repeat them.
        if typed and typed != STANDARD.get(language):
            own[language] = typed
    before = {"asked": is_asked(study), "text": study.conflicts.get("text") or {}}
    if before == {"asked": asked, "text": own}:
        return False
    number = version(study)
    if own != before["text"] and _was_declared(session, study, number):
        number = str(int(number) + 1) if number.isdecimal() else f"{number}.1"
    study.conflicts = {"asked": asked, "version": number, "text": own}
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="question about interests changed",
        at=at,
        found="yes" if asked else "no",
        version=number,
    )
    return True


def _was_declared(session: AnySession, study: Study, number: str) -> bool:
    return bool(
        session.scalar(
            select(func.count(Declaration.id))
            .join(Expert, Expert.id == Declaration.expert_id)
            .where(Expert.study_id == study.id, Declaration.version == number)
        )
    )


def declare(
    session: AnySession,
    study: Study,
    expert: Expert,
    *,
    answer: str,
    explanation: str,
    language: str,
    text: str,
    at: datetime,
) -> None:
    """Keep what an expert declares, with the question as it was read; saying it anew replaces it.

    answer : "yes" or "no". Raises NotDeclared.
    """
    told = explanation.replace("\r\n", "\n").strip()
    problems, fields = [], []
    if answer not in ("yes", "no"):
        problems.append(Problem(N_("Please answer the question about interests: yes or no.")))
        fields.append("conflict-no")
    elif answer == "yes" and not told:
        problems.append(Problem(N_("Please say in a few words which interests these are.")))
        fields.append("explanation")
    if len(told) > LONGEST_EXPLANATION:
        problems.append(
            Problem(
                N_("This is longer than %(longest)s characters."), {"longest": LONGEST_EXPLANATION}
            )
        )
        fields.append("explanation")
    if problems:
        raise NotDeclared(problems, fields)
    # Two clicks at once are one declaration.
    session.execute(select(Expert.id).where(Expert.id == expert.id).with_for_update())
    found = session.scalar(
        select(Declaration).where(
            Declaration.expert_id == expert.id, Declaration.version == version(study)
        )
    )
    has_conflict = answer == "yes"
    # What stands beside a "no" was never meant.
    told = told if has_conflict else ""
    if found is None:
        found = Declaration(expert_id=expert.id, version=version(study))
        session.add(found)
    elif (found.has_conflict, found.explanation) == (has_conflict, told):
        return
    found.has_conflict, found.explanation = has_conflict, told
    found.language, found.text, found.given_at = language, text, at
    session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=auditing.expert(expert.code),
        act="interests declared",
        at=at,
        found=answer,
        version=version(study),
    )
