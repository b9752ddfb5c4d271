"""Who may read derived relations stays who may, when they are made anew."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from db.storage import Storage

_GRANTS: Final = """
    select format('grant %%s on %%s to %%s', a.privilege_type, c.relname,
        case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end)
    from pg_class c cross join aclexplode(c.relacl) a
    where c.relnamespace = current_schema()::regnamespace and c.relname = any(%s) and a.grantee <> c.relowner
"""


@contextmanager
def kept(connection: psycopg.Connection[Any], keeps: Storage) -> Iterator[None]:
    """Grants again, when the block ends, what others may do with the derived relations, which are there again then."""
    grants = connection.execute(_GRANTS, [[*keeps.relations(), "pending_measures"]]).fetchall()
    yield
    for (grant,) in grants:
        connection.execute(grant.encode())
