"""What a scenario saw, as checks ask for it. Times are seconds since the epoch, taken on the grading machine."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from grader.checks import blame
from grader.checks.blame import Late, Probed, Requests, Sighting, Symptom
from grader.checks.rights import excess
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
        found = self.data.get("phases", {}).get(name)
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
        if self.apply_errors:
            first = self.apply_errors[0]
            fail(
                "the API server refused the manifests",
                object=first["object"],
                expected="accepted",
                seen=first["message"],
                symptoms=[Sighting()],
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
                symptoms=[self.late("applied", self.data["ready_within"], "ready")],
            )
        return ready

    def need_steady(self) -> None:
        """Fail where, between settling and the end of the hold, a pod restarted, was recreated or lost readiness."""
        self.need_ready()
        began, ended = self.phase("settled") or 0.0, self.phase("held") or 0.0
        uids = {snap["uid"] for snap in self.pods(until=began)}
        strangers = [snap for snap in self.pods(began, ended) if snap["uid"] not in uids]
        symptoms: list[Symptom] = [*self.restarted(began, ended), *self._unready(began, ended)]
        symptoms += [Sighting() for _ in strangers]  # no stall makes another pod
        restarts = self.restarts(began, ended)
        if restarts:
            fail(
                "containers restart",
                object=self.label,
                expected="no restart while nothing is disturbed",
                seen=f"{restarts} restarts",
                symptoms=symptoms,
            )
        if strangers:
            fail(
                "pods are recreated",
                object=self.label,
                expected="the same pods",
                seen=f"new pod {strangers[0]['name']}",
                symptoms=symptoms,
            )
        for snap in self.pods(began, ended):
            if not snap["ready"]:
                fail(
                    "pods lose readiness",
                    object=self.label,
                    expected="ready pods",
                    seen=f"{snap['name']}: {snap['state']}",
                    symptoms=symptoms,
                )

    def need_recovered(self) -> None:
        """Fail unless the disturbed server was restarted or replaced and all replicas serve again in time."""
        self.need_ready()
        if self.phase("disturbed") is None:
            trouble = self.data.get("undisturbed")
            if not trouble:
                raise EvidenceError("the scenario disturbed nothing")
            fail(
                "no server could be made to hang, so that none was seen to be replaced",
                object=self.label,
                expected="a ready server that takes the image's own command",
                seen=str(trouble["error"]),
                symptoms=[Requests((trouble,), 1, 1.0)] if "ms" in trouble else (),
            )
        if self.phase("recovered") is None:
            within = f"{self.data['recover_within']:g} s"
            fail(
                "the service does not recover from a server that stopped answering",
                object=self.label,
                expected=f"a new server, all replicas ready and right answers within {within}",
                seen=self.last_seen(),
                symptoms=[self.late("disturbed", self.data["recover_within"], "recovered")],
            )

    def late(self, since: str, within: float, phase: str) -> Late:
        """Return the symptom of a phase that did not come within so many seconds of another."""
        began = self.phase(since) or 0.0
        return Late(began, began + within, self.phase(f"late {phase}"))

    def restarted(self, since: float = 0.0, until: float | None = None) -> list[Symptom]:
        """Return the symptoms of the restarts in a span of time."""
        return [self._probed(after, "restart") for before, after in self._changes(since, until)
                if after["restarts"] > before["restarts"]]  # fmt: skip

    def _unready(self, since: float, until: float) -> list[Symptom]:
        """Return the symptoms of readiness lost in a span of time, but for pods that restarted."""
        return [self._probed(after, "unready") for before, after in self._changes(since, until)
                if before["ready"] and not after["ready"] and after["restarts"] == before["restarts"]]  # fmt: skip

    def _changes(self, since: float, until: float | None) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Yield, pod by pod, each snapshot in a span of time with the one before it."""
        snaps = self.pods(until=until)
        for uid in dict.fromkeys(snap["uid"] for snap in snaps):
            for before, after in pairwise([snap for snap in snaps if snap["uid"] == uid]):
                if after["t"] >= since:
                    yield before, after

    def _probed(self, snap: Mapping[str, Any], what: str) -> Symptom:
        patience = (snap.get("patience") or {}).get(what)
        if patience is None:
            return Sighting()
        needs, span = float(patience["needs"]), float(patience["span"])
        since = snap["t"] - span - blame.AFTERMATH - blame.LATE_GRACE
        told = any(
            one["reason"] == blame.UNHEALTHY
            and one["pod"] == snap["name"]
            and since <= one["t"] <= snap["t"] + blame.AFTERMATH
            for one in self.data.get("events", ())
        )
        return Probed(float(snap["t"]), needs, span, told)

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
                    symptoms=[Sighting()],
                )

    def need_rights(self) -> None:
        """Fail where the API server lists a right of the workload's identity that it may not hold."""
        self.need_applied()
        told = self.data["rights"]
        if told is None:
            fail("there is no workload whose identity could be asked about", object=self.label)
        for rule in told["held"]:
            if beyond := excess(rule, told["may"]):
                fail(
                    "the workload's identity may do too much",
                    object=f"ServiceAccount/{told['account']}",
                    expected="what the ticket lets it do, and no more",
                    seen=f"allowed in {rule['namespace']}: {beyond}",
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
                    symptoms=[_connection(one)] if allowed else [Sighting()],
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
                seen=f"{len(bad)} of {len(records)} did not; the first: {described(bad[0])}{self._caller(bad[0])}",
                symptoms=[Requests(tuple(bad), len(records), share)],
            )

    def _caller(self, record: Mapping[str, Any]) -> str:
        """Return who sent a request: NetworkPolicies and whoever reads logs tell callers by their labels."""
        labels = (self.data.get("callers") or {}).get("stranger" if record["kind"] == "stranger" else "predict")
        if not labels:
            return ""
        told = ", ".join(f"{key}={value}" for key, value in labels.items())
        token = " and no token" if record["kind"] == "anonymous" else ""
        return f"; sent by a pod of another namespace with labels {told}{token}"


def _connection(place: Mapping[str, Any]) -> Symptom:
    """Return a connection that did not come about as the request that it was."""
    if "t" not in place:
        return Sighting()
    return Requests(({"t": place["t"], "ms": place["ms"], "status": None, "error": place["reason"]},), 1, 1.0)


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
