"""Hands the lab's events to moto's EventBridge: those of `aws.ecs` and `aws.cloudwatch` go to
the targets of the rules that match them.
"""

import json
import logging
from copy import copy, deepcopy
from typing import Any

from ecslab.aws.ports.backends import backend_in_use
from ecslab.ground.chance import Chance
from ecslab.ground.clock import Clock

_log = logging.getLogger(__name__)


class MotoBus:
    """The default bus of moto's EventBridge."""

    def __init__(self, account: str, region: str, clock: Clock, chance: Chance) -> None:
        self._account, self._region, self._clock, self._chance = account, region, clock, chance

    @property
    def listening(self) -> bool:
        """Whether the default bus has a rule that is on; moto's EventBridge
        is not loaded for the question.
        """
        return bool(self._rules())

    def put(
        self,
        detail_type: str,
        resources: list[str],
        detail: dict[str, Any],
        *,
        source: str = "aws.ecs",
    ) -> None:
        """Send one event to every target of every rule that matches it (EventBridge
        guide, "AWS service event metadata").

        moto's own put_events lets one failing target keep the event from all
        others, and so do two targets of one rule.
        """
        now = self._clock.timestamp()
        event = {
            "version": "0",
            "id": self._chance.uuid("event ids"),
            "detail-type": detail_type,
            "source": source,
            "account": self._account,
            "time": now,  # moto's targets write it as text
            "region": self._region,
            "resources": resources,
            "detail": json.loads(json.dumps(detail)),
        }
        for rule in self._rules():
            for target in rule.targets:
                _deliver(rule, target, deepcopy(event))

    def _rules(self) -> list[Any]:
        events = backend_in_use("events", self._account, self._region)
        rules = events.event_buses["default"].rules.values() if events else ()
        return [rule for rule in rules if rule.state == "ENABLED" and rule.targets]


def _deliver(rule: Any, target: dict[str, Any], event: dict[str, Any]) -> None:
    alone = copy(rule)
    alone.targets = [target]
    # Else moto would rebuild the event, slowly and without its account.
    transformed = "InputTransformer" in target
    if transformed:
        event["ingestion-time"] = event["time"]
    try:
        alone.send_to_targets(event, transform_input=transformed)
    except NotImplementedError:
        _log.warning(
            "rule %s: events are not delivered to targets such as %s in the lab",
            rule.name,
            target["Arn"],
        )
    except Exception as failure:  # noqa: BLE001 - the queue has gone, …: EventBridge gives up, and ECS never hears of it
        _log.warning("rule %s: no delivery to %s: %s", rule.name, target["Arn"], failure)
