"""What tests of the lab deploy: a Fargate service of an image that behaves as told."""


def fargate(lab, desired=2, **behaviour):
    """A cluster with a Fargate service in the default VPC; its ECS client and what a run of its task needs."""
    ecs, ec2 = lab.client("ecs"), lab.client("ec2")
    ecs.create_cluster(clusterName="prod")
    image = lab.images.push("web:1", **behaviour)
    ecs.register_task_definition(
        family="web",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=role(lab),
        containerDefinitions=[{"name": "app", "image": image}],
    )
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]][:2]
    where = {
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets}},
        "cluster": "prod",
    }
    if desired:
        ecs.create_service(serviceName="web", taskDefinition="web", desiredCount=desired, **where)
    return ecs, where


def role(lab):
    """The role that lets Fargate pull a private image."""
    trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    return lab.client("iam").create_role(RoleName="pulls", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
