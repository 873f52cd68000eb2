"""Blue/green deployments by CodeDeploy of a service in service
discovery (facts, sections 7.2 and 10.2).
"""

import pytest
from blue_green import ROLLS_BACK, Shop, blue_green
from refusals import refused

KEPT_A_WHILE = blue_green(ending=10)


@pytest.mark.parametrize("records", [{"A": 60}, {"SRV": 60}], ids=["A", "SRV"])
def test_green_tasks_are_found_too_while_blue_lives(records):
    """Facts, section 7.2: public in aws/containers-roadmap#645 and #648; green enters
    as it runs, blue leaves when it ends.
    """
    shop = Shop(discovery=records, blueGreenDeploymentConfiguration=KEPT_A_WHILE)
    assert shop.found() == ["web:1"] * 2
    id_ = shop.release()
    shop.advance(200)
    assert shop.found() == ["web:1"] * 2 + ["web:2"] * 2
    shop.advance(900)
    assert (shop.info(id_)["status"], shop.found()) == ("Succeeded", ["web:2"] * 2)
    service = shop.account.service("web")
    told = [service["serviceRegistries"], service["taskSets"][0]["serviceRegistries"]]
    assert told == [[shop.registered(records)]] * 2


def test_release_after_release_everybody_is_found():
    """Facts, section 7.2: what CodeDeploy replaces is found as what it
    replaced; nobody is lost or left behind.
    """
    shop = Shop(discovery={"A": 60})
    for revision in (2, 1, 2):
        shop.release(revision)
        shop.advance(400)
        assert shop.found() == [f"web:{revision}"] * 2


def test_after_a_rollback_only_the_original_is_found():
    """Facts, section 7.2: the replacement goes, and its entries with it."""
    shop = Shop(discovery={"A": 60}, autoRollbackConfiguration=ROLLS_BACK)
    shop.plane.neighbours.functions.code["check"] = shop.report("Failed")
    shop.release(hooks={"AfterInstall": "check"})
    shop.advance(400)
    assert (shop.found(), shop.task_sets()) == (["web:1"] * 2, [("web:1", "PRIMARY")])


def test_the_limit_of_service_discovery_holds_whoever_deploys():
    """Facts, section 10.2: at most 1,000 tasks, also when UpdateService asks
    for them of a CODE_DEPLOY service.
    """
    shop = Shop(discovery={"A": 60})
    error = refused(shop.account, "UpdateService", service="web", desiredCount=1_001)
    assert error.message == "A service with service discovery can have at most 1000 tasks."
    assert shop.account.service("web")["desiredCount"] == 2
