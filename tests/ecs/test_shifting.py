"""How BLUE_GREEN, LINEAR and CANARY go from stage to stage: what each stage
waits for, and when they turn back.
"""

from dataclasses import replace

import pytest

from ecslab.ecs.deployments.fleet import Copy, Fleet, HookOutcome, Rollout
from ecslab.ecs.deployments.shifting.lifecycle import listener_weights
from ecslab.ecs.deployments.shifting.way import STAGES
from ecslab.ecs.deployments.strategies import steps, strategy

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
CONFIG = {
    "bakeTimeInMinutes": 5,
    "linearConfiguration": {"stepPercent": 40.0, "stepBakeTimeInMinutes": 6},
    "canaryConfiguration": {"canaryPercent": 5.0, "canaryBakeTimeInMinutes": 10},
}


def copies(deployment, count=2, **how):
    """Healthy copies of one deployment."""
    return tuple(
        Copy(f"{deployment}{n}", deployment, running=True, **{"healthy": True} | how)
        for n in range(count)
    )


def at(stage, *, green=True, **more):
    """Two blue copies, two green ones unless told otherwise, at a stage."""
    rollout = Rollout(stage=stage, source="blue", config=CONFIG, **more)
    found = copies("blue") + (copies("green") if green else ())
    return Fleet(2, "green", found, rollout=rollout)


def journey(name, fleet):
    """The stages from here on with green's shares of production and test traffic,
    as each stage lasts as long as it asks.
    """
    told = []
    for _ in range(100):
        move = strategy(name)(fleet)
        rollout = fleet.rollout
        if move.complete:
            return told
        if move.shift:
            share = (move.shift.production / 10, move.shift.test / 10)
            told.append((move.shift.stage, *share))
            rollout = replace(
                rollout,
                stage=move.shift.stage,
                production=move.shift.production,
                test=move.shift.test,
                step=move.shift.step,
                stage_ms=0,
            )
        left = tuple(c for c in fleet.copies if c.id not in move.stop)
        started = tuple(c for start in move.starts for c in copies(start.deployment, start.count))
        if not move.start and not move.stop:
            rollout = replace(rollout, stage_ms=rollout.stage_ms + (move.again_ms or 0))
        fleet = replace(fleet, copies=left + started, rollout=rollout)
    raise AssertionError(f"it never ends: {told}")


BEFORE = [
    ("PRE_SCALE_UP", 0, 0),
    ("SCALE_UP", 0, 0),
    ("POST_SCALE_UP", 0, 0),
    ("TEST_TRAFFIC_SHIFT", 0, 100),
    ("POST_TEST_TRAFFIC_SHIFT", 0, 100),
]
AFTER = [
    ("POST_PRODUCTION_TRAFFIC_SHIFT", 100, 100),
    ("BAKE_TIME", 100, 100),
    ("CLEAN_UP", 100, 100),
]


@pytest.mark.parametrize(
    ("name", "shares"),
    [("BLUE_GREEN", [100]), ("LINEAR", [40, 80, 100]), ("CANARY", [5, 100])],
)
def test_the_stages_come_in_order_and_the_two_production_stages_once_a_step(name, shares):
    """Facts, section 7.1: eleven stages; linear and canary shift more than once."""
    expected = list(BEFORE)
    before = 0
    for share in shares:
        expected += [
            ("PRE_PRODUCTION_TRAFFIC_SHIFT", before, 100),
            ("PRODUCTION_TRAFFIC_SHIFT", share, 100),
        ]
        before = share
    assert journey(name, at("", green=False)) == expected + AFTER


def test_a_service_with_a_third_revision_is_reconciled_first():
    """Facts, section 7.1: RECONCILE_SERVICE only when more than one
    revision is active at the start.
    """
    fleet = at("", green=False)
    fleet = replace(fleet, copies=fleet.copies + copies("given up"))
    assert strategy("BLUE_GREEN")(fleet).shift.stage == "RECONCILE_SERVICE"
    fleet = replace(fleet, rollout=replace(fleet.rollout, stage="RECONCILE_SERVICE"))
    move = strategy("BLUE_GREEN")(fleet)
    assert set(move.stop) == {"given up0", "given up1"}
    assert move.shift is None
    fleet = replace(fleet, copies=copies("blue"))
    assert strategy("BLUE_GREEN")(fleet).shift.stage == "PRE_SCALE_UP"


