"""Requests flow through listeners and weights to targets: who answers, with
which errors, and what is published.
"""

from random import Random

import pytest
from account import Account
from behind_a_balancer import front, web

from ecslab.ground.errors import LabError
from ecslab.traffic.flows import goal
from ecslab.world.traffic import ramp, steady


@pytest.fixture
def account():
    """An account with a default cluster and the family "web"."""
    account = Account()
    web(account)
    return account


def up(account, count=2, *, settled=120, **more):
    """A service behind a target group of its own; the group, and
    the listener that forwards to it.
    """
    group = account.balancers.make(**{"interval_s": 10, "deregistration_delay_s": 20} | more)
    account.serve("web", "web", count, loadBalancers=front(group))
    account.advance(settled)
    return group, next(iter(account.balancers.rules))


def send(account, to, rate=20, lasting=None):
    """Traffic from now on."""
    return account.region.traffic.send(
        goal(account.plane.state, account.plane.neighbours.balancers, to), steady(rate), lasting
    )


def release(account, **behaviour):
    """Deploy a new revision that behaves like that."""
    web(account, image=account.images.push(f"web:{len(account.images.pushed)}", **behaviour))
    account.call("UpdateService", service="web", taskDefinition="web")


def metric(account, name, **dimensions):
    """(count, sum) of each datapoint of a metric with just these dimensions."""
    wanted = tuple(sorted(dimensions.items()))
    return [
        (d.seen.count, d.seen.total)
        for d in account.plane.neighbours.metrics.data
        if d.metric[1:] == (name, wanted)
    ]


def test_every_request_is_answered_by_a_healthy_target(account):
    """Facts, section 11: healthy targets share the requests; the log adds up to what was sent."""
    _, listener = up(account)
    flow = send(account, listener, 30)
    account.advance(100)
    assert (flow.requests, flow.errors) == (3000, 0)
    assert flow.log.by_revision() == {"web:1": (3000, 0)}
    assert [(e.kind, e.why) for e in account.timeline.of("traffic/1")] == [
        ("traffic began", "30 requests a second"),
        ("traffic shared", "web:1 100 %"),
    ]


def test_a_bad_revision_shows_from_its_first_request(account):
    """Errors begin when the bad revision gets healthy, and grow with its
    share; the timeline says so once.
    """
    _, listener = up(account)
    flow = send(account, listener, 40)
    release(account, error_rate=0.5)
    account.advance(200)
    requests, errors = flow.log.by_revision()["web:2"]
    assert errors == pytest.approx(requests / 2, abs=1)
    assert flow.log.by_revision()["web:1"][1] == 0
    kinds = [e.kind for e in account.timeline.of("traffic/1")]
    assert kinds == [
        "traffic began",
        "traffic shared",
        "traffic shared",
        "errors began",
        "traffic shared",
    ]
    began = account.timeline.where(kind="errors began")[0]
    assert began.why == "25 % of requests: web:2 answers 500 now and then"
    assert began.at_ms == next(
        e.at_ms for e in account.timeline.of("task/3") if e.kind == "target healthy"
    )


def test_weights_decide_who_answers(account):
    """Facts, section 11, forward weights: a canary of ten percent gets a
    tenth, from the moment of the shift.
    """
    blue, listener = up(account)
    green = account.balancers.make("green", interval_s=10)
    web(account, family="next")
    account.serve("next", "next", 1, loadBalancers=front(green))
    account.advance(60)
    flow = send(account, listener, 20)
    account.balancers.shift(listener, {blue: 90, green: 10})
    account.advance(100)
    assert flow.log.by_revision() == {"web:1": (1800, 0), "next:1": (200, 0)}
    account.balancers.shift(listener, {blue: 0, green: 100})
    account.advance(10)
    assert flow.log.by_revision()["next:1"] == (400, 0)
    assert [e.why for e in account.timeline.where(kind="traffic shared")] == [
        "web:1 100 %",
        "web:1 90 %, next:1 10 %",
        "next:1 100 %",
    ]


