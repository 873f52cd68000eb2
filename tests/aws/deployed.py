"""What tests of the lab deploy: a Fargate service of an image that behaves as told."""


def fargate(lab, desired=2, **behaviour):
    """A cluster with a Fargate service in the default VPC; its ECS client
    and what a run of its task needs.
    """
    ecs = lab.client("ecs")
    ecs.create_cluster(clusterName="prod")
    image = lab.images.push("web:1", **behaviour)
    define(ecs, image=image, role=role(lab))
    where = {"launchType": "FARGATE", "networkConfiguration": network(lab), "cluster": "prod"}
    if desired:
        ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=desired, **where)
    return ecs, where


def define(ecs, family="web", role=None, **container):
    """A Fargate task definition of the smallest size, with one container: app,
    which runs nginx unless told otherwise.
    """
    ecs.register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "app", "image": "nginx"} | container],
        **({"executionRoleArn": role} if role else {}),
    )


def network(lab, subnets=2):
    """Where tasks on Fargate find their images: subnets of the default VPC,
    with a public address as the way out.
    """
    found = lab.client("ec2").describe_subnets()["Subnets"][:subnets]
    return {
        "awsvpcConfiguration": {
            "subnets": [s["SubnetId"] for s in found],
            "assignPublicIp": "ENABLED",
        }
    }


def role(lab):
    """The role that lets Fargate pull a private image."""
    trust = (
        '{"Version":"2012-10-17","Statement":['
        '{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    )
    return lab.client("iam").create_role(RoleName="pulls", AssumeRolePolicyDocument=trust)["Role"][
        "Arn"
    ]
