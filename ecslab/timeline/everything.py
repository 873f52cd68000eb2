"""Every module of events, so that every kind of event is known to whoever asks for one by name."""

from ecslab.timeline import (
    clusters,
    deployments,
    instances,
    scaling,
    services,
    targets,
    tasks,
    traffic,
)

MODULES = (clusters, deployments, instances, scaling, services, targets, tasks, traffic)
