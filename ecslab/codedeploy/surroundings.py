"""What a deployment works on: its service, that service's task sets, and the
listeners; raises DeploymentFailure when one is gone.
"""

from ecslab.codedeploy import failures as trouble
from ecslab.codedeploy.announcements import Announcements
from ecslab.codedeploy.model import Deployment
from ecslab.ecs.deployments import task_set_rules
from ecslab.ecs.model.account import AccountState
from ecslab.ecs.model.deployments import Deployment as TaskSetDeployment
from ecslab.ecs.model.services import Service
from ecslab.ecs.ports import Unavailable
from ecslab.ecs.ports.balancers import Balancers


def the_service(state: AccountState, deployment: Deployment) -> Service:
    """The service, while it is ACTIVE."""
    service = state.service_in(deployment.cluster, deployment.service)
    if service is None or service.status != "ACTIVE":
        raise trouble.no_service(deployment.service)
    return service


def task_set(service: Service, id_: str | None) -> TaskSetDeployment:
    """One of its task sets, while it is not draining."""
    found = task_set_rules.find(service, id_ or "")
    if found is None or found.status == "DRAINING":
        raise trouble.no_service(service.name)
    return found


def route(
    balancers: Balancers,
    news: Announcements,
    deployment: Deployment,
    name: str,
    *,
    listener: str,
    percent: int,
) -> None:
    """Give the replacement so many percent of a listener's traffic, and the original the rest."""
    weights = {deployment.blue_group: 100 - percent, deployment.green_group: percent}
    try:
        balancers.shift(listener, weights)
    except Unavailable as error:
        raise trouble.balancer(str(error)) from None
    news.shifted(deployment, name, weights)
