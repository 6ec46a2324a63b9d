"""Stand-in for peter-evans/create-pull-request: the platform records the pull request and who opened it."""

import sys

sys.path.insert(0, "/opt/actions")
import toolkit

told = {"head": toolkit.given("branch"), "base": toolkit.given("base"), "title": toolkit.given("title")}
made = toolkit.call("pulls.create", told, toolkit.given("token"))
print(f"Created pull request #{made['number']}")
toolkit.put("pull-request-number", str(made["number"]))
