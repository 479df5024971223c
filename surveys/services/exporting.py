"""Tables that leave: pseudonymous data, codebook, results. The writers in ``exports`` file them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from surveys.delphi.answer import Answer, Missing
from surveys.delphi.carrying import Proposal
from surveys.delphi.consensus import Verdict
from surveys.delphi.descent import NoPair
from surveys.delphi.expertise import AskedAbout, Level
from surveys.items import KINDS, load_kind
from surveys.items.base import MISSING_CODES
from surveys.models.study import RehearsalKind, Study
from surveys.queries.dataset import AskedInRound, PanelMember, StudyData
from surveys.queries.lineage import Wording
from surveys.queries.questionnaire import in_language
from surveys.queries.results import RoundResults
from surveys.queries.self_ratings import AskedSubject
from surveys.tables import Cell, Column, Measure, Table

SIMULATED = Column(
    "simulated",
    "Whether experts and answers are invented",
    Measure.NOMINAL,
    {
        "yes": "invented",
        "no": "given by people",
        "pilot": "given by people who tried the questionnaire out; no data of the study",
    },
)
OWN_PAGE = "own page"
CHANNEL = Column(
    "channel",
    "How the answer came",
    Measure.NOMINAL,
    {
        OWN_PAGE: "given by the expert on the own page",
        "phone": "given by phone, entered by a researcher",
        "paper": "given on paper, entered by a researcher",
        "other": "given in another way, entered by a researcher",
    },
)
# Which item of which round a row is about.
WHERE = (
    Column("round", "Number of the round", Measure.NUMBER),
    Column("item", "Code of the item", Measure.NOMINAL),
)
# The first answer, given before anything of the group was seen; of rounds in real time alone.
FIRST = "First answer in a round in real time, given blind"
FIRST_PARTS = ("as a number", "in words", "why there is none")
SUBMITTED = {"yes": "submitted", "no": "begun and not submitted"}


def who_columns(study: Study, data: StudyData, language: str) -> tuple[Column, ...]:
    """Who a row is about, in every table of answers."""
    return (
        SIMULATED,
        Column("expert", "Expert's pseudonym", Measure.NOMINAL),
        Column(
            "group",
            "Stakeholder group",
            Measure.NOMINAL,
            named(study, data.groups, language),
        ),
        Column("language", "Language of the expert", Measure.NOMINAL),
    )


def long_table(study: Study, data: StudyData, language: str) -> Table:
    """One row per expert, round and item, answered or not."""
    kinds = {item.kind: KINDS[item.kind].label for item in data.items}
    columns = (
        *who_columns(study, data, language),
        *WHERE,
        Column("kind", "Kind of item", Measure.NOMINAL, kinds),
        Column("theme", "Theme of the item", Measure.NOMINAL, named(study, data.themes, language)),
        Column("aspect", "Opportunity, risk or condition", Measure.NOMINAL),
        Column("revision", "Number of the wording that was shown", Measure.NUMBER),
        Column("position_shown", "Place among the round's questions as shown", Measure.NUMBER),
        *answer_columns(
            language,
            "Answer as a number; what it means stands at the item's column of the wide file",
            "Answer in words",
            "Why there is no answer",
        ),
        *answer_columns(language, *(f"{FIRST}: {what}" for what in FIRST_PARTS), prefix="first_"),
        Column("comment", "Comment given with the rating", Measure.TEXT),
        Column(
            "expertise",
            "How well the expert says to know it",
            Measure.ORDINAL,
            {level.value: level.name_in(language) for level in Level},
        ),
        Column("submitted", "Whether the round was submitted", Measure.NOMINAL, SUBMITTED),
        CHANNEL,
    )
    rows: list[Sequence[Cell]] = []
    for expert in data.experts:
        positions = data.positions(expert)
        for item in data.items:
            answer = data.answer(expert, item)
            submitted = data.responses.get((expert.id, item.round_number))
            level = data.expertise.level(expert.id, item.round_number, item.code, item.theme)
            rows.append(
                (
                    *who(study, expert),
                    item.round_number,
                    item.code,
                    item.kind,
                    item.theme,
                    item.aspect,
                    item.revision,
                    positions.get(item.round_item_id),
                    *answer_cells(item, answer),
                    *answer_cells(item, data.first.get((expert.id, item.round_item_id))),
                    data.comments.get((expert.id, item.round_item_id)),
                    level.value if level else None,
                    None if submitted is None else yes_no(submitted),
                    channel_of(data, expert, item),
                )
            )
    return Table("long", columns, rows)


def channel_of(data: StudyData, expert: PanelMember, item: AskedInRound) -> str | None:
    """How the answer that stands came; nothing where none was given."""
    key = (expert.id, item.round_item_id)
    if key not in data.answers:
        return None
    channel = data.channels.get(key)
    return channel.value if channel else OWN_PAGE


def answer_columns(
    language: str, value: str, text: str, missing: str, *, prefix: str = ""
) -> tuple[Column, Column, Column]:
    """An answer as a number, in words, or why there is none; in every table of answers."""
    reasons = {reason.value: reason.name_in(language) for reason in Missing}
    return (
        Column(f"{prefix}value", value, Measure.ORDINAL),
        Column(f"{prefix}text", text, Measure.TEXT),
        Column(f"{prefix}missing", missing, Measure.NOMINAL, missing=reasons),
    )


def answer_cells(item: AskedInRound, answer: Answer | None) -> tuple[Cell, Cell, Cell]:
    """The cells under ``answer_columns``."""
    if answer is None:
        return (None, None, None)
    return (
        number_of(answer),
        text_of(item, answer),
        answer.missing.value if answer.missing else None,
    )


def wide_table(study: Study, data: StudyData, language: str) -> Table:
    """One row per expert, one column per round and item; missing answers are negative codes."""
    kinds = [(item, load_kind(item.kind, item.settings)) for item in data.items]
    columns = [*who_columns(study, data, language)]
    numbers = sorted({item.round_number for item in data.items})
    columns += [
        Column(f"r{number}_submitted", f"Round {number} submitted", Measure.NOMINAL, SUBMITTED)
        for number in numbers
    ]
    for item, kind in kinds:
        wording = in_language(item.wording, language, study.default_language)
        columns += kind.columns(variable(item), wording, language)
        if kind.takes_comment:
            columns.append(
                Column(f"{variable(item)}_comment", f"Comment on: {wording}", Measure.TEXT)
            )
    columns += [
        expertise_column(subject, language, study.default_language)
        for subject in data.expertise.subjects
    ]
    rows: list[Sequence[Cell]] = []
    for expert in data.experts:
        row = who(study, expert)
        for number in numbers:
            submitted = data.responses.get((expert.id, number))
            row.append(None if submitted is None else yes_no(submitted))
        for item, kind in kinds:
            row += kind.cells(data.answer(expert, item))
            if kind.takes_comment:
                row.append(data.comments.get((expert.id, item.round_item_id)))
        row += [expertise_cell(data, expert, subject) for subject in data.expertise.subjects]
        rows.append(row)
    return Table("wide", tuple(columns), rows)


def codebook_table(study: Study, tables: Sequence[Table]) -> Table:
    """What every column of these tables means, one row per column and code."""
    columns = (
        SIMULATED,
        Column("file", "The file that has the column", Measure.NOMINAL),
        Column("variable", "Name of the column", Measure.NOMINAL),
        Column("label", "What it holds", Measure.TEXT),
        Column("measure", "What may be computed with it", Measure.NOMINAL),
        Column("code", "A value; empty for the variable itself", Measure.NOMINAL),
        Column("meaning", "What the value means", Measure.TEXT),
        Column("is_missing", "Whether the value means that there is no answer", Measure.NOMINAL),
    )
    rows: list[Sequence[Cell]] = []
    simulated = origin_of(study)
    for table in tables:
        for column in table.columns:
            about = (simulated, table.name, column.name, column.label, column.measure.value)
            rows.append((*about, None, None, None))
            rows += [(*about, code, name, "no") for code, name in column.values.items()]
            rows += [(*about, code, name, "yes") for code, name in column.missing.items()]
    return Table("codebook", columns, rows)


RESULT_NUMBERS = {
    "n": "Usable ratings",
    "unable": "Experts unable to judge",
    "skipped": "Experts who took part and did not rate it",
    "not_shown": "Experts who took part and were not asked it",
    "count_low": "Ratings in the low band",
    "count_middle": "Ratings in the middle band",
    "count_high": "Ratings in the high band",
    "share_low": "Share of usable ratings in the low band",
    "share_middle": "Share of usable ratings in the middle band",
    "share_high": "Share of usable ratings in the high band",
    "share_high_lower": "Wilson 95 % interval of the high share, lower limit",
    "share_high_upper": "Wilson 95 % interval of the high share, upper limit",
    "median": "Median",
    "q1": "First quartile",
    "q3": "Third quartile",
    "iqr": "Interquartile range",
    "mean": "Mean",
    "sd": "Standard deviation (n - 1)",
}
STABILITY_NUMBERS = {
    "pairs": "Experts who rated it in both rounds",
    "kept": "Of these, experts who kept their rating as the stability rule means it",
    "unchanged": "Of these, experts with exactly the same rating",
    "moved_up": "Of these, experts who rated higher",
    "moved_down": "Of these, experts who rated lower",
}


MOVEMENT_NUMBERS = {
    "pairs": "Within this real-time round: experts with a first, blind and a final rating",
    "unchanged": "Of these, experts whose final rating is the first",
    "moved_up": "Of these, experts whose final rating is higher",
    "moved_down": "Of these, experts whose final rating is lower",
}


def results_table(
    study: Study,
    results: RoundResults,
    language: str,
    no_pairs: Mapping[int, NoPair] | None = None,
) -> Table:
    """One row per statement of a round: the stored numbers, verdict and stability.

    no_pairs : why statements are compared with no earlier rating, by round item.
    """
    points = max((len(statement.numbers["counts"]) for statement in results.statements), default=0)
    columns = (
        SIMULATED,
        Column("round", "Number of the round", Measure.NUMBER),
        Column("item", "Code of the statement", Measure.NOMINAL),
        Column("theme", "Theme", Measure.NOMINAL),
        Column("aspect", "Opportunity, risk or condition", Measure.NOMINAL),
        Column("wording", "Statement", Measure.TEXT),
        Column(
            "verdict",
            "Verdict by the study's rule",
            Measure.NOMINAL,
            {verdict.value: verdict.name_in(language) for verdict in Verdict},
        ),
        Column("verdict_reason", "Why, as a code", Measure.NOMINAL),
        Column("stable", "Whether ratings settled", Measure.NOMINAL),
        Column("stable_reason", "Why, as a code", Measure.NOMINAL),
        Column(
            "proposal",
            "What the carry-forward rule proposes",
            Measure.NOMINAL,
            {proposal.value: proposal.name_in(language) for proposal in Proposal},
        ),
        Column("proposal_reason", "Why, as a code", Measure.NOMINAL),
        *number_columns(RESULT_NUMBERS),
        *number_columns(
            {
                f"count_{place}": f"Ratings at point {place} of the scale"
                for place in range(1, points + 1)
            }
        ),
        *number_columns(STABILITY_NUMBERS),
        *number_columns({f"first_final_{name}": told for name, told in MOVEMENT_NUMBERS.items()}),
        Column(
            "first_final_settled",
            "Within this real-time round: whether ratings settled by the stability rule's measure;"
            " no stability between rounds",
            Measure.NOMINAL,
        ),
        Column("quantiles", "Definition of the quartiles", Measure.NOMINAL),
        Column("rule_hash", "SHA-256 of the consensus rule", Measure.NOMINAL),
        Column("protocol_hash", "SHA-256 of the protocol they were made under", Measure.NOMINAL),
        Column("amendment", "Amendment in force then; 0 for the rules as locked", Measure.NUMBER),
    )
    rows: list[Sequence[Cell]] = []
    for statement in results.statements:
        numbers, stability = statement.numbers, statement.stability or {}
        counts = list(numbers["counts"])
        rows.append(
            (
                origin_of(study),
                results.number,
                statement.code,
                statement.theme,
                statement.aspect,
                in_language(statement.wording, language, study.default_language),
                statement.verdict,
                numbers["judgement"]["reason"],
                stable_word(statement.stable),
                stability.get("reason") or _why_no_pair(statement.round_item_id, no_pairs or {}),
                (statement.proposal or {}).get("proposal"),
                (statement.proposal or {}).get("reason"),
                *(numbers.get(name) for name in RESULT_NUMBERS),
                *(counts + [None] * (points - len(counts))),
                *(stability.get(name) for name in STABILITY_NUMBERS),
                *((statement.movement or {}).get(name) for name in MOVEMENT_NUMBERS),
                stable_word(statement.movement["settled"]["stable"])
                if statement.movement
                else None,
                results.provenance["quantiles"],
                numbers["judgement"]["rule"],
                results.provenance.get("protocol_hash"),
                results.provenance.get("amendment", 0),
            )
        )
    return Table(f"results_round_{results.number}", columns, rows)


def _why_no_pair(place: int, no_pairs: Mapping[int, NoPair]) -> str:
    """Why a statement has no stability, as a code: it was rated once, or is another one by now."""
    return no_pairs[place].why.value if place in no_pairs else "rated_once"


def named(study: Study, names: Mapping[str, Mapping[str, Any]], language: str) -> dict[str, str]:
    """Codes with what they are called in a language of the study."""
    return {
        code: in_language(texts, language, study.default_language) for code, texts in names.items()
    }


def who(study: Study, expert: PanelMember) -> list[Cell]:
    """The cells under ``who_columns``."""
    return [origin_of(study), expert.code, expert.group, expert.language]


def number_columns(labels: Mapping[str, str]) -> tuple[Column, ...]:
    """Columns of plain numbers, by their names."""
    return tuple(Column(name, label, Measure.NUMBER) for name, label in labels.items())


def wordings_table(study: Study, wordings: Sequence[Wording]) -> Table:
    """One row per wording and language that experts have seen, with why it took another's place."""
    columns = (
        SIMULATED,
        Column("item", "Code of the item", Measure.NOMINAL),
        Column("revision", "Number of the wording", Measure.NUMBER),
        Column("language", "Language of the wording", Measure.NOMINAL),
        Column("wording", "What experts read", Measure.TEXT),
        Column("first_round", "First round in which it was shown", Measure.NUMBER),
        Column("last_round", "Last round in which it was shown", Measure.NUMBER),
        Column(
            "meaning",
            "Whether it means the same as the wording before; ratings are compared where it does",
            Measure.NOMINAL,
        ),
        Column("reason", "Why it took the place of the wording before", Measure.TEXT),
    )
    rows = [
        (
            origin_of(study),
            one.code,
            one.revision,
            language,
            text,
            one.rounds[0],
            one.rounds[-1],
            one.meaning,
            one.reasons.get(language),
        )
        for one in wordings
        for language, text in one.wording.items()
    ]
    return Table("wordings", columns, rows)


