"""The table of the rules: as they were locked, and every amendment with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from surveys.delphi.protocol import Protocol
from surveys.delphi.stored import canonical
from surveys.models.study import Study
from surveys.queries.protocols import Record
from surveys.services.exporting import SIMULATED, yes_no
from surveys.tables import Cell, Column, Measure, Table

STATES = {
    "draft": "Not locked yet",
    "locked": "Locked at the first launch",
    "amendment": "Changed afterwards, with a reason",
}


def protocol_table(study: Study, record: Record, language: str) -> Table:
    """One row for the protocol as locked, and one for each amendment."""
    columns = (
        SIMULATED,
        Column("number", "0 for the protocol as locked, then the amendments", Measure.NUMBER),
        Column("state", "What the row is", Measure.NOMINAL, STATES),
        Column("at", "When, in UTC", Measure.NOMINAL),
        Column("who", "Who did it", Measure.NOMINAL),
        Column("after_round", "The last round that was closed then", Measure.NUMBER),
        Column("in_round", "The round that was open then", Measure.NUMBER),
        Column("reason", "Why it was changed", Measure.TEXT),
        Column("changed", "The parts that differ from the row before", Measure.NOMINAL),
        Column("sha256", "SHA-256 of the canonical text", Measure.NOMINAL),
        Column("rules", "The rules in words", Measure.TEXT),
        Column("canonical", "The canonical text", Measure.TEXT),
    )
    first: Sequence[Cell] = (
        yes_no(study.simulated),
        0,
        "locked" if record.locked_at else "draft",
        record.locked_at.isoformat() if record.locked_at else None,
        *(None,) * 5,
        record.hash,
        _words(record.locked, language),
        record.text,
    )
    rows: list[Sequence[Cell]] = [first]
    for change in record.changes:
        rows.append(
            (
                yes_no(study.simulated),
                change.number,
                "amendment",
                change.at.isoformat(),
                change.actor,
                change.after_round,
                change.in_round,
                change.reason,
                " ".join(change.parts),
                change.after_hash,
                _words(change.after, language),
                canonical(change.after.to_json()),
            )
        )
    return Table("protocol", columns, rows)


def _words(protocol: Protocol, language: str) -> str:
    return " ".join(protocol.sentences(language))
