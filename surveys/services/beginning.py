"""Begin a study of a spreadsheet or of nothing: what is given, with the texts that every study needs.

The texts stand in library/beginnings.yaml in all languages. The rules are those of a preset, and marked
as not chosen yet: the look before a launch asks for them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import select

from surveys.delphi import presets
from surveys.delphi.consensus import ConsensusByRound, ConsensusRule
from surveys.delphi.scale import Scale
from surveys.items import KINDS, load_kind
from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.item import Item
from surveys.models.round import Round, RoundItem, RoundKind
from surveys.models.study import Study, Theme
from surveys.services import auditing, designing
from surveys.services.designing import RoundLaunched
from surveys.services.problems import Problem, Refused
from surveys.services.protocol_words import consensus_words
from surveys.services.statement_sheets import QUESTION, Found, Statements, theme_key
from surveys.services.study_files import LANGUAGES, LIBRARY, StudyPlan, check
from surveys.services.undoing import undoable

BEGINNINGS = LIBRARY / "beginnings.yaml"
# The scales to choose from, with the preset whose rule a study on it begins with.
SCALES = {
    "agreement-5": "share-75-15",
    "agreement-7": "share-75-15",
    "importance-9": "comet-70-15",
    "appropriateness-9": "share-75-15",
    "relevance-4": "cvi-78",
}
MOST_ROUNDS = 6
MOST_GROUPS = 20
LONGEST_TITLE = 200
LONGEST_NAME = 100


class NotBegun(Refused):
    """No study can be made as described."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a researcher says of a study to come.

    title, groups : in the first language. rounds : how many rating rounds. open_round : whether an open
        round comes before them.
    """

    title: str
    languages: Sequence[str]
    scale: str = "agreement-5"
    rounds: int = 2
    open_round: bool = False
    groups: Sequence[str] = field(default=())


def plan_of(wish: Wish, statements: Statements | None = None) -> StudyPlan:
    """The study: the wish, the statements of a spreadsheet if there is one, and the usual texts.

    Raises NotBegun with all that is wrong.
    """
    if problems := _wrong(wish):
        raise NotBegun(problems)
    texts = _texts()
    languages = [code for code in LANGUAGES if code in wish.languages]
    # The first one that was named is the one texts fall back to.
    languages.sort(key=lambda code: code != wish.languages[0])
    main = languages[0]
    title = " ".join(wish.title.split())
    questions = statements.questions if statements else ()
    themes = Themes()
    items = {
        "open": _items(questions, themes, "Q", ()),
        "first": _items(
            statements.statements if statements else (),
            themes,
            "S",
            [one.code for one in questions],
        ),
    }
    kinds = [
        *(["open"] if wish.open_round or questions else []),
        "first",
        *["again"] * (wish.rounds - 1),
    ]
    rounds: list[dict[str, Any]] = []
    for number, kind in enumerate(kinds, start=1):
        said = _in(texts["rounds"][kind], languages)
        rounds.append(
            {
                "number": number,
                "kind": "open" if kind == "open" else "rating",
                "title": said["title"],
                "introduction": said["introduction"],
                **({"items": items[kind]} if items.get(kind) else {}),
            }
        )
    scale = _scale(wish.scale, languages)
    return check(
        {
            "rondo": 1,
            "draft": True,
            "code": code_of(title, "study")[:40],
            "version": "1.0",
            "languages": languages,
            "title": {main: title},
            "summary": _in(texts["summary"], languages),
            "source": {},
            "settings": _in(texts["settings"], languages),
            "consent": _in(texts["consent"], languages),
            "groups": _groups(wish, languages),
            "themes": themes.listed(),
            "scale": scale,
            "protocol": _protocol(wish, scale, len(rounds)),
            "verdicts": _in(texts["verdicts"], languages),
            "rounds": rounds,
        }
    )


@undoable("statements added from a spreadsheet")
def add_to_round(
    session: AnySession,
    study: Study,
    round_: Round,
    statements: Statements,
    *,
    actor: str,
    at: datetime,
) -> int:
    """Put what a spreadsheet holds at the end of a draft round; how many items that are.

    Themes that the study does not have yet are made. Raises RoundLaunched or NotBegun.
    """
    if round_.opened_at is not None:
        raise RoundLaunched
    if round_.kind is RoundKind.OPEN and statements.statements:
        raise NotBegun([Problem(N_("Statements belong to a rating round."))])
    rows = session.scalars(
        select(Theme).where(Theme.study_id == study.id).order_by(Theme.position)
    ).all()
    themes = Themes({theme.code: dict(theme.title) for theme in rows})
    taken = list(session.scalars(select(Item.code).where(Item.study_id == study.id)))
    entries = [
        entry
        for found, letter in ((statements.questions, "Q"), (statements.statements, "S"))
        for entry in _items(found, themes, letter, taken)
    ]
    ids = {theme.code: theme.id for theme in rows}
    for theme in themes.listed()[len(rows) :]:
        made = Theme(
            study_id=study.id,
            code=theme["code"],
            title=theme["title"],
            description={},
            position=len(ids) + 1,
        )
        session.add(made)
        session.flush()
        ids[made.code] = made.id
    last = designing.last_position(session, round_) or 0
    for position, entry in enumerate(entries, start=1 + last):
        _place(session, study, round_, entry, ids, position, at)
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act="statements added from a spreadsheet",
        at=at,
        round=round_.number,
        items=len(entries),
    )
    return len(entries)


def _place(
    session: AnySession,
    study: Study,
    round_: Round,
    entry: Mapping[str, Any],
    themes: Mapping[str, int],
    position: int,
    at: datetime,
) -> None:
    """Make one item and put it into the round."""
    item, revision = designing.new_item(
        session,
        study,
        theme_id=themes[entry["theme"]] if entry.get("theme") else None,
        code=entry["code"],
        kind=entry["kind"],
        aspect=entry.get("aspect"),
        note=entry.get("note", ""),
        basis=entry["basis"],
        wording=entry["wording"],
        help_=entry.get("help"),
        at=at,
    )
    own = entry.get("settings", {})
    scale = study.scale if KINDS[entry["kind"]].uses_scale else {}
    session.add(
        RoundItem(
            round_id=round_.id,
            item_id=item.id,
            revision_id=revision.id,
            position=position,
            kind=entry["kind"],
            settings=load_kind(entry["kind"], {**scale, **own}).to_json(),
        )
    )
    session.flush()


class Themes:
    """Themes by their names; what is called alike, whatever its capitals, is one theme."""

    def __init__(self, there: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.titles = {code: dict(title) for code, title in (there or {}).items()}
        self.by_name = {
            name.casefold(): code
            for code, title in self.titles.items()
            for name in (code, *title.values())
        }

    def code_for(self, found: Found) -> str | None:
        """The code of a row's theme, which is made if there is none."""
        if not found.theme:
            return None
        key = theme_key(found)
        if key not in self.by_name:
            code = unique(code_of(next(iter(found.theme.values())), "theme"), self.titles)
            self.by_name[key] = code
            self.titles[code] = {}
        code = self.by_name[key]
        self.titles[code] = {**found.theme, **self.titles[code]}
        return code

    def listed(self) -> list[dict[str, Any]]:
        """All themes, as a study file has them."""
        return [{"code": code, "title": title} for code, title in self.titles.items()]


