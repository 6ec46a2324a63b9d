"""Stand-in for actions/create-github-app-token: a token whose pull requests start workflows, as a person's do."""

import sys

sys.path.insert(0, "/opt/actions")
import toolkit

if not toolkit.given("app-id") and not toolkit.given("client-id"):
    toolkit.fail("Input required and not supplied: app-id")
token = toolkit.ask({"do": "app-token", "key": toolkit.given("private-key")})["token"]
print(f"::add-mask::{token}")
toolkit.put("token", str(token))
