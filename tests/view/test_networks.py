from xml.etree import ElementTree as ET

import pytest
from fleets import Fleet, container, crowd, mixed, small
from goldens import SVG, assert_same_as_golden, parsed

from ecslab.ground.errors import LabError
from ecslab.view.networks import networks


def lines_about(picture, task):
    """What the text form says of one task."""
    return next(
        line.split("  ", 4)[-1]
        for line in picture.text.splitlines()
        if line.startswith(f"  {task}  ")
    )


@pytest.mark.parametrize("mode", ["bridge", "host", "awsvpc", "none", "fargate"])
def test_one_task_of_one_mode_makes_a_small_clear_picture(mode):
    """Facts, section 3: what each mode gives a container. Looked at, then kept."""
    picture = networks(small(mode).lab)
    assert_same_as_golden(f"network-{mode}.svg", picture.svg)
    assert_same_as_golden(f"network-{mode}.txt", picture.text + "\n")


def test_every_mode_side_by_side():
    """One instance's own interface and bridge, awsvpc tasks with their own, an
    island, Fargate without an instance.
    """
    picture = networks(mixed().lab)
    assert_same_as_golden("networks.svg", picture.svg)
    assert_same_as_golden("networks.txt", picture.text + "\n")


def test_bridge_shows_the_ports_that_were_given():
    """Facts, section 3: hostPort free choice or dynamic, per protocol;
    several containers each with their own.
    """
    fleet = Fleet()
    fleet.launch("a")
    ports = [
        {"containerPort": 80, "hostPort": 8080},
        {"containerPort": 53, "hostPort": 5353, "protocol": "udp"},
    ]
    fleet.define(
        "web",
        "bridge",
        container(ports=ports),
        container("log"),
        container("db", ports=[{"containerPort": 5432}]),
    )
    fleet.start("web")
    fleet.advance(5)
    assert "a dynamic port of 10.0.0.101 leads to port 5432 of db" in networks(fleet.lab).text
    fleet.advance(60)
    assert lines_about(networks(fleet.lab), "task/1") == (
        "bridge: port 8080 of 10.0.0.101 leads to port 80 of app; port 5353/udp of 10.0.0.101 "
        "leads to port 53/udp of app; port 32768 of 10.0.0.101 leads to port 5432 of db"
    )
    for label in (
        "port 8080 → 80",
        "port 5353/udp → 53/udp",
        "port 32768 → 5432",
        "docker0 bridge",
        "log",
    ):
        assert f">{label}</text>" in networks(fleet.lab).svg


def test_the_addresses_are_the_accounts():
    """An awsvpc task's address is its interface's, a bridge task's its
    instance's; every interface is drawn once.
    """
    fleet = mixed()
    picture = networks(fleet.lab)
    addresses = [face.private_ip for face in fleet.network.interfaces.values()]
    addresses += [instance.private_ip for instance in fleet.instances]
    for address in addresses:
        assert picture.svg.count(f">ENI {address}</text>") == 1
    for face in fleet.network.interfaces.values():
        assert (
            f"interface {face.id} of its own at {face.private_ip}, in {face.subnet}" in picture.text
        )


def test_an_interface_that_does_not_exist_yet_is_not_wired():
    """A task in PROVISIONING has no address: its interface hangs on nothing."""
    fleet = Fleet()
    fleet.register("web")
    fleet.run("web")
    before = networks(fleet.lab)
    assert ">ENI not attached yet</text>" in before.svg
    assert "its network interface is not attached yet" in before.text
    fleet.advance(60)
    assert (
        networks(fleet.lab).svg.count("<path") == before.svg.count("<path") + 2
    )  # the wires above and below


def test_a_public_address_and_security_groups_are_told():
    """Facts, section 3: only Fargate tasks may have a public address; without
    security groups the VPC's default one.
    """
    assert "public 203.0.113.1, security groups sg-1" in networks(small("fargate").lab).text
    assert "public 203.0.113.1</text>" in networks(small("fargate").lab).svg
    assert "the VPC's default security group" in networks(small("awsvpc").lab).text


def test_an_external_instance_is_in_a_network_of_its_own():
    """ECS Anywhere: no subnet of AWS."""
    fleet = small("bridge")
    (instance,) = fleet.instances
    instance.external, instance.subnet, instance.zone = True, None, None
    picture = networks(fleet.lab)
    assert "EXTERNAL: a network of your own" in picture.text
    assert ">your own network</text>" in picture.svg
    assert "10.0.0.101" in picture.text


def test_an_instance_without_tasks_still_has_its_interface():
    """That is where bridge and host tasks would be reached."""
    fleet = Fleet()
    fleet.launch("a")
    assert "network interface at 10.0.0.101" in networks(fleet.lab).text
    assert ">ENI 10.0.0.101</text>" in networks(fleet.lab).svg


def test_an_account_without_anything_says_so():
    """A sentence, and an SVG that is one."""
    picture = networks(Fleet().lab)
    assert picture.text.endswith("no container instance, and no task")
    assert ET.fromstring(picture.svg).get("role") == "img"


def test_the_svg_is_small_plain_and_speaks():
    """Attributes only; one image to a screen reader, described by the text form."""
    picture = networks(mixed().lab)
    image = parsed(picture.svg)
    assert (image.get("role"), image.get("aria-label")) == (
        "img",
        "Networks of cluster default, at 245s",
    )
    assert image.find(f"{SVG}desc").text == picture.text
    assert len(picture.svg) < 30_000


def test_many_instances_are_capped_with_a_note():
    """What is drawn and what is not adds up."""
    fleet = crowd(500, 900)
    picture = networks(fleet.lab)
    assert len(picture.svg) < 30_000
    drawn = sum(line.startswith("instance/") for line in picture.text.splitlines())
    assert f"{500 - drawn} more instances and 884 more tasks not drawn" in picture.text


def test_a_crowded_instance_shows_every_mode_and_counts_the_rest():
    """Eight tasks at most, of each mode in turn."""
    fleet = Fleet()
    fleet.launch("a", type="m5.4xlarge")
    fleet.define_one_of_each()
    fleet.start("web", 10)
    fleet.start("proxy")
    fleet.start("batch", 2)
    fleet.advance(60)
    text = networks(fleet.lab).text
    assert [text.count(f"  {family}:1  ") for family in ("web", "proxy", "batch")] == [5, 1, 2]
    assert "  and 5 more" in text


def test_hostile_names_are_text():
    """Names are escaped, and move no cursor."""
    fleet = small("bridge")
    (instance,) = fleet.instances
    instance.subnet = "</svg><script>alert(1)</script>\x1b[2J\u202e"
    next(iter(instance.tasks.values())).containers[0].name = '"><img src=x onerror=1>'
    picture = networks(fleet.lab)
    assert {e.tag.removeprefix(SVG) for e in ET.fromstring(picture.svg).iter()} <= {
        "svg",
        "desc",
        "g",
        "path",
        "rect",
        "text",
    }
    assert not set("\x1b\u202e") & set(picture.text + picture.svg)


def test_a_cluster_that_is_not_there_is_refused():
    """With the clusters there are."""
    with pytest.raises(
        LabError, match=r"there is no active cluster 'prod' in us-east-1; there is default\."
    ):
        networks(Fleet().lab, "prod")


def test_looking_changes_nothing():
    """A picture twice is the same picture; the timeline has not grown."""
    fleet = mixed()
    before = len(fleet.timeline)
    assert networks(fleet.lab).svg == networks(fleet.lab).svg
    assert len(fleet.timeline) == before
