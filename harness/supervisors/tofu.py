"""Play /job/job.json inside a sandbox: a Kubernetes API that belongs to nobody else, and tofu on a candidate's files, step by step.

Each command finds a fresh checkout of the files, as in CI, and runs as another user with that user's rights at the API. What the
cluster holds after each step is written down as an administrator sees it, and where the planted values stand by then.
"""

# Its modules are those of the sandbox's image:
# mypy: ignore-errors

import base64
import gzip
import io
import json
import os
import resource
import secrets
import shutil
import signal
import ssl
import subprocess
import sys
import time
import traceback
import urllib.error
import urllib.request
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, "/app")

from pipeline_runner import bounds

JOB, WORK, STORE, API = Path("/job"), Path("/work/tofu"), Path("/store"), "https://127.0.0.1:6443"
LEFT = ("/work", "/tmp", "/var/tmp", "/run", "/home/runner", "/dev/shm")  # noqa: S108 - where a command may write
KUBECONFIG = "/run/kubeconfig"
READY_SECONDS, CALL_SECONDS, GONE_SECONDS = 60, 20, 20
SAID, WIDTH, CHANGES = 256 << 10, 300, 300
USER = "engineer"
KINDS = {  # what is written down, by the path of its list
    "/api/v1": ("namespaces", "resourcequotas", "limitranges", "serviceaccounts", "configmaps", "secrets", "persistentvolumeclaims"),
    "/apis/rbac.authorization.k8s.io/v1": ("roles", "rolebindings", "clusterroles", "clusterrolebindings"),
    "/apis/scheduling.k8s.io/v1": ("priorityclasses",),
    "/apis/batch/v1": ("jobs",),
}  # fmt: skip
LATE = {  # what the API server and its controllers make by themselves, at any time, in whatever namespace
    ("serviceaccounts", "default"), ("configmaps", "kube-root-ca.crt"), ("configmaps", "extension-apiserver-authentication"),
    ("configmaps", "kube-apiserver-legacy-service-account-token-tracking"),
}  # fmt: skip
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": "/home/runner",
    "TMPDIR": "/tmp",  # noqa: S108 - the sandbox's own
    "TF_CLI_CONFIG_FILE": "/etc/tofu.rc",
    "TF_IN_AUTOMATION": "1",
    "TF_INPUT": "0",
    "CHECKPOINT_DISABLE": "1",
    "GOMAXPROCS": "2",
    "KUBE_CONFIG_PATH": KUBECONFIG,
    "KUBECONFIG": KUBECONFIG,
}
GROUPS = (
    "api/v1", "rbac.authorization.k8s.io/v1", "scheduling.k8s.io/v1", "coordination.k8s.io/v1", "batch/v1",
    "authentication.k8s.io/v1", "authorization.k8s.io/v1", "events.k8s.io/v1", "apiregistration.k8s.io/v1",
    "apiextensions.k8s.io/v1", "discovery.k8s.io/v1", "networking.k8s.io/v1", "admissionregistration.k8s.io/v1",
)  # fmt: skip
IDLE = (
    "TaintNodesByCondition", "DefaultTolerationSeconds", "DefaultStorageClass", "PodGroupProtection", "RuntimeClass",
    "DefaultIngressClass", "PodTopologyLabels", "MutatingAdmissionPolicy", "MutatingAdmissionWebhook", "PodSecurity",
    "PersistentVolumeClaimResize", "CertificateApproval", "CertificateSigning", "CertificateSubjectRestriction",
    "ClusterTrustBundleAttest", "NodeDeclaredFeatureValidator", "PodResizeValidator", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook", "StorageObjectInUseProtection",
)  # fmt: skip
APISERVER = (
    "--bind-address=127.0.0.1", "--advertise-address=192.0.2.1", "--secure-port=6443", "--cert-dir=/store/certs", "--token-auth-file=/store/tokens",
    "--authorization-mode=RBAC", "--service-cluster-ip-range=10.96.0.0/24", "--profiling=false",
    "--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=/etc/kubernetes/pki/sa.pub",
    "--service-account-signing-key-file=/etc/kubernetes/pki/sa.key", "--enable-priority-and-fairness=false",
    "--endpoint-reconciler-type=none", "--v=0",
    # What nobody asks for here is left out: the provider reads the description of all APIs for each object that it applies.
    f"--runtime-config=api/all=false,{','.join(f'{group}=true' for group in GROUPS)}",
    # None of these has anything to do without pods, and nothing runs that would take the last one's finalizers off again.
    f"--disable-admission-plugins={','.join(IDLE)}",
)  # fmt: skip


