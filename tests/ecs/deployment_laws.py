"""What is true of every move of every deployment strategy, and fleets
to try it on (facts, section 6.1).
"""

from hypothesis import strategies as st

from ecslab.ecs.deployments.fleet import Copy


@st.composite
def copies(draw):
    """Up to twelve old and new copies in any condition."""
    found = []
    for number in range(draw(st.integers(0, 12))):
        condition = draw(st.sampled_from(["starting", "running", "healthy", "unhealthy"]))
        found.append(
            Copy(
                id=f"t{number}",
                deployment=draw(st.sampled_from(["old", "new"])),
                running=condition != "starting",
                healthy=condition == "healthy",
                unhealthy=condition == "unhealthy",
                leaving=draw(st.booleans()),
                zone=draw(st.sampled_from("abc")),
            )
        )
    return tuple(found)


def assert_stays_above_the_floor(fleet, move):
    """Healthy tasks stay at or above ceil(desired ×
    minimumHealthyPercent), unless they are beyond desired.
    """
    stopped_healthy = sum(c.healthy for c in fleet.copies if c.id in move.stop)
    if stopped_healthy:
        assert fleet.healthy - stopped_healthy >= min(fleet.floor, fleet.desired)


def assert_stops_what_exists_and_says_why(fleet, move):
    """Each id once, none invented, and a reason whenever something is done."""
    assert len(set(move.stop)) == len(move.stop)
    assert set(move.stop) <= {c.id for c in fleet.copies}
    assert move.why or not (move.start or move.stop or move.stuck)