def _items(
    found: Iterable[Found], themes: Themes, letter: str, taken: Iterable[str]
) -> list[dict[str, Any]]:
    """Rows as a study file has items; those without a code get the next free one."""
    rows = list(found)
    used = {code.lower() for code in [*taken, *(one.code for one in rows)]}
    entries = []
    number = 1
    for one in rows:
        code = one.code
        while not code:
            free = f"{letter}{number:02d}"
            number += 1
            if free.lower() not in used:
                code = free
        entry: dict[str, Any] = {"code": code}
        if theme := themes.code_for(one):
            entry["theme"] = theme
        entry["kind"] = one.kind
        if one.aspect:
            entry["aspect"] = one.aspect.value
        entry["wording"] = dict(one.wording)
        if one.help:
            entry["help"] = dict(one.help)
        if one.kind != QUESTION and not one.offers_unable:
            entry["settings"] = {"unable": {}}
        entry["basis"] = "ours"
        if one.note:
            entry["note"] = one.note
        entries.append(entry)
    return entries


def _wrong(wish: Wish) -> list[Problem]:
    problems = []
    title = " ".join(wish.title.split())
    if not title:
        problems.append(Problem(N_("Please give the study a title.")))
    if len(title) > LONGEST_TITLE:
        problems.append(
            Problem(
                N_("The title has at most %(most)s characters."),
                {"most": LONGEST_TITLE},
            )
        )
    if not wish.languages or not set(wish.languages) <= set(LANGUAGES):
        problems.append(Problem(N_("Please choose at least one language.")))
    if wish.scale not in SCALES:
        problems.append(Problem(N_("Please choose one of the scales.")))
    if not 1 <= wish.rounds <= MOST_ROUNDS:
        problems.append(
            Problem(N_("A study has 1 to %(most)s rating rounds."), {"most": MOST_ROUNDS})
        )
    if len(wish.groups) > MOST_GROUPS or any(len(name) > LONGEST_NAME for name in wish.groups):
        problems.append(
            Problem(
                N_(
                    "There are at most %(most)s groups, each with a name of at most %(longest)s signs."
                ),
                {"most": MOST_GROUPS, "longest": LONGEST_NAME},
            )
        )
    return problems


