"""Many values as one parameter of a statement: an array.

Lives here: the two forms an array takes in our statements. Must not live here: statements.

A parameter each (``in_``, rows of VALUES) costs more than the statement's answer when there are hundreds, and makes
another statement of each number of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, Text, any_, column, func, literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import CollectionAggregate, TableValuedAlias
    from sqlalchemy.types import TypeEngine


def any_of(texts: Iterable[str]) -> CollectionAggregate[Any]:
    """Return what a column of text equals when it is one of ``texts``."""
    return any_(literal(list(texts), ARRAY(Text)))


def as_table(
    name: str, **columns: tuple[type[TypeEngine[Any]] | TypeEngine[Any], Iterable[object]]
) -> TableValuedAlias:
    """Return ``columns``, each its type and its values, as a table of that name."""
    arrays = [literal(list(values), ARRAY(kind)) for kind, values in columns.values()]
    names = (column(each, kind) for each, (kind, _) in columns.items())
    return func.unnest(*arrays).table_valued(*names, name=name).render_derived()
