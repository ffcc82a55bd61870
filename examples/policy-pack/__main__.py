"""A policy pack for engines that run them: the rules of policy.yaml, each mandatory."""

from pathlib import Path

from number_rules import policies_of
from pulumi_policy import EnforcementLevel, PolicyPack

from carrierx_cli.report.policy import read_policy

here = Path(__file__).parent
policy = read_policy((here / "policy.yaml").read_text(encoding="utf-8"), "policy.yaml")

PolicyPack("carrierx-numbers", policies_of(policy), EnforcementLevel.MANDATORY)