class Cluster:
    """etcd, an API server and controllers (for namespaces, their default accounts, and garbage), all on loopback."""

    def __init__(self) -> None:
        self.admin, self.engineer = secrets.token_hex(16), secrets.token_hex(16)
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
        self.programs: list[subprocess.Popen] = []
        self.own: set[tuple[str, str, str]] = set()  # what every cluster has from its beginning

    def start(self, controllers: str) -> None:
        """Start all three and wait until they answer.

        Raises: OSError where they do not.
        """
        STORE.chmod(0o700)
        tokens = f'{self.admin},admin,admin,"system:masters"\n{self.engineer},{USER},{USER}\n'
        private(STORE / "tokens", tokens)
        private(STORE / "kubeconfig", self.kubeconfig(self.admin))
        self._run("etcd", "--data-dir=/store/etcd", "--unsafe-no-fsync", "--log-level=error", "--snapshot-count=100000",
                  "--listen-client-urls=unix:///store/etcd.sock", "--advertise-client-urls=unix:///store/etcd.sock",
                  "--listen-peer-urls=unix:///store/peer.sock", "--initial-advertise-peer-urls=http://localhost:2380",
                  "--initial-cluster=default=http://localhost:2380")  # fmt: skip
        self._run("kube-apiserver", "--etcd-servers=unix:///store/etcd.sock", *APISERVER)
        self._wait("/readyz")
        self._run("kube-controller-manager", "--kubeconfig=/store/kubeconfig", f"--controllers={controllers}",
                  "--leader-elect=false", "--secure-port=0", "--v=0")  # fmt: skip
        self._wait("/api/v1/namespaces/default/serviceaccounts/default")
        self.own = {key_of(thing) for thing in self.objects()}

    def _run(self, *argv: str) -> None:
        with (STORE / f"{argv[0]}.log").open("wb") as log:
            self.programs.append(subprocess.Popen(argv, stdout=log, stderr=log, cwd=STORE, start_new_session=True))

    def _wait(self, path: str) -> None:
        deadline, last = time.monotonic() + READY_SECONDS, ""
        while time.monotonic() < deadline:
            if ended := [program.args[0] for program in self.programs if program.poll() is not None]:
                raise OSError(f"{ended[0]} ended: {(STORE / f'{ended[0]}.log').read_text()[-1500:]}")
            try:
                self.call("GET", path)
            except (OSError, ValueError) as problem:
                last = str(problem)
                time.sleep(0.1)
            else:
                return
        raise OSError(f"{path} does not answer: {last}")

    def call(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:  # noqa: ANN401
        """Return what the API says to an administrator.

        Raises: OSError where it refuses.
        """
        headers = {"Authorization": f"Bearer {self.admin}", "Content-Type": kind, "Accept": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(API + path, data, headers, method=method)  # noqa: S310 - on loopback
        with urllib.request.urlopen(request, timeout=CALL_SECONDS, context=self.context) as answer:  # noqa: S310 - the same
            said = answer.read()
        return json.loads(said) if said[:1] == b"{" else said.decode()

    def kubeconfig(self, token: str) -> str:
        """Return a kubeconfig for whoever holds a token."""
        cluster = {"server": API, "insecure-skip-tls-verify": True}
        return json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "sandbox",
            "clusters": [{"name": "sandbox", "cluster": cluster}], "users": [{"name": "sandbox", "user": {"token": token}}],
            "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox", "namespace": "default"}}],
        })  # fmt: skip

    def make(self, thing: dict[str, Any]) -> None:
        """Create an object that is there from the beginning."""
        group, plural = thing["apiVersion"], thing.pop("plural")
        place = f"/namespaces/{thing['metadata']['namespace']}" if "namespace" in thing["metadata"] else ""
        self.call("POST", f"{'/api' if group == 'v1' else '/apis'}/{group}{place}/{plural}", thing)

    def objects(self) -> list[dict[str, Any]]:
        """Return all objects that are not every cluster's own."""
        found = []
        for top, plurals in KINDS.items():
            for plural in plurals:
                for thing in self.call("GET", f"{top}/{plural}")["items"]:
                    thing["metadata"].pop("managedFields", None)
                    if (plural, thing["metadata"]["name"]) not in LATE:
                        found.append({"plural": plural, **thing})
        return [thing for thing in found if key_of(thing) not in self.own]

    def settled(self) -> None:
        """Wait until no namespace is on its way out; what hangs there stays for all to see."""
        deadline = time.monotonic() + GONE_SECONDS
        while time.monotonic() < deadline:
            if not any(
                "deletionTimestamp" in thing["metadata"] for thing in self.call("GET", "/api/v1/namespaces")["items"]
            ):
                return
            time.sleep(0.1)

    def end(self) -> None:
        """End all three."""
        for program in reversed(self.programs):
            with suppress(OSError):
                os.killpg(program.pid, signal.SIGKILL)