def test_a_test_listener_has_traffic_of_its_own(account):
    """Two listeners in front of two groups: each flow has its own log."""
    _, listener = up(account)
    green = account.balancers.make("green", interval_s=10, listener=False)
    trial = account.balancers.listen("trial", {green: 1})
    web(account, family="next")
    account.serve("next", "next", 1, loadBalancers=front(green))
    account.advance(60)
    real, tried = send(account, listener, 30), send(account, trial, 1)
    account.advance(60)
    assert real.log.by_revision() == {"web:1": (1800, 0)}
    assert tried.log.by_revision() == {"next:1": (60, 0)}


def test_unhealthy_targets_get_nothing_until_all_are(account):
    """Facts, section 11: a target that fails its checks gets no requests; when all do,
    everybody gets them again (fail open).
    """
    group, listener = up(account, 1, unhealthy_threshold=2)
    account.images.pushed.clear()
    web(account, image=account.images.push("ill:1", unhealthy_after=60), family="ill")
    account.serve("ill", "ill", 1, loadBalancers=front(group), healthCheckGracePeriodSeconds=900)
    account.advance(40)
    flow = send(account, listener, 10)
    account.advance(100)
    story = [(e.kind, e.why) for e in account.timeline.of("traffic/1")]
    assert story[1:] == [
        ("traffic shared", "web:1 50 %, ill:1 50 %"),
        ("errors began", "50 % of requests: ill:1 answers 503"),
        ("traffic shared", "web:1 100 %"),
        ("errors ended", "every request is answered"),
    ]
    account.call("UpdateService", service="web", desiredCount=0)
    account.advance(60)
    last = [
        e.why
        for e in account.timeline.of("traffic/1")
        if e.kind in {"traffic shared", "errors began"}
    ][-2:]
    assert last == ["ill:1 100 %", "100 % of requests: ill:1 answers 503"]
    assert flow.log.by_revision()["ill:1"][1] > 0


def test_without_any_target_the_load_balancer_answers_503(account):
    """Facts, section 11: nobody is registered; the requests are the load
    balancer's errors, of no revision.

    For four seconds it does not know yet, and the last target, which drains, goes on answering.
    """
    group, listener = up(account, 1)
    flow = send(account, listener, 10)
    account.call("UpdateService", service="web", desiredCount=0)
    account.advance(120)
    assert flow.log.by_revision() == {"web:1": (240, 0), "": (960, 960)}
    assert (
        account.timeline.where(kind="errors began")[0].why
        == "100 % of requests: no target is registered in web"
    )
    assert (
        sum(
            total for _, total in metric(account, "HTTPCode_ELB_503_Count", LoadBalancer="app/lb/1")
        )
        == 960
    )
    label = {"LoadBalancer": "app/lb/1", "TargetGroup": group.rpartition(":")[2]}
    assert metric(account, "HTTPCode_ELB_503_Count", **label) == []


def test_the_last_target_answers_until_it_is_told_to_end_and_then_nobody_does(account):
    """What clients see at StopTask: answers for a second, errors of a program that
    listens no more, the load balancer's own.
    """
    _, listener = up(account, 1)
    flow = send(account, listener, 10)
    account.call("StopTask", task=account.tasks_of("web")[0])
    for seconds, seen in (
        (1, {"web:1": (10, 0)}),
        (3, {"web:1": (40, 30)}),
        (2, {"web:1": (40, 30), "": (20, 20)}),
    ):
        account.advance(seconds)
        assert flow.log.by_revision() == seen


def test_a_draining_target_gets_no_new_requests(account):
    """Facts, section 11: from its deregistration on, a task that still runs answers nobody new."""
    _, listener = up(account, 2, deregistration_delay_s=300)
    flow = send(account, listener, 10)
    release(account)
    account.advance(600)
    drained = max(e.at_ms for e in account.timeline.where(kind="target draining"))
    assert max(row.until_ms for row in flow.log if row.revision == "web:1") == drained
    assert flow.errors == 0


