"""Can a node be taken out of service?"""

from grader.checks import Observed, check, fail


@check(
    "drained",
    claim="A node with a server on it can be drained",
    requirement="R1",
    points=8,
    must=True,
    scenario="upgrade",
)
def test_drained(observed: Observed) -> None:
    """Fail with the API server's words."""
    observed.need_ready()
    (drain,) = observed.data["drains"]
    if drain["over"] is None:
        refused = next((pod["refused"] for pod in drain["pods"] if pod["refused"]), "pods that do not go")
        fail("the node cannot be drained", object=f"Node/{drain['node']}", expected="no pod left", seen=refused)
