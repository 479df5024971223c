"""Analyse a Delphi that was collected elsewhere: from files to every number, verdict and reason.

`analyse` reads ratings (and an earlier round, and stakeholder groups) from spreadsheet files and
gives one nested object of plain values. Every key of it is documented in ``docs/analyse.md`` and
stays what it is; every value that is undefined is None and says why under ``reasons`` in the same
object. The files' mistakes are told all at once.
"""

from __future__ import annotations

import platform
import tomllib
from importlib.metadata import version
from pathlib import Path

from surveys.delphi import multiverse, presets, redundancy
from surveys.delphi.consensus import ConsensusRule, Verdict
from surveys.delphi.stored import Json
from surveys.services.elsewhere import camps, change, groups, items, panel
from surveys.services.elsewhere.certainty import NO_GROUPS
from surveys.services.elsewhere.choices import Choices, by_quantiles
from surveys.services.elsewhere.numbers import Entries, Entry, without_nothing
from surveys.services.elsewhere.panel import Watch, unwatched
from surveys.services.elsewhere.reading import (
    FileMistakes,
    GroupsFile,
    RatingsFile,
    read_groups,
    read_ratings,
)
from surveys.services.elsewhere.rounds import Counted, counted
from surveys.stats.item_table import ItemTable

# Raised by one whenever a key is renamed or begins to mean something else.
FORMAT = "rondo-analysis-1"
NO_EARLIER = "no earlier round was given"
GROUPS_NEEDED = "The rule asks stakeholder groups and none were given, so nothing can be decided."
# Rondo runs from its checkout, whose version stands here.
_PROJECT = Path(__file__).resolve().parents[2] / "pyproject.toml"


def analyse(
    ratings: Path,
    choices: Choices,
    *,
    previous: Path | None = None,
    group_file: Path | None = None,
    watch: Watch = unwatched,
) -> Entry:
    """Read the files and compute everything.

    ratings : a header of item codes, then a row per expert. previous : the same of the round
        before. group_file : expert and stakeholder group.
    choices : from `choices.chosen`.
    watch : called with what is being resampled before it begins; the function it gives is told
        ``(done, total)``.

    Returns the analysis; `numbers.undefined_places` finds nothing in it.

    Raises FileMistakes with every mistake of every file; OSError for a file that cannot be read.
    """
    file, before, by_group = _read(ratings, previous, group_file, choices)
    return of_rounds(
        counted(file, choices.scale, by_group),
        choices,
        before=None if before is None else counted(before, choices.scale, by_group),
        group_file=by_group,
        watch=watch,
    )


def of_rounds(
    now: Counted,
    choices: Choices,
    *,
    before: Counted | None = None,
    group_file: GroupsFile | None = None,
    watch: Watch = unwatched,
) -> Entry:
    """The same for rounds that are counted already."""
    table = items.table_of(now, choices)
    verdicts = items.judged(now, choices)
    entries = Entries()
    entries.put("format", FORMAT)
    entries.put("items", items.described(now, table, verdicts, choices))
    entries.put("panel", panel.described(now, choices, verdicts=verdicts, watch=watch))
    conventions = _conventions(table, now, choices)
    if before is None:
        for name in ("stability", "previous", "attrition"):
            entries.put(name, None, NO_EARLIER)
    else:
        pair = change.paired(before, now)
        settled = change.settled(pair, verdicts, choices, watch)
        conventions |= settled.conventions
        entries.put("stability", settled.items)
        entries.put("previous", change.earlier_round(pair, choices))
        entries.put("attrition", change.attrition(pair, verdicts, choices))
    entries.put("multiverse", _multiverse(now, choices))
    by_group = None if now.group_of is None else groups.compared(now, choices)
    entries.put("groups", by_group, NO_GROUPS)
    entries.put("camps", *camps.found(now, choices, watch))
    entries.put("warnings", _warnings(now, choices))
    entries.put("conventions", conventions)
    entries.put("source", _source(now, before, group_file))
    entries.put("software", _software())
    return entries.finished()


def _read(
    ratings: Path, previous: Path | None, group_file: Path | None, choices: Choices
) -> tuple[RatingsFile, RatingsFile | None, GroupsFile | None]:
    """Every file, or every mistake of every file."""
    problems: list[str] = []

    def one(path: Path) -> RatingsFile | None:
        found, wrong = read_ratings(path, choices.scale, unable=choices.unable)
        problems.extend(wrong)
        return found

    file = one(ratings)
    before = None if previous is None else one(previous)
    by_group = None
    if group_file is not None:
        by_group, wrong = read_groups(group_file, None if file is None else file.experts)
        problems += wrong
    if file is not None and before is not None:
        problems += change.strangers(before, file)
    if file is None or problems:
        raise FileMistakes(problems)
    return file, before, by_group


