"""protocols amended

Every study until now was made from a file that words its rules, which is a choice. Revision 0015, after 0014.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "study", sa.Column("rule_chosen_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("study", sa.Column("planned_experts", sa.Integer(), nullable=True))
    op.execute("UPDATE study SET rule_chosen_at = created_at")
    op.add_column("round", sa.Column("items_hash", sa.String(length=64), nullable=True))
    op.create_table(
        "amendment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("before_hash", sa.String(length=64), nullable=False),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("after_hash", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("after_round", sa.Integer(), nullable=True),
        sa.Column("in_round", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "before_hash <> after_hash", name=op.f("ck_amendment_changes_something")
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["study.id"], name=op.f("fk_amendment_study_id_study"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment")),
        sa.UniqueConstraint("study_id", "number", name=op.f("uq_amendment_study_id_number")),
    )


def downgrade() -> None:
    op.drop_table("amendment")
    op.drop_column("round", "items_hash")
    op.drop_column("study", "planned_experts")
    op.drop_column("study", "rule_chosen_at")
