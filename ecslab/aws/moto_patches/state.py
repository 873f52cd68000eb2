"""What moto keeps per process although AWS keeps it per account: found, kept apart, dropped."""

from collections.abc import Callable, Iterator, MutableMapping
from importlib import import_module
from types import ModuleType
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

from ecslab.aws import failures
from ecslab.aws.account import Account, current
from ecslab.aws.changes import put_in_place
from ecslab.aws.moto_patches import (
    alarm_rules,
    default_vpc,
    iam_rules,
    managed_policies,
    metric_reading,
    public_parameters,
    routing,
    stacks,
    tagging,
    target_group_rules,
    target_groups,
    templates,
)
from ecslab.aws.moto_patches import application_autoscaling as scaling
from ecslab.aws.moto_patches import balanced_groups as groups
from ecslab.aws.moto_patches.late_images import put_off
from ecslab.aws.ports import discovery as servicediscovery
from ecslab.aws.ports import guardduty
from ecslab.aws.ports import machines as instances

Undo = Callable[[], None]
Teach = Callable[[ModuleType], Undo]  # changes a module that has been loaded


def _mount_ecs(module: ModuleType, ours: type[BaseBackend]) -> Undo:
    """Everybody who asks moto's ECS gets ours (Application Auto
    Scaling and Batch import it by name).
    """
    registry = module.ecs_backends
    backend, regions, held = registry.backend, registry._additional_regions, dict(registry)  # noqa: SLF001

    def undo() -> None:
        registry.clear()
        registry.update(held)
        registry.backend, registry._additional_regions = backend, regions  # noqa: SLF001

    registry.clear()
    registry.backend = ours
    return undo


def _put_images_off(module: ModuleType) -> Undo:
    kind = module.AmiBackend
    return put_in_place([(kind, "_load_amis", put_off(kind._load_amis))])  # noqa: SLF001 - moto's own


def _refuse_compute_environments(module: ModuleType) -> Undo:
    what = "A compute environment of AWS Batch"
    return failures.refuse(module.BatchBackend, "create_compute_environment", what)


TAUGHT: dict[str, tuple[Teach, ...]] = {  # by module of moto
    "moto.applicationautoscaling.responses": (scaling.take_over,),
    "moto.autoscaling.models": (groups.balance,),
    "moto.batch.models": (_refuse_compute_environments,),
    "moto.cloudformation.models": (stacks.teach,),
    "moto.cloudformation.parsing": (templates.teach,),
    "moto.cloudwatch.models": (alarm_rules.guard_alarms, metric_reading.teach),
    "moto.cloudwatch.responses": (alarm_rules.answer_more,),
    "moto.core.errors": (failures.name_code,),
    "moto.ec2.models.amis": (_put_images_off,),
    "moto.ec2.models.instances": (instances.refuse_unknown,),
    "moto.ec2.models.subnets": (routing.teach_subnets,),
    "moto.ec2.responses.vpcs": (routing.teach_answers,),
    "moto.elbv2.models": (target_groups.teach, target_group_rules.teach),
    "moto.guardduty.responses": (guardduty.answer_findings,),
    "moto.guardduty.urls": (guardduty.add_paths,),
    "moto.iam.models": (managed_policies.offer, iam_rules.teach),
    "moto.resourcegroupstaggingapi.models": (tagging.teach,),
    "moto.servicediscovery.models": (servicediscovery.share_networks,),
    "moto.ssm.models": (public_parameters.teach,),
}


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
    """Takes moto's modules over as they are loaded; `ecs` is what stands for our ECS in moto."""

    def __init__(self, ecs: type[BaseBackend]) -> None:
        self._parts: list[PerAccount] = []
        self._undo: list[Undo] = []
        self._taught = TAUGHT | {
            "moto.ecs.models": (lambda module: _mount_ecs(module, ecs),),
            "moto.s3.models": (
                lambda module: self._keep_apart(module.s3_backends, "bucket_accounts"),
            ),
            "moto.ec2.models.vpcs": (
                lambda module: self._keep_apart(module, "DEFAULT_VPC_ENDPOINT_SERVICES"),
                default_vpc.teach,
                routing.teach_vpcs,
            ),
        }

    def take_over(self, module: ModuleType) -> None:
        """Look at a module that has been loaded."""
        self._undo += [teach(module) for teach in self._taught.get(module.__name__, ())]

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

    def _keep_apart(self, owner: Any, name: str) -> Undo:
        parts = PerAccount()
        self._parts.append(parts)
        return put_in_place([(owner, name, parts)])


def _close_files(held: dict[str, Any], account: str) -> None:
    """S3 keeps the content of every object that it ever held in a temporary file."""
    for backend in held.values():
        models = import_module(type(backend).__module__)
        for kind in (models.FakeMultipart, models.FakeKey):
            for thing in [t for t in kind.instances_tracked if t.account_id == account]:
                thing.dispose()
                kind.instances_tracked.remove(thing)
        return
