"""The table of lineage: how every statement came to stand in every round, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from surveys.models.study import Study
from surveys.queries.ancestry import Lineage, Link
from surveys.services.exporting import SIMULATED, yes_no
from surveys.tables import Cell, Column, Measure, Table

ACTS = {
    Link.NEW.value: "Asked for the first time, and made from no other statement",
    Link.KEPT.value: "Came back in the same words",
    Link.REWORDED.value: "Came back in other words with the same meaning",
    Link.CHANGED.value: "Came back with another meaning",
    Link.SPLIT.value: "Made by splitting another statement",
    Link.MERGED.value: "Made by merging others; one row for each of them",
    Link.LEFT.value: "Asked in the round before and not any more",
}


def lineage_table(study: Study, lineage: Lineage) -> Table:
    """One row per act: from which statement in which round, to which, why, and from how many answers."""
    columns = (
        SIMULATED,
        Column(
            "round",
            "Round in which it shows; of one that left, the first without it",
            Measure.NUMBER,
        ),
        Column("act", "What happened", Measure.NOMINAL, ACTS),
        Column("from_item", "Code of the statement before; empty for a new one", Measure.NOMINAL),
        Column("from_round", "Round of the statement before", Measure.NUMBER),
        Column("from_revision", "Number of its wording", Measure.NUMBER),
        Column("to_item", "Code of the statement after; empty for one that left", Measure.NOMINAL),
        Column("to_revision", "Number of its wording", Measure.NUMBER),
        Column("draft", "Whether the round was not launched yet", Measure.NOMINAL),
        Column("compared", "Whether ratings of the two are compared", Measure.NOMINAL),
        Column("sources", "Answers of earlier rounds it was made from", Measure.NUMBER),
        Column("reason", "Why, in the words of the team", Measure.TEXT),
        *(
            Column(f"reason_{language}", f"Why, as experts read it ({language})", Measure.TEXT)
            for language in study.languages
        ),
    )
    rows: list[Sequence[Cell]] = []
    for edge in lineage.edges:
        before, after = edge.before, edge.after
        rows.append(
            (
                yes_no(study.simulated),
                edge.round_number,
                edge.link.value,
                before.code if before else None,
                before.round_number if before else None,
                before.revision if before else None,
                after.code if after else None,
                after.revision if after else None,
                yes_no(after.draft) if after else None,
                yes_no(edge.paired),
                edge.sources,
                edge.reasons.get(""),
                *(edge.reasons.get(language) for language in study.languages),
            )
        )
    return Table("lineage", columns, rows)
