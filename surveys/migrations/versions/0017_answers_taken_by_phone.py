"""answers taken by phone or on paper

Revision 0017, after 0016.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CHANNELS = "('phone', 'paper', 'other')"
LOGS = ("rating", "comment", "self_rating")


def upgrade() -> None:
    op.create_table(
        "intake",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("researcher", sa.String(length=60), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"channel IN {CHANNELS}", name=op.f("ck_intake_channel")),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["expert.id"],
            name=op.f("fk_intake_expert_id_expert"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_intake_round_id_round"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake")),
        sa.UniqueConstraint(
            "round_id",
            "expert_id",
            "researcher",
            "channel",
            "taken_at",
            name=op.f("uq_intake_round_id_expert_id_researcher_channel_taken_at"),
        ),
    )
    op.create_index(op.f("ix_intake_expert_id"), "intake", ["expert_id"])
    # In one statement each: rebuilding a table for a constraint would drop what refers to it on SQLite.
    for log in LOGS:
        op.execute(
            f"ALTER TABLE {log} ADD COLUMN intake_id INTEGER"
            f" CONSTRAINT fk_{log}_intake_id_intake REFERENCES intake (id)"
        )
    op.execute(
        "ALTER TABLE consent ADD COLUMN channel VARCHAR(24)"
        f" CONSTRAINT ck_consent_channel CHECK (channel IN {CHANNELS})"
    )
    op.add_column("consent", sa.Column("recorded_by", sa.String(length=60), nullable=True))


def downgrade() -> None:
    op.drop_column("consent", "recorded_by")
    op.drop_column("consent", "channel")
    for log in reversed(LOGS):
        op.drop_column(log, "intake_id")
    op.drop_index(op.f("ix_intake_expert_id"), table_name="intake")
    op.drop_table("intake")
