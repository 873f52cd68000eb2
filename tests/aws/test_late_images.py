from ecslab import Lab
from ecslab.aws.ports.backends import backend


def kept(lab):
    """How many images moto holds, without looking for one."""
    return dict.__len__(backend("ec2", lab.account, lab.region).amis)


def test_an_account_that_looks_for_no_machine_image_makes_none():
    """A Fargate account asks EC2 for subnets and interfaces only."""
    with Lab() as lab:
        ec2 = lab.client("ec2")
        assert ec2.describe_subnets()["Subnets"]
        assert kept(lab) == 0


def test_who_looks_finds_every_image_and_every_snapshot():
    """The same ones as moto's own account has, whichever is looked for first."""
    for look, key in (("describe_images", "Images"), ("describe_snapshots", "Snapshots")):
        with Lab() as lab:
            ec2 = lab.client("ec2")
            first = len(getattr(ec2, look)()[key])
            assert first == kept(lab) > 1000
            assert (
                len(ec2.describe_images()["Images"])
                == len(ec2.describe_snapshots()["Snapshots"])
                == first
            )


def test_an_instance_starts_from_an_image_that_nobody_has_looked_for():
    """An id from a book or a script is found."""
    with Lab() as lab:
        known = lab.client("ec2").describe_images()["Images"][0]["ImageId"]
    with Lab() as lab:
        started = lab.client("ec2").run_instances(ImageId=known, MinCount=1, MaxCount=1)[
            "Instances"
        ]
        assert started[0]["ImageId"] == known
