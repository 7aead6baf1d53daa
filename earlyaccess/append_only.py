"""Tables that only grow: the database refuses to change, delete or empty what is proof."""

import pgtrigger


def append_only(name: str) -> list[pgtrigger.Trigger]:
    """The triggers of an append-only table. A whole-table TRUNCATE has its own: PostgreSQL fires it per statement."""
    return [
        pgtrigger.Protect(name=f"{name}_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{name}_not_truncated",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'pgtrigger: Cannot truncate the % table', TG_TABLE_NAME;",
        ),
    ]
