"""Container Insights (facts, section 13)."""

import pytest
from account import Account
from refusals import refused

from ecslab.traffic.flows import goal
from ecslab.world.traffic import steady

ON = [{"name": "containerInsights", "value": "enabled"}]
WEB = {"ClusterName": "default", "ServiceName": "web"}


@pytest.fixture
def account() -> Account:
    """A service of two tasks in a cluster with Container Insights."""
    made = Account()
    made.metrics = made.plane.neighbours.metrics
    made.call("UpdateClusterSettings", cluster="default", settings=ON)
    made.register("web")
    made.serve("web", "web", 2)
    return made


def values(account, name, dimensions):
    """What was published of a metric, oldest first."""
    return [v for _, n, d, v in account.metrics.points if (n, d) == (name, dimensions)]


def test_counts_are_published_once_a_minute(account):
    """Facts, section 13: of the cluster and of each service, with AWS's names and dimensions."""
    account.advance(300)
    assert values(account, "DesiredTaskCount", WEB) == [2] * 5
    assert values(account, "RunningTaskCount", WEB) == [2] * 5
    assert values(account, "ServiceCount", {"ClusterName": "default"}) == [1] * 5
    assert values(account, "TaskCount", {"ClusterName": "default"}) == [2] * 5
    assert values(account, "CpuReserved", WEB) == [512] * 5
    assert values(account, "MemoryReserved", WEB) == [1024] * 5


def test_a_service_without_a_running_task_reserves_nothing(account):
    """Facts, section 13: no RUNNING task, no metric; the counts are there all the same."""
    account.call("UpdateService", service="web", desiredCount=0)
    account.advance(180)
    before = len(values(account, "CpuReserved", WEB))
    account.advance(120)
    assert len(values(account, "CpuReserved", WEB)) == before
    assert values(account, "RunningTaskCount", WEB)[-1] == 0


def test_what_requests_use_is_published_with_them(account):
    """Facts, section 13: CpuUtilized is the same minute's CPUUtilization, in units."""
    account.advance(120)
    account.region.traffic.send(
        goal(account.plane.state, account.plane.neighbours.balancers, "web"), steady(20)
    )
    account.advance(180)
    percent = [v for _, n, _, v in account.metrics.points if n == "CPUUtilization"]
    units = values(account, "CpuUtilized", WEB)
    assert units
    assert 0 < units[-1] < 512
    assert percent


def test_without_it_nothing_is_published_and_no_alarm_rings(account):
    """Off: the facts' default; an idle day costs nothing."""
    off = [{"name": "containerInsights", "value": "disabled"}]
    account.call("UpdateClusterSettings", cluster="default", settings=off)
    account.advance(60)
    before = len(account.metrics.points)
    account.advance(3600)
    assert len(account.metrics.points) == before


def test_reservations_are_of_ec2_instances(account):
    """Facts, section 13, AWS/ECS CPUReservation: what tasks have reserved of what
    ACTIVE and DRAINING instances registered.
    """
    account.plane.neighbours.machines.launch()
    account.plane.instances.sync()
    account.advance(120)
    app = {"name": "app", "image": "nginx", "cpu": 512, "memory": 1024}
    account.call("RegisterTaskDefinition", family="on-ec2", containerDefinitions=[app])
    account.call("RunTask", taskDefinition="on-ec2")
    account.advance(120)
    assert values(account, "CPUReservation", {"ClusterName": "default"})[-1] == pytest.approx(25)


def test_tasks_that_live_are_counted(account):
    """Facts, section 13, LiveTaskCount: ACTIVATING, RUNNING and DEACTIVATING."""
    account.advance(120)
    assert values(account, "LiveTaskCount", WEB)[-1] == 2


def test_faster_metrics_are_refused_as_not_simulated(account):
    """Facts, section 13, resolution: 60 s; 20 s needs `monitoring`, which is
    refused by UnsupportedFeatureException.
    """
    fast = {"metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]}
    assert (
        refused(account, "UpdateService", service="web", monitoring=fast).code
        == "UnsupportedFeatureException"
    )
