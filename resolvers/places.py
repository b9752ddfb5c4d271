"""Scopes that no catalogue holds: countries by their ISO code, devices and domains that there have been."""

import pycountry

from db.codes import UNKNOWN
from resolvers.context import Context


def country_name(code: str) -> str | None:
    """The usual English name of a country; none for what is no ISO 3166-1 alpha-2 code in capitals."""
    found = pycountry.countries.get(alpha_2=code)
    if found is None or found.alpha_2 != code:
        return None
    name: str = getattr(found, "common_name", found.name)
    return name


async def is_known(context: Context, dimension: str, key: str) -> bool:
    """Whether the tenant has seen this device or domain."""
    return key != UNKNOWN and await context.loaders.seen.load((dimension, key))
