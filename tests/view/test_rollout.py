"""What a deployment decided, drawn: floor and ceiling, tasks by revision,
stages, shares, and what users met.
"""

import re
from types import SimpleNamespace

import pytest
from account import Account
from goldens import assert_same_as_golden
from told import ByHand

from ecslab.ground.errors import LabError
from ecslab.view.rollout import releases, rollout


@pytest.fixture(scope="module")
def rolled():
    """Four tasks, three of which have to stay healthy and at most six may exist,
    get a new revision; then six are wanted.
    """
    account = Account()
    account.register("web")
    percents = {"minimumHealthyPercent": 75, "maximumPercent": 150}
    account.serve("web", "web", 4, deploymentConfiguration=percents)
    account.advance(120)
    account.register("web", image="nginx:2")
    account.call("UpdateService", service="web", taskDefinition="web")
    account.advance(400)
    account.call("UpdateService", service="web", desiredCount=6)
    account.advance(100)
    return account


def test_a_rolling_update_is_drawn_between_its_floor_and_its_ceiling(rolled):
    """Facts, section 6.1: 75 % of 4 is 3, 150 % is 6; of 6 it is 5 and 9."""
    picture = rollout(rolled.timeline, "web")
    assert_same_as_golden("rollout.txt", picture.text)
    assert_same_as_golden("rollout.svg", picture.svg)


def test_what_is_drawn_never_leaves_the_bounds(rolled):
    """Seen from outside: RUNNING tasks never below the floor once there,
    all tasks never above the ceiling.
    """
    made = rollout(rolled.timeline, "web", since="100s", until="500s").plotly["data"]
    stacked = [trace for trace in made if "stackgroup" in trace]
    times = stacked[0]["x"]
    inside = [n for n, at in enumerate(times) if 100 <= at * 60 <= 500 or at <= 500 < at * 60]
    for n in inside:
        running = sum(t["y"][n] for t in stacked if "starting" not in t["name"])
        assert running >= 3
        assert sum(t["y"][n] for t in stacked) <= 6


def shifting():
    """A timeline as a canary deployment tells it."""
    story = ByHand()
    of = {"service": "web"}
    story.say(
        0,
        "service/web",
        "deployment started",
        "web:1",
        deployment="d1",
        desired=2,
        bounds=(100, 200),
        **of,
    )
    for at, kind in ((0, "PROVISIONING"), (20_000, "RUNNING")):
        for number in (1, 2):
            story.say(at, f"task/{number}", kind, definition="web:1", **of)
    story.say(60_000, "service/web", "deployment completed", "2 of 2", deployment="d1", **of)
    story.say(
        100_000,
        "service/web",
        "deployment started",
        "web:2",
        deployment="d2",
        desired=2,
        bounds=(100, 200),
        **of,
    )
    story.say(100_000, "service/web", "stage", "SCALE_UP", stage="SCALE_UP", deployment="d2", **of)
    story.say(110_000, "task/3", "PROVISIONING", definition="web:2", **of)
    story.say(130_000, "task/3", "RUNNING", definition="web:2", **of)
    story.say(
        140_000,
        "service/web",
        "stage",
        "PRODUCTION_TRAFFIC_SHIFT",
        stage="PRODUCTION_TRAFFIC_SHIFT",
        **of,
    )
    for at, new in ((140_000, 10.0), (200_000, 100.0)):
        weights = {"d1": 100 - new, "d2": new}
        story.say(
            at,
            "service/web",
            "traffic shifted",
            "production",
            traffic="production",
            weights=weights,
            **of,
        )
    story.say(
        140_000, "service/web", "traffic shifted", "test", traffic="test", weights={"d2": 100}, **of
    )
    story.say(210_000, "service/web", "stage", "BAKE_TIME", stage="BAKE_TIME", **of)
    story.say(240_000, "service/web", "rolling back", "to web:1: an alarm", **of)
    story.say(
        240_000,
        "service/web",
        "stage",
        "PRODUCTION_TRAFFIC_SHIFT",
        stage="PRODUCTION_TRAFFIC_SHIFT",
        back=True,
        **of,
    )
    story.say(
        240_000,
        "service/web",
        "traffic shifted",
        "production",
        traffic="production",
        weights={"d1": 100, "d2": 0},
        **of,
    )
    story.say(300_000, "service/web", "deployment completed", "back", **of)
    return story


def row(at, revision, requests, errors):
    """Ten seconds of traffic."""
    return SimpleNamespace(
        at_ms=at, until_ms=at + 10_000, revision=revision, requests=requests, errors=errors
    )