def test_a_first_deployment_has_nothing_to_share_traffic_with():
    """Without blue there is one shift, and nothing to bake or to clean up."""
    fleet = Fleet(2, "green", (), rollout=Rollout(config=CONFIG))
    stages = [stage for stage, _, _ in journey("LINEAR", fleet)]
    assert stages == [*STAGES[1:8], "POST_PRODUCTION_TRAFFIC_SHIFT"]


@pytest.mark.parametrize(
    ("name", "stage", "step", "production", "minutes"),
    [
        ("LINEAR", "PRODUCTION_TRAFFIC_SHIFT", 1, 400, 6),
        ("LINEAR", "PRODUCTION_TRAFFIC_SHIFT", 3, 1000, 0),
        ("CANARY", "PRODUCTION_TRAFFIC_SHIFT", 1, 50, 10),
        ("CANARY", "PRODUCTION_TRAFFIC_SHIFT", 2, 1000, 0),
        ("BLUE_GREEN", "BAKE_TIME", 1, 1000, 5),
    ],
)
def test_each_step_is_watched_for_its_bake_time_but_not_the_last(
    name, stage, step, production, minutes
):
    """Facts, section 7.1: stepBakeTimeInMinutes is not applied after reaching 100 %."""
    fleet = at(stage, step=step, production=production, test=1000)
    move = strategy(name)(fleet)
    assert (move.again_ms or 0) == minutes * MINUTE
    assert bool(move.shift) == (minutes == 0)


def test_green_scales_to_all_that_is_wanted_before_anything_is_shifted():
    """Facts, section 7.1: SCALE_UP ends when green is at 100 %, whatever blue has."""
    move = strategy("BLUE_GREEN")(at("SCALE_UP", green=False))
    assert [(s.deployment, s.count) for s in move.starts] == [("green", 2)]
    half = replace(at("SCALE_UP"), copies=copies("blue") + copies("green", 1))
    assert strategy("BLUE_GREEN")(half).shift is None
    assert strategy("BLUE_GREEN")(at("SCALE_UP")).shift.stage == "POST_SCALE_UP"


def test_blue_is_kept_whole_until_it_is_cleaned_up():
    """Facts, section 5.1: an unhealthy task is replaced by its own revision,
    so that a rollback finds blue whole.
    """
    fleet = at("BAKE_TIME", production=1000, test=1000)
    fleet = replace(fleet, copies=copies("blue", 1) + copies("green"))
    assert [(s.deployment, s.count) for s in strategy("CANARY")(fleet).starts] == [("blue", 1)]
    cleaning = replace(fleet, rollout=replace(fleet.rollout, stage="CLEAN_UP"))
    assert strategy("CANARY")(cleaning).stop == ("blue0",)


@pytest.mark.parametrize("kind", ["PAUSE", "AWS_LAMBDA"])
def test_a_stage_waits_for_all_of_its_hooks(kind):
    """Facts, section 7.1: hooks of one stage run side by side, and the slowest decides."""
    done, open_ = HookOutcome(kind, "SUCCEEDED"), HookOutcome(kind, "IN_PROGRESS")
    plan = strategy("BLUE_GREEN")
    assert plan(at("POST_SCALE_UP", hooks=(done, open_))).shift is None
    assert plan(at("POST_SCALE_UP", hooks=(done, done))).shift.stage == "TEST_TRAFFIC_SHIFT"
    late = HookOutcome(kind, "TIMED_OUT", action="CONTINUE")
    assert plan(at("POST_SCALE_UP", hooks=(done, late))).shift.stage == "TEST_TRAFFIC_SHIFT"


