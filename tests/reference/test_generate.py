"""The generator makes what it is for, and the reference does not care in what order it comes."""

from collections import Counter
from random import Random
from zoneinfo import ZoneInfo

import pytest

from .answers import put
from .attribution import Tenant, tenant_of
from .calendar import of_preset
from .generate import NOW, TENANTS, generate
from .matching import difference
from .metrics import measure
from .questions import question
from .reading import read
from .shapes import Scope, playback_curve


@pytest.mark.parametrize("seed", range(5))
def test_order_repetition_and_lateness_do_not_matter(seed: int) -> None:
    data = generate(seed, contested=True)
    once = read(data.lines(), NOW)
    mixed = read(data.lines(Random(seed)) + data.lines(Random(seed + 1)), NOW)
    assert once.rejects == []
    for partner in TENANTS:
        one, other = tenant_of(once, partner), tenant_of(mixed, partner)
        assert difference(measure(one.facts), measure(other.facts)) is None


@pytest.mark.parametrize("seed", range(20))
def test_questions_have_answers(seed: int) -> None:
    tenant = tenant_of(read(generate(3).lines(), NOW), TENANTS[seed % 2])
    document, variables = question(Random(seed))
    assert put(tenant, document, variables, NOW)


def test_generated_sets_hit_the_edges() -> None:
    """Every edge that the generator is for comes up in a few seeds."""
    met: Counter[str] = Counter()
    for seed in range(4):
        tenant = tenant_of(read(generate(seed).lines(), NOW), TENANTS[0])
        met["twice"] += any(views > 1 for _, views, _, _ in playback_curve(whole(tenant)))
        for fact in tenant.facts:
            met["unknown session"] += fact.session == "s-unheard-of"
            met["two categories"] += len(fact.keys["CATEGORY"]) == 2
            if fact.beat:
                ends = [interval[1] for interval in fact.beat.intervals]
                met["rest before a jump"] += len(ends) == 2
                met["tail"] += ends[-1:] == [fact.duration] and fact.event["position"] < ends[-1]
                met["beyond the end"] += ends[-1:] == [fact.duration] and fact.event["position"] > ends[-1]
                met["no viewing session"] += fact.viewing is None
                met["session of a recording"] += fact.on_recording and fact.session == "s-early"
                met["at most 12 s"] += fact.beat.play_seconds == 12
    assert min(met.values()) > 0, met


def whole(tenant: Tenant) -> Scope:
    return Scope(tenant, tenant.facts, of_preset("ALL_TIME", ZoneInfo("UTC"), NOW))
