"""Split a statement into parts, or merge several into one, for the next round.

What comes out is new: it has a code of its own, no earlier ratings and no place to be compared with. What
experts rated stays as it was; from what, how and why the new one was made stands in its descent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from surveys.delphi.descent import Descent
from surveys.items import KINDS
from surveys.items.base import N_
from surveys.models.base import AnySession
from surveys.models.item import Item, ItemDescent
from surveys.models.round import Round, RoundItem
from surveys.models.study import Study
from surveys.queries import lineage
from surveys.services import auditing, designing, preparing, undoing
from surveys.services.problems import Problem, Refused

MOST_PARTS = 6


class NotRedrawn(Refused):
    """A statement cannot be split, or several cannot be merged, as asked."""


@dataclass(frozen=True, slots=True)
class Part:
    """One new statement: its wording per language, and the code of its theme."""

    wording: Mapping[str, str]
    theme: str | None = None


def split(
    session: AnySession,
    study: Study,
    earlier: Round,
    place_id: int,
    parts: Sequence[Part],
    *,
    reasons: Mapping[str, str],
    actor: str,
    at: datetime,
) -> list[Item]:
    """Put two or more new statements in the place of one that experts rated in a closed round.

    Each is asked of the same experts and rests on the same evidence. Raises NotRedrawn with every
    problem at once, or preparing.NotPrepared where there can be no next round.
    """
    problems = [] if len(parts) > 1 else [Problem(N_("Please word at least two parts."))]
    if len(parts) > MOST_PARTS:
        problems.append(Problem(N_("At most %(most)s parts."), {"most": MOST_PARTS}))
    return _redraw(
        session,
        study,
        earlier,
        [place_id],
        parts,
        Descent.SPLIT,
        reasons,
        problems,
        actor=actor,
        at=at,
    )


def merge(
    session: AnySession,
    study: Study,
    earlier: Round,
    place_ids: Sequence[int],
    part: Part,
    *,
    reasons: Mapping[str, str],
    actor: str,
    at: datetime,
) -> Item:
    """Put one new statement in the place of several that experts rated in a closed round.

    It rests on the evidence of all, and is asked of the same experts where they all were; else of
    everyone. Raises NotRedrawn with every problem at once, or preparing.NotPrepared.
    """
    chosen = sorted(set(place_ids))
    problems = [] if len(chosen) > 1 else [Problem(N_("Choose at least two statements to merge."))]
    (made,) = _redraw(
        session,
        study,
        earlier,
        chosen,
        [part],
        Descent.MERGED,
        reasons,
        problems,
        actor=actor,
        at=at,
    )
    return made


def _redraw(
    session: AnySession,
    study: Study,
    earlier: Round,
    place_ids: Sequence[int],
    parts: Sequence[Part],
    how: Descent,
    reasons: Mapping[str, str],
    problems: list[Problem],
    *,
    actor: str,
    at: datetime,
) -> list[Item]:
    """Make the new items, take the old ones out of the draft, and note from what they were made."""
    undoing.refuse_after_launch(session, earlier)
    parents = session.execute(
        select(RoundItem, Item)
        .join(Item, Item.id == RoundItem.item_id)
        .where(RoundItem.round_id == earlier.id, RoundItem.id.in_(list(place_ids)))
        .order_by(RoundItem.position)
    ).all()
    told = {language: reasons.get(language, "").strip() for language in study.languages}
    wordings = [
        {language: part.wording.get(language, "").strip() for language in study.languages}
        for part in parts
    ]
    themes = [designing.theme_of(session, study, part.theme) for part in parts]
    problems += _wrong_parents(session, earlier, place_ids, parents)
    for wording in wordings:
        problems += [one for one in designing.wrong_wordings(wording) if one not in problems]
    for language in study.languages:
        said = [wording[language] for wording in wordings if wording[language]]
        if len(set(said)) < len(said):
            problems.append(
                Problem(N_("Two parts say the same in “%(language)s”."), {"language": language})
            )
    problems += [
        Problem(N_("There is no theme “%(theme)s”."), {"theme": part.theme})
        for part, theme in zip(parts, themes, strict=True)
        if part.theme and theme is None
    ]
    problems += designing.wrong_reasons(told)
    if problems:
        raise NotRedrawn(problems)

    act = "statement split" if how is Descent.SPLIT else "statements merged"
    with undoing.step(session, earlier, act, actor=actor, at=at) as about:
        about += [item.code for _place, item in parents]
        draft = preparing.draft_after(session, study, earlier)
        places = [_drafted(session, draft, place) for place, _item in parents]
        source, item = parents[0]
        position = _make_room(session, draft, places, parts)
        made = []
        for number, (wording, theme) in enumerate(zip(wordings, themes, strict=True)):
            new, revision = designing.new_item(
                session,
                study,
                theme_id=theme.id if theme else None,
                code=designing.next_code(session, study),
                kind=item.kind,
                aspect=item.aspect,
                basis=item.basis,
                wording=wording,
                at=at,
            )
            session.add(
                RoundItem(
                    round_id=draft.id,
                    item_id=new.id,
                    revision_id=revision.id,
                    position=position + number,
                    kind=source.kind,
                    settings=source.settings,
                    ask_if=_same_condition(places),
                    evidence=_all_evidence(places),
                    comments=source.comments,
                )
            )
            session.add_all(
                ItemDescent(
                    item_id=new.id,
                    parent_id=parent.id,
                    act=how,
                    reasons=told,
                    actor=actor,
                    made_at=at,
                )
                for parent, _item in parents
            )
            made.append(new)
        for one in places:
            if one.round_id == draft.id:
                session.delete(one)
        session.flush()
    auditing.record(
        session,
        study_id=study.id,
        actor=actor,
        act=act,
        at=at,
        round=draft.number,
        items=[item.code for _place, item in parents],
        made=[item.code for item in made],
        reason=told[study.default_language],
    )
    return made


def _wrong_parents(
    session: AnySession, earlier: Round, place_ids: Sequence[int], parents: Sequence[Any]
) -> list[Problem]:
    """Why statements cannot be split or merged, whatever comes out."""
    problems = []
    if earlier.closed_at is None:
        problems.append(Problem(N_("The round before has to be closed first.")))
    if len(parents) != len(set(place_ids)):
        problems.append(Problem(N_("A statement is not part of this round.")))
    gone = lineage.became(session, earlier)
    for place, item in parents:
        if place.id in gone:
            problems.append(
                Problem(
                    N_("%(code)s was split or merged already. Undo that first."),
                    {"code": item.code},
                )
            )
        if not KINDS[place.kind].asks:
            problems.append(Problem(N_("%(code)s asks nothing: reword it."), {"code": item.code}))
    scales = {place.kind: place.settings for place, _item in parents}
    if len(scales) > 1 or any(place.settings != scales[place.kind] for place, _item in parents):
        problems.append(
            Problem(N_("Only statements that are answered on the same scale can be merged."))
        )
    return problems


def _drafted(session: AnySession, draft: Round, place: RoundItem) -> RoundItem:
    """A statement as it stands in the draft; where it is not there, as it was in the round before."""
    found = session.scalar(
        select(RoundItem).where(RoundItem.round_id == draft.id, RoundItem.item_id == place.item_id)
    )
    return found or place


def _make_room(
    session: AnySession, draft: Round, places: Sequence[RoundItem], parts: Sequence[Part]
) -> int:
    """Where the new statements go: in place of the first old one that is in the draft, else last."""
    there = [place.position for place in places if place.round_id == draft.id]
    if not there:
        return 1 + (designing.last_position(session, draft) or 0)
    first = min(there)
    for row in session.scalars(
        select(RoundItem).where(RoundItem.round_id == draft.id, RoundItem.position > first)
    ):
        row.position += len(parts) - 1
    session.flush()
    return first


def _same_condition(places: Sequence[RoundItem]) -> dict[str, Any] | None:
    """The condition that all have; None where they differ, so that everyone is asked."""
    first = places[0].ask_if
    return first if all(place.ask_if == first for place in places) else None


def _all_evidence(places: Sequence[RoundItem]) -> list[Any] | None:
    """What any of them rests on, each once."""
    found: list[Any] = []
    for place in places:
        found += [one for one in place.evidence or () if one not in found]
    return found or None