def _groups(wish: Wish, languages: Sequence[str]) -> list[dict[str, Any]]:
    names = list(dict.fromkeys(name.strip() for name in wish.groups if name.strip()))
    if not names:
        return [_in(_texts()["group"], languages)]
    groups: dict[str, Any] = {}
    for name in names:
        groups[unique(code_of(name, "group"), groups)] = {languages[0]: name}
    return [{"code": code, "name": name} for code, name in groups.items()]


def _protocol(wish: Wish, scale: Mapping[str, Any], rounds: int) -> dict[str, Any]:
    points = Scale.of(scale["low"], scale["high"])
    rule = next(one for one in presets.PRESETS if one.id == SCALES[wish.scale]).rule(points)
    by_round = ConsensusByRound.always(rule) if isinstance(rule, ConsensusRule) else rule
    return {
        "consensus": consensus_words(by_round),
        "stability": {"kind": "pairs", "same": "band", "at_least": 80, "minimum": 5},
        "maximum_rounds": rounds,
        "chosen": False,
    }


def _scale(name: str, languages: Sequence[str]) -> dict[str, Any]:
    """A scale with a name for every point; those in common use name some points by their number."""
    stored = _texts()["scales"][name]
    low, high = stored["low"], stored["high"]
    return {
        "low": low,
        "high": high,
        "labels": {
            language: {
                str(point): str(stored["labels"][language].get(point, point))
                for point in range(low, high + 1)
            }
            for language in languages
        },
        "unable": _in(_texts()["unable"], languages),
    }


@cache
def _texts() -> Mapping[str, Any]:
    texts: Mapping[str, Any] = YAML(typ="safe", pure=True).load(BEGINNINGS.read_text("utf-8"))
    return texts


def _in(texts: Any, languages: Sequence[str]) -> Any:
    """The texts in some of the languages."""
    if not isinstance(texts, Mapping):
        return texts
    if set(texts) == set(LANGUAGES):
        return {language: texts[language] for language in languages}
    return {name: _in(part, languages) for name, part in texts.items()}


def code_of(name: str, usual: str) -> str:
    """A short plain code made of a name: small letters, digits and underscores."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:24].strip("_")
    return plain if re.match(r"[a-z]", plain) else f"{usual}_{plain}".rstrip("_")[:24]


def unique(code: str, taken: Iterable[str]) -> str:
    """The code, or it with the next free number."""
    used = set(taken)
    number = 2
    free = code
    while free in used:
        free = f"{code[:21]}_{number}"
        number += 1
    return free
