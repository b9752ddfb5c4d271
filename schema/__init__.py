"""GraphQL names and descriptions, one file a noun. No SQL, no decisions.

`schema` is what is served; schema.graphql is generated from it (`make generate`), committed and checked.
"""

from schema.root import schema

__all__ = ["schema"]