def test_slow_start_gives_a_new_target_its_share_little_by_little(account):
    """Facts, section 11, slow start: linear over its duration; a group that was empty has none."""
    group, listener = up(account, 1, slow_start_s=100)
    flow = send(account, listener, 20)
    account.advance(60)
    assert flow.log.by_revision() == {"web:1": (1200, 0)}
    web(account, family="next")
    account.serve("next", "next", 1, loadBalancers=front(group))
    account.advance(300)
    healthy = next(e.at_ms for e in account.timeline.of("task/2") if e.kind == "target healthy")
    new = [(row.at_ms - healthy, row.requests) for row in flow.log if row.revision == "next:1"]
    assert new[0] == (0, pytest.approx(20 * 10 * 0.05 / 1.05, abs=1))
    each = {at: requests / 200 for at, requests in new if at % 10_000 == 0 and at < 100_000}
    assert sum(requests for at, requests in new if at < 100_000) == pytest.approx(
        20 * 100 * 0.307, abs=20
    )
    assert list(each.values())[:4] == sorted(list(each.values())[:4])
    assert new[-1][1] == 20 * 60 / 2


@pytest.mark.parametrize(
    ("algorithm", "share"),
    [("round_robin", 0.5), ("weighted_random", 0.5), ("least_outstanding_requests", 0.2)],
)
def test_the_algorithm_decides_how_much_a_slow_target_gets(account, algorithm, share):
    """Facts, section 11, algorithm: who has the fewest requests under way gets more of them."""
    account.images.push("quick", answers_in=0.1)
    web(account, image="quick")
    group, listener = up(account, 1, algorithm=algorithm)
    web(account, image=account.images.push("slow:1", answers_in=0.4), family="slow")
    account.serve("slow", "slow", 1, loadBalancers=front(group))
    account.advance(60)
    flow = send(account, listener, 10)
    account.advance(100)
    assert flow.log.by_revision()["slow:1"][0] == pytest.approx(1000 * share, abs=1)


def test_a_service_that_is_too_small_refuses_requests(account):
    """World, the load model: above what its CPUs can do, the
    rest ends in the load balancer's 502s.
    """
    _, listener = up(account, 2)  # a quarter of a CPU each, 10 ms a request: 50 a second
    flow = account.region.traffic.send(
        goal(account.plane.state, account.plane.neighbours.balancers, listener),
        ramp(40, 100, over="10m"),
    )
    account.advance(600)
    began = account.timeline.where(kind="errors began")[0]
    assert began.why.endswith("web:1 is saturated")
    assert 100_000 <= began.at_ms - 120_000 <= 160_000
    used = [
        total / count
        for count, total in metric(
            account, "CPUUtilization", ClusterName="default", ServiceName="web"
        )
    ]
    assert used == sorted(used)
    assert used[-1] == pytest.approx(100)
    assert max(row.latency_ms for row in flow.log) == pytest.approx(4000)


def test_overload_makes_health_checks_time_out(account):
    """Facts, section 11, Target.Timeout: checks wait behind everybody's requests, so a
    service that is too small loses its targets.
    """
    account.images.push("nginx", concurrency=1000)  # requests pile up until they take forty seconds
    group, listener = up(account, 2)
    send(account, listener, 100, lasting=120_000)
    account.advance(40)
    assert [h.description for h in account.balancers.targets[group].values()] == [
        "Request timed out"
    ] * 2
    account.advance(60)
    text = "Amazon ECS replaced 2 tasks due to an unhealthy status."
    assert any(text in message for message in account.messages("web"))
    account.advance(600)
    assert set(account.balancers.states(group)) == {"healthy"}
    assert account.timeline.of("service/web").kinds()[-1] == "steady"


def test_a_flow_can_go_straight_at_a_service(account):
    """Without a load balancer its RUNNING tasks share the
    requests, and AWS/ECS alone is published.
    """
    account.serve("plain", "web", 2)
    flow = send(account, "plain", 10)
    account.advance(60)
    assert flow.log.by_revision() == {"": (200, 200), "web:1": (400, 0)}
    assert metric(account, "CPUUtilization", ClusterName="default", ServiceName="plain")
    assert {d.metric[0] for d in account.plane.neighbours.metrics.data} == {"AWS/ECS"}


