"""What one expert sees in one round.

What a launched round asks never changes again, so it is read once per process and language and kept;
only the expert's own answers are read for every page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import select

from surveys.delphi import asking
from surveys.delphi.answer import Answer, Missing
from surveys.delphi.descent import Descent
from surveys.delphi.expertise import AskedAbout
from surveys.delphi.word_difference import WordDifference, word_difference
from surveys.items import ItemKind, load_kind
from surveys.items.evidence import Evidence, StoredFile, load_evidence
from surveys.models.base import AnySession
from surveys.models.item import Item, ItemRevision, Meaning
from surveys.models.response import Comment, Rating, Response, is_asked
from surveys.models.round import ItemFeedback, Round, RoundItem, RoundKind, RoundLayout
from surveys.models.study import Study, Theme
from surveys.queries import lineage

REMEMBERED_ROUNDS = 256


class StudyText(str):
    """A text of a study that knows its language: the wanted one, or the one that stands in for it."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, text: object, language: str) -> StudyText:
        made = super().__new__(cls, text)
        made.language = language
        return made


def in_language(texts: Mapping[str, Any] | None, language: str, default: str) -> StudyText:
    """One text in the wanted language, else the study's, else any."""
    for spoken in (language, default, *(texts or ())):
        if texts and texts.get(spoken):
            return StudyText(texts[spoken], spoken)
    return StudyText("", language)


def kind_language(kind: ItemKind, language: str, default: str) -> str:
    """The one language in which all texts of an item's settings are shown: points, options, units.

    The wanted one where each of them has it, else the study's: half an item in another language
    would be harder to read than all of it.
    """
    named = kind.texts().values()
    spoken = (language, default, *(other for texts in named for other in texts))
    return next((one for one in spoken if all(texts.get(one) for texts in named)), language)


@dataclass(frozen=True, slots=True)
class Shown:
    """One piece of evidence, in one language."""

    form: str
    title: StudyText
    url: str
    host: str
    text: StudyText
    source: StudyText
    alt: StudyText
    file: StoredFile | None


