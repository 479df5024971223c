"""`analyse`: every number of a Delphi that was collected elsewhere, from its spreadsheet files."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from surveys.services.elsewhere import choices, reading

# Resampling that is over sooner is not worth a line.
PATIENCE = 1.0
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("ratings", type=_FILE)
@click.option("--scale", required=True, help="Lowest and highest point, such as 1-9.")
@click.option("--low", help="The low band, such as 1-3; by default as usual for the scale.")
@click.option("--high", help="The high band, such as 7-9.")
@click.option("--previous", type=_FILE, help="The ratings of the round before.")
@click.option("--groups", "group_file", type=_FILE, help="Expert and stakeholder group.")
@click.option(
    "--unable",
    default=reading.UNABLE,
    show_default=True,
    help="What stands in a cell for unable to judge; an empty cell was not answered.",
)
@click.option(
    "--unable-in-denominator",
    is_flag=True,
    help="Count unable to judge in the denominator of shares.",
)
@click.option(
    "--rule",
    default=choices.DEFAULT_RULE,
    show_default=True,
    help="When there is consensus: a preset or conditions such as 'high>75%' (docs/rules.md).",
)
@click.option(
    "--stability",
    help=f"When ratings have settled; with --previous.  [default: {choices.DEFAULT_STABILITY}]",
)
@click.option(
    "--quantile",
    default=choices.DEFAULT_QUANTILE,
    show_default=True,
    help="Definition of quartiles and percentiles: R's type 1 to 9, or its name.",
)
@click.option(
    "--compare",
    multiple=True,
    metavar="NAME: RULE",
    help="A definition to compare instead of the presets; may be given several times.",
)
@click.option("--seed", default=choices.DEFAULT_SEED, show_default=True, help="Of resampling.")
@click.option(
    "--draws",
    default=choices.DEFAULT_DRAWS,
    show_default=True,
    help="Resamples per interval; 0 for no resampling.",
)
@click.option(
    "--camps/--no-camps",
    default=True,
    show_default=True,
    help="Look for opinion groups, which takes longest.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything for a program.")
@click.option(
    "--csv",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write every table into this folder.",
)
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one page to read and to print.",
)
def analyse(
    ratings: Path,
    previous: Path | None,
    group_file: Path | None,
    stability: str | None,
    quantile: str,
    compare: tuple[str, ...],
    as_json: bool,
    folder: Path | None,
    page: Path | None,
    **chosen: Any,
) -> None:
    """Analyse a Delphi collected elsewhere.

    RATINGS is a spreadsheet saved as CSV: a header row of item codes, then one row per expert with
    the expert's code first. A cell holds a rating, the mark for unable to judge, or nothing. No
    database is touched. docs/analyse.md names every number.
    """
    from surveys.services import analysing_elsewhere
    from surveys.services.elsewhere.reading import FileMistakes

    if stability is not None and previous is None:
        raise click.UsageError("--stability compares two rounds: add --previous.")
    try:
        made = choices.chosen(
            **chosen,
            stability=stability or choices.DEFAULT_STABILITY,
            compared=compare,
            quantile_method=quantile,
        )
    except choices.ChoiceRefused as refused:
        raise click.BadParameter(str(refused), param_hint=f"--{refused.option}") from refused
    if made.rule.asks_groups and group_file is None:
        raise click.UsageError("The rule asks stakeholder groups: add --groups.")
    try:
        analysis = analysing_elsewhere.analyse(
            ratings, made, previous=previous, group_file=group_file, watch=watch
        )
    except FileMistakes as mistakes:
        count = len(mistakes.problems)
        raise click.ClickException(
            "\n".join((f"{count} mistake{'s' if count > 1 else ''}:", *mistakes.problems))
        ) from mistakes
    if folder is not None:
        write_csv(analysis, folder)
    if page is not None:
        write_html(analysis, page)
    if as_json:
        json.dump(analysis, sys.stdout, ensure_ascii=False, indent=2, allow_nan=False)
        print()
    elif folder is None and page is None:
        show(analysis)


def watch(what: str) -> Callable[[int, int], None]:
    """Tell on the error stream how far resampling is, once it takes longer than a second."""
    begun = time.monotonic()
    on_terminal = sys.stderr.isatty()
    told = -1

    def progress(done: int, total: int) -> None:
        nonlocal told
        tenths = 10 * done // total
        if tenths == told or (told < 0 and time.monotonic() - begun < PATIENCE):
            return
        told = tenths
        end = "\n" if done == total or not on_terminal else "\r"
        click.echo(f"Resampling {what}: {done:,} of {total:,}{end}", err=True, nl=False)

    return progress


def write_csv(analysis: Mapping[str, Any], folder: Path) -> None:
    """Write every table of the analysis as a file of its name."""
    from surveys.exports import csv_file
    from surveys.services.elsewhere import tables

    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for table in tables.tables(analysis):
        (folder / f"{table.name}.csv").write_bytes(csv_file.write(table))
        names.append(f"{table.name}.csv")
    click.echo(f"{folder}: {', '.join(names)}", err=True)


def write_html(analysis: Mapping[str, Any], page: Path) -> None:
    """Write the page to read and to print."""
    from surveys.exports import analysis_html
    from surveys.services.elsewhere import tables

    summary, sections = tables.sections(analysis)
    title = f"Delphi analysis of {analysis['source']['ratings']['file']}"
    page.write_text(analysis_html.write(title, summary, sections), encoding="utf-8")
    click.echo(str(page), err=True)


def show(analysis: Mapping[str, Any]) -> None:
    """Print what a person looks at first."""
    conventions, panel = analysis["conventions"], analysis["panel"]
    items = analysis["items"]
    print(f"{panel['experts']} experts, {panel['items']} items, scale {conventions['scale']}")
    print(conventions["rule_sentence"])
    for warning in analysis["warnings"]:
        print(f"Note: {warning}")
    print()
    width = min(max(map(len, items)), max(12, shutil.get_terminal_size((100, 24)).columns - 76))
    print(
        f"{'item':<{width}}    n  high             95 %      median    IQR  P(in)  fragile  verdict"
    )
    for code, item in items.items():
        print(f"{_cut(code, width)}  {_line(item)}")
    print()
    print(_panel_lines(panel))
    if analysis["stability"] is not None:
        print()
        print(conventions["stability_rule_sentence"])
        print(f"{'item':<{width}}  pairs  same band  unchanged  kappa  outcome")
        for code, item in analysis["stability"].items():
            print(f"{_cut(code, width)}  {_stability_line(item)}")
    multiverse = analysis["multiverse"]
    print()
    print(
        f"Under {len(multiverse['definitions'])} definitions: {len(multiverse['in_under_all'])}"
        f" items in under all, {len(multiverse['in_under_none'])} under none,"
        f" {len(multiverse['depending'])} depend on the definition."
    )
    camps = analysis["camps"]
    if camps is not None and camps["verdict"] is not None:
        print(_CAMPS[camps["verdict"]].format(k=camps["camps"]))
        for warning in camps["warnings"].values():
            print(f"  {warning}")
    print("All numbers: --json, --csv DIR or --html FILE.")


_CAMPS = {
    "camps": "Opinion groups: {k} stable camps.",
    "spectrum": "Opinion groups: none that are stable; experts stand along one line.",
    "none": "Opinion groups: no stable camps.",
}


def _cut(code: str, width: int) -> str:
    return f"{code:<{width}}" if len(code) <= width else f"{code[: width - 1]}…"


def _line(item: Mapping[str, Any]) -> str:
    share = _number(item["share_high"], "6.1%")
    interval = item["share_high_interval"]
    limits = "" if interval is None else f"{interval[0]:.1%} to {interval[1]:.1%}"
    return (
        f"{item['n']:>3}  {share:>6}  {limits:>15}  {_number(item['median'], '8.1f'):>8}"
        f"  {_number(item['iqr'], '5.2f'):>5}  {_number(item['probability_of_consensus'], '5.2f'):>5}"
        f"  {_number(item['fragility'], '7d'):>7}  {item['verdict']}"
    )


def _stability_line(item: Mapping[str, Any]) -> str:
    return (
        f"{item['pairs']:>5}  {_number(item['same_region'], '9.1%'):>9}"
        f"  {_number(item['unchanged'], '9.1%'):>9}  {_number(item['weighted_kappa'], '5.2f'):>5}"
        f"  {item['outcome']}"
    )


def _panel_lines(panel: Mapping[str, Any]) -> str:
    said = ", ".join(f"{verdict} {count}" for verdict, count in panel["verdicts"].items() if count)
    named = (
        ("Kendall's W", "kendalls_w", "kendalls_w_interval"),
        ("Krippendorff's alpha (ordinal)", "krippendorff_alpha_ordinal", _ALPHA_INTERVAL),
        ("Gwet's AC2 (quadratic)", "gwet_ac2_quadratic", "gwet_ac2_quadratic_interval"),
        ("ICC(A,1)", "icc_a1", "icc_a1_interval"),
    )
    lines = [f"Verdicts: {said}"]
    for label, value, interval in named:
        if panel[value] is None:
            lines.append(f"{label}: undefined, {panel['reasons'][value]}")
            continue
        limits = panel[interval]
        within = "" if limits is None else f" ({limits[0]:.3f} to {limits[1]:.3f})"
        lines.append(f"{label}: {panel[value]:.3f}{within}")
    lines.append(
        f"W and ICC use the {panel['complete_experts']} of {panel['experts']} experts who rated"
        " every item."
    )
    return "\n".join(lines)


_ALPHA_INTERVAL = "krippendorff_alpha_ordinal_interval_experts"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form).strip()
