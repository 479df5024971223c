"""Rounds in real time: open an item with its first answer, and release the group's figures in batches.

Everything happens when an answer is kept, in its transaction, so there is nobody else to wait for and
all processes of a server show the same figures. Saves of one round take turns meanwhile: which answers
are in a release is then known by the last one that is (``until``), and two saves that fill a batch
together cannot both miss it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, insert, select, update

from surveys.delphi.answer import Answer
from surveys.delphi.batches import TOGETHER, batches
from surveys.delphi.disclosure import Division
from surveys.delphi.feedback import Whose
from surveys.delphi.protocol import Protocol
from surveys.delphi.release import cell, may_release
from surveys.delphi.summary import ItemCounts
from surveys.items import ItemKind, load_kind
from surveys.items.describing import describe
from surveys.models.base import AnySession, insert_of
from surveys.models.live import FigureRelease, FirstAnswer, ReleaseShown
from surveys.models.response import Comment, Rating, Response, is_asked
from surveys.models.round import Round
from surveys.models.study import Study
from surveys.queries import live
from surveys.queries.questionnaire import AskedRound, is_answered
from surveys.services import feeding


@dataclass(frozen=True, slots=True)
class Batch:
    """Which answers of a batch are in the figures: those up to a rating, counted by scale point.

    Kinds without a scale have no counts here: they are one batch, summed up as a whole.
    """

    until: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Streams:
    """Whose figures on one item change together, and what was last released of each batch.

    smallest : experts who must differ before a batch is released. of : group to its batch.
    """

    smallest: int
    of: Mapping[str, str]
    released: Mapping[str, Batch]

    def batch_of(self, group: str) -> str:
        """The batch of a group; of one that came onto the panel later, that of the small ones."""
        return self.of.get(group, TOGETHER)

    def until(self, batch: str) -> int:
        """The last answer of a batch that is in the figures."""
        return self.released[batch].until if batch in self.released else 0

    @property
    def last_until(self) -> int:
        """The last answer of any batch that is in the figures."""
        return max((batch.until for batch in self.released.values()), default=0)

    def to_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "smallest": self.smallest,
            "of": dict(self.of),
            "released": {
                name: {"until": batch.until, "counts": list(batch.counts)}
                for name, batch in self.released.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Streams:
        """As it was stored."""
        released = {
            name: Batch(batch["until"], tuple(batch["counts"]))
            for name, batch in data["released"].items()
        }
        return cls(data["smallest"], data["of"], released)


def begin(session: AnySession, study: Study, round_: Round, *, at: datetime) -> None:
    """At the launch: nothing is released yet, and it is settled whose figures change together.

    Settled once: a group that became a batch of its own halfway would show, by subtraction, what the
    others in its former batch had answered.
    """
    policies = Protocol.from_json(study.protocol).policies
    smallest = policies[0].smallest_group
    sizes = live.panel_sizes(session, study.id)
    together = dict.fromkeys(sizes, TOGETHER)
    shows_groups = any(policy.whose is not Whose.PANEL for policy in policies)
    apart = batches(sizes, smallest) if shows_groups else together
    for placed in live.asked(session, round_.id):
        kind = load_kind(placed.kind, placed.settings)
        if kind.sums_up:
            of = together if kind.rating_scale is None else apart
            session.add(
                FigureRelease(
                    round_item_id=placed.id,
                    number=0,
                    sheet={"suppressed": True, "smallest": smallest},
                    streams=Streams(smallest, of, {}).to_json(),
                    comments_until=0,
                    released_at=at,
                )
            )
    session.flush()


def take_turns(session: AnySession, round_id: int) -> None:
    """Let saves of a round in real time come one after the other. On SQLite every writer does anyway.

    To be called before an answer is written, so that answers are numbered in the order in which they
    come to stand.
    """
    if session.get_bind().dialect.name == "postgresql":
        turn = select(Round.id).where(Round.id == round_id).with_for_update(key_share=True)
        session.execute(turn)


def follow(
    session: AnySession,
    asked: AskedRound,
    response_id: int,
    answered: Mapping[int, int],
    *,
    at: datetime,
) -> None:
    """Answers to some items were kept: open these items, and release what is due.

    answered : round item to the version of the answer that was appended.
    """
    ordered = sorted(answered)
    # The first version opens an item, and in parts the first one that is whole.
    perhaps_first = [
        place for place in ordered if answered[place] == 1 or asked.by_id[place].kind.in_parts
    ]
    if perhaps_first:
        _open(session, asked, response_id, perhaps_first)
    summed_up = [place for place in ordered if asked.by_id[place].kind.sums_up]
    due = [item for item in _answered(session, asked, summed_up) if item.due()] if summed_up else []
    if due:
        _release(session, asked, due, at=at)


def _open(session: AnySession, asked: AskedRound, response_id: int, places: list[int]) -> None:
    """Note the first answer to each item. An answer in parts is the first one once it is whole."""
    rows = session.execute(
        select(Rating.id, Rating.round_item_id, Rating.value, Rating.detail, Rating.missing)
        .outerjoin(
            FirstAnswer,
            and_(
                FirstAnswer.response_id == Rating.response_id,
                FirstAnswer.round_item_id == Rating.round_item_id,
            ),
        )
        .where(
            Rating.response_id == response_id,
            Rating.round_item_id.in_(places),
            Rating.latest,
            FirstAnswer.id.is_(None),
            is_asked(Rating),
        )
    )
    first = [
        {"response_id": response_id, "round_item_id": place, "rating_id": rating_id}
        for rating_id, place, *answer in rows
        if is_answered(asked.by_id[place], Answer(*answer))
    ]
    if first:
        session.execute(insert(FirstAnswer), first)


@dataclass(frozen=True, slots=True)
class _Answered:
    """One item: the usable answers that stand, and those in its figures, by batch and response."""

    place: int
    kind: ItemKind
    last: live.LastRelease
    streams: Streams
    newest: int
    now: Mapping[str, Mapping[int, Answer]]
    then: Mapping[str, Mapping[int, Answer]]

    def due(self) -> list[str]:
        """The batches whose figures may be renewed."""
        return [
            batch
            for batch in sorted({*self.now, *self.then})
            if may_release(
                [cell(self.then.get(batch, {}), self.now.get(batch, {}))], self.streams.smallest
            )
        ]

    def renewed(self) -> Streams:
        """What is released of each batch from now on."""
        fresh = {}
        for batch in self.due():
            answers = self.now.get(batch, {}).values()
            counts: tuple[int, ...] = ()
            if self.kind.rating_scale is not None:
                counts = ItemCounts.from_answers(answers, self.kind.rating_scale).counts
            fresh[batch] = Batch(self.newest, counts)
        return replace(self.streams, released={**self.streams.released, **fresh})

    def numbers(self, streams: Streams, quantile_method: str) -> dict[str, Any]:
        """The figures of what is released, under the names of stored results."""
        scale = self.kind.rating_scale
        if scale is None:
            answers = list(self.now.get(TOGETHER, {}).values())
            return self.kind.summarise(answers, quantile_method=quantile_method) or {}
        released = {name: ItemCounts(batch.counts) for name, batch in streams.released.items()}
        panel = sum(released.values(), ItemCounts((0,) * len(scale)))
        groups = {name: counts for name, counts in released.items() if name != TOGETHER}
        described = describe([panel, *groups.values()], scale, quantile_method)
        return {**described[0], "groups": dict(zip(groups, described[1:], strict=True))}


def _answered(session: AnySession, asked: AskedRound, places: list[int]) -> list[_Answered]:
    """The items with what stands and what is in their figures, each read in one query for all."""
    last = live.last_releases(session, places)
    standing = live.standing_answers(session, asked.id, places)
    streams = {place: Streams.from_json(last[place].streams) for place in places}

    def is_new(place: int, given: live.Given) -> bool:
        return given.rating_id > streams[place].until(streams[place].batch_of(given.group))

    changed = {
        given.response_id
        for place in places
        for given in standing[place]
        if given.version > 1 and is_new(place, given)
    }
    until = max((of.last_until for of in streams.values()), default=0)
    versions = live.versions(session, places, sorted(changed), until=until) if changed else {}
    found = []
    for place in places:
        item, of = asked.by_id[place], streams[place]
        now: dict[str, dict[int, Answer]] = {}
        then: dict[str, dict[int, Answer]] = {}
        for given in standing[place]:
            batch = of.batch_of(given.group)
            before: Answer | None = given.answer
            if is_new(place, given):
                before = _answer_until(
                    versions.get((place, given.response_id), []), of.until(batch)
                )
            if _usable(item.kind, given.answer):
                now.setdefault(batch, {})[given.response_id] = given.answer
            if before is not None and _usable(item.kind, before):
                then.setdefault(batch, {})[given.response_id] = before
        newest = max((given.rating_id for given in standing[place]), default=0)
        found.append(_Answered(place, item.kind, last[place], of, newest, now, then))
    return found


def _answer_until(versions: Sequence[tuple[int, Answer]], until: int) -> Answer | None:
    """What stood when the figures were released; None where there was no answer yet."""
    before = [answer for rating_id, answer in versions if rating_id <= until]
    return before[-1] if before else None


def _usable(kind: ItemKind, answer: Answer) -> bool:
    """Whether an answer is counted in figures."""
    return answer.given and (not kind.in_parts or kind.lacks(answer, "") is None)


def _release(
    session: AnySession, asked: AskedRound, items: Sequence[_Answered], *, at: datetime
) -> None:
    """Let the new figures of some items stand, with the comments that were made until now."""
    rules = Protocol.from_json(
        session.scalars(select(Study.protocol).where(Study.public_id == asked.study)).one()
    )
    newest = _newest_comments(session, asked.id, [item.place for item in items])
    rows = []
    for item in items:
        streams = item.renewed()
        until = newest.get(item.place, 0)
        numbers = item.numbers(streams, rules.quantile_method)
        small = tuple(group for group, batch in streams.of.items() if batch == TOGETHER)
        division = Division(tuple(numbers.get("groups", ())), small)
        sheet = feeding.sheet(session, rules, item.place, item.kind, numbers, division, until=until)
        if "withheld" in sheet and "others" not in sheet:
            sheet["withheld"] = [*small, *sheet["withheld"]]
        rows.append(
            {
                "round_item_id": item.place,
                "number": item.last.number + 1,
                "sheet": sheet,
                "streams": streams.to_json(),
                "comments_until": until,
                "released_at": at,
                "latest": True,
            }
        )
    _let_stand(session, rows)


def _let_stand(session: AnySession, rows: list[dict[str, Any]]) -> None:
    """Append releases; those before stay as they were and are no longer the latest."""
    places = [row["round_item_id"] for row in rows]
    session.execute(
        update(FigureRelease)
        .where(FigureRelease.round_item_id.in_(places), FigureRelease.latest)
        .values(latest=False)
        .execution_options(synchronize_session=False)
    )
    session.execute(insert(FigureRelease), rows)


def _newest_comments(session: AnySession, round_id: int, places: list[int]) -> dict[int, int]:
    """The last comment on each of some items."""
    rows = session.execute(
        select(Comment.round_item_id, func.max(Comment.id))
        .join(Response, Response.id == Comment.response_id)
        .where(Response.round_id == round_id, Comment.round_item_id.in_(places))
        .group_by(Comment.round_item_id)
    )
    return dict(rows.all())


def renew_comments(session: AnySession, places: Collection[int], *, at: datetime) -> None:
    """Read the comments in the standing figures again: after one was decided on, or its author left.

    The figures stay what they were, and no comment comes in that was made after them. Items of
    other rounds are passed over.
    """
    rows = []
    for release in live.with_comments(session, sorted(places)):
        comments = feeding.comments_on(session, release.round_item_id, until=release.comments_until)
        _keep_sides(comments, release.sheet["comments"])
        if comments != release.sheet["comments"]:
            rows.append(
                {
                    "round_item_id": release.round_item_id,
                    "number": release.number + 1,
                    "sheet": {**release.sheet, "comments": comments},
                    "streams": release.streams,
                    "comments_until": release.comments_until,
                    "released_at": at,
                    "latest": True,
                }
            )
    if rows:
        _let_stand(session, rows)


def _keep_sides(comments: list[dict[str, Any]], shown: Sequence[Mapping[str, Any]]) -> None:
    """Leave comments on the side on which they are shown.

    A comment stands on the side of its author's rating. If it changed sides between two releases, that
    one author has changed the rating.
    """
    sides = {source: one["side"] for one in shown for source in one["sources"]}
    for comment in comments:
        known = [sides[source] for source in comment["sources"] if source in sides]
        comment["side"] = known[0] if known else comment["side"]


def note_shown(
    session: AnySession, expert_id: int, release_ids: Collection[int], *, at: datetime
) -> None:
    """Keep when figures were first on an expert's screen; another tab may have noted it just now."""
    rows = [
        {"release_id": release_id, "expert_id": expert_id, "shown_at": at}
        for release_id in sorted(release_ids)
    ]
    if rows:
        session.execute(insert_of(session)(ReleaseShown).values(rows).on_conflict_do_nothing())
