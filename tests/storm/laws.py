"""What must hold of an account after every act, seen through the API alone."""

import re
from collections import Counter
from typing import Any

from .reach import WaysOut
from .world import CLUSTERS, Place, World

STATUSES = [
    "PROVISIONING",
    "PENDING",
    "ACTIVATING",
    "RUNNING",
    "DEACTIVATING",
    "STOPPING",
    "DEPROVISIONING",
    "STOPPED",
]
UP = ("createdAt", "pullStartedAt", "pullStoppedAt", "startedAt", "executionStoppedAt", "stoppedAt")
DOWN = ("createdAt", "stoppingAt", "stoppedAt")
UNDER_WAY = {
    "PENDING",
    "IN_PROGRESS",
    "STOP_REQUESTED",
    "ROLLBACK_REQUESTED",
    "ROLLBACK_IN_PROGRESS",
}
TASK = re.compile(r"\(task ([0-9a-f]{32})\)")


class Laws:
    """The checks of one storm; what it has seen of each task before is part of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._seen: dict[str, dict[str, Any]] = {}  # tasks as they were, by ARN
        self._ways_out = WaysOut(world)
        self._owner: dict[str, str] = {}  # whose task it is: cluster/service, by id

    def look(self) -> None:
        """Check everything; raises AssertionError with a sentence."""
        live: list[dict[str, Any]] = []
        faces = self.world.call("ec2", "describe_network_interfaces")["NetworkInterfaces"]
        for cluster in CLUSTERS:
            tasks = self.world.tasks(cluster)
            for task in tasks:
                self._task(task)
            services = self.world.services(cluster)
            for service in services:
                self._service(cluster, service, tasks)
            self._instances(cluster, tasks)
            self._cluster(cluster, services, tasks)
            self._ways_out.look(tasks, services, faces)
            live += [t for t in tasks if t["lastStatus"] != "STOPPED"]
        self._interfaces(live, faces)
        for place in self.world.places.values():
            self._targets(place, live)
            self._rules(place)
            self._names(place, live)

    def _task(self, task: dict[str, Any]) -> None:
        arn, before = task["taskArn"], self._seen.get(task["taskArn"])
        if before:
            went = (STATUSES.index(before["lastStatus"]), STATUSES.index(task["lastStatus"]))
            assert went[0] <= went[1], (
                f"{arn} went back from {before['lastStatus']} to {task['lastStatus']}"
            )
            assert task["version"] >= before["version"], f"{arn}: its version went back"
            assert before["desiredStatus"] == "RUNNING" or task["desiredStatus"] == "STOPPED", (
                f"{arn} is wanted again"
            )
            for time in {*UP, *DOWN} & before.keys():
                assert task.get(time) == before[time], f"{arn}: {time} changed"
        for order in (UP, DOWN):
            times = [task[t] for t in order if t in task]
            assert times == sorted(times), f"{arn}: its times are not in order: {order} are {times}"
        if task["lastStatus"] == "STOPPED":
            missing = {"stopCode", "stoppedReason", "stoppedAt", "stoppingAt"} - task.keys()
            assert not missing, f"{arn} is STOPPED without {sorted(missing)}"
            for container in task["containers"]:
                assert container["lastStatus"] == "STOPPED", (
                    f"{arn}: {container['name']} outlives its task"
                )
        self._seen[arn] = task

    def _service(self, cluster: str, service: dict[str, Any], tasks: list[dict[str, Any]]) -> None:
        name = f"{cluster}/{service['serviceName']}"
        mine = [t for t in tasks if t["group"] == f"service:{service['serviceName']}"]
        for task in mine:
            self._owner[task["taskArn"].rpartition("/")[2]] = name
        wanted = [
            t for t in mine if t["desiredStatus"] == "RUNNING" and t["lastStatus"] != "STOPPED"
        ]
        counted = service["runningCount"] + service["pendingCount"]
        assert counted == len(wanted), f"{name} counts {counted} tasks, and {len(wanted)} are there"
        parts = service.get("taskSets") or service["deployments"]
        total = sum(p["runningCount"] + p["pendingCount"] for p in parts)
        assert total == counted, f"{name}: its deployments count {total} tasks of {counted}"
        for event in service["events"]:
            for other in TASK.findall(event["message"]):
                owner = self._owner.get(other, name)
                assert owner == name, f"{name} tells of a task of {owner}: {event['message']}"
        if service["status"] == "ACTIVE" and service["deploymentController"]["type"] == "ECS":
            self._deployments(cluster, name, service)

    def _deployments(self, cluster: str, name: str, service: dict[str, Any]) -> None:
        statuses = [d["status"] for d in service["deployments"]]
        assert statuses == ["PRIMARY", *["ACTIVE"] * (len(statuses) - 1)], (
            f"{name}: deployments are {statuses}"
        )
        arn = service["serviceArn"]
        listed = self.world.ecs("list_service_deployments", cluster=cluster, service=arn)[
            "serviceDeployments"
        ]
        under_way = [d for d in listed if d["status"] in UNDER_WAY - {"PENDING"}]
        assert len(under_way) <= 1, (
            f"{name}: {len(under_way)} service deployments are under way at once"
        )

    def _cluster(
        self, cluster: str, services: list[dict[str, Any]], tasks: list[dict[str, Any]]
    ) -> None:
        told = self.world.ecs("describe_clusters", clusters=[cluster])["clusters"][0]
        there = Counter(t["lastStatus"] for t in tasks)
        assert told["runningTasksCount"] == there["RUNNING"], (
            f"{cluster}: {told['runningTasksCount']} RUNNING are told"
        )
        active = sum(s["status"] == "ACTIVE" for s in services)
        assert told["activeServicesCount"] == active, (
            f"{cluster}: {told['activeServicesCount']} services are told"
        )

    def _interfaces(self, live: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
        addresses = [face["PrivateIpAddress"] for face in found if face.get("PrivateIpAddress")]
        twice = [a for a, n in Counter(addresses).items() if n > 1]
        assert not twice, f"addresses given out twice: {twice}"
        held = {face["NetworkInterfaceId"] for face in found} - self._of_others()
        mine = {d["value"] for t in live for d in _details(t) if d["name"] == "networkInterfaceId"}
        assert mine <= held, (
            f"interfaces of live tasks that EC2 does not know: {sorted(mine - held)}"
        )
        attached = {
            f["NetworkInterfaceId"] for f in found if (f.get("Attachment") or {}).get("InstanceId")
        }
        assert held - attached <= mine, (
            f"interfaces that no live task holds: {sorted(held - attached - mine)}"
        )

    def _of_others(self) -> set[str]:
        """Interfaces that were there before any task, and those of gateways and endpoints."""
        return self.world.interfaces | self.world.nets.now.interfaces

    def _targets(self, place: Place, live: list[dict[str, Any]]) -> None:
        addresses = {
            d["value"] for t in live for d in _details(t) if d["name"] == "privateIPv4Address"
        }
        for name, arn in place.groups.items():
            health = self.world.call("elbv2", "describe_target_health", TargetGroupArn=arn)
            told = health["TargetHealthDescriptions"]
            targets = [t["Target"]["Id"] for t in told if t["TargetHealth"]["State"] != "draining"]
            assert len(targets) == len(set(targets)), (
                f"{place.cluster}-{name} has a target twice: {targets}"
            )
            lost = set(targets) - addresses
            assert not lost, f"{place.cluster}-{name} has targets of no task: {sorted(lost)}"

    def _rules(self, place: Place) -> None:
        rule = self.world.call("elbv2", "describe_rules", RuleArns=[place.rule])["Rules"][0]
        weights = [g["Weight"] for g in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]]
        assert sum(weights) > 0, f"{place.cluster}: its rule forwards to nobody: {weights}"

    def _names(self, place: Place, live: list[dict[str, Any]]) -> None:
        mine = [t for t in live if f":task/{place.cluster}/" in t["taskArn"]]
        for name, registry in place.registries.items():
            found = self.world.call("servicediscovery", "list_instances", ServiceId=registry["Id"])[
                "Instances"
            ]
            known = {i["Attributes"]["AWS_INSTANCE_IPV4"] for i in found}
            held = {
                d["value"] for t in mine for d in _details(t) if d["name"] == "privateIPv4Address"
            }
            assert known <= held, (
                f"{place.cluster}/{name}: Cloud Map names addresses of no task: "
                f"{sorted(known - held)}"
            )

    def _instances(self, cluster: str, tasks: list[dict[str, Any]]) -> None:
        arns = self.world.ecs("list_container_instances", cluster=cluster)["containerInstanceArns"]
        if not arns:
            return
        asked = {"cluster": cluster, "containerInstances": arns}
        for one in self.world.ecs("describe_container_instances", **asked)["containerInstances"]:
            mine = [
                t for t in tasks if t.get("containerInstanceArn") == one["containerInstanceArn"]
            ]
            wanted = [
                t for t in mine if t["desiredStatus"] == "RUNNING" and t["lastStatus"] != "STOPPED"
            ]
            for what, of_task in (("CPU", "cpu"), ("MEMORY", "memory")):
                left, all_ = (
                    _resource(one[k], what) for k in ("remainingResources", "registeredResources")
                )
                taken = sum(NODE[of_task] for _ in wanted)
                assert left >= 0, f"{cluster}: {what} of an instance is over-committed: {left}"
                assert all_ - left == taken, (
                    f"{cluster}: {what} {all_} − {left} is not the {taken} that tasks reserve"
                )
            told = one["runningTasksCount"]
            there = sum(t["lastStatus"] == "RUNNING" for t in mine)
            assert told == there, (
                f"{cluster}: an instance tells of {told} RUNNING tasks, and {there} are there"
            )

    def over(self) -> None:
        """With every service deleted and every task stopped, everything is given back."""
        faces = self.world.call("ec2", "describe_network_interfaces")["NetworkInterfaces"]
        left = [
            f["NetworkInterfaceId"]
            for f in faces
            if f["NetworkInterfaceId"] not in self._of_others()
            and not (f.get("Attachment") or {}).get("InstanceId")
        ]
        assert not left, f"interfaces are left over: {left}"
        for place in self.world.places.values():
            assert not self.world.task_arns(place.cluster), f"{place.cluster}: tasks are left over"
            for name, arn in place.groups.items():
                told = self.world.call("elbv2", "describe_target_health", TargetGroupArn=arn)
                assert not told["TargetHealthDescriptions"], (
                    f"{place.cluster}-{name}: targets are left over"
                )
            for name, registry in place.registries.items():
                found = self.world.call(
                    "servicediscovery", "list_instances", ServiceId=registry["Id"]
                )
                assert not found["Instances"], (
                    f"{place.cluster}/{name}: Cloud Map instances are left over"
                )


NODE = {"cpu": 700, "memory": 700}  # what a task on an instance reserves


def _details(task: dict[str, Any]) -> list[dict[str, str]]:
    return [d for a in task.get("attachments", []) for d in a.get("details", [])]


def _resource(resources: list[dict[str, Any]], name: str) -> int:
    return next(int(r["integerValue"]) for r in resources if r["name"] == name)