@dataclass(frozen=True, slots=True)
class Change:
    """That an item comes back in other words than the last time, told in one language."""

    # The round in which it was asked last.
    since: int
    # None where the words changed in other languages only.
    difference: WordDifference | None
    language: str
    reason: StudyText
    meaning_kept: bool


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A statement that a new one was made from, as experts rated it."""

    place: int
    code: str
    wording: StudyText
    kind: ItemKind
    # Of the texts in its kind's settings.
    kind_language: str
    sheet: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Ancestry:
    """From what a new item was made, told in one language."""

    act: Descent
    since: int
    ancestors: tuple[Ancestor, ...]
    reason: StudyText


@dataclass(frozen=True, slots=True)
class AskedItem:
    """One item of a launched round, in one language."""

    id: int
    item_id: int
    previous_id: int | None
    code: str
    kind: ItemKind
    theme: str | None
    theme_id: int | None
    theme_title: StudyText
    theme_description: StudyText
    aspect: str | None
    wording: StudyText
    help: StudyText
    # Of the texts in the kind's settings.
    kind_language: str
    sheet: Mapping[str, Any] | None
    change: Change | None
    # Of whom it is asked; None for everyone.
    ask_if: asking.Condition | None = None
    evidence: tuple[Shown, ...] = ()
    # Of an item that was split off or merged, in its first round.
    ancestry: Ancestry | None = None
    # Whether a comment may be given with the answer.
    takes_comment: bool = False


@dataclass(frozen=True, slots=True)
class AskedSection:
    """The items of one theme that follow one another; ``number`` is its place, from 1."""

    number: int
    title: StudyText
    description: StudyText
    items: tuple[AskedItem, ...]
    theme_id: int | None
    # A theme may come back after another one: what is asked once for it is asked the first time.
    first_of_theme: bool


@dataclass(frozen=True, slots=True)
class AskedRound:
    """A round as it is asked: its texts and its items in their order."""

    id: int
    study: str
    number: int
    kind: RoundKind
    title: StudyText
    introduction: StudyText
    items: tuple[AskedItem, ...]
    by_id: Mapping[int, AskedItem] = field(repr=False)
    layout: RoundLayout
    expertise: AskedAbout
    sections: tuple[AskedSection, ...]
    # Languages of texts that stand in where the wanted language has none.
    stand_ins: frozenset[str]
    # Whether every expert has an order of their own.
    shuffled: bool = False
    # Whether the group's figures are shown while the round is open.
    real_time: bool = False
    # The items with a condition, in the order in which they depend on each other.
    conditional: tuple[AskedItem, ...] = ()
    # Of the row it was read from.
    version: int = 0
    # What one expert is not asked; of the round as such, nothing.
    left_out: frozenset[int] = frozenset()

    @property
    def asks_group(self) -> bool:
        """Whether a condition looks at the expert's group."""
        return any(item.ask_if.asks_group for item in self.conditional if item.ask_if)

    def not_asked(self, given: Mapping[int, Answer], group: str | None) -> frozenset[int]:
        """The items that an expert of a group is not asked, by the answers that stand.

        An answer that still lacks something tells nothing yet.
        """
        if not self.conditional:
            return frozenset()
        codes = frozenset().union(*(item.ask_if.refers for item in self.conditional if item.ask_if))
        told = {
            item.code: item.kind.told(answer)
            for item in self.items
            if item.code in codes
            and (answer := given.get(item.id)) is not None
            and is_answered(item, answer)
        }
        conditions = [(item.code, item.ask_if) for item in self.conditional]
        codes = asking.not_asked(conditions, told, group)
        return frozenset(item.id for item in self.conditional if item.code in codes)

    def leaving_out(self, items: Collection[int]) -> AskedRound:
        """The same round for an expert who is not asked these items."""
        return replace(self, left_out=frozenset(items)) if items else self

    def arranged(self, order: Sequence[int]) -> AskedRound:
        """The same round with its items in this order, by their ids."""
        place = {item_id: number for number, item_id in enumerate(order)}
        items = tuple(sorted(self.items, key=lambda item: place[item.id]))
        return replace(self, items=items, sections=in_sections(items))

    def section_of(self, item_id: int) -> AskedSection | None:
        """The section in which an item is asked; None for an item of another round."""
        for section in self.sections:
            if any(item.id == item_id for item in section.items):
                return section
        return None

    @property
    def scripts(self) -> tuple[str, ...]:
        """The scripts that help to answer these items."""
        return tuple(sorted({item.kind.script for item in self.items} - {""}))

    @property
    def theme_titles(self) -> dict[str, StudyText]:
        """The themes of the items, by their codes."""
        return {item.theme: item.theme_title for item in self.items if item.theme}

    @property
    def asking(self) -> tuple[AskedItem, ...]:
        """The items that ask for an answer: what only informs is not counted, nor what is left out."""
        return tuple(item for item in self.items if item.kind.asks and item.id not in self.left_out)

    def shows(self, section: AskedSection) -> bool:
        """Whether anything of a section is shown."""
        return any(item.id not in self.left_out for item in section.items)

    @property
    def shown_sections(self) -> tuple[AskedSection, ...]:
        """The sections of which anything is shown."""
        return tuple(section for section in self.sections if self.shows(section))

    def unanswered(self, given: Mapping[int, Answer]) -> list[AskedItem]:
        """The items that still ask for an answer, or for the rest of one."""
        return [item for item in self.asking if not is_answered(item, given.get(item.id))]


@dataclass(frozen=True, slots=True)
class Given:
    """An expert's standing answer to one item, with the version a page is based on."""

    answer: Answer | None = None
    version: int = 0
    given_at: datetime | None = None
    comment: str = ""
    comment_version: int = 0


@dataclass(frozen=True, slots=True)
class OwnAnswers:
    """All an expert gave in one round, and in the round before on the same items."""

    response_id: int | None
    submitted_at: datetime | None
    receipt: str | None
    given: Mapping[int, Given]
    earlier: Mapping[int, Answer]

    def answered(self, asked: AskedRound) -> int:
        """How many items have an answer; "unable to judge" is one."""
        return len(asked.asking) - len(self.unanswered(asked))

    @property
    def standing(self) -> dict[int, Answer]:
        """The answers that stand, by item."""
        return {number: given.answer for number, given in self.given.items() if given.answer}

    def unanswered(self, asked: AskedRound) -> list[AskedItem]:
        """The items that still ask for an answer, or for the rest of one."""
        return asked.unanswered(self.standing)