def key_of(thing: dict[str, Any]) -> tuple[str, str, str]:
    """Return what names an object: plural, namespace ('' where it has none), name."""
    return thing["plural"], thing["metadata"].get("namespace", ""), thing["metadata"]["name"]


def private(path: Path, text: str) -> None:
    """Write a file for root's eyes only."""
    path.touch(0o600)
    path.write_text(text, "utf-8")


class Player:
    """The steps of one scenario."""

    def __init__(self, job: dict[str, Any], cluster: Cluster) -> None:
        self.job, self.cluster = job, cluster
        self.planted = [job["variables"][name] for name in job["planted"]]
        self.environment: dict[str, str] = {}
        self.output = self.plan = b""  # of the step at hand

    def play(self, step: dict[str, Any]) -> dict[str, Any]:
        """Play one step, and return what came of it."""
        began = time.monotonic()
        told = {"name": step["name"], "verb": step["verb"], "layer": step["layer"], "failed": "", "overrun": "", "changes": [],
                "empty": None, "tail": []}  # fmt: skip
        if step["verb"] == "edit":
            try:
                self.cluster.call("PATCH", step["edit"]["path"], step["edit"]["merge"], "application/merge-patch+json")
            except urllib.error.HTTPError as problem:  # what was there at first is the candidate's to lose
                told["failed"] = f"the API said {problem.code} {problem.reason} to an edit of {step['edit']['path']}"
        else:
            self._commands(step, told)
            self.cluster.settled()
        there = self.cluster.objects()
        told["objects"] = [without_secrets(thing) for thing in there]
        told["leaks"] = sorted({*self._leaks(there), *self._printed()})
        told["seconds"] = round(time.monotonic() - began, 2)
        return told

    def before(self, step: dict[str, Any]) -> None:
        """Play one step of the exercise's own code, by which the cluster came to stand as it does.

        Raises: OSError where it cannot be: that is no candidate's doing.
        """
        told = self.play({**step, "before": True})
        if told["failed"]:
            raise OSError(f"the code as it was applied failed: {told['failed']}; {told['tail']}")

    def _commands(self, step: dict[str, Any], told: dict[str, Any]) -> None:
        self.output = b""
        self.environment = {**ENVIRONMENT, **variables(self.job["variables"] | step["instead"])}
        self.planted += [value for name, value in step["instead"].items() if name in self.job["planted"]]
        lay(self.job["applied"] if step.get("before") else self.job["files"], self.job["inputs"][step["inputs"]])
        private_to_runner(KUBECONFIG, self.cluster.kubeconfig(self.cluster.engineer))
        held = self._lock() if step["locked"] else []
        layer = WORK / step["layer"]
        layer.mkdir(exist_ok=True)
        try:
            self.run(layer, "init", "-no-color")
            aside = ["-destroy"] if step["verb"] == "destroy" else []
            if (WORK / "inputs" / f"{step['layer']}.tfvars.json").is_file():
                aside.append(f"-var-file=../inputs/{step['layer']}.tfvars.json")
            if step["verb"] == "test":
                self.run(layer, "test", "-no-color", *aside)
            else:
                self._planned(step["verb"], layer, aside, told)
        except FailedError as problem:
            told["failed"] = str(problem)
        except TimeoutError:
            told["failed"] = told["overrun"] = f"a command took more than {self.job['seconds']:g} seconds"
        finally:
            self._unlock(held)
        lines = self.output.decode("utf-8", "replace").splitlines()
        told["tail"] = [line[:WIDTH] for line in lines if line.strip()][-self.job["lines"] :]

    def _planned(self, verb: str, layer: Path, aside: list[str], told: dict[str, Any]) -> None:
        """Plan, and do what was planned unless the plan is all.

        Raises: FailedError, TimeoutError.
        """
        out = ("-out=plan.bin", "-json-into=plan.json")
        code = self.run(layer, "plan", "-no-color", "-detailed-exitcode", *out, *aside, allowed=(0, 2))
        told["empty"], told["changes"] = code == 0, changes(regular(layer / "plan.json"))
        self.plan = regular(layer / "plan.bin")
        if verb != "plan":
            self.run(layer, "apply", "-no-color", "plan.bin")
        if verb == "apply":
            self.run(layer, "output", "-no-color", "-json")

    def run(self, layer: Path, *words: str, allowed: tuple[int, ...] = (0,)) -> int:
        """Run tofu and return its exit code.

        Raises: FailedError for any that is not allowed, TimeoutError.
        """
        bound = (self.job["processor"], self.job["seconds"])
        code, said = command(["/usr/local/bin/tofu", *words], layer, self.environment, *bound)
        self.output = (self.output + said)[-SAID:]
        if code < 0:
            told = f"it used more than {bound[0]:g} seconds of a processor, or more memory than there is"
            raise FailedError(f"`tofu {words[0]}` was ended by signal {-code}: {told}")
        if code not in allowed:
            raise FailedError(f"`tofu {words[0]}` ended with exit code {code}")
        return code

    def _lock(self) -> list[str]:
        """Take every lock of state as another tofu would, and return the paths of those that were free."""
        top = f"/apis/coordination.k8s.io/v1/namespaces/{self.job['state']}/leases"
        held = []
        for lease in self.cluster.call("GET", top)["items"]:
            info = {"ID": "7d1b2c1e-0000-4000-8000-000000000001", "Operation": "OperationTypeApply", "Info": "",
                    "Who": "nightly@ci", "Version": "1.12.6", "Created": "2026-03-02T02:00:00Z", "Path": ""}  # fmt: skip
            change = {"metadata": {"annotations": {"app.terraform.io/lock-info": json.dumps(info)}},
                      "spec": {"holderIdentity": info["ID"]}}  # fmt: skip
            self.cluster.call("PATCH", f"{top}/{lease['metadata']['name']}", change, "application/merge-patch+json")
            held.append(f"{top}/{lease['metadata']['name']}")
        return held

    def _unlock(self, held: list[str]) -> None:
        change = {"metadata": {"annotations": {"app.terraform.io/lock-info": None}}, "spec": {"holderIdentity": None}}
        for path in held:
            self.cluster.call("PATCH", path, change, "application/merge-patch+json")

    def _leaks(self, there: list[dict[str, Any]]) -> list[str]:
        """Return where planted values stand on the cluster: state, and every object but a Secret outside of the state's namespace."""
        found = []
        for thing in there:
            meta, state = thing["metadata"], thing["metadata"].get("namespace") == self.job["state"]
            if thing["plural"] == "secrets" and not state:
                continue
            packed = (thing.get("data") or {}).values() if thing["plural"] == "secrets" else ()
            texts = [json.dumps(thing).encode(), *(opened(base64.b64decode(value)) for value in packed)]
            if any(self._in(text) for text in texts):
                found.append(f"the state {meta['name']}" if state else f"{thing['plural']}/{meta['name']}")
        return found

    def _printed(self) -> list[str]:
        found = []
        if self._in(self.output):
            found.append("what tofu printed")
        if self._in(opened(self.plan)):
            found.append("the plan file")
        self.output = self.plan = b""
        return found

    def _in(self, text: bytes) -> bool:
        for value in self.planted:
            plain = value.encode()
            forms = {plain, *(base64.b64encode(b"x" * shift + plain)[4 if shift else 0 : -4] for shift in range(3))}
            if any(form in text for form in forms):
                return True
        return False


