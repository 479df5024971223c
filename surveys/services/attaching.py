"""Attach evidence to an item of a draft round, and take it off again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from surveys.items.base import N_
from surveys.items.evidence import (
    LONGEST_ADDRESS,
    MOST_EVIDENCE,
    Evidence,
    StoredFile,
    load_evidence,
)
from surveys.items.media import UnfitFile
from surveys.models.base import AnySession
from surveys.models.item import Item
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from surveys.services import auditing, uploading
from surveys.services.designing import RoundLaunched
from surveys.services.problems import Problem, Refused
from surveys.services.undoing import undoable
from surveys.services.uploading import UploadStore

LONGEST_TEXT = 10_000


class NotAttached(Refused):
    """A piece of evidence cannot be attached as described."""


@dataclass(frozen=True, slots=True)
class Described:
    """A piece of evidence as a researcher describes it: one of an address, a text and a file."""

    title: Mapping[str, str]
    url: str = ""
    text: Mapping[str, str] = field(default_factory=dict)
    file_name: str = ""
    content: bytes = b""
    alt: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)


@undoable("evidence attached")
def attach(
    session: AnySession,
    study: Study,
    placed: RoundItem,
    described: Described,
    *,
    store: UploadStore,
    actor: str,
    at: datetime,
) -> Evidence:
    """Put one more piece of evidence under an item of a draft round.

    Raises RoundLaunched, or NotAttached with all that is wrong.
    """
    _refuse_launched(session, placed)
    pieces = load_evidence(placed.evidence)
    file, problems = _file_of(described)
    problems += _wrong(study, described, file)
    if len(pieces) >= MOST_EVIDENCE:
        problems.append(
            Problem(N_("An item has at most %(most)s pieces of evidence."), {"most": MOST_EVIDENCE})
        )
    if problems:
        raise NotAttached(problems)
    entry: dict[str, Any] = {
        "title": _in_all(study, described.title),
        "url": described.url.strip(),
        "text": _in_all(study, described.text),
        "file": file.to_json() if file else None,
        "alt": _in_all(study, described.alt) if file and file.media.is_picture else {},
        "source": _in_all(study, described.source),
    }
    try:
        made = Evidence.load({name: value for name, value in entry.items() if value})
    except ValueError:
        raise NotAttached(
            [Problem(N_("“%(url)s” is not a whole web address."), {"url": described.url})]
        ) from None
    if file:
        uploading.keep(session, study, store, described.content, described.file_name, at=at)
    placed.evidence = [one.to_json() for one in (*pieces, made)]
    session.flush()
    _record(session, study, placed, "evidence attached", actor, at, form=made.form)
    return made


@undoable("evidence taken off")
def take_off(
    session: AnySession, study: Study, placed: RoundItem, place: int, *, actor: str, at: datetime
) -> None:
    """Take a piece of evidence off an item of a draft round, by its place from 1.

    A file stays kept: an earlier round may show it. What is not there is passed over.

    Raises RoundLaunched.
    """
    _refuse_launched(session, placed)
    pieces = load_evidence(placed.evidence)
    left = [one for number, one in enumerate(pieces, start=1) if number != place]
    if len(left) == len(pieces):
        return
    placed.evidence = [one.to_json() for one in left] or None
    session.flush()
    _record(session, study, placed, "evidence taken off", actor, at, form=pieces[place - 1].form)


def _refuse_launched(session: AnySession, placed: RoundItem) -> None:
    if session.get_one(Round, placed.round_id).opened_at is not None:
        raise RoundLaunched


def _file_of(described: Described) -> tuple[StoredFile | None, list[Problem]]:
    """What the file is, or what is wrong with it."""
    if not described.file_name and not described.content:
        return None, []
    try:
        return uploading.describe(described.content, described.file_name), []
    except UnfitFile as unfit:
        return None, [Problem(unfit.sentence.text, dict(unfit.sentence.values))]


def _wrong(study: Study, described: Described, file: StoredFile | None) -> list[Problem]:
    """What is wrong with the texts, and whether there is one thing to show."""
    has_file = bool(described.file_name or described.content)
    given = [bool(described.url.strip()), _any(described.text), has_file]
    problems = []
    if sum(given) != 1:
        problems.append(Problem(N_("Please give one of a web address, a text and a file.")))
    needed = [(described.title, N_("The title in “%(language)s” is empty."))]
    if _any(described.text):
        needed.append((described.text, N_("The text in “%(language)s” is empty.")))
    if file and file.media.is_picture:
        needed.append((described.alt, N_("Please say in “%(language)s” what the picture shows.")))
    if _any(described.source):
        needed.append((described.source, N_("The source in “%(language)s” is empty.")))
    for texts, sentence in needed:
        problems += [
            Problem(sentence, {"language": language})
            for language in study.languages
            if not texts.get(language, "").strip()
        ]
    long = [described.title, described.text, described.alt, described.source]
    if any(len(text) > LONGEST_TEXT for texts in long for text in texts.values()):
        problems.append(
            Problem(N_("A text has more than %(longest)s characters."), {"longest": LONGEST_TEXT})
        )
    if len(described.url) > LONGEST_ADDRESS:
        problems.append(
            Problem(
                N_("The web address has more than %(longest)s characters."),
                {"longest": LONGEST_ADDRESS},
            )
        )
    return problems


def _any(texts: Mapping[str, str]) -> bool:
    return any(text.strip() for text in texts.values())


def _in_all(study: Study, texts: Mapping[str, str]) -> dict[str, str]:
    """The texts in the languages of the study; of nothing, nothing."""
    if not _any(texts):
        return {}
    return {language: texts[language].strip() for language in study.languages}


def _record(
    session: AnySession,
    study: Study,
    placed: RoundItem,
    act: str,
    actor: str,
    at: datetime,
    **details: Any,
) -> None:
    item = session.get_one(Item, placed.item_id)
    number = session.get_one(Round, placed.round_id).number
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act=act,
        at=at,
        item=item.code,
        round=number,
        **details,
    )
