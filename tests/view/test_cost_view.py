from itertools import pairwise
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from goldens import assert_same_as_golden
from told import ByHand

import ecslab
from ecslab.billing.cost import cost as bill
from ecslab.ground.errors import LabError
from ecslab.timeline.timeline import Timeline
from ecslab.view.cost import cost
from ecslab.view.picture import PLOTLY
from ecslab.view.spending import BANDS, spending, ways

HOUR = 3600
SVG = "{http://www.w3.org/2000/svg}"


def day(*, services=("web", "api"), hours=24, region="us-east-1"):
    """The bill of a made-up day: services on Fargate, one on Spot, two
    instances, one machine of the customer's.
    """
    timeline = ByHand()
    known = {
        "cpu": 1024,
        "memory": 2048,
        "architecture": "X86_64",
        "system": "LINUX",
        "storage_gib": 20,
        "public_ip": False,
    }
    for number, service in enumerate(services):
        facts = known | {
            "region": region,
            "launch_type": "FARGATE",
            "provider": "FARGATE",
            "service": service,
        }
        timeline.say(number * HOUR * 1000, f"task/{2 * number + 1}", "PROVISIONING", **facts)
        timeline.say(number * HOUR * 1000, f"task/{2 * number + 1}", "ACTIVATING")
        timeline.say(
            HOUR * 1000,
            f"task/{2 * number + 2}",
            "PROVISIONING",
            **facts | {"provider": "FARGATE_SPOT", "service": None},
        )
        timeline.say(HOUR * 1000, f"task/{2 * number + 2}", "ACTIVATING")
        timeline.say(9 * HOUR * 1000, f"task/{2 * number + 2}", "STOPPED")
    timeline.say(
        6 * HOUR * 1000,
        "instance/1",
        "registered",
        machine="i-1",
        instance_type="m5.large",
        region=region,
    )
    timeline.say(18 * HOUR * 1000, "instance/1", "terminated", machine="i-1")
    timeline.say(
        12 * HOUR * 1000, "instance/2", "registered", machine="mi-2", external=True, region=region
    )
    return bill(timeline, hours * HOUR * 1000)


def test_cost_over_lab_time_is_stacked_by_provider_and_service():
    """Look at the pictures when they change."""
    picture = cost(day())
    assert_same_as_golden("cost.txt", picture.text + "\n")
    assert_same_as_golden("cost.svg", picture.svg)


def test_the_ways_to_pay_are_drawn_side_by_side():
    """Fargate against Spot against EC2, for the same tasks."""
    picture = cost(day(), compare="m5.large")
    assert_same_as_golden("cost_ways.txt", picture.text + "\n")
    assert_same_as_golden("cost_ways.svg", picture.svg)


def test_the_curves_end_at_what_the_bill_says():
    """Drawn with floats, but from the exact lines."""
    told = day()
    seen = spending(told)
    ends = {band.name: band.usd[-1] for band in seen.bands}
    assert seen.tops[-1][-1] == pytest.approx(float(told.total))
    assert ends["FARGATE · web"] == pytest.approx(float(told.services["web"]))
    assert ends["EC2 · m5.large"] == pytest.approx(12 * 0.096)
    assert ends["EXTERNAL · instances"] == pytest.approx(12 * 0.01025)
    compared = told.compare("c5.large").totals
    assert [band.usd[-1] for band in ways(told, "c5.large").bands] == pytest.approx(
        [float(usd) for usd in compared.values()]
    )


def test_nothing_that_was_spent_comes_back():
    """Curves only rise, from nothing; one that is not running any more stays level."""
    for seen in (spending(day()), ways(day(), "m5.large")):
        for band in seen.bands:
            assert band.usd[0] == 0
            assert all(later >= earlier - 1e-9 for earlier, later in pairwise(band.usd))
    spot = next(band for band in spending(day()).bands if band.name == "FARGATE_SPOT · no service")
    assert (
        len(
            {
                round(usd, 6)
                for at, usd in zip(spending(day()).times_ms, spot.usd, strict=True)
                if at >= 9 * HOUR * 1000
            }
        )
        == 1
    )