@pytest.mark.parametrize(
    ("why", "how"),
    [
        (
            "POST_SCALE_UP lifecycle hook(s) failed. It said no.",
            {"hooks": (HookOutcome("AWS_LAMBDA", "FAILED", reason="It said no."),)},
        ),
        ("POST_SCALE_UP pause hook timed out.", {"hooks": (HookOutcome("PAUSE", "TIMED_OUT"),)}),
        ("POST_SCALE_UP took more than 24 hours.", {"stage_ms": DAY + 1}),
        ("the deployment took 30 days.", {"whole_ms": 30 * DAY}),
    ],
)
def test_what_goes_wrong_sends_the_deployment_back(why, how):
    """Facts, section 7.1: failed hooks, time-outs and the limits of a stage and of the whole."""
    move = strategy("LINEAR")(at("POST_SCALE_UP", **how))
    assert move.rollback == f"Service deployment rolled back because {why}"
    assert move.shift is None


def test_a_paused_stage_may_last_longer_than_a_day():
    """Facts, section 7.1: a pause hook waits up to 14 days, a stage otherwise 24 hours."""
    paused = at(
        "POST_SCALE_UP",
        stage_ms=3 * DAY,
        whole_ms=3 * DAY,
        hooks=(HookOutcome("PAUSE", "AWAITING_ACTION"),),
    )
    move = strategy("CANARY")(paused)
    assert (move.rollback, move.shift) == ("", None)
    assert move.again_ms == 27 * DAY  # nothing else to look at before the whole deployment's limit


def test_a_rollback_returns_production_traffic_first_then_test_traffic():
    """Facts, section 7.1: no ROLLBACK stage; the two shift stages come
    again with the weights reversed.
    """
    fleet = at("", back=True, production=400, test=1000)
    assert journey("LINEAR", fleet) == [
        ("PRODUCTION_TRAFFIC_SHIFT", 0, 100),
        ("TEST_TRAFFIC_SHIFT", 0, 0),
        ("CLEAN_UP", 0, 0),
    ]
    assert journey("LINEAR", at("", back=True)) == [("CLEAN_UP", 0, 0)]


def test_traffic_does_not_return_to_a_revision_that_cannot_answer():
    """While none of blue's tasks is healthy the rollback starts them and waits."""
    fleet = at("", back=True, production=1000, test=1000)
    fleet = replace(fleet, copies=copies("green"))
    move = strategy("BLUE_GREEN")(fleet)
    assert (move.shift, [(s.deployment, s.count) for s in move.starts]) == (None, [("blue", 2)])


def test_a_network_load_balancer_takes_longer_to_shift():
    """Facts, section 7.1: about ten minutes more at
    TEST_TRAFFIC_SHIFT and PRODUCTION_TRAFFIC_SHIFT.
    """
    for stage, shares in [
        ("TEST_TRAFFIC_SHIFT", (0, 1000)),
        ("PRODUCTION_TRAFFIC_SHIFT", (1000, 1000)),
    ]:
        fleet = at(stage, step=1, production=shares[0], test=shares[1], shift_ms=10 * MINUTE)
        assert strategy("BLUE_GREEN")(fleet).again_ms == 10 * MINUTE


@pytest.mark.parametrize(
    ("percent", "shares"),
    [
        (10.0, [100 * n for n in range(1, 11)]),
        (30.0, [300, 600, 900, 1000]),
        (33.3, [333, 666, 999, 1000]),
        (100.0, [1000]),
    ],
)
def test_linear_shifts_in_equal_steps_and_what_is_left(percent, shares):
    """Facts, section 7.1: stepPercent in tenths of a percent."""
    config = {
        "strategy": "LINEAR",
        "linearConfiguration": {"stepPercent": percent, "stepBakeTimeInMinutes": 1},
    }
    assert [step.share for step in steps(config)] == shares


def test_rolling_shifts_nothing():
    """A rolling update has no steps of traffic."""
    assert steps({"strategy": "ROLLING"}) == ()


@pytest.mark.parametrize(
    ("share", "weights"),
    [
        (0, (0, 100)),
        (50, (5, 95)),
        (55, (55, 945)),
        (1, (1, 999)),
        (999, (999, 1)),
        (1000, (100, 0)),
    ],
)
def test_shares_become_weights_that_a_listener_takes(share, weights):
    """Facts, section 11: forward weights are whole numbers up to 999."""
    assert listener_weights(share) == weights
