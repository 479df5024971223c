"""mail in own words

Texts of a study, reminders by plan, a list of who gets no more mail.

Revision 0019, after 0018.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OWED = ("outbox", "account_mail")
ONLY_FOR_STUDIES = sa.text("round_id IS NULL")


def upgrade() -> None:
    op.create_table(
        "mail_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=24), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("standard", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["study.id"], name=op.f("fk_mail_text_study_id_study"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_text")),
        sa.UniqueConstraint(
            "study_id", "message", "language", "version", name=op.f("uq_mail_text_study_id_message_language_version")
        ),
    )
    op.create_table(
        "reminder_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("plan", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"],
            ["study.id"],
            name=op.f("fk_reminder_plan_study_id_study"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
            name=op.f("fk_reminder_plan_round_id_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_plan")),
        sa.UniqueConstraint("study_id", "round_id", name=op.f("uq_reminder_plan_study_id_round_id")),
    )
    with op.batch_alter_table("reminder_plan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_plan_round_id"), ["round_id"], unique=False)
        batch_op.create_index(
            "uq_reminder_plan_of_study",
            ["study_id"],
            unique=True,
            sqlite_where=ONLY_FOR_STUDIES,
            postgresql_where=ONLY_FOR_STUDIES,
        )
    op.create_table(
        "mail_stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["study.id"], name=op.f("fk_mail_stop_study_id_study"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["expert.id"],
            name=op.f("fk_mail_stop_expert_id_expert"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_stop")),
        sa.UniqueConstraint("study_id", "mark", name=op.f("uq_mail_stop_study_id_mark")),
    )
    with op.batch_alter_table("mail_stop", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mail_stop_expert_id"), ["expert_id"], unique=False)
    for table in OWED:
        op.add_column(
            table,
            sa.Column("possibly_twice", sa.Boolean(), server_default=sa.false(), nullable=False),
        )
    op.add_column("outbox", sa.Column("text_id", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_outbox_text_id"), "outbox", ["text_id"], unique=False)
    op.create_index(op.f("ix_outbox_round_id"), "outbox", ["round_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_outbox_round_id"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_text_id"), table_name="outbox")
    op.drop_column("outbox", "text_id")
    for table in reversed(OWED):
        op.drop_column(table, "possibly_twice")
    for table in ("mail_stop", "reminder_plan", "mail_text"):
        op.drop_table(table)