def is_answered(item: AskedItem, answer: Answer | None) -> bool:
    """Whether an item has an answer: one that lacks nothing, or that the expert cannot judge."""
    if answer is None:
        return False
    if not answer.given:
        return answer.missing is Missing.UNABLE
    return not item.kind.in_parts or item.kind.lacks(answer, "") is None


_launched: dict[tuple[str, int, str], AskedRound] = {}


def launched_round(
    session: AnySession,
    study_public_id: str,
    round_id: int,
    language: str,
    *,
    version: int | None = None,
) -> AskedRound:
    """A launched round in one language, read once per process: it never changes again."""
    key = (study_public_id, round_id, language)
    asked = _launched.get(key)
    # What it asks never changes; comments that were erased leave what it feeds back.
    if asked is None or version not in (None, asked.version):
        round_ = session.get_one(Round, round_id)
        if round_.opened_at is None:
            raise ValueError(f"round {round_.number} was not launched and may still change")
        if len(_launched) >= REMEMBERED_ROUNDS:
            _launched.clear()
        asked = _launched[key] = asked_round(
            session, session.get_one(Study, round_.study_id), round_, language
        )
    return asked


def asked_round(session: AnySession, study: Study, round_: Round, language: str) -> AskedRound:
    """A round's items in one language, as they stand now."""
    default = study.default_language

    def say(texts: Mapping[str, Any] | None) -> StudyText:
        return in_language(texts, language, default)

    rows = session.execute(
        select(RoundItem, Item, ItemRevision, Theme, ItemFeedback.sheet)
        .join(Item, Item.id == RoundItem.item_id)
        .join(ItemRevision, ItemRevision.id == RoundItem.revision_id)
        .outerjoin(Theme, Theme.id == Item.theme_id)
        .outerjoin(ItemFeedback, ItemFeedback.round_item_id == RoundItem.id)
        .where(RoundItem.round_id == round_.id)
        .order_by(RoundItem.position)
    ).all()
    changes = lineage.reworded(session, round_)
    made = lineage.made_from(session, round_)
    items = tuple(
        AskedItem(
            id=placed.id,
            item_id=item.id,
            previous_id=placed.previous_id,
            code=item.code,
            kind=(kind := load_kind(placed.kind, placed.settings)),
            theme=theme.code if theme else None,
            theme_id=theme.id if theme else None,
            theme_title=say(theme.title if theme else None),
            theme_description=say(theme.description if theme else None),
            aspect=item.aspect.value if item.aspect else None,
            wording=say(revision.wording),
            help=say(revision.help),
            kind_language=kind_language(kind, language, default),
            sheet=sheet,
            change=change_in(changes.get(placed.id), language, default),
            ask_if=asking.read(placed.ask_if) if placed.ask_if else None,
            evidence=tuple(shown(one, say) for one in load_evidence(placed.evidence)),
            ancestry=ancestry_in(made.get(placed.id), language, default),
            takes_comment=kind.takes_comment and placed.comments,
        )
        for placed, item, revision, theme, sheet in rows
    )
    title, introduction = say(round_.title), say(round_.introduction)
    texts = [title, introduction]
    for asked in items:
        texts += [asked.theme_title, asked.theme_description, asked.wording, asked.help]
        texts += [text for one in asked.evidence for text in (one.title, one.text, one.source)]
    spoken = {text.language for text in texts} | {asked.kind_language for asked in items}
    return AskedRound(
        id=round_.id,
        study=study.public_id,
        number=round_.number,
        kind=round_.kind,
        title=title,
        introduction=introduction,
        items=items,
        by_id={item.id: item for item in items},
        layout=round_.layout,
        expertise=round_.expertise,
        sections=in_sections(items),
        stand_ins=frozenset(spoken - {language}),
        shuffled=round_.item_order is not None,
        real_time=round_.real_time,
        conditional=tuple(item for item in items if item.ask_if),
        version=round_.version_id,
    )


def shown(one: Evidence, say: Callable[[Mapping[str, str]], StudyText]) -> Shown:
    """A piece of evidence in the language that ``say`` speaks."""
    return Shown(
        form=one.form,
        title=say(one.title),
        url=one.url,
        host=one.host,
        text=say(one.text),
        source=say(one.source),
        alt=say(one.alt),
        file=one.file,
    )


