"""How long CodeDeploy takes, in milliseconds; where AWS publishes the number the facts' section is
named.
"""

MINUTE_MS = 60_000
# Observed in the output of AWS's tutorial: a lifecycle event without a
# function takes about half a second.
EVENT_MS = 500
# Facts, section 7.2: the replacement task set has an hour to become steady.
GREEN_MS = 60 * MINUTE_MS
HOOK_MS = 60 * MINUTE_MS  # facts, section 7.2: a function has an hour to report
SCALING_MS = 5 * MINUTE_MS  # facts, section 7.2: after a scaling event while traffic shifts
