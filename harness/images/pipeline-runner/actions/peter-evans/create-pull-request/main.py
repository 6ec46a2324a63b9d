"""Stand-in for peter-evans/create-pull-request: it pushes a branch and opens a pull request; the platform records who did.

Source: the action's README, which asks for contents: write and pull-requests: write.
"""

import sys

sys.path.insert(0, "/opt/actions")
import toolkit

told = {"head": toolkit.given("branch"), "base": toolkit.given("base"), "title": toolkit.given("title")}
toolkit.call("git.createRef", {"ref": f"refs/heads/{told['head']}"}, toolkit.given("token"))
made = toolkit.call("pulls.create", told, toolkit.given("token"))
print(f"Created pull request #{made['number']}")
toolkit.put("pull-request-number", str(made["number"]))