class Log(list):
    """Rows with their sums, as a flow has them."""

    requests = property(lambda self: sum(r.requests for r in self))
    errors = property(lambda self: sum(r.errors for r in self))


def flow(*rows):
    """What `lab.traffic` answers, as far as pictures look."""
    return SimpleNamespace(log=Log(rows))


def test_stages_and_shares_of_traffic_are_drawn_with_what_users_met():
    """Stages as a strip, the way back in another colour; production's shares
    by revision; failed requests apart.
    """
    met = flow(
        *(
            row(at, "web:2", 100, 50 if 200_000 <= at < 240_000 else 0)
            for at in range(0, 300_000, 10_000)
        )
    )
    picture = rollout(shifting(), "web", traffic=met)
    assert_same_as_golden("rollout_canary.txt", picture.text)
    assert_same_as_golden("rollout_canary.svg", picture.svg)
    assert "200 of 3,000 requests failed" in picture.text


def test_what_was_over_before_a_picture_begins_is_not_in_it():
    """A service's older revisions and the requests of an hour ago would crowd
    the release that somebody looks at.
    """
    met = flow(row(100_000, "web:1", 100, 7), row(280_000, "web:1", 100, 1))
    text = rollout(shifting(), "web", traffic=met, since="250s").text
    assert "1 of 100 requests failed" in text
    share = text.partition("share of traffic")[2].partition("requests a second")[0]
    assert "web:1" in share
    assert "web:2" not in share


def test_a_deployment_that_was_rolled_back_is_not_called_completed():
    """The old revision's completion is the end of the way back."""
    picture = rollout(shifting(), "web", since="60s")
    assert "rolled back" in picture.text
    assert "to 300s: completed" not in picture.text
    assert "to 90s: completed" in rollout(shifting(), "web", until="90s").text


def test_a_long_title_of_the_first_plot_stays_out_of_the_axis():
    """Both begin at the top left: the times, and under them the title."""
    bad = flow(*(row(at, "web:2", 100, 50) for at in range(0, 60_000, 10_000)))
    picture = releases(breaker_only=bad).svg
    title = float(re.search(r'y="([\d.]+)"[^>]*>breaker only, failed', picture)[1])
    times = float(re.search(r'y="([\d.]+)"[^>]*>10s<', picture)[1])
    assert title - times >= 15  # a line of text


def test_the_same_release_several_ways_has_one_scale():
    """How many users saw an error: a number for each, and curves that can be compared."""
    bad = flow(*(row(at, "web:2", 100, 50) for at in range(0, 60_000, 10_000)))
    canary = flow(*(row(at, "web:2", 100, 5) for at in range(0, 60_000, 10_000)))
    picture = releases(rolling=bad, canary=canary)
    assert_same_as_golden("releases.txt", picture.text)
    axes = [picture.plotly["layout"][name]["range"] for name in ("yaxis", "yaxis2")]
    assert axes[0] == axes[1]


def test_what_cannot_be_drawn_is_explained():
    """A service that never was, and something that is no traffic."""
    with pytest.raises(LabError, match="no service 'shop'; the timeline has web"):
        rollout(shifting(), "shop")
    with pytest.raises(LabError, match="is not traffic"):
        releases(rolling=3)
    with pytest.raises(LabError, match="no request was sent yet"):
        releases(rolling=flow())


def test_a_stuck_deployment_that_gets_room_goes_on_in_the_picture():
    """Facts, section 6.1: 1 task with 50/150 is stuck; with 50/200 the
    ceiling rises and it completes.
    """
    account = Account()
    account.register("web")
    percents = {"minimumHealthyPercent": 50, "maximumPercent": 150}
    account.serve("web", "web", 1, deploymentConfiguration=percents)
    account.advance(120)
    account.call("UpdateService", service="web", forceNewDeployment=True)
    account.advance(60)
    account.call(
        "UpdateService", service="web", deploymentConfiguration=percents | {"maximumPercent": 200}
    )
    account.advance(120)
    said = [e.why for e in account.timeline.where(kind="limits changed")]
    assert said == ["50/200 % instead of 50/150 %"]
    drawn = rollout(account.timeline, "web", since="125s").text
    assert "X stuck, ~ in progress" in drawn
    assert "XXX~~~" in drawn
    ceiling = drawn.splitlines()[-1].split()
    assert (ceiling[0], ceiling[1], ceiling[-1]) == ("ceiling", "1", "2")


def test_revisions_of_the_past_are_not_drawn(rolled):
    """A window shows those whose tasks were there in it."""
    assert "web:1" not in rollout(rolled.timeline, "web", since="500s").text
