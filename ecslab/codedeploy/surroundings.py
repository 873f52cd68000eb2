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


class DeploymentListeners:
    """Which shares of traffic the listeners of deployments give to the replacement."""

    def __init__(self, *, balancers: Balancers, news: Announcements) -> None:
        self._balancers, self._news = balancers, news

    def route(self, deployment: Deployment, name: str, percent: int) -> None:
        """Give the replacement so many percent of the "production" or "test" listener's
        traffic, and the original the rest.
        """
        group = deployment.group
        listener = group.production if name == "production" else group.test
        assert listener is not None, "only a listener that there is gets traffic"
        weights = {deployment.blue_group: 100 - percent, deployment.green_group: percent}
        try:
            self._balancers.shift(listener, weights)
        except Unavailable as error:
            raise trouble.balancer(str(error)) from None
        self._news.shifted(deployment, name, weights)