def variable(item: AskedInRound) -> str:
    """The column name of an item in a round: a letter first, no signs, short."""
    return f"r{item.round_number}_{item.code.lower().replace('-', '_')}"


def expertise_column(subject: AskedSubject, language: str, default: str) -> Column:
    """The column of what experts said to know, with the words of its levels."""
    of_item = subject.about is AskedAbout.ITEM
    name = subject.code.lower().replace("-", "_") if of_item else f"theme{subject.position}"
    about = subject.code if of_item else in_language(subject.title, language, default)
    return Column(
        f"r{subject.round_number}_{name}_expertise",
        f"How well the expert says to know: {about}",
        Measure.ORDINAL,
        {level.value: level.name_in(language) for level in Level},
        {number: reason.name_in(language) for reason, number in MISSING_CODES.items()},
    )


def expertise_cell(data: StudyData, expert: PanelMember, subject: AskedSubject) -> int:
    """The level an expert named, or the code of the reason why there is none."""
    key = (expert.id, subject.round_number, subject.about, subject.code)
    level = data.expertise.levels.get(key)
    return level.value if level else MISSING_CODES[data.why_none(expert, subject.round_number)]


def origin_of(study: Study) -> str:
    """Where the rows of a study come from, for the column that every table has."""
    if study.rehearsal_kind is RehearsalKind.PILOT:
        return "pilot"
    return yes_no(study.simulated)


def yes_no(value: bool) -> str:
    """A truth as a word that every program reads as text."""
    return "yes" if value else "no"


def stable_word(stable: bool | None) -> str:
    """Stability in a word; not assessed is neither yes nor no."""
    return "not assessed" if stable is None else yes_no(stable)


def number_of(answer: Answer) -> int | float | None:
    """A rating as a whole number where it is one."""
    if answer.value is None:
        return None
    return int(answer.value) if float(answer.value).is_integer() else float(answer.value)


def text_of(item: AskedInRound, answer: Answer) -> str | None:
    """The words of an answer that has words."""
    if answer.detail is None or answer.missing is Missing.SKIPPED:
        return None
    kind: Any = load_kind(item.kind, item.settings)
    return str(kind.in_words(answer, "")) or None
