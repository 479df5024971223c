"""The table of all versions: how answers came to be what they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from surveys.models.study import Study
from surveys.queries.dataset import StudyData
from surveys.queries.versions import AnswerVersion
from surveys.services.exporting import (
    CHANNEL,
    OWN_PAGE,
    WHERE,
    answer_cells,
    answer_columns,
    who,
    who_columns,
    yes_no,
)
from surveys.tables import Cell, Column, Measure, Table


def versions_table(
    study: Study, data: StudyData, versions: Sequence[AnswerVersion], language: str
) -> Table:
    """One row per version of an answer, in the order of experts and items.

    Moments are cut to the hour: to the second they could be lined up with what a person did elsewhere.
    """
    columns = (
        *who_columns(study, data, language),
        *WHERE,
        Column("version", "Number of the version, from 1", Measure.NUMBER),
        *answer_columns(
            language,
            "Answer as a number",
            "Answer in words",
            "Why there is no answer; skipped: the one before was taken back",
        ),
        Column("hour", "Hour in which it was given, in UTC", Measure.NOMINAL),
        Column(
            "first",
            "In a round in real time, whether it was given blind and opened the item",
            Measure.NOMINAL,
        ),
        Column(
            "figures",
            "In a round in real time, the newest release of the group's figures that the expert had"
            " seen on this item by then; 0 for none",
            Measure.NUMBER,
        ),
        CHANNEL,
    )
    places = {item.round_item_id: (order, item) for order, item in enumerate(data.items)}
    experts = {expert.id: (order, expert) for order, expert in enumerate(data.experts)}
    rows: list[Sequence[Cell]] = []
    for one in sorted(
        (one for one in versions if one.round_item_id in places),
        key=lambda one: (experts[one.expert_id][0], places[one.round_item_id][0], one.number),
    ):
        expert, item = experts[one.expert_id][1], places[one.round_item_id][1]
        rows.append(
            (
                *who(study, expert),
                item.round_number,
                item.code,
                one.number,
                *answer_cells(item, one.answer),
                hour_of(one.given_at),
                yes_no(one.first) if one.real_time else None,
                one.figures if one.real_time else None,
                one.channel.value if one.channel else OWN_PAGE,
            )
        )
    return Table("versions", columns, rows)


def hour_of(moment: datetime) -> str:
    """A moment cut to its hour: "2026-03-02T09:00Z"."""
    return f"{moment:%Y-%m-%dT%H}:00Z"