def _multiverse(now: Counted, choices: Choices) -> Entry:
    """Every item under every definition, the study's own first."""
    found = multiverse.multiverse(
        now.items,
        now.scale,
        own=choices.rule,
        groups=now.groups if now.group_of is not None else None,
        rules=choices.compared or _presets(now, choices),
    )
    kept, flips = found.kept(), found.flips()
    rows = dict(zip(found.items, found.verdicts, strict=True))
    entry = Entries()
    entry.put(
        "definitions",
        {
            name: {
                "sentence": rule.sentence("en", now.scale),
                "reference": _reference(name),
                "rule": without_nothing(rule.to_json()),
                "hash": rule.hash,
                "kept": kept[name],
                "flips": flips[name],
            }
            for name, rule in zip(found.definitions, found.rules, strict=True)
        },
    )
    entry.put(
        "items",
        {code: dict(zip(found.definitions, row, strict=True)) for code, row in rows.items()},
    )
    entry.put("times_in", {code: row.count(Verdict.IN) for code, row in rows.items()})
    entry.put("flips_by_item", found.flips_by_item())
    entry.put("in_under_all", found.in_under_all)
    entry.put("in_under_none", found.in_under_none)
    entry.put("depending", found.depending)
    return entry.finished()


def _presets(now: Counted, choices: Choices) -> dict[str, ConsensusRule]:
    """Every published definition that fits, by the study's own quartiles and denominator."""
    rules = {
        preset.id: preset.rule(now.scale)
        for preset in presets.fitting(now.scale, groups=now.group_of is not None)
    }
    return {
        name: rule.counting_unable() if choices.unable_in_denominator else rule
        for name, found in rules.items()
        if isinstance(found, ConsensusRule)
        for rule in (by_quantiles(found, choices.quantile_method),)
    }


def _reference(name: str) -> str:
    """Where a definition was published; empty for one's own and for common use."""
    return presets.BY_ID[name].reference if name in presets.BY_ID else ""


def _warnings(now: Counted, choices: Choices) -> list[str]:
    """What a reader should know before believing a verdict."""
    if now.group_of is None and choices.rule.asks_groups:
        return [GROUPS_NEEDED]
    most = max(now.items, key=lambda code: now.items[code].n)
    idle = redundancy.idle_clauses(
        choices.rule,
        now.scale,
        now.items[most].n,
        unable=now.items[most].unable,
        groups={name: counts.n for name, counts in now.groups.get(most, {}).items()} or None,
    )
    return [clause.sentence("en", now.scale) for clause in idle]


def _conventions(table: ItemTable, now: Counted, choices: Choices) -> dict[str, Json]:
    """Every choice by name: those somebody made and those that are ours."""
    return {
        **table.conventions,
        "rule": choices.rule_text,
        "rule_sentence": choices.rule.sentence("en", now.scale),
        "rule_hash": choices.rule.hash,
        "rule_json": without_nothing(choices.rule.to_json()),
        "unable_mark": choices.unable,
        "ratings_used": "everyone who answered this round",
        "thresholds": "decided on exact counts, never on rounded percentages",
        "probability_of_consensus": "of the condition for in, for the true shares; Dirichlet with"
        " 1/2 on each region the rule names and on the rest, both clauses together; groups are"
        " independent",
        "fragility": "fewest ratings that must be different for another verdict; the same experts",
        "mode": "every mode",
        "mad": "median |x - median|, constant 1; mad_scaled times 1.4826; mad_mean the mean",
        "cv": "SD / mean, a fraction",
        "kendalls_w": "ties corrected; complete experts only; chi2 and F tests",
        "krippendorff_alpha": "items are units; small-sample factor n - 1",
        "gwet_ac2": "quadratic weights over the full scale; items are subjects",
        "icc": "two-way, absolute agreement, single rater (A,1); complete experts only",
        "confidence": 0.95,
        "resampling": "percentile intervals (R type 7); experts drawn, unless the name says items",
        "seed": choices.seed,
        "draws": choices.draws,
        "multiverse": "the study's own rule first, then "
        + ("the definitions given" if choices.compared else "every preset that fits the scale"),
    }


def _source(now: Counted, before: Counted | None, group_file: GroupsFile | None) -> Entry:
    """The files, by name and by the hash of their bytes."""
    entry = Entries()
    files = {
        "ratings": now.file,
        "previous": None if before is None else before.file,
        "groups": group_file,
    }
    missing = {"ratings": "", "previous": NO_EARLIER, "groups": NO_GROUPS}
    for name, file in files.items():
        told = None if file is None else {"file": file.name, "sha256": file.sha256}
        entry.put(name, told, missing[name])
    return entry.finished()


def _software() -> dict[str, Json]:
    """With what it was computed."""
    return {
        "rondo": tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"],
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy")},
    }
