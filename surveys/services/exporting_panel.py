"""The panel as a table: one row per expert by code, with profile and declared interests, no name."""

from __future__ import annotations

from collections.abc import Sequence

from surveys.models.profile import FieldKind, ProfileField
from surveys.models.study import Study
from surveys.queries.dataset import StudyData
from surveys.queries.profiles import Profiles
from surveys.queries.questionnaire import in_language
from surveys.services.exporting import who, who_columns, yes_no
from surveys.tables import Cell, Column, Measure, Table

LEFT = {"yes": "left the study", "no": "on the panel"}
CONFLICT = {"yes": "declares conflicting interests", "no": "declares none"}


def panel_table(
    study: Study, data: StudyData, profiles: Profiles, language: str, *, identifying: bool = False
) -> Table:
    """One row per expert. What may identify is in it only if ``profiles`` was read with it.

    What an expert explained about interests is in no table: it may name people.
    """
    columns = [
        *who_columns(study, data, language),
        Column("left", "Whether the expert left the study", Measure.NOMINAL, LEFT),
    ]
    if profiles.asks_about_conflicts:
        columns.append(
            Column("conflict", "Conflicts of interest, as last declared", Measure.NOMINAL, CONFLICT)
        )
    columns += [field_column(study, field, language) for field in profiles.fields]
    rows: list[Sequence[Cell]] = []
    for expert in data.experts:
        row = [*who(study, expert), yes_no(expert.withdrawn)]
        if profiles.asks_about_conflicts:
            declared = profiles.conflicts.get(expert.id)
            row.append(None if declared is None else yes_no(declared))
        row += [
            cell(field, profiles.values.get((expert.id, field.id))) for field in profiles.fields
        ]
        rows.append(row)
    return Table("panel_identifying" if identifying else "panel", tuple(columns), rows)


def field_column(study: Study, field: ProfileField, language: str) -> Column:
    """What a profile field holds."""
    label = in_language(field.label, language, study.default_language)
    name = f"profile_{field.code}"
    if field.kind is FieldKind.NUMBER:
        return Column(name, label, Measure.NUMBER)
    if field.kind is FieldKind.CHOICE:
        options = {
            option["code"]: str(in_language(option["name"], language, study.default_language))
            for option in field.options
        }
        return Column(name, label, Measure.NOMINAL, options)
    return Column(name, label, Measure.TEXT)


def cell(field: ProfileField, value: str | None) -> Cell:
    """A value as it is filed; left open and never asked are both empty."""
    if not value:
        return None
    return float(value) if field.kind is FieldKind.NUMBER else value