def regular(path: Path) -> bytes:
    """Return what a file of the candidate's folder holds, no link followed; nothing where there is none."""
    with suppress(OSError), os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read()
    return b""


def changes(lines: bytes) -> list[dict[str, Any]]:
    """Return what a plan changes, by address, of what tofu wrote beside it; what nothing happens to is left out."""
    found = []
    for line in lines.decode("utf-8", "replace").splitlines():
        with suppress(ValueError, KeyError, TypeError):
            said = json.loads(line)
            if said["type"] == "planned_change":
                change = said["change"]
                before = change.get("previous_resource", {}).get("addr", "")
                found.append({"address": change["resource"]["addr"], "actions": [change["action"]], "from": before})
    return found[:CHANGES]


class FailedError(Exception):
    """A command did not do what it was run for."""


def variables(values: dict[str, str]) -> dict[str, str]:
    """Return an environment that hands values to tofu."""
    return {f"TF_VAR_{name}": value for name, value in values.items()}


def opened(data: bytes) -> bytes:
    """Return what is in a compressed file, or the file itself."""
    with suppress(OSError, EOFError, ValueError):
        return gzip.decompress(data)
    with suppress(zipfile.BadZipFile, OSError, RuntimeError):
        packed = zipfile.ZipFile(io.BytesIO(data))
        return b"\n".join(opened(packed.read(name)) for name in packed.namelist())
    return data


