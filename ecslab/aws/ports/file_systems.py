"""What ECS asks of moto's EFS: whether a file system and an access point are there."""

from ecslab.aws.ports.backends import backend_in_use
from ecslab.ecs.ports import Unavailable

# The mount helper's words in public captures: aws/copilot-cli#5419 for a name that does not
# resolve. That a wrong access point is denied by the server is an assumption; the words are
# those of captures of other refusals by it.
UNRESOLVED = (
    'Failed to resolve "{}.efs.{}.amazonaws.com" - check that your file system ID is correct, '
    "and ensure that the VPC has an EFS mount target for this file system ID. See "
    "https://docs.aws.amazon.com/console/efs/mount-dns-name for more detail. Attempting "
    "to lookup mount target ip address using botocore. Failed to import necessary dependency "
    "botocore, please install botocore first. : unsuccessful EFS utils command execution; code: 1"
)
DENIED = (
    "b'mount.nfs4: access denied by server while mounting 127.0.0.1:/' : "
    "unsuccessful EFS utils command execution; code: 32"
)


class MotoFileSystems:
    """File systems in moto's EFS; an account that never used EFS does not load it."""

    def __init__(self, account: str, region: str) -> None:
        self._account, self._region = account, region

    def mount(self, file_system: str, access_point: str | None) -> None:
        """Prove that a file system of this Region, and its access point,
        are there; raises Unavailable.
        """
        efs = backend_in_use("efs", self._account, self._region)
        if efs is None or file_system not in efs.file_systems_by_id:
            raise Unavailable(UNRESOLVED.format(file_system, self._region))
        point = efs.access_points.get(access_point) if access_point else None
        if access_point and (point is None or point.file_system_id != file_system):
            raise Unavailable(DENIED)
