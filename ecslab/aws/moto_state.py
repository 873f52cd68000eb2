"""The only place for what moto keeps per process although AWS keeps it per account: found, kept apart, dropped."""

from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from types import ModuleType
from typing import Any

from moto.core.base_backend import BackendDict

from ecslab.aws import (
    alarm_rules,
    failures,
    groups,
    guardduty,
    iam_rules,
    instances,
    managed_policies,
    metric_reading,
    scaling,
    servicediscovery,
    stacks,
    tagging,
    target_group_rules,
    target_groups,
    templates,
)
from ecslab.aws.account import Account, current
from ecslab.aws.changes import put_in_place
from ecslab.aws.late_images import put_off
from ecslab.aws.mount import EcsBackend

Undo = Callable[[], None]


class PerAccount(MutableMapping[str, Any]):
    """A dict of moto's that holds, for each lab, what that lab put in."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[str, Any]] = {}

    @property
    def _part(self) -> dict[str, Any]:
        return self._parts.setdefault(current().id, {})

    def forget(self, account: str) -> None:
        """Drop one account's part."""
        self._parts.pop(account, None)

    def __getitem__(self, name: str) -> Any:
        return self._part[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._part[name] = value

    def __delitem__(self, name: str) -> None:
        del self._part[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._part)

    def __len__(self) -> int:
        return len(self._part)


class MotoState:
    """Takes moto's modules over as they are loaded."""

    def __init__(self) -> None:
        self._parts: list[PerAccount] = []
        self._undo: list[Undo] = []
        self._found: dict[str, Callable[[ModuleType], None]] = {
            "moto.ecs.models": self._mount_ecs,
            "moto.s3.models": lambda module: self._keep_apart(module.s3_backends, "bucket_accounts"),
            "moto.ec2.models.amis": self._put_images_off,
            "moto.cloudwatch.models": lambda module: self._undo.extend(
                [alarm_rules.guard_alarms(module), metric_reading.teach(module)]
            ),
            "moto.cloudwatch.responses": lambda module: self._undo.append(alarm_rules.answer_more(module)),
            "moto.ec2.models.instances": lambda module: self._undo.append(instances.refuse_unknown(module)),
            "moto.batch.models": lambda module: self._undo.append(
                failures.refuse(
                    module.BatchBackend, "create_compute_environment", "A compute environment of AWS Batch"
                )
            ),
            "moto.core.errors": lambda module: self._undo.append(failures.name_code(module)),
            "moto.cloudformation.parsing": lambda module: self._undo.append(templates.teach(module)),
            "moto.cloudformation.models": lambda module: self._undo.append(stacks.teach(module)),
            "moto.resourcegroupstaggingapi.models": lambda module: self._undo.append(tagging.teach(module)),
            "moto.iam.models": lambda module: self._undo.extend(
                [managed_policies.offer(module), iam_rules.teach(module)]
            ),
            "moto.guardduty.responses": lambda module: self._undo.append(guardduty.answer_findings(module)),
            "moto.servicediscovery.models": lambda module: self._undo.append(
                servicediscovery.share_networks(module)
            ),
            "moto.guardduty.urls": lambda module: self._undo.append(guardduty.add_paths(module)),
            "moto.applicationautoscaling.responses": lambda module: self._undo.append(
                scaling.take_over(module)
            ),
            "moto.autoscaling.models": lambda module: self._undo.append(groups.balance(module)),
            "moto.elbv2.models": lambda module: self._undo.extend(
                [target_groups.teach(module), target_group_rules.teach(module)]
            ),
            "moto.ec2.models.vpcs": lambda module: self._keep_apart(module, "DEFAULT_VPC_ENDPOINT_SERVICES"),
        }

    def take_over(self, module: ModuleType) -> None:
        """Look at a module that has been loaded."""
        found = self._found.get(module.__name__)
        if found:
            found(module)

    def forget(self, account: Account) -> None:
        """Drop everything moto holds of one account."""
        for registry in list(BackendDict._instances):  # noqa: SLF001 - moto's own list of those in use
            held = dict.pop(registry, account.id, {})
            if registry.service_name == "s3":
                _close_files(held, account.id)
        for part in self._parts:
            part.forget(account.id)

    def give_back(self) -> None:
        """Put back what was taken over."""
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()

    def _mount_ecs(self, module: ModuleType) -> None:
        """Everybody who asks moto's ECS gets ours (Application Auto Scaling and Batch import it by name)."""
        registry = module.ecs_backends
        backend, regions, held = registry.backend, registry._additional_regions, dict(registry)  # noqa: SLF001

        def undo() -> None:
            registry.clear()
            registry.update(held)
            registry.backend, registry._additional_regions = backend, regions  # noqa: SLF001

        registry.clear()
        registry.backend = EcsBackend
        self._undo.append(undo)

    def _put_images_off(self, module: ModuleType) -> None:
        kind = module.AmiBackend
        self._undo.append(put_in_place([(kind, "_load_amis", put_off(kind._load_amis))]))  # noqa: SLF001 - moto's own

    def _keep_apart(self, owner: Any, name: str) -> None:
        parts = PerAccount()
        self._parts.append(parts)
        self._undo.append(put_in_place([(owner, name, parts)]))


def _close_files(held: dict[str, Any], account: str) -> None:
    """S3 keeps the content of every object that it ever held in a temporary file."""
    for backend in held.values():
        models = import_module(type(backend).__module__)
        for kind in (models.FakeMultipart, models.FakeKey):
            for thing in [t for t in kind.instances_tracked if t.account_id == account]:
                thing.dispose()
                kind.instances_tracked.remove(thing)
        return