def without_secrets(thing: dict[str, Any]) -> dict[str, Any]:
    """Return an object; of a Secret's values only what SHA-256 makes of them."""
    from hashlib import sha256  # noqa: PLC0415 - for this alone

    if thing["plural"] != "secrets":
        return thing
    data = {key: sha256(base64.b64decode(value)).hexdigest() for key, value in (thing.get("data") or {}).items()}
    return {**thing, "data": data}


def command(
    argv: list[str], folder: Path, environment: dict[str, str], processor: float, seconds: float
) -> tuple[int, bytes]:
    """Run a command as the candidate's user and return its exit code and the last that it said; nothing of it is left.

    It may use `processor` seconds of one, however busy the machine is, and take `seconds` in all.

    Raises: TimeoutError where it takes longer.
    """
    with (STORE / "said").open("w+b") as said:
        process = subprocess.Popen(
            argv, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
            user=bounds.RUNNER, group=bounds.RUNNER, extra_groups=(), start_new_session=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (int(processor), int(processor))),  # noqa: PLW1509 - no threads
        )  # fmt: skip
        bounds.first_to_go(process.pid)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
        finally:
            if not bounds.end_all():
                raise OSError("what a command started could not be ended")
            process.wait(bounds.END_SECONDS)
            bounds.reap()
        said.seek(max(0, said.seek(0, os.SEEK_END) - SAID))
        return process.returncode, said.read()


def private_to_runner(path: str, text: str) -> None:
    """Write a file that the candidate's user alone may read."""
    place = Path(path)
    place.unlink(missing_ok=True)
    private(place, text)
    os.chown(place, bounds.RUNNER, bounds.RUNNER)


def lay(files: dict[str, str], inputs: dict[str, Any]) -> None:
    """Make the checkout anew; nothing that an earlier command wrote is left anywhere."""
    shutil.rmtree(WORK, ignore_errors=True)
    for place in LEFT:
        for entry in Path(place).iterdir():
            if entry.lstat().st_uid != bounds.RUNNER:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    texts = {**files, **{path: json.dumps(value) for path, value in inputs.items()}}
    for path, text in texts.items():
        (WORK / path).parent.mkdir(parents=True, exist_ok=True)
        (WORK / path).write_text(text, "utf-8")
    for place in (WORK, *WORK.rglob("*")):
        os.chown(place, bounds.RUNNER, bounds.RUNNER)


def main() -> None:
    """Play all steps; one that failed ends none of the others."""
    result: dict[str, Any] = {"runs": [], "before": [], "fault": None, "seconds": {}}
    cluster = Cluster()
    try:
        job = json.loads((JOB / "job.json").read_text("utf-8"))
        began = time.monotonic()
        cluster.start(job["controllers"])
        for thing in job["cluster"]:
            cluster.make(thing)
        result["seconds"]["cluster"] = round(time.monotonic() - began, 2)
        player = Player(job, cluster)
        for step in job["before"]:
            player.before(step)
        result["before"] = [without_secrets(thing) for thing in cluster.objects()]
        for step in job["runs"]:
            result["runs"].append(player.play(step))
        result["seconds"]["all"] = round(time.monotonic() - began, 2)
    except Exception:  # what goes wrong here is this program's fault, and must be told as such
        result["fault"] = traceback.format_exc()
    cluster.end()
    (JOB / "part.json").write_text(json.dumps(result), "utf-8")
    (JOB / "part.json").replace(JOB / "result.json")
    os._exit(0)


main()
