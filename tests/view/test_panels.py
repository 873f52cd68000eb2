"""A stack of panels on one time axis, in its three forms, and
the calls of clients as such a stack.
"""

import json
from xml.etree import ElementTree as ET

import pytest
from account import Account
from goldens import assert_same_as_golden

from ecslab.ground.errors import LabError
from ecslab.traffic.probes import Probe
from ecslab.view.calls import calls
from ecslab.view.panel import SERIES, Panels, Piece, Plot, Series, Strip
from ecslab.view.panels import drawn


def example():
    """A strip, a stack with its limits, and a curve."""
    strip = Strip(
        "stage",
        [
            Piece(0, 60_000, "SCALE_UP", SERIES[3], "s", "green starts", "#0B2545"),
            Piece(60_000, 61_000, "hook", SERIES[4], "X", "it failed"),
            Piece(61_000, 120_000, "BAKE_TIME", SERIES[1], "b"),
        ],
    )
    stack = Plot(
        "tasks",
        [
            Series("web:1", SERIES[0], [(0, 4), (40_000, 2), (80_000, 0)]),
            Series("web:2", SERIES[1], [(10_000, 4), (90_000, 5)]),
            Series("floor", "#1F2933", [(0, 4)], dashed=True),
        ],
        stacked=True,
    )
    curve = Plot(
        "errors", [Series("5XX", SERIES[4], [(0, 0), (60_000, 12.5)], stepped=False)], "per s"
    )
    return Panels(
        "A release", "0s to 2m: web:2 replaced web:1", 0, 120_000, [strip, stack, curve], "a note"
    )


def test_panels_as_text_tell_every_number():
    """The text form is what a screen reader gets."""
    assert_same_as_golden("panels.txt", drawn(example()).text)


def test_panels_as_svg_are_one_picture_that_can_be_parsed():
    """No script, no style sheet, a name and a description."""
    picture = drawn(example())
    assert_same_as_golden("panels.svg", picture.svg)
    root = ET.fromstring(picture.svg)
    assert root.get("role") == "img"
    assert "A release" in root.get("aria-label")
    assert root.find("{http://www.w3.org/2000/svg}desc").text.strip() == picture.text.strip()


def test_panels_for_plotly_stack_what_is_stacked():
    """Each stack has the same times in all its areas, or plotly would add up the wrong values."""
    made = drawn(example()).plotly
    json.dumps(made)
    stacked = [trace for trace in made["data"] if "stackgroup" in trace]
    assert [trace["x"] for trace in stacked] == [stacked[0]["x"]] * 2
    assert stacked[1]["y"] == [0, 4, 4, 4, 5, 5]
    assert len({trace["yaxis"] for trace in made["data"]}) == 3
    domains = [made["layout"][f"yaxis{n}"]["domain"] for n in ("", "2", "3")]
    assert all(low < high for low, high in domains)
    assert domains[0][0] > domains[1][1] > domains[2][1]


def test_a_short_trouble_shows_in_the_text():
    """One second in two minutes is less than a column, and still an X."""
    assert "X" in drawn(example()).text.splitlines()[4]


def test_a_series_has_no_value_before_its_first_point():
    """Nothing is made up."""
    series = Series("web:2", SERIES[1], [(10_000, 4)])
    assert (series.at(9_999), series.at(10_000), series.at(99_000)) == (None, 4, 4)


@pytest.fixture
def probed():
    """A probe by DNS and one through the proxy, over a task that is stopped."""
    account = Account()
    found = account.plane.neighbours.discovery.make("orders-dns", A=60)
    port = {"containerPort": 8080, "name": "http"}
    account.register("orders", {"name": "app", "image": "nginx", "portMappings": [port]})
    account.register("web")
    connect = {"enabled": True, "namespace": "shop.local"}
    served = {"portName": "http", "clientAliases": [{"port": 8080, "dnsName": "orders"}]}
    account.serve(
        "orders",
        "orders",
        2,
        serviceRegistries=[{"registryArn": found}],
        serviceConnectConfiguration=connect | {"services": [served]},
    )
    account.serve("web", "web", 1, serviceConnectConfiguration=connect)
    account.advance(60)
    web = account.plane.state.service_called("web")[0]
    probes = [
        account.plane.composer.make(
            Probe,
            sender=web,
            url=url,
            every_ms=1000,
            lasting_ms=90_000,
            callers=account.region.callers,
        )
        for url in ("http://orders-dns.shop.local:8080", "http://orders:8080")
    ]
    account.advance(10)
    account.call("StopTask", task=account.tasks_of("orders")[0])
    account.advance(90)
    return probes


def test_calls_are_drawn_side_by_side(probed):
    """The same failure: DNS feels it until its answer is old, the proxy does not."""
    picture = calls(*probed)
    assert_same_as_golden("calls.txt", picture.text)
    assert_same_as_golden("calls.svg", picture.svg)


def test_calls_need_probes_that_have_called(probed):
    """What cannot be drawn is explained."""
    with pytest.raises(LabError, match="has no calls"):
        calls("web")
    probed[0].calls.clear()
    with pytest.raises(LabError, match="no call was made yet"):
        calls(probed[0])