def test_metrics_carry_the_names_and_dimensions_of_aws(account):
    """Facts, sections 9.5 and 13, and the ELB guide: one datapoint a
    minute, of the minute that is over.
    """
    group, listener = up(account, 2)
    send(account, listener, 20)
    account.advance(60)
    balancer = {"LoadBalancer": "app/lb/1"}
    both = balancer | {"TargetGroup": group.rpartition(":")[2]}
    service = {"ClusterName": "default", "ServiceName": "web"}
    told = {
        (d.metric[0], d.metric[1], d.metric[2]): (d.seen, d.unit)
        for d in account.plane.neighbours.metrics.data
    }
    seen = {
        (name, where): told[namespace, name, tuple(sorted(dimensions.items()))]
        for namespace, name, where, dimensions in [
            ("AWS/ApplicationELB", "RequestCount", "lb", balancer),
            ("AWS/ApplicationELB", "RequestCount", "tg", both),
            ("AWS/ApplicationELB", "HTTPCode_Target_2XX_Count", "tg", both),
            ("AWS/ApplicationELB", "RequestCountPerTarget", "tg", both),
            ("AWS/ApplicationELB", "HealthyHostCount", "tg", both),
            ("AWS/ApplicationELB", "UnHealthyHostCount", "tg", both),
            ("AWS/ApplicationELB", "TargetResponseTime", "lb", balancer),
            ("AWS/ECS", "CPUUtilization", "svc", service),
            ("AWS/ECS", "MemoryUtilization", "svc", service),
        ]
    }
    assert [s.total for (_, where), (s, _) in seen.items() if where == "lb"][:1] == [1200]
    assert (
        seen["RequestCount", "tg"][0].total
        == seen["HTTPCode_Target_2XX_Count", "tg"][0].total
        == 1200
    )
    assert seen["RequestCountPerTarget", "tg"][0].total == 600
    assert seen["HealthyHostCount", "tg"][0].read("Average") == 2
    assert seen["UnHealthyHostCount", "tg"][0].most == 0
    # 10 requests a second of 10 ms in a quarter of a CPU are 40 %, and 2 ms a second of its own.
    assert seen["CPUUtilization", "svc"][0].read("Average") == pytest.approx(40.8)
    assert seen["TargetResponseTime", "lb"][1] == "Seconds"
    stamp = {d.at_ms for d in account.plane.neighbours.metrics.data}
    assert stamp == {round(account.plane.clock.timestamp(120_000) * 1000)}


def on_an_instance(account, **container):
    """A service of one task in bridge mode on an instance of 2 vCPU and 8
    GiB, under 40 requests a second.
    """
    account.plane.neighbours.machines.launch()
    account.plane.instances.sync()
    account.advance(300)
    app = {"name": "app", "image": "nginx", "portMappings": [{"containerPort": 80}]} | container
    asked = {"networkMode": "bridge", "requiresCompatibilities": ["EC2"]}
    cpu = {} if "cpu" in container else {"cpu": "256"}
    account.call("RegisterTaskDefinition", family="own", containerDefinitions=[app], **asked, **cpu)
    account.call(
        "CreateService", serviceName="own", taskDefinition="own", desiredCount=1, launchType="EC2"
    )
    account.advance(60)
    flow = send(account, "own", 40)
    account.advance(120)
    return flow


def used(account, name):
    """The last average of a metric of the service "own"."""
    count, total = metric(account, name, ClusterName="default", ServiceName="own")[-1]
    return total / count


def test_units_of_containers_are_shares_and_can_be_exceeded(account):
    """Facts, section 9.5: with CPU on container level more than 100 % is
    possible, on task level it is not.
    """
    flow = on_an_instance(account, cpu=128, memory=128)
    assert used(account, "CPUUtilization") == pytest.approx(100 * (0.4 + 0.002) / 0.125)
    assert flow.errors == 0
    other = Account()
    web(other)
    assert on_an_instance(other, memory=128).errors > 0
    assert used(other, "CPUUtilization") == pytest.approx(100)


def test_memory_is_measured_by_the_soft_limit_when_there_is_one(account):
    """Facts, section 9.5: 100 × MiB used ÷ MiB asked for;
    `memoryReservation` counts if given, and is no limit.
    """
    on_an_instance(account, cpu=128, memory=256, memoryReservation=32)
    assert used(account, "MemoryUtilization") > 200


