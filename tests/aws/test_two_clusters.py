"""Two clusters with services of the same name: told, drawn, explained and billed apart."""

import pytest
from deployed import fargate

from ecslab import explain, rollout, show
from ecslab.ground.errors import LabError


@pytest.fixture
def two(lab):
    """A service `web` of two tasks in prod; then one of three in test, which is deleted again."""
    ecs, where = fargate(lab, desired=2)
    lab.settle()
    ecs.create_cluster(clusterName="test")
    asked = where | {"cluster": "test"}
    ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=3, **asked)
    lab.settle()
    ecs.delete_service(cluster="test", service="web", force=True)
    lab.settle()
    return lab


def test_a_rollout_is_of_the_first_born_alone(two):
    """At most two tasks ever ran in prod, where the ceiling is four;
    those of test are not among them.
    """
    plots = rollout(two, "web").plotly["data"]
    stacked = [trace for trace in plots if "stackgroup" in trace]
    assert max(sum(values) for values in zip(*(t["y"] for t in stacked), strict=True)) == 2


def test_a_rollout_of_the_other_is_asked_for_with_its_cluster(two):
    """Its deployment is drawn, with three tasks at most."""
    assert "test/web" in rollout(two, "test/web").text


def test_what_happened_to_one_is_not_told_of_the_other(two):
    """The service of prod was never deleted."""
    assert "deleted" not in explain(two, "service/web")
    assert "deleted" in explain(two, "service/test/web")


def test_lanes_of_one_are_asked_for_with_its_cluster(two):
    """Three tasks of test, two of prod."""
    assert show(two, service="test/web").text.count("task/") == 3
    assert show(two, service="web").text.count("task/") == 2


def test_each_has_a_bill_of_its_own(two):
    """What two tasks cost for a long time is not what three cost for a short one."""
    assert two.cost().of("service/test/web").total < two.cost().of("service/web").total


def test_a_call_by_a_name_that_two_clusters_have_asks_which(lab):
    """`lab.call` knows a service by "prod/web"; "web" alone means neither."""
    ecs, where = fargate(lab, desired=1)
    ecs.create_cluster(clusterName="test")
    ecs.create_service(
        serviceName="web", taskDefinition="web", desiredCount=1, **where | {"cluster": "test"}
    )
    lab.settle()
    with pytest.raises(LabError, match=r"2 services called 'web'.*prod/web, test/web"):
        lab.call("web", "http://example.com/")


def test_a_name_that_two_living_services_have_asks_which(lab):
    """Pictures, too: "web" alone means neither while both live; with its cluster
    each is found, and by its own label.
    """
    ecs, where = fargate(lab, desired=1)
    ecs.create_cluster(clusterName="test")
    ecs.create_service(
        serviceName="web", taskDefinition="web", desiredCount=1, **where | {"cluster": "test"}
    )
    lab.settle()
    for picture in (lambda name: rollout(lab, name), lambda name: show(lab, service=name)):
        with pytest.raises(
            LabError, match=r"2 services are called 'web'; the timeline has prod/web, test/web"
        ):
            picture("web")
        assert (
            picture("prod/web").text != picture("test/web").text == picture("service/test/web").text
        )
        assert picture("service/web").text == picture("prod/web").text
    for name in ("service/prod/web", "prod/web"):
        assert explain(lab, name) == explain(lab, "service/web")
    assert "its container" not in explain(lab, "test/web")
    with pytest.raises(
        LabError, match=r"there is no service 'test/wob'; the timeline has web, test/web"
    ):
        explain(lab, "test/wob")
