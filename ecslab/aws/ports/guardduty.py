"""What ECS asks of moto's GuardDuty; findings, which moto does not have, are kept and answered
here.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from ecslab.aws.changes import put_in_place
from ecslab.aws.ports.backends import backend_in_use
from ecslab.aws.ports.events import MotoBus

FEATURE, ON = "RUNTIME_MONITORING", "ENABLED"
_PATHS = ("findings", "findings/get")


class MotoThreats:
    """GuardDuty of one account and region; findings lie with the detector that made them."""

    def __init__(self, account: str, region: str, bus: MotoBus) -> None:
        self._account, self._region, self._bus = account, region, bus

    def detector(self, agent: str) -> str | None:
        """The detector that watches what runs, with this agent managed by GuardDuty, or None."""
        guard = backend_in_use("guardduty", self._account, self._region)
        for detector in guard.detectors.values() if guard else ():
            if detector.enabled and any(
                _manages(feature, agent) for feature in detector.features or []
            ):
                return str(detector.id)
        return None

    def report(self, detector: str, finding: Mapping[str, Any]) -> None:
        """Keep a finding and tell EventBridge; harmless when the detector has gone."""
        guard = backend_in_use("guardduty", self._account, self._region)
        found = guard.detectors.get(detector) if guard else None
        if found is None:
            return
        _findings(found).append(dict(finding))
        if self._bus.listening:
            self._bus.put("GuardDuty Finding", [], dict(finding), source="aws.guardduty")


def _manages(feature: Mapping[str, Any], agent: str) -> bool:
    if (feature.get("name"), feature.get("status")) != (FEATURE, ON):
        return False
    extra = feature.get("additionalConfiguration") or []
    return any((e.get("name"), e.get("status")) == (agent, ON) for e in extra)


def _findings(detector: Any) -> list[dict[str, Any]]:
    if not hasattr(detector, "findings"):
        detector.findings = []
    kept: list[dict[str, Any]] = detector.findings
    return kept


def answer_findings(responses: ModuleType) -> Callable[[], None]:
    """Have moto's GuardDuty answer ListFindings and GetFindings; how to undo that."""
    kind = responses.GuardDutyResponse

    def detector(self: Any) -> Any:
        return self.guardduty_backend.get_detector(self.path.split("/")[2])

    def list_findings(self: Any) -> str:
        asked = json.loads(self.body) if self.body else {}
        criteria = (asked.get("findingCriteria") or {}).get("criterion") or {}
        ids = [f["id"] for f in _findings(detector(self)) if _meets(f, criteria)]
        return json.dumps({"findingIds": ids})

    def get_findings(self: Any) -> str:
        wanted = json.loads(self.body)["findingIds"]
        found = [f for f in _findings(detector(self)) if f["id"] in wanted]
        return json.dumps({"findings": sorted(found, key=lambda f: str(wanted.index(f["id"])))})

    return put_in_place(
        [(kind, "list_findings", list_findings), (kind, "get_findings", get_findings)]
    )


def _meets(finding: Mapping[str, Any], criteria: Mapping[str, Mapping[str, Any]]) -> bool:
    """The equals and not-equals of a finding criterion; paths such as "type"
    or "resource.ecsClusterDetails.name".
    """
    for path, condition in criteria.items():
        value: Any = finding
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        if not _holds(str(value), condition):
            return False
    return True


def _holds(value: str, condition: Mapping[str, Any]) -> bool:
    wanted: Sequence[str] | None = condition.get("eq") or condition.get("equals")
    unwanted: Sequence[str] = condition.get("neq") or condition.get("notEquals") or ()
    return (wanted is None or value in wanted) and value not in unwanted


def add_paths(urls: ModuleType) -> Callable[[], None]:
    """Let moto's GuardDuty see the addresses of findings; how to undo that."""
    made = ["{0}/detector/(?P<detector_id>[^/]+)/" + path + "$" for path in _PATHS]
    urls.url_paths.update(dict.fromkeys(made, urls.GuardDutyResponse.dispatch))

    def undo() -> None:
        for path in made:
            del urls.url_paths[path]

    return undo