def ancestry_in(made: lineage.MadeFrom | None, language: str, default: str) -> Ancestry | None:
    """From what an item was made, as an expert of this language reads it."""
    if made is None:
        return None
    ancestors = []
    for parent in made.parents:
        kind = load_kind(parent.kind, parent.settings)
        ancestors.append(
            Ancestor(
                parent.round_item_id,
                parent.code,
                in_language(parent.wording, language, default),
                kind,
                kind_language(kind, language, default),
                parent.sheet,
            )
        )
    reason = in_language(made.reasons, language, default)
    return Ancestry(made.act, made.since, tuple(ancestors), reason)


def change_in(change: lineage.Reworded | None, language: str, default: str) -> Change | None:
    """What an expert of this language is told of a new wording; None where nothing concerns them.

    Words that changed in other languages alone are no news, unless the meaning changed with them.
    """
    if change is None:
        return None
    before = in_language(change.before, language, default)
    after = in_language(change.after, language, default)
    comparable = before.language == after.language and before and after
    difference = word_difference(before, after) if comparable else None
    if not difference and change.meaning is Meaning.KEPT:
        return None
    return Change(
        change.since,
        difference or None,
        after.language,
        in_language(change.reasons, language, default),
        change.meaning is Meaning.KEPT,
    )


def in_sections(items: Iterable[AskedItem]) -> tuple[AskedSection, ...]:
    """Items by theme, as they follow one another."""
    by_theme = [tuple(group) for _theme, group in groupby(items, key=lambda item: item.theme)]
    themes = [group[0].theme_id for group in by_theme]
    return tuple(
        AskedSection(
            number,
            group[0].theme_title,
            group[0].theme_description,
            group,
            themes[number - 1],
            themes[number - 1] not in themes[: number - 1],
        )
        for number, group in enumerate(by_theme, start=1)
    )


def own_answers(session: AnySession, expert_id: int, asked: AskedRound) -> OwnAnswers:
    """What this expert gave so far, and rated before on items that came back."""
    response = session.scalar(
        select(Response).where(Response.round_id == asked.id, Response.expert_id == expert_id)
    )
    given: dict[int, Given] = {}
    if response is not None:
        comments = {
            row.round_item_id: row
            for row in session.execute(
                select(Comment.round_item_id, Comment.text, Comment.version).where(
                    Comment.response_id == response.id, Comment.latest
                )
            )
        }
        for row in session.execute(
            select(
                Rating.round_item_id,
                Rating.value,
                Rating.detail,
                Rating.missing,
                Rating.version,
                Rating.given_at,
            ).where(Rating.response_id == response.id, Rating.latest)
        ):
            comment = comments.pop(row.round_item_id, None)
            given[row.round_item_id] = Given(
                answer=Answer(row.value, row.detail, row.missing),
                version=row.version,
                given_at=row.given_at,
                comment=comment.text if comment else "",
                comment_version=comment.version if comment else 0,
            )
        for round_item_id, comment in comments.items():
            given[round_item_id] = Given(comment=comment.text, comment_version=comment.version)
    return OwnAnswers(
        response_id=response.id if response else None,
        submitted_at=response.submitted_at if response else None,
        receipt=response.receipt if response else None,
        given=given,
        earlier=_earlier(session, expert_id, asked),
    )


def _earlier(session: AnySession, expert_id: int, asked: AskedRound) -> dict[int, Answer]:
    """The expert's ratings of the round before, by the earlier round item: of the same items, and of those
    that new ones were made from.
    """
    places = [item.previous_id for item in asked.items if item.previous_id is not None]
    for item in asked.items:
        if item.ancestry:
            places += [ancestor.place for ancestor in item.ancestry.ancestors]
    if not places:
        return {}
    return {
        row.round_item_id: Answer(row.value, row.detail, row.missing)
        for row in session.execute(
            select(Rating.round_item_id, Rating.value, Rating.detail, Rating.missing)
            .join(Response, Response.id == Rating.response_id)
            .where(
                Response.expert_id == expert_id,
                Rating.round_item_id.in_(places),
                Rating.latest,
                is_asked(Rating),
            )
        )
    }
