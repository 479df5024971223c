"""Results of a closed round, its comments, and the files that leave."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from surveys.delphi import quantile
from surveys.delphi.carrying import CarryForwardRule, CarryReason
from surveys.delphi.consensus import Verdict
from surveys.delphi.descent import NoPair
from surveys.delphi.protocol import Protocol
from surveys.delphi.scale import Scale
from surveys.delphi.stability import StabilityRule
from surveys.delphi.summary import ItemCounts, PairCounts
from surveys.exports import csv_file
from surveys.models.base import db, transaction
from surveys.models.round import Round
from surveys.queries import (
    ancestry,
    dataset,
    lineage,
    origins,
    profiles,
    protocols,
    translations,
    versions,
    voices,
)
from surveys.queries import results as reads
from surveys.queries.ancestry import Lineage
from surveys.queries.questionnaire import change_in
from surveys.queries.translations import Piece, PieceKind
from surveys.queries.voices import Written
from surveys.services import auditing, exporting
from surveys.services.exporting_comments import comments_table
from surveys.services.exporting_lineage import lineage_table
from surveys.services.exporting_panel import panel_table
from surveys.services.exporting_protocol import protocol_table
from surveys.services.exporting_versions import versions_table
from surveys.tables import Table
from surveys.web.addresses import numbers_in
from surveys.web.clock import now
from surveys.web.downloads import attached
from surveys.web.locale import page_language
from surveys.web.researchers import expertise, movement, researchers, showing
from surveys.web.researchers.guards import (
    MAY_EXPORT,
    MAY_RUN,
    MAY_SEE_IDENTITIES,
    actor,
    needs,
    round_or_404,
)
from surveys.web.researchers.rounds import ActForm
from surveys.web.researchers.rules_in_words import change_lines
from surveys.web.researchers.words import verdict_names

VERDICT_ORDER = (Verdict.IN, Verdict.OUT, Verdict.NO_CONSENSUS, Verdict.UNDECIDED)
# With what may identify: for those who may see names as well.
IDENTIFYING = "panel-identifying"
TABLES = (
    "long",
    "wide",
    "codebook",
    "wordings",
    "lineage",
    "versions",
    "comments",
    "results",
    "panel",
    IDENTIFYING,
    "protocol",
)


@researchers.get("/<study>/rounds/<int:number>/results")
def results(number: int) -> ResponseReturnValue:
    """Where the panel agrees, where not, whether it has settled."""
    found = round_or_404(number)
    stored = reads.of_round(db.session, found)
    if stored is None:
        flash(_("This round has no results yet: they are computed when it closes."), "warning")
        return redirect(
            url_for("researchers.round", study=g.study.public_id, number=number),
            HTTPStatus.SEE_OTHER,
        )
    locale = page_language()
    protocol = Protocol.from_json(stored.provenance["protocol"])
    names = verdict_names(g.study, locale)
    rule = protocol.consensus.for_round(number)
    shown = request.args.get("verdict", "")
    return render_template(
        "researchers/results.html",
        round=found,
        results=stored,
        names={verdict.value: name for verdict, name in names.items()},
        order=[verdict.value for verdict in VERDICT_ORDER],
        rule=rule.sentence(locale, protocol.scale, names),
        stability_rule=protocol.stability.sentence(locale, protocol.scale),
        quartiles=quantile.name_in(stored.provenance["quantiles"], locale),
        sentences=sentences(stored, protocol, number, locale, lineage.no_pairs(db.session, found)),
        amended=change_lines(protocols.changes(db.session, g.study.id), locale),
        amendment_then=int(stored.provenance.get("amendment", 0)),
        changes={
            place: change_in(change, locale, g.study.default_language)
            for place, change in lineage.reworded(db.session, found).items()
        },
        origins=origins.of_statements(
            db.session, [statement.item_id for statement in stored.statements]
        ),
        moved=movement.of_round(stored, protocol.stability, locale),
        shown=shown if shown in VERDICT_ORDER else "",
        to_experts=showing.to_experts(stored, protocol, locale),
        beside=expertise.beside(found, stored, protocol, request.args.get("expertise", ""), locale),
        may_export=g.role in MAY_EXPORT,
        may_run=g.role in MAY_RUN,
        audience="researcher",
    )


def sentences(
    stored: reads.RoundResults,
    protocol: Protocol,
    number: int,
    locale: str,
    no_pairs: Mapping[int, NoPair],
) -> dict[int, dict[str, str]]:
    """Verdict and stability of every statement in words, from the stored counts."""
    rule = protocol.consensus.for_round(number)
    names = verdict_names(g.study, locale)
    said = {}
    for statement in stored.statements:
        scale = Scale.from_json(statement.settings["scale"])
        groups = {code: counts_of(numbers) for code, numbers in statement.numbers["groups"].items()}
        judgement = rule.judge(counts_of(statement.numbers), scale, groups)
        words = {"verdict": judgement.sentence(locale, names)}
        no_pair = no_pairs.get(statement.round_item_id)
        words["stability"] = (
            no_pair.sentence(locale)
            if no_pair
            else stability_words(statement, protocol.stability, scale, locale)
        )
        words["proposal"] = proposal_words(statement, protocol.carry_forward, locale)
        said[statement.round_item_id] = words
    return said


def counts_of(numbers: Any) -> ItemCounts:
    """The stored counts as rules judge them."""
    return ItemCounts(
        tuple(numbers["counts"]),
        numbers["unable"],
        numbers["skipped"],
        numbers.get("not_shown", 0),
    )


def stability_words(
    statement: reads.StatementResult, rule: StabilityRule, scale: Scale, locale: str
) -> str:
    """Whether the ratings settled, with the number of pairs."""
    pairs = (
        PairCounts(tuple(tuple(row) for row in statement.stability["table"]))
        if statement.stability
        else PairCounts.none(scale)
    )
    return rule.judge(pairs, scale).sentence(locale)


def proposal_words(statement: reads.StatementResult, rule: CarryForwardRule, locale: str) -> str:
    """What the carry-forward rule proposes, and why."""
    if not statement.proposal:
        return ""
    proposal = rule.propose(
        Verdict(statement.verdict), statement.stable, rated=int(statement.proposal["rated"])
    )
    if proposal.reason is CarryReason.NOT_RATED:
        return ""
    name = proposal.proposal.name_in(locale)
    return f"{name[:1].upper()}{name[1:]}. {proposal.sentence(locale)}"


@researchers.get("/<study>/data")
def data() -> ResponseReturnValue:
    """The files there are, and how to open them."""
    return render_template(
        "researchers/data.html",
        rounds=[found for found, _stored in analysed_rounds()],
        may_export=g.role in MAY_EXPORT,
        may_see_identities=g.role in MAY_SEE_IDENTITIES,
        form=ActForm(),
        audience="researcher",
    )


@researchers.get("/<study>/data/<table>.csv")
@needs(MAY_EXPORT)
def download(table: str) -> ResponseReturnValue:
    """One table as CSV, pseudonymous. That it left is kept in the audit trail."""
    separator = request.args.get("separator", "comma")
    name, _underscore, number = table.partition("-round-")
    if (
        name not in TABLES
        or separator not in csv_file.SEPARATORS
        or (number and not numbers_in([number]))
    ):
        abort(HTTPStatus.NOT_FOUND)
    if name == IDENTIFYING and g.role not in MAY_SEE_IDENTITIES:
        abort(HTTPStatus.FORBIDDEN)
    language = page_language()
    made = table_of(name, int(number or 0), language)
    if made is None:
        abort(HTTPStatus.NOT_FOUND)
    mark = "simulated-" if g.study.simulated else "pilot-" if g.pilot else ""
    file_name = f"rondo-{mark}{g.study.public_id}-{made.name}.csv"
    study_id, who = g.study.id, actor()
    with transaction(db.session):
        auditing.record(
            db.session,
            study_id=study_id,
            actor=who,
            act="identifying data exported" if name == IDENTIFYING else "data exported",
            at=now(),
            table=made.name,
            rows=len(made.rows),
        )
    return attached(csv_file.write(made, separator=separator), file_name, "text/csv")


def table_of(name: str, number: int, language: str) -> Table | None:
    """One of the tables; None for the results of a round that has none."""
    if name == "results":
        found = round_or_404(number)
        stored = reads.of_round(db.session, found)
        no_pairs = lineage.no_pairs(db.session, found)
        return exporting.results_table(g.study, stored, language, no_pairs) if stored else None
    if name == "lineage":
        return lineage_table(g.study, ancestry.of_study(db.session, g.study))
    if name == "protocol":
        return protocol_table(g.study, protocols.record(db.session, g.study), language)
    if name == "wordings":
        return exporting.wordings_table(g.study, lineage.wordings(db.session, g.study.id))
    if name == "comments":
        return comments_table(g.study, commented_rounds())
    answers = dataset.of_study(db.session, g.study)
    if name in ("panel", IDENTIFYING):
        identifying_too = name == IDENTIFYING
        kept = profiles.of_study(db.session, g.study, identifying=identifying_too)
        return panel_table(g.study, answers, kept, language, identifying=identifying_too)
    if name == "versions":
        return versions_table(g.study, answers, versions.of_study(db.session, g.study), language)
    if name == "long":
        return exporting.long_table(g.study, answers, language)
    wide = exporting.wide_table(g.study, answers, language)
    if name == "wide":
        return wide
    return exporting.codebook_table(
        g.study,
        [
            exporting.long_table(g.study, answers, language),
            wide,
            exporting.wordings_table(g.study, lineage.wordings(db.session, g.study.id)),
            lineage_table(g.study, Lineage((), ())),
            versions_table(g.study, answers, [], language),
            comments_table(g.study, {}),
            panel_table(
                g.study,
                answers,
                profiles.of_study(db.session, g.study, identifying=False),
                language,
            ),
            protocol_table(g.study, protocols.record(db.session, g.study), language),
            *(
                exporting.results_table(g.study, stored, language)
                for _round, stored in analysed_rounds()
            ),
        ],
    )


def commented_rounds() -> dict[int, tuple[list[Written], list[Piece]]]:
    """The comments and the open answers of every launched round, by its number."""
    launched = db.session.scalars(
        select(Round).where(Round.study_id == g.study.id, Round.opened_at.is_not(None))
    ).all()
    return {
        found.number: (
            voices.of_round(db.session, found.id),
            [
                piece
                for piece in translations.pieces(db.session, g.study, found)
                if piece.kind is PieceKind.ANSWER
            ],
        )
        for found in launched
    }


def analysed_rounds() -> list[tuple[Round, reads.RoundResults]]:
    """The closed rounds of the study that have a statement judged, with their results."""
    rounds = db.session.scalars(
        select(Round).where(Round.study_id == g.study.id).order_by(Round.number)
    )
    found = [(one, reads.of_round(db.session, one)) for one in rounds if one.closed_at]
    return [(one, stored) for one, stored in found if stored is not None and stored.statements]
