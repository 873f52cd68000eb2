"""What one account holds of ECS in one region, and how things in it are found."""

from ecslab.ecs.model.clusters import Cluster
from ecslab.ecs.model.definitions import TaskDefinition
from ecslab.ecs.model.services import Service
from ecslab.ecs.model.tasks import Task
from ecslab.ground.errors import AwsError
from ecslab.ground.numerals import whole
from ecslab.timeline.refs import ServiceRef


class AccountState:
    """An account's clusters, task definitions and settings in a region;
    `number` is its id of twelve digits.
    """

    def __init__(self, region: str, number: str) -> None:
        self.region, self.number = region, number
        self.clusters: dict[str, Cluster] = {}
        self.families: dict[str, list[TaskDefinition]] = {}
        self.last_revision: dict[str, int] = {}  # never goes back, even when revisions are deleted
        self.settings: dict[tuple[str, str], str] = {}  # by name and principal

    def arn(self, resource: str) -> str:
        """The ARN of an ECS resource of this account and region."""
        return f"arn:aws:ecs:{self.region}:{self.number}:{resource}"

    @property
    def caller(self) -> str:
        """Who registers and creates: the only identity a lab knows."""
        return f"arn:aws:iam::{self.number}:root"

    def service_called(self, name: str) -> list[Service]:
        """The services of that name, in whatever cluster, that are not INACTIVE;
        "cluster/name" means one cluster's.
        """
        cluster, _, short = name.rpartition("/")
        there = [c for c in self.clusters.values() if cluster in {"", c.name}]
        return [s for c in there if (s := c.services.get(short)) and s.status != "INACTIVE"]

    def service_of(self, ref: ServiceRef) -> Service:
        """The service that an event of this instant is about."""
        return self.clusters[ref.cluster.name].services[ref.name]

    # Finding things by name or ARN; each raises the error AWS raises.

    def cluster(self, name_or_arn: str | None) -> Cluster:
        """An ACTIVE cluster by name or ARN ("default" when not given);
        ClusterNotFoundException otherwise.
        """
        found = self.find_cluster(name_or_arn)
        if found is None:
            raise AwsError("ClusterNotFoundException", "Cluster not found.")
        if found.status != "ACTIVE":
            raise AwsError("ClusterNotFoundException", "The referenced cluster was inactive.")
        return found

    def find_cluster(self, name_or_arn: str | None) -> Cluster | None:
        """A cluster in any status, or None."""
        name = name_or_arn or "default"
        if name.startswith("arn:"):
            return next((c for c in self.clusters.values() if c.arn == name), None)
        return self.clusters.get(name)

    def find_service(self, cluster: Cluster, name_or_arn: str) -> Service | None:
        """A service in any status, by name, long ARN or short ARN."""
        if name_or_arn.startswith("arn:"):
            service = cluster.services.get(name_or_arn.rpartition("/")[2])
            old_form = self.arn(f"service/{service.name}") if service else ""
            return service if service and name_or_arn in {service.arn, old_form} else None
        return cluster.services.get(name_or_arn)

    def service_in(self, cluster: str, name_or_arn: str) -> Service | None:
        """A service in any status by its cluster's name and its own, or None."""
        found = self.find_cluster(cluster)
        return self.find_service(found, name_or_arn) if found else None

    def find_task(self, cluster: Cluster, id_or_arn: str) -> Task | None:
        """A task by id or ARN, or None."""
        if id_or_arn.startswith("arn:"):
            task = cluster.tasks.get(id_or_arn.rpartition("/")[2])
            return task if task and task.arn == id_or_arn else None
        return cluster.tasks.get(id_or_arn)

    def task_definition(self, name: str) -> TaskDefinition:
        """A revision by family, family:revision or ARN; a bare family
        means its latest ACTIVE revision.

        Raises ClientException "Unable to describe task definition." when there is none.
        """
        family, revision = _family_and_revision(name, self.arn("task-definition/"))
        revisions = self.families.get(family, [])
        if revision:
            found = next((d for d in revisions if d.revision == int(revision)), None)
        else:
            found = next((d for d in reversed(revisions) if d.status == "ACTIVE"), None)
        if found is None:
            raise AwsError("ClientException", "Unable to describe task definition.")
        return found


def _family_and_revision(name: str, prefix: str) -> tuple[str, str]:
    if name.startswith("arn:"):
        if not name.startswith(prefix):
            return "", ""
        name = name.removeprefix(prefix)
    family, _, revision = name.partition(":")
    return (family, revision) if not revision or whole(revision) is not None else ("", "")
