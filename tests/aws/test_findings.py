"""GuardDuty's findings in an account that learners use."""

from deployed import fargate


def watch(lab):
    """A detector that watches Fargate tasks; its id."""
    extra = [{"Name": "ECS_FARGATE_AGENT_MANAGEMENT", "Status": "ENABLED"}]
    feature = {"Name": "RUNTIME_MONITORING", "Status": "ENABLED", "AdditionalConfiguration": extra}
    return lab.client("guardduty").create_detector(Enable=True, Features=[feature])["DetectorId"]


def test_a_finding_can_be_listed_and_read(lab):
    """ListFindings, with a criterion, and GetFindings: in botocore's shapes."""
    detector = watch(lab)
    fargate(lab, desired=1, mines_after=5)
    lab.advance("5m")
    guard = lab.client("guardduty")
    ids = guard.list_findings(DetectorId=detector)["FindingIds"]
    assert len(ids) == 1
    finding = guard.get_findings(DetectorId=detector, FindingIds=ids)["Findings"][0]
    assert finding["Type"] == "CryptoCurrency:Runtime/BitcoinTool.B"
    assert finding["Resource"]["EcsClusterDetails"]["Name"] == "prod"
    other = {"Criterion": {"type": {"Eq": ["Recon:EC2/Portscan"]}}}
    assert guard.list_findings(DetectorId=detector, FindingCriteria=other)["FindingIds"] == []


def test_a_detector_without_the_feature_finds_nothing(lab):
    """Runtime Monitoring is a feature of its own."""
    guard = lab.client("guardduty")
    detector = guard.create_detector(Enable=True)["DetectorId"]
    fargate(lab, desired=1, mines_after=5)
    lab.advance("5m")
    assert guard.list_findings(DetectorId=detector)["FindingIds"] == []
