"""Exercise 5: what a budget pays for."""

import pytest

from ecslab.course.ex05_capacity import survive
from ecslab.grade.account import CaseAccount
from ecslab.lab import Lab

# Copies and floor, the text's among them.
DRAWN = [(floor + more, floor) for floor in (2, 3, 4) for more in (3, 4, 5)]


def an_hour(copies, floor, base):
    """What the hour of a case costs with so many copies on Fargate and
    the rest on Spot, and its budget.
    """
    case = survive._case("shop", "web", copies, floor)
    with Lab() as lab:
        scene = CaseAccount(lab)
        given = case.arrange(scene)
        scene.ecs.put_cluster_capacity_providers(
            cluster="shop",
            capacityProviders=["FARGATE", "FARGATE_SPOT"],
            defaultCapacityProviderStrategy=[],
        )
        scene.ecs.create_service(
            cluster="shop",
            serviceName="web",
            taskDefinition=given["task_definition"],
            desiredCount=copies,
            capacityProviderStrategy=[
                {"capacityProvider": "FARGATE", "base": base},
                {"capacityProvider": "FARGATE_SPOT", "weight": 1},
            ],
            networkConfiguration=scene.network(),
        )
        case.meanwhile(scene)
        lab.advance(case.then)
        return float(lab.cost().total), given["budget"]


@pytest.mark.parametrize(("copies", "floor"), DRAWN)
def test_the_budget_pays_for_the_floor_on_fargate_and_for_no_copy_more(copies, floor):
    """Whichever case is drawn: five per cent are left for detours, and a
    public address is paid for each copy.
    """
    right, budget = an_hour(copies, floor, floor)
    assert right * 1.05 < budget
    assert an_hour(copies, floor, floor + 1)[0] > budget


def test_the_budget_of_the_text_is_worked_out():
    """Two copies of a quarter of a CPU and half a GB on Fargate, four at
    30 % of that, and six addresses.
    """
    one = 0.04048 / 4 + 0.004445 / 2
    assert (
        survive._budget("us-east-1", 6, 2)
        == round(2 * one + 4 * 0.3 * one + 6 * 0.005, 4)
        == 0.0695
    )
