"""Whether tasks on Fargate had a way to their images when they began to
pull, worked out from EC2's own answers.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .world import World

ANYWHERE = "0.0.0.0/0"
HANGS_AT_MOST = timedelta(minutes=10)
OF_THE_NETWORK = re.compile(r"connection issue|i/o timeout|deadline exceeded")
FAILED = "TaskFailedToStart"
# It is not waited for.
FOR_OTHER_REASONS = {"UserInitiated", "ServiceSchedulerInitiated", "SpotInterruption"}


@dataclass(frozen=True)
class Net:
    """What EC2 tells of the ways out of the account at one time."""

    tables: list[dict[str, Any]]
    gateways: list[dict[str, Any]]
    nats: list[dict[str, Any]]
    endpoints: list[dict[str, Any]]

    @classmethod
    def told(cls, world: "World") -> "Net":
        """Ask EC2."""
        return cls(
            world.call("ec2", "describe_route_tables")["RouteTables"],
            world.call("ec2", "describe_internet_gateways")["InternetGateways"],
            world.call("ec2", "describe_nat_gateways")["NatGateways"],
            world.call("ec2", "describe_vpc_endpoints")["VpcEndpoints"],
        )

    @property
    def interfaces(self) -> set[str]:
        """Those that NAT gateways and endpoints have, which nobody's task holds."""
        of_nats = {a["NetworkInterfaceId"] for nat in self.nats for a in nat["NatGatewayAddresses"]}
        return of_nats | {
            face for endpoint in self.endpoints for face in endpoint["NetworkInterfaceIds"]
        }

    def unreached(self, subnet: str, images: set[str], *, public: bool) -> set[str]:
        """What these images need that cannot be reached from there."""
        if self._leads_out(subnet, public=public):
            return set()
        needs = {
            need for image in images for need in (ECR if ".dkr.ecr." in image else ["the internet"])
        }
        return {need for need in needs if not self._endpoint(need, subnet)}

    def _table(self, subnet: str) -> dict[str, Any]:
        """The table that somebody has associated with the subnet, else
        the main one of the only VPC.
        """
        pairs = [(table, a) for table in self.tables for a in table["Associations"]]
        own = [table for table, a in pairs if a.get("SubnetId") == subnet]
        return own[0] if own else next(table for table, a in pairs if a["Main"])

    def _leads_out(self, subnet: str, *, public: bool, through_nat: bool = True) -> bool:
        routes = self._table(subnet)["Routes"]
        route = next((r for r in routes if r.get("DestinationCidrBlock") == ANYWHERE), {})
        attached = {g["InternetGatewayId"] for g in self.gateways if g["Attachments"]}
        if route.get("GatewayId") in attached:
            return public
        nat = next((n for n in self.nats if n["NatGatewayId"] == route.get("NatGatewayId")), None)
        if nat is None or nat["State"] != "available" or not through_nat:
            return False
        has_address = any(a.get("PublicIp") for a in nat["NatGatewayAddresses"])
        return self._leads_out(nat["SubnetId"], public=has_address, through_nat=False)

    def _endpoint(self, need: str, subnet: str) -> bool:
        there = [
            e
            for e in self.endpoints
            if e["State"] == "available" and e["ServiceName"].endswith(f".{need}")
        ]
        if need == "s3":
            table = self._table(subnet)["RouteTableId"]
            return any(
                e["VpcEndpointType"] == "Gateway" and table in e["RouteTableIds"] for e in there
            )
        return any(e["VpcEndpointType"] == "Interface" and e["PrivateDnsEnabled"] for e in there)


ECR = ("ecr.api", "ecr.dkr", "s3")  # the login, the manifest and the layers of a private image


class Nets:
    """How the account's network was at any time: noted after every change."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._known: list[tuple[datetime, Net]] = []
        self.note()

    def note(self) -> None:
        """Ask EC2 how things are from now on."""
        self._known.append((self._world.lab.now, Net.told(self._world)))

    @property
    def now(self) -> Net:
        """As it is."""
        return self._known[-1][1]

    def between(self, began: datetime, ended: datetime) -> list[tuple[datetime, Net]]:
        """As it was from one time to another, each with its beginning; who changes it at
        a time comes after what happens then.
        """
        before = max(n for n, (since, _) in enumerate(self._known) if since < began)
        return [(max(began, since), net) for since, net in self._known[before:] if since <= ended]


class WaysOut:
    """No task on Fargate runs that had no way to its images; it hangs a
    while, and ends as TaskFailedToStart.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._public: dict[
            str, bool
        ] = {}  # of interfaces and deployments: whether their address is public
        self._judged: set[str] = set()  # tasks that have started or ended

    def look(
        self,
        tasks: list[dict[str, Any]],
        services: list[dict[str, Any]],
        faces: list[dict[str, Any]],
    ) -> None:
        """Check every task on Fargate whose interface, or whose deployment, was seen."""
        self._public |= {f["NetworkInterfaceId"]: "Association" in f for f in faces}
        for part in (p for s in services for p in (*s["deployments"], *s.get("taskSets", []))):
            asked = part.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
            self._public[part["id"]] = asked.get("assignPublicIp") == "ENABLED"
        for task in tasks:
            if task["launchType"] == "FARGATE" and "pullStartedAt" in task:
                self._task(task)

    def _task(self, task: dict[str, Any]) -> None:
        details = {d["name"]: d["value"] for a in task["attachments"] for d in a["details"]}
        arn, asked = task["taskArn"], self._public.get(task.get("startedBy", ""))
        public = self._public.get(details["networkInterfaceId"], asked)
        if arn in self._judged or public is None:  # it came and went between two looks
            return
        assert asked in {None, public}, (
            f"{arn}: whether it has a public address is not as it was asked for"
        )
        ended = task.get("startedAt", task.get("stoppingAt"))
        told = self._world.nets.between(task["pullStartedAt"], ended or self._world.lab.now)
        # AWS's own proxy has none.
        images = {c["image"] for c in task["containers"] if "image" in c}
        subnet = details["subnetId"]
        unreached = [(since, net.unreached(subnet, images, public=public)) for since, net in told]
        if "startedAt" in task:
            never = set.intersection(*(what for _, what in unreached))
            assert not never, f"{arn} has run, and had no way to {sorted(never)}"
        else:
            self._hangs(task, unreached)
        if ended:
            self._judged.add(arn)

    def _hangs(self, task: dict[str, Any], unreached: list[tuple[datetime, set[str]]]) -> None:
        arn, told, code = (
            task["taskArn"],
            task.get("stoppedReason", ""),
            task.get("stopCode", FAILED),
        )
        ended = task.get("stoppingAt", self._world.lab.now)
        if OF_THE_NETWORK.search(
            told
        ):  # the way as it was before somebody changed it at this very moment
            last = [what for since, what in unreached if since < ended][-1]
            assert last, f"{arn} has a way out, and is told: {told}"
        missing = unreached[-1][1]
        if "pullStoppedAt" in task or not missing:
            return
        since = list(takewhile(lambda one: one[1] == missing, reversed(unreached)))[-1][0]
        assert ended - since <= HANGS_AT_MOST, (
            f"{arn} has no way to {sorted(missing)}, and hangs for {ended - since}"
        )
        if all(what for _, what in unreached):
            assert code in {FAILED, *FOR_OTHER_REASONS}, (
                f"{arn} had no way out, and ended as {code}"
            )