def test_no_two_bands_that_touch_look_alike():
    """Names stand beside the curves, and colours differ."""
    bands = spending(day(services=[f"s{n}" for n in range(6)])).bands
    assert all(here.colour != there.colour for here, there in pairwise(bands))


def test_many_services_are_added_up():
    """No more bands than a reader can tell apart; the sum stays whole."""
    told = day(services=[f"s{n}" for n in range(20)])
    seen = spending(told)
    assert len(seen.bands) == BANDS
    assert seen.bands[-1].name.endswith(" others")
    assert seen.tops[-1][-1] == pytest.approx(float(told.total))


def test_what_has_no_price_is_said_beside_the_picture():
    """Never silently nothing."""
    picture = cost(day(region="eu-west-1"))
    assert (
        "Not drawn: no price in the sample for fargate.linux.x86_64.vcpu in eu-west-1."
        in picture.text
    )
    assert picture.plotly is None
    assert "0s to 1d: 0.00 USD for what has a price." in picture.text


def test_a_picture_of_nothing_is_a_picture():
    """A lab that has just begun."""
    picture = cost(bill(Timeline(), 0))
    assert picture.text == "Cost over lab time\n0s to 0s: nothing has cost anything."
    assert ET.fromstring(picture.svg).get("role") == "img"


def test_names_from_outside_are_escaped_in_every_form():
    """A service called like a tag is text."""
    picture = cost(day(services=["<script>&"]))
    ET.fromstring(picture.svg)
    assert "<script>" not in picture.svg
    assert "<script>" not in str(picture.plotly["data"])
    assert "\x1b" not in cost(day(services=["\x1b[2J"])).text


def test_the_picture_has_the_three_forms_and_plotly_accepts_it():
    """The bundle that JupyterLab gets; bands are stacked, ways are not."""
    stacked, lines = cost(day()), cost(day(), compare="m5.large")
    assert set(stacked._repr_mimebundle_()) == {PLOTLY, "image/svg+xml", "text/plain"}
    assert {trace.stackgroup for trace in stacked.figure.data} == {"spent"}
    assert [trace.line.dash for trace in lines.figure.data] == ["solid", "dash", "solid", "dash"]
    image = ET.fromstring(stacked.svg)
    assert "FARGATE · web" in image.find(f"{SVG}desc").text


def test_only_what_has_a_bill_can_be_drawn():
    """With the right line; an instance type without price as lab.cost() says it."""
    with pytest.raises(LabError, match="a SimpleNamespace has no bill"):
        cost(SimpleNamespace())
    with pytest.raises(LabError, match=r"no 'x9\.huge'"):
        cost(day(), compare="x9.huge")


def test_a_lab_tells_and_draws_what_it_has_cost(lab):
    """Through boto3: a task that ran an hour on Fargate, the bill, its
    picture, and the end of the lab.
    """
    assert str(lab.cost()) == "Nothing has cost anything in 0 s of lab time"
    ecs, ec2 = lab.client("ecs"), lab.client("ec2")
    ecs.create_cluster()
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    size = {
        "cpu": "256",
        "memory": "512",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
    }
    ecs.register_task_definition(
        family="web", containerDefinitions=[{"name": "app", "image": "nginx"}], **size
    )
    ecs.run_task(
        taskDefinition="web",
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}
        },
    )
    lab.advance("1h12s")
    assert lab.cost().total == lab.cost().priced > 0
    assert (
        f"{lab.cost().providers['FARGATE']}" == "0.0173 USD"
    )  # 0.0123 of its size, 0.005 of its public address
    assert ecslab.cost(lab).text == cost(lab.cost()).text
    lab.close()
    with pytest.raises(LabError):
        lab.cost()