def test_the_lowest_and_the_highest_task_are_minimum_and_maximum(account):
    """Facts, section 9.5: three values a minute and task; a task without requests is the lowest."""
    _, listener = up(account, 1)
    send(account, listener, 20)
    account.call("UpdateService", service="web", desiredCount=2)
    account.advance(60)
    seen = [
        d.seen for d in account.plane.neighbours.metrics.data if d.metric[1] == "CPUUtilization"
    ][-1]
    assert seen.count == 2 * 3
    assert (seen.least, seen.most) == (pytest.approx(0.8), pytest.approx(80.8))
    assert seen.least < seen.read("Average") < seen.most


def test_looking_at_the_log_changes_nothing(account):
    """Asking in between shows the row that is being written; what the rows add up to, the
    metrics and the timeline stay the same.
    """
    stories = []
    for every in (1, 7, 200):
        account = Account()
        web(account)
        _, listener = up(account)
        flow = send(account, listener, 7)
        release(account, error_rate=0.3)
        for _ in range(210 // every):
            account.advance(every)
            assert flow.requests >= 0
        account.advance(210 % every)
        stories.append(
            (str(account.timeline), list(flow.log), account.plane.neighbours.metrics.data)
        )
    assert stories[0] == stories[1] == stories[2]


def test_when_nobody_asks_any_more_it_costs_nothing(account):
    """Metrics go on for half an hour after the last request, for alarms
    to calm down; then nothing rings.
    """
    _, listener = up(account)
    flow = send(account, listener, 10, lasting=60_000)
    account.advance(60)
    assert account.timeline.of("traffic/1")[-1].why == "600 requests, 0 failed"
    account.advance(3600)
    published = len(account.plane.neighbours.metrics.data)
    account.advance(3600)
    assert len(account.plane.neighbours.metrics.data) == published
    assert flow.requests == 600
    flow.stop()
    idle = metric(account, "CPUUtilization", ClusterName="default", ServiceName="web")[-1]
    assert idle[1] / idle[0] == pytest.approx(0.8)


@pytest.mark.parametrize("seed", range(8))
def test_no_request_is_lost_in_a_storm(seed):
    """Whatever happens to the tasks, every request is in the log once, and
    never more errors than requests.
    """
    chance, account = Random(seed), Account(seed)
    web(account)
    group, listener = up(account, 3, settled=chance.choice([0, 30, 120]))
    flow = send(account, listener, 13)
    began = account.plane.clock.now_ms
    for _ in range(25):
        act = chance.randrange(5)
        if act == 0:
            release(
                account, error_rate=chance.choice([0, 0.4]), answers_after=chance.choice([0, 30])
            )
        elif act == 1:
            account.call("UpdateService", service="web", desiredCount=chance.randrange(4))
        elif act == 2 and (tasks := account.call("ListTasks")["taskArns"]):
            account.call("StopTask", task=chance.choice(tasks))
        elif act == 3:
            account.balancers.edit(group, deregistration_delay_s=chance.choice([0, 60]))
        account.advance(chance.choice([0.3, 1, 17, 120]))
        sent = 13 * (account.plane.clock.now_ms - began) / 1000
        revisions = flow.log.by_revision()
        assert sent - len(revisions) <= flow.requests <= sent + 1e-6
        assert all(0 <= row.errors <= row.requests for row in flow.log)
        assert all(
            a.at_ms <= b.at_ms < b.until_ms
            for a, b in zip(flow.log, list(flow.log)[1:], strict=False)
        )


def test_nobody_there_is_misuse_of_the_lab(account):
    """A LabError that shows the right line."""
    with pytest.raises(LabError, match="right:"):
        goal(account.plane.state, account.plane.neighbours.balancers, "nobody")
    with pytest.raises(LabError, match="right:"):
        goal(account.plane.state, account.plane.neighbours.balancers, None)
    with pytest.raises(LabError, match="right:"):
        goal(
            account.plane.state,
            account.plane.neighbours.balancers,
            "http://lb-1.elb.amazonaws.com/",
        )
