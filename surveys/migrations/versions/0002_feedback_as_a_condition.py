"""feedback as a condition

Revision 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback_condition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("expert_id", sa.Integer(), nullable=False),
        sa.Column("arm", sa.String(length=40), nullable=False),
        sa.Column("allotted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_shown_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["expert_id"],
            ["expert.id"],
            name=op.f("fk_feedback_condition_expert_id_expert"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["round_id"],
            ["round.id"],
            name=op.f("fk_feedback_condition_round_id_round"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_condition")),
        sa.UniqueConstraint(
            "round_id", "expert_id", name=op.f("uq_feedback_condition_round_id_expert_id")
        ),
    )
    with op.batch_alter_table("feedback_condition", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_feedback_condition_expert_id"), ["expert_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("feedback_condition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_condition_expert_id"))

    op.drop_table("feedback_condition")
