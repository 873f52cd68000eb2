"""Objects in S3 and file systems in EFS must be there when a task starts."""

import subprocess
import sys

import pytest
from deployed import network

from ecslab.ecs.ports import Unavailable

HEAD = "operation error S3: HeadObject, https response error StatusCode: "
PLAIN = {
    "cpu": "256",
    "memory": "512",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
}


@pytest.fixture
def neighbours(lab):
    """The other services, as the control plane sees them."""
    return lab.plane().neighbours


def why(ask, *arguments):
    """The reason for which something cannot be had."""
    with pytest.raises(Unavailable) as failure:
        ask(*arguments)
    return str(failure.value)


def test_an_object_is_read_by_its_arn(lab, neighbours):
    """A bucket that is not there is a 404, a key that is not there a 403 for
    whoever may not list; deleted is not there.
    """
    read = neighbours.objects.read
    assert (
        why(read, "arn:aws:s3:::settings/a/web.env") == f"{HEAD}404, api error NotFound: Not Found"
    )
    s3 = lab.client("s3")
    s3.create_bucket(Bucket="settings")
    assert (
        why(read, "arn:aws:s3:::settings/a/web.env") == f"{HEAD}403, api error Forbidden: Forbidden"
    )
    s3.put_bucket_versioning(Bucket="settings", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="settings", Key="a/web.env", Body=b"A=1")
    read("arn:aws:s3:::settings/a/web.env")
    s3.delete_object(Bucket="settings", Key="a/web.env")
    assert why(read, "arn:aws:s3:::settings/a/web.env").startswith(f"{HEAD}403")


def test_a_file_system_is_mounted_by_its_id(lab, neighbours):
    """Of this Region, with an access point of its own; the words are the mount helper's."""
    mount, efs = neighbours.file_systems.mount, lab.client("efs")
    assert why(mount, "fs-1", None).startswith(
        'Failed to resolve "fs-1.efs.us-east-1.amazonaws.com" - check that your file system ID '
        "is correct, and ensure that the VPC has an EFS mount target for this file system ID."
    )
    made, other = (efs.create_file_system(CreationToken=token)["FileSystemId"] for token in "ab")
    point = efs.create_access_point(ClientToken="c", FileSystemId=made)["AccessPointId"]
    mount(made, None)
    mount(made, point)
    for system, wrong in ((other, point), (made, "fsap-1")):
        assert "mount.nfs4: access denied by server" in why(mount, system, wrong)
    efs.delete_access_point(AccessPointId=point)
    efs.delete_file_system(FileSystemId=made)
    assert why(mount, made, None).startswith("Failed to resolve")


def test_a_task_with_files_and_a_file_system_starts_when_they_are_there(lab, runs):
    """The whole way, through boto3: what fails, and what runs."""
    app = {
        "name": "app",
        "image": "nginx",
        "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::settings/web.env"}],
    }
    assert runs(app) == (
        "ResourceInitializationError: failed to download env files: service call has been "
        f"retried 1 time(s): {HEAD}404, api error NotFound: Not Found"
    )
    s3, efs = lab.client("s3"), lab.client("efs")
    s3.create_bucket(Bucket="settings")
    s3.put_object(Bucket="settings", Key="web.env", Body=b"A=1")
    assert runs(app) is None
    volume = {"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}
    assert runs(app, volumes=[volume]).startswith(
        "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS "
        'volumes: stderr: Failed to resolve "fs-1.efs'
    )
    volume["efsVolumeConfiguration"]["fileSystemId"] = efs.create_file_system(CreationToken="x")[
        "FileSystemId"
    ]
    assert runs(app, volumes=[volume]) is None


@pytest.fixture
def runs(lab):
    """Run a Fargate task of one container: None when it is RUNNING after
    a minute, else its stoppedReason.
    """
    ecs = lab.client("ecs")
    ecs.create_cluster()

    def run(container: dict, **more):
        asked = PLAIN | {"family": "web", "containerDefinitions": [container]} | more
        ecs.register_task_definition(**asked)
        where = {"launchType": "FARGATE", "networkConfiguration": network(lab)}
        [task] = ecs.run_task(taskDefinition="web", **where)["tasks"]
        lab.advance("1m")
        [found] = ecs.describe_tasks(tasks=[task["taskArn"]])["tasks"]
        return None if found["lastStatus"] == "RUNNING" else found["stoppedReason"]

    return run


def test_asking_loads_no_service_that_the_account_does_not_use():
    """S3 and EFS take moto a second or more to load: an account that
    never touched them has nothing there.
    """
    script = (
        "import sys; from ecslab import Lab; from ecslab.ecs.ports import Unavailable\n"
        "lab = Lab(); near = lab.plane().neighbours\n"
        "for ask in (lambda: near.objects.read('arn:aws:s3:::b/k'), lambda: "
        "near.file_systems.mount('fs-1', None)):\n"
        "    try: ask()\n"
        "    except Unavailable: pass\n"
        "    else: raise SystemExit('found')\n"
        "print([m for m in ('moto.s3.models', 'moto.efs.models') if m in sys.modules])\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
