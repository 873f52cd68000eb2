"""botocore's waiters and retries let the lab's time pass, and cost none of the wall's."""

import pytest
from botocore.exceptions import ClientError, WaiterError
from deployed import fargate

from ecslab import Lab
from ecslab.ground.errors import AwsError


def test_waiting_for_a_stable_service_moves_the_lab_s_clock(lab):
    """services_stable asks every 15 s (facts: BCW) of the lab's time until the tasks run."""
    ecs, _ = fargate(lab)
    ecs.get_waiter("services_stable").wait(cluster="prod", services=["web"])
    service = ecs.describe_services(cluster="prod", services=["web"])["services"][0]
    assert (service["runningCount"], service["desiredCount"]) == (2, 2)
    assert lab.clock.now_ms > 0
    assert lab.clock.now_ms % 15_000 == 0


def test_waiting_for_tasks_to_run_and_to_stop(lab):
    """tasks_running and tasks_stopped ask every 6 s (facts: BCW)."""
    ecs, where = fargate(lab, desired=0, exits_after=60)
    task = ecs.run_task(taskDefinition="web", **where)["tasks"][0]["taskArn"]
    ecs.get_waiter("tasks_running").wait(cluster="prod", tasks=[task])
    assert ecs.describe_tasks(cluster="prod", tasks=[task])["tasks"][0]["lastStatus"] == "RUNNING"
    ecs.get_waiter("tasks_stopped").wait(cluster="prod", tasks=[task])
    assert ecs.describe_tasks(cluster="prod", tasks=[task])["tasks"][0]["lastStatus"] == "STOPPED"
    assert lab.clock.now_ms % 6_000 == 0


def test_waiting_for_a_deleted_service_to_be_inactive(lab):
    """services_inactive asks every 15 s (facts: BCW)."""
    ecs, _ = fargate(lab)
    lab.settle()
    ecs.delete_service(cluster="prod", service="web", force=True)
    ecs.get_waiter("services_inactive").wait(cluster="prod", services=["web"])
    assert (
        ecs.describe_services(cluster="prod", services=["web"])["services"][0]["status"]
        == "INACTIVE"
    )


def test_waiting_in_vain_takes_as_long_as_the_waiter_says(lab):
    """A task that crashes before it runs ends tasks_running at once; one that starts
    slowly exhausts it, in the lab's time.
    """
    ecs, where = fargate(lab, desired=0, starts_in=10_000)
    task = ecs.run_task(taskDefinition="web", **where)["tasks"][0]["taskArn"]
    with pytest.raises(WaiterError):
        ecs.get_waiter("tasks_running").wait(
            cluster="prod", tasks=[task], WaiterConfig={"Delay": 10, "MaxAttempts": 7}
        )
    assert lab.clock.now_ms <= 60_000


def test_each_waiter_moves_the_clock_of_its_own_lab():
    """Two labs, two clocks: a waiter belongs to the lab that answered it."""
    with Lab() as one, Lab() as two:
        clients = [lab.client("sqs") for lab in (one, two)]
        for client, delay in zip(clients, (5, 7), strict=True):
            with pytest.raises(WaiterError):
                lab_waiter(client).wait(WaiterConfig={"Delay": delay, "MaxAttempts": 3})
        assert (one.clock.now_ms, two.clock.now_ms) == (10_000, 14_000)


def lab_waiter(client):
    """A waiter that never ends well, on a service that needs nothing set up."""
    from botocore.waiter import WaiterModel, create_waiter_with_client

    acceptor = {"state": "success", "matcher": "error", "expected": "Never"}
    retry = {"state": "retry", "matcher": "status", "expected": 200}
    config = {
        "operation": "ListQueues",
        "delay": 1,
        "maxAttempts": 2,
        "acceptors": [acceptor, retry],
    }
    return create_waiter_with_client(
        "Vain", WaiterModel({"version": 2, "waiters": {"Vain": config}}), client
    )


def test_retrying_costs_the_lab_s_time_and_is_the_same_every_time(monkeypatch):
    """Throttled calls back off in the lab, by amounts that the seed decides."""
    took = []
    for _ in range(2):
        with Lab() as lab:

            def throttle(*_):
                raise AwsError("ThrottlingException", "Rate exceeded")

            monkeypatch.setitem(lab.plane().operations, "ListClusters", throttle)
            with pytest.raises(ClientError, match="reached max retries"):
                lab.client("ecs").list_clusters()
            took.append(lab.clock.now_ms)
    assert took[0] == took[1] > 0
