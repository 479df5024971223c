"""An analysis as tables: one CSV file per table, and the sections of the page.

The numbers are those of the analysis, under the same names; only nested ones are laid flat. An
interval becomes two columns (``_lower``, ``_upper``), counts one column per point of the scale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from surveys.exports.analysis_html import Section
from surveys.services.elsewhere.numbers import REASONS
from surveys.tables import Cell, Column, Measure, Table

# What a reader looks at first, in this order, with the words of the column.
_READ_FIRST = {
    "n": "Ratings",
    "unable": "Unable",
    "share_high": "In the high band",
    "share_high_interval": "95% interval",
    "median": "Median",
    "iqr": "IQR",
    "agreement_a": "Agreement A",
    "verdict": "Verdict",
    "probability_of_consensus": "Probability of consensus",
    "fragility": "Fragility",
}
_STABILITY_FIRST = {
    "pairs": "Pairs",
    "unchanged": "Unchanged",
    "same_region": "Same band",
    "within_one": "Within one",
    "moved_up": "Up",
    "moved_down": "Down",
    "weighted_kappa": "Weighted kappa",
    "signed_rank_p": "Signed rank p",
    "stable": "Stable",
    "outcome": "Outcome",
}


# Numbers about all items together, in the words of a reader.
_MEASURES = {
    "experts_who_rated": "Experts who rated",
    "complete_experts": "Experts who rated every item",
    "kendalls_w": "Kendall's W: the same order of items",
    "krippendorff_alpha_ordinal": "Krippendorff's alpha, ordinal: items told apart",
    "gwet_ac2_quadratic": "Gwet's AC2, quadratic: agreement beyond chance",
    "percent_agreement": "Pairs of experts with the same rating",
    "icc_a1": "ICC(A,1): one expert for another",
    "icc_ak": "ICC(A,k): this panel's mean for another's",
}
_INTERVALS = {"krippendorff_alpha_ordinal": "krippendorff_alpha_ordinal_interval_experts"}


def tables(analysis: Mapping[str, Any]) -> Iterator[Table]:
    """Every table of an analysis; those of parts that were not asked for are left out."""
    points = _points(analysis)
    yield _by_item("items", analysis["items"], points)
    yield _named("panel", analysis["panel"])
    yield _multiverse(analysis["multiverse"])
    yield _definitions(analysis["multiverse"])
    if analysis["stability"] is not None:
        yield _by_item("stability", analysis["stability"], points)
        yield _named("previous_panel", analysis["previous"]["panel"])
        yield _by_item("attrition", analysis["attrition"]["items"], points)
        yield _named("attrition_panel", analysis["attrition"])
    if analysis["groups"] is not None:
        yield from _groups(analysis["groups"]["items"], points)
    if analysis["camps"] is not None:
        yield from _camps(analysis["camps"])
    yield _named("conventions", analysis["conventions"])
    yield _named("software", analysis["software"])
    yield _reasons(analysis)


def sections(analysis: Mapping[str, Any]) -> tuple[list[str], list[Section]]:
    """What the page says first, and its tables."""
    conventions, panel = analysis["conventions"], analysis["panel"]
    said = panel["verdicts"]
    summary = [
        f"{panel['experts']} experts, {panel['items']} items, scale {conventions['scale']}.",
        conventions["rule_sentence"],
        "; ".join(f"{verdict}: {count}" for verdict, count in said.items() if count) + ".",
        *analysis["warnings"],
    ]
    everything = {table.name: table for table in tables(analysis)}
    parts = [
        Section(
            "Items",
            "Low, middle and high are the scale's bands. A dash is a number that is undefined; the"
            " reason stands in the last table.",
            _chosen("items", analysis["items"], _READ_FIRST),
            bars=[_bar(item) for item in analysis["items"].values()],
        ),
        Section("Why each verdict", "", _verdicts(analysis["items"]), collapsed=True),
        Section(
            "Panel",
            "Over all items together. These numbers are about the list, not about one item: a panel"
            " that rates everything high agrees and may still have an alpha near 0.",
            _measures(panel),
        ),
    ]
    if analysis["stability"] is not None:
        parts.append(
            Section(
                "Stability",
                conventions["stability_rule_sentence"],
                _chosen("stability", analysis["stability"], _STABILITY_FIRST),
            )
        )
    parts.append(
        Section(
            "The same ratings under other definitions",
            "How many items each definition has in, and how many verdicts differ from the first.",
            _compared(analysis["multiverse"]),
        )
    )
    # Its hashes are for programs.
    del everything["definitions"]
    parts += [
        Section(_HEADINGS[name], "", table, collapsed=True) for name, table in everything.items()
    ]
    return summary, parts


_HEADINGS = {
    "items": "Every number of every item",
    "panel": "Every number about the panel",
    "multiverse": "Every item under every definition",
    "stability": "Every number about stability",
    "previous_panel": "The panel in the earlier round",
    "attrition": "Attrition, item by item",
    "attrition_panel": "Attrition",
    "groups": "Items by stakeholder group",
    "group_tests": "Differences between stakeholder groups",
    "group_pairs": "Stakeholder groups two by two",
    "camps": "Opinion groups",
    "camp_experts": "Experts and opinion groups",
    "camp_items": "Items and opinion groups",
    "conventions": "Conventions",
    "software": "Software",
    "reasons": "Why numbers are undefined",
}


def _points(analysis: Mapping[str, Any]) -> tuple[int, ...]:
    low, high = (int(end) for end in analysis["conventions"]["scale"].split(" to "))
    return tuple(range(low, high + 1))


def _by_item(name: str, items: Mapping[str, Mapping[str, Any]], points: Sequence[int]) -> Table:
    """One row per item, its nested values laid flat and left out where they are objects."""
    return _table(name, [{"item": code, **_flat(item, points)} for code, item in items.items()])


def _flat(entry: Mapping[str, Any], points: Sequence[int] = ()) -> dict[str, Cell]:
    flat: dict[str, Cell] = {}
    for name, value in entry.items():
        if "_interval" in name and (value is None or isinstance(value, list)):
            of = name.replace("_interval", "")
            flat[f"{of}_lower"], flat[f"{of}_upper"] = value or (None, None)
        elif name == "counts":
            flat |= {f"count_at_{at}": count for at, count in zip(points, value, strict=True)}
        elif not isinstance(value, Mapping) and not _holds_objects(value):
            flat[name] = _cell(value)
    return flat


def _holds_objects(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(part, Mapping) for part in value)


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, list):
        return "; ".join(f"{part:g}" if isinstance(part, float) else str(part) for part in value)
    found: Cell = value
    return found


def _table(name: str, rows: Sequence[Mapping[str, Cell]]) -> Table:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return Table(
        name,
        tuple(_column(column, (row.get(column) for row in rows)) for column in columns),
        [[row.get(column) for column in columns] for row in rows],
    )


def _column(name: str, cells: Iterable[Cell], label: str | None = None) -> Column:
    is_text = any(isinstance(cell, str) for cell in cells)
    return Column(name, label or name, Measure.TEXT if is_text else Measure.NUMBER)


def _named(name: str, entry: Mapping[str, Any]) -> Table:
    """One row per number, with its reason where it is undefined."""
    why = entry.get(REASONS, {})
    rows: list[dict[str, Cell]] = []
    for key, value in entry.items():
        if key == REASONS or _holds_objects(value):
            continue
        if isinstance(value, Mapping):
            inside = _flat(value)
            rows += [{"name": f"{key}.{at}", "value": inside[at], "reason": None} for at in inside]
            continue
        for at, cell in _flat({key: value}).items():
            rows.append({"name": at, "value": cell, "reason": why.get(key)})
    return _table(name, rows)


def _multiverse(multiverse: Mapping[str, Any]) -> Table:
    return _table(
        "multiverse",
        [
            {
                "item": code,
                "times_in": multiverse["times_in"][code],
                "flips": multiverse["flips_by_item"][code],
                **verdicts,
            }
            for code, verdicts in multiverse["items"].items()
        ],
    )


def _definitions(multiverse: Mapping[str, Any]) -> Table:
    columns = ("kept", "flips", "sentence", "reference", "hash")
    return _table(
        "definitions",
        [
            {"definition": name, **{column: told[column] for column in columns}}
            for name, told in multiverse["definitions"].items()
        ],
    )


def _compared(multiverse: Mapping[str, Any]) -> Table:
    """The definitions for reading, without what only a program needs."""
    return _table(
        "definitions",
        [
            {
                "Definition": name,
                "In": told["kept"],
                "Differ": told["flips"],
                "Rule": told["sentence"],
                "Source": told["reference"],
            }
            for name, told in multiverse["definitions"].items()
        ],
    )


def _measures(panel: Mapping[str, Any]) -> Table:
    """The numbers about the panel for reading, each with its interval, or why it is undefined."""
    rows: list[dict[str, Cell]] = []
    for key, label in _MEASURES.items():
        interval = panel.get(_INTERVALS.get(key, f"{key}_interval"))
        # No such number lies beyond 1, though a symmetric interval around it may.
        within = [min(1.0, max(-1.0, end)) for end in interval or ()]
        rows.append(
            {
                "Measure": label,
                "Value": panel[key],
                "95% interval": _read(within),
                "Undefined because": panel[REASONS].get(key, ""),
            }
        )
    return _table("measures", rows)


def _groups(items: Mapping[str, Mapping[str, Any]], points: Sequence[int]) -> Iterator[Table]:
    yield _table(
        "groups",
        [
            {"item": code, "group": name, **_flat(group, points)}
            for code, item in items.items()
            for name, group in item["groups"].items()
        ],
    )
    yield _by_item("group_tests", items, points)
    yield _table(
        "group_pairs",
        [
            {"item": code, **_flat(pair)}
            for code, item in items.items()
            for pair in item["pairs"] or ()
        ],
    )


def _camps(camps: Mapping[str, Any]) -> Iterator[Table]:
    told = {name: value for name, value in camps.items() if name not in ("experts", "items")}
    yield _named("camps", told)
    if camps["experts"] is not None:
        yield _table(
            "camp_experts",
            [{"expert": code, **_standing(one)} for code, one in camps["experts"].items()],
        )
    if camps["items"] is not None:
        yield _table(
            "camp_items",
            [
                {"item": code, **_flat(item), **_of_camps(item["camps"])}
                for code, item in camps["items"].items()
            ],
        )


def _standing(one: Mapping[str, Any]) -> dict[str, Cell]:
    x, y = one["position"] or (None, None)
    return {
        "x": x,
        "y": y,
        **{name: cell for name, cell in _flat(one).items() if name != "position"},
    }


def _of_camps(of_camps: Sequence[Mapping[str, Any]]) -> dict[str, Cell]:
    return {
        f"camp_{at}_{name}": cell
        for at, one in enumerate(of_camps)
        for name, cell in _flat(one).items()
    }


def _chosen(name: str, items: Mapping[str, Mapping[str, Any]], columns: Mapping[str, str]) -> Table:
    rows = [[code, *(_read_in(item, key) for key in columns)] for code, item in items.items()]
    return Table(
        name,
        (
            Column("item", "Item", Measure.TEXT),
            *(
                _column(key, (row[at] for row in rows), label)
                for at, (key, label) in enumerate(columns.items(), start=1)
            ),
        ),
        rows,
    )


# What shares of an item are shares of: the count, where it has a name of its own, and the whole.
_SHARES = {
    "share_high": ("count_high", "denominator"),
    "unchanged": (None, "pairs"),
    "same_region": (None, "pairs"),
    "within_one": (None, "pairs"),
}


def _read_in(item: Mapping[str, Any], key: str) -> Cell:
    """A cell of one item for reading: a share with its numerator and denominator."""
    value = item[key]
    if value is not None and key in _SHARES:
        named, whole = _SHARES[key]
        count = item[named] if named else round(value * item[whole])
        return f"{count} of {item[whole]} ({100 * value:.1f}%)"
    if value is not None and key == "share_high_interval":
        return f"{100 * value[0]:.1f}% to {100 * value[1]:.1f}%"
    return _read(value)


def _read(value: Any) -> Cell:
    """A cell for reading: an interval in one."""
    if isinstance(value, list):
        return " to ".join(f"{part:.3f}" for part in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _cell(value)


def _verdicts(items: Mapping[str, Mapping[str, Any]]) -> Table:
    rows: list[Mapping[str, Cell]] = [
        {"Item": code, "Why": item["verdict_reason"]} for code, item in items.items()
    ]
    return _table("verdicts", rows)


def _bar(item: Mapping[str, Any]) -> tuple[float, float, float] | None:
    shares = [item[f"share_{band}"] for band in ("low", "middle", "high")]
    if shares[0] is None or shares[2] is None:
        return None
    return shares[0], shares[1] or 0.0, shares[2]


def _reasons(analysis: Mapping[str, Any]) -> Table:
    """Every reason with the place of the number it is about."""
    rows = [{"place": place, "reason": reason} for place, reason in _walk(analysis, "") if reason]
    return _table("reasons", rows or [{"place": None, "reason": None}])


def _walk(entry: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(entry, Mapping):
        for name, value in entry.items():
            if name == REASONS and isinstance(value, Mapping):
                yield from ((f"{path}{at}", str(reason)) for at, reason in value.items())
            else:
                yield from _walk(value, f"{path}{name} / ")
    elif isinstance(entry, list):
        for at, value in enumerate(entry):
            yield from _walk(value, f"{path}{at} / ")
