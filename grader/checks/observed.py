"""What a scenario saw, as checks ask for it. Times are seconds since the epoch, taken on the grading machine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.checks.spec import EvidenceError, fail


@dataclass(frozen=True)
class Observed:
    """One scenario's observation: its phases, pod snapshots, probe records, events and last log lines."""

    scenario: str
    data: Mapping[str, Any]
    workload: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The workload as messages call it."""
        return f"{self.workload['kind']}/{self.workload['name']}"

    def decided(self) -> "Observed":
        """Return this observation if the machine held.

        Raises: EvidenceError with the evidence where it did not.
        """
        if self.data.get("evidence"):
            raise EvidenceError(str(self.data["evidence"]))
        return self

    def phase(self, name: str) -> float | None:
        """Return when a phase began (applied, ready, held, disturbed, recovered, ended), or None."""
        found = self.data["phases"].get(name)
        return None if found is None else float(found)

    @property
    def apply_errors(self) -> Sequence[Mapping[str, str]]:
        """What the API server refused: object and message."""
        return list(self.data["apply_errors"])

    def pods(self, since: float = 0.0, until: float | None = None) -> list[Mapping[str, Any]]:
        """Return the snapshots of the workload's own pods, taken whenever one changed."""
        end = until if until is not None else float("inf")
        return [snap for snap in self.data["pods"] if since <= snap["t"] <= end and snap["own"]]

    def probes(self, kind: str, since: float = 0.0, until: float | None = None) -> list[Mapping[str, Any]]:
        """Return the records of one kind of request (predict, anonymous) sent in a span of time."""
        end = until if until is not None else float("inf")
        return [record for record in self.data["probes"] if record["kind"] == kind and since <= record["t"] <= end]

    def restarts(self, since: float = 0.0, until: float | None = None) -> int:
        """Return how many times containers of the workload's pods restarted in a span of time."""
        total = 0
        for uid in {snap["uid"] for snap in self.pods(until=until)}:
            counts = [(snap["t"], snap["restarts"]) for snap in self.pods(until=until) if snap["uid"] == uid]
            before = max((count for t, count in counts if t < since), default=0)
            total += max(count for _, count in counts) - before
        return total

    def last_seen(self) -> str:
        """Return what the pods last said, for a message: their states and the newest warnings and log lines."""
        return str(self.data["last_seen"])

    def need_applied(self) -> None:
        """Fail where the API server refused an object."""
        self.decided()
        if self.apply_errors:
            first = self.apply_errors[0]
            fail(
                "the API server refused the manifests",
                object=first["object"],
                expected="accepted",
                seen=first["message"],
            )

    def need_ready(self) -> float:
        """Return when the workload was ready; fail, with what was last seen, where it never was."""
        self.need_applied()
        ready = self.phase("ready")
        if ready is None:
            fail(
                "the workload does not become ready",
                object=self.label,
                field="status",
                expected=f"{self.workload['replicas']} ready pods within {self.data['ready_within']:g} s",
                seen=self.last_seen(),
            )
        return ready

    def need_steady(self) -> None:
        """Fail where, between settling and the end of the hold, a pod restarted, was recreated or lost readiness."""
        self.need_ready()
        began, ended = self.phase("settled") or 0.0, self.phase("held") or 0.0
        restarts = self.restarts(began, ended)
        if restarts:
            fail(
                "containers restart",
                object=self.label,
                expected="no restart while nothing is disturbed",
                seen=f"{restarts} restarts",
            )
        uids = {snap["uid"] for snap in self.pods(until=began)}
        for snap in self.pods(began, ended):
            if snap["uid"] not in uids:
                fail(
                    "pods are recreated",
                    object=self.label,
                    expected="the same pods",
                    seen=f"new pod {snap['name']}",
                )
            if not snap["ready"]:
                fail(
                    "pods lose readiness",
                    object=self.label,
                    expected="ready pods",
                    seen=f"{snap['name']}: {snap['state']}",
                )

    def need_recovered(self) -> None:
        """Fail unless the disturbed server was restarted or replaced and all replicas serve again in time."""
        self.need_ready()
        disturbed = self.phase("disturbed")
        if disturbed is None:
            raise EvidenceError("the scenario disturbed nothing")
        if self.phase("recovered") is None:
            within = f"{self.data['recover_within']:g} s"
            fail(
                "the service does not recover from a server that stopped answering",
                object=self.label,
                expected=f"a new server, all replicas ready and right answers within {within}",
                seen=self.last_seen(),
            )

    def need_access(self, *, allowed: bool) -> None:
        """Fail where the API server lets the workload's identity do less (or, not `allowed`, more) than it should."""
        self.need_applied()
        asked = [one for one in self.data["access"] if one["allowed"] is allowed]
        if not asked:
            fail("there is no workload whose identity could be asked about", object=self.label)
        for one in asked:
            if one["answer"] is not allowed:
                fail(
                    "the workload's identity may do too little"
                    if allowed
                    else "the workload's identity may do too much",
                    object=f"ServiceAccount/{one['account']}",
                    expected=f"{'allowed' if allowed else 'refused'}: {_action(one)}",
                    seen="refused" if allowed else "allowed",
                )

    def need_reach(self, *, allowed: bool) -> None:
        """Fail where the workload's pods cannot connect to where they must, or (not `allowed`) can to where they must not."""
        self.need_ready()
        if not self.data["reach"]:
            fail("no pod of the workload was ready to try connections from", object=self.label)
        for one in self.data["reach"]:
            place = f"{one['name']}, port {one['port']}"
            if one["trouble"]:
                fail(
                    "connections could not be tried from the workload's pod",
                    object=self.label,
                    seen=one["trouble"],
                )
            if one["allowed"] is allowed and (one["reason"] is None) is not allowed:
                fail(
                    f"the workload's pods {'do not reach' if allowed else 'reach'} {place}",
                    object=self.label,
                    expected="a connection" if allowed else "no connection",
                    seen=one["reason"] or "a connection",
                )

    def records(self) -> Mapping[str, str]:
        """Return the entries that the workload recorded in the exercise's ConfigMap (none where it is missing)."""
        return dict(self.data["records"] or {})

    def need_share(
        self,
        records: Sequence[Mapping[str, Any]],
        good: Callable[[Mapping[str, Any]], bool],
        what: str,
        *,
        share: float = 0.98,
    ) -> None:
        """Fail unless at least `share` of the requests came out as they should."""
        if not records:
            raise EvidenceError(f"the prober sent no request to judge {what!r} by")
        bad = [record for record in records if not good(record)]
        if len(bad) > (1 - share) * len(records):
            fail(
                f"some requests do not {what}",
                object=str(self.data["url"]),
                expected=f"at least {share:.0%} of the requests to {what}",
                seen=f"{len(bad)} of {len(records)} did not; the first: {described(bad[0])}",
            )


def _action(asked: Mapping[str, Any]) -> str:
    """Return a permission as `kubectl auth can-i` takes it."""
    kind = ".".join(filter(None, (asked["resource"], asked["group"])))
    kind += f"/{asked['subresource']}" if asked["subresource"] else ""
    name = f" {asked['name']}" if asked["name"] else ""
    return f"{asked['verb']} {kind}{name} in {asked['namespace']}"


def turned_away(record: Mapping[str, Any]) -> bool:
    """Whether a request never got an answer: its connection was refused or not let through."""
    return record["status"] is None and record["error"] is not None


def described(record: Mapping[str, Any]) -> str:
    """Return one request's result in words."""
    if record["error"]:
        return f"no answer ({record['error']}) after {record['ms']:.0f} ms"
    wrong = ", with a wrong prediction" if record["correct"] is False else ""
    return f"HTTP {record['status']}{wrong}"


def predicted(record: Mapping[str, Any]) -> bool:
    """Whether a request was answered with the right prediction."""
    return record["status"] == 200 and record["correct"] is True  # noqa: PLR2004 - HTTP OK
