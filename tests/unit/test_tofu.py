"""Infrastructure as code: HCL is read with its lines, what is foreign is refused before anything runs, and steps are told apart."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.checks.configuration import trespasses
from grader.checks.provisioned import Provisioned, lost, things
from grader.checks.spec import CheckFailureError, EvidenceError
from grader.checks.submission import Submission
from grader.plays.tofu import job_of
from harness.core import paths, versions
from harness.exercises import exercise as exercises
from harness.exercises import faults
from harness.exercises.infrastructure import InfrastructureScenario, Step
from harness.files import hclfile
from harness.intake.submission import collect
from harness.nodeimage import binaries
from harness.runs import practice

SLUG = "terraform-rebuild"
FACTS = {
    "layers": ["platform", "teams"], "providers": ["gavinbunney/kubectl"], "backends": ["kubernetes", "local"],
    "applied": "applied",
}  # fmt: skip
RESOURCE = 'resource "kubectl_manifest" "x" {\n  %s\n}\n'
REFUSED = {
    "a provisioner": (RESOURCE % 'provisioner "local-exec" { command = "id" }', 2, "programs"),
    "a provisioner in a dynamic block": (RESOURCE % 'dynamic "a" {\n content {\n provisioner "file" {\n}\n}\n}', 4, "programs"),
    "a connection": (RESOURCE % 'connection { host = "example" }', 2, "programs"),
    "an external program": ('data "external" "x" {\n  program = ["id"]\n}\n', 1, "provider"),
    "a request": ('data "http" "x" {\n  url = "http://169.254.169.254/"\n}\n', 1, "provider"),
    "a file of the provider local": ('resource "local_file" "x" {\n  filename = "/tmp/x"\n}\n', 1, "provider"),
    "a secret of another provider": ('ephemeral "vault_secret" "x" {\n}\n', 1, "provider"),
    "a foreign provider": ('terraform {\n required_providers {\n  null = { source = "hashicorp/null" }\n }\n}\n', 3, "null"),
    "a provider of the same name": ('terraform {\n required_providers {\n  kubectl = { source = "evil/kubectl" }\n }\n}\n', 3, "kubectl"),
    "a provider from another host": ('terraform {\n required_providers {\n  kubectl = { source = "example.com/gavinbunney/kubectl" }\n }\n}\n', 3, "kubectl"),
    "a provider by a word alone": ('terraform {\n required_providers {\n  kubectl = "1.0"\n }\n}\n', 3, "kubectl"),
    "a login by a program": ('provider "kubectl" {\n  exec {\n    command = "cat"\n  }\n}\n', 2, "program"),
    "state on a server": ('terraform {\n backend "http" {\n  address = "http://example/"\n }\n}\n', 2, "backend"),
    "state in a bucket": ('terraform {\n backend "s3" {\n }\n}\n', 2, "backend"),
    "state in a cloud": ("terraform {\n cloud {\n }\n}\n", 2, "cloud"),
    "state of others on a server": ('data "terraform_remote_state" "x" {\n  backend = "http"\n}\n', 2, "backend"),
    "state of others by a variable": ('data "terraform_remote_state" "x" {\n  backend = var.backend\n}\n', 2, "backend"),
    "keys from elsewhere": ('terraform {\n encryption {\n  key_provider "external" "x" {\n  command = ["id"]\n  }\n }\n}\n', 3, "key"),
    "encryption by a program": ('terraform {\n encryption {\n  method "external" "x" {\n  }\n }\n}\n', 3, "program"),
    "a module of a repository": ('module "x" {\n  source = "git::https://example/x"\n}\n', 2, "module"),
    "a module of a registry": ('module "x" {\n  source = "hashicorp/consul/aws"\n}\n', 2, "module"),
    "a module by an absolute path": ('module "x" {\n  source = "/etc"\n}\n', 2, "module"),
    "a module out of the workspace": ('module "x" {\n  source = "../../etc"\n}\n', 2, "leaves"),
    "a module by a variable": ('module "x" {\n  source = var.where\n}\n', 2, "module"),
    "a module without a source": ('module "x" {\n}\n', 1, "module"),
    "a file of the system": (RESOURCE % 'yaml_body = file("/etc/passwd")', 2, "leaves"),
    "a file beside the workspace": (RESOURCE % 'yaml_body = join("", [templatefile("../../x.yaml", {})])', 2, "leaves"),
    "a file of somebody's home": ('locals {\n  x = [for f in fileset("~/", "**") : f]\n}\n', 2, "leaves"),
    "a file by a function of a provider": ('locals {\n  x = provider::kubectl::file("/etc/passwd")\n}\n', 2, "leaves"),
}  # fmt: skip
UNREADABLE = {
    "half a file": (b'resource "a" "b" {\n  x = [\n', 3),
    "an attribute at the top": (b"a = 1\n", 1),
    "an attribute twice": (b"a {\n  b = 1\n  b = 2\n}\n", 3),
    "no text": (b'a {\n  b = "\xff"\n}\n', 2),
    "brackets without end": (b"a {\n b = " + b"(" * 20000 + b"1" + b")" * 20000 + b"\n}\n", 1),
    "a heap of text": (b"# " + b"x" * hclfile.LARGEST, 1),
    "another language": (b"{}[]<html>", 1),
}  # fmt: skip


def submission(text: str, path: str = "platform/main.tf") -> Submission:
    found, problems = hclfile.parse(path, text.encode())
    return Submission(tuple(found), tuple(problems), FACTS)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_foreign_is_refused_with_file_and_line(name: str) -> None:
    text, line, word = REFUSED[name]
    found = list(trespasses(submission(text)))
    assert found, text
    view, message = found[0]
    with pytest.raises(CheckFailureError) as failure:
        view.fail(message)
    assert (failure.value.reason.file, failure.value.reason.line) == ("platform/main.tf", line)
    assert word in message


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_one_problem_with_its_line(name: str) -> None:
    data, line = UNREADABLE[name]
    found, problems = hclfile.parse("teams/main.tf", data)
    assert (found, len(problems), problems[0].line) == ([], 1, line)


def test_many_read_at_once_without_disturbing_each_other() -> None:
    """The library says `{a = 1}` in place of a mapping while another thread of the process is within an expression."""
    text = 'terraform {\n  required_providers {\n    kubectl = {\n      source = "gavinbunney/kubectl"\n    }\n  }\n}\n'
    other = (
        "locals {\n" + "".join(f'  a{n} = "${{join("-", [for x in var.y : upper(x)])}}"\n' for n in range(60)) + "}\n"
    )
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda code: list(trespasses(submission(code))), [text, other] * 24))
    assert not any(found)


def test_all_that_a_solution_may_want_is_allowed() -> None:
    """Modules of the workspace, files beside the code, built-in resources, and the one provider by its full name, too."""
    text = """
terraform {
  required_version = ">= 1.12"
  required_providers {
    kubectl = { source = "registry.opentofu.org/gavinbunney/kubectl", version = "~> 1.19" }
  }
  backend "kubernetes" {
    secret_suffix = "x"
  }
  encryption {
    key_provider "pbkdf2" "x" {
      passphrase = var.p
    }
  }
}
module "team" {
  source = "../modules/team"
}
data "kubectl_path_documents" "x" {
  pattern = "${path.module}/manifests/*.yaml"
}
resource "terraform_data" "x" {
  input = templatefile("${path.module}/x.tftpl", { body = file("x.yaml"), more = file("../modules/x.yaml") })
}
"""
    assert list(trespasses(submission(text))) == []


@pytest.mark.parametrize("folder", ["reference", "alternatives/flat", "alternatives/adopted"])
def test_solutions_can_be_read_to_the_end(folder: str) -> None:
    exercise = exercises.load(SLUG)
    for path, text in faults.texts(exercise, faults.solution_of(exercise) / folder).items():
        found, problems = hclfile.parse(path, text.encode()) if path.endswith(".tf") else ([], [])
        assert not problems
        assert not found or list(trespasses(Submission(tuple(found), (), FACTS))) == []


def test_a_job_holds_both_checkouts_and_of_the_cluster_only_what_its_scenario_begins_with() -> None:
    exercise = exercises.load(SLUG)
    assert exercise.infrastructure is not None
    submitted = collect(exercise, exercise.workspace)
    jobs = {one.name: job_of(submitted, exercise.infrastructure, one) for one in exercise.infrastructure.scenarios}
    assert "modules/team/main.tf" in jobs["standing"]["applied"]
    assert not any(path.startswith("applied/") for path in jobs["standing"]["files"])
    assert jobs["standing"]["applied"]["platform/main.tf"] != jobs["standing"]["files"]["platform/main.tf"]
    made = {name: {thing["metadata"]["name"] for thing in job["cluster"]} for name, job in jobs.items()}
    assert made["standing"] - made["empty"] == {"training-auditor"}
    assert [step["layer"] for step in jobs["standing"]["before"]] == ["platform", "teams"]
    assert jobs["empty"]["before"] == []


def test_a_candidates_own_tests_are_run_by_the_candidate_alone(tmp_path: Path) -> None:
    """They are read by the policy stage, and no grade lays them: a module that a test alone takes would stop an init."""
    exercise = exercises.load(SLUG)
    assert exercise.infrastructure is not None
    practice.fill(exercise, tmp_path)
    (tmp_path / "teams" / "teams.tftest.hcl").write_text('run "x" {\n  command = plan\n}\n', "utf-8")
    submitted = collect(exercise, tmp_path)
    assert not submitted.problems
    laid = {
        verb: job_of(submitted, exercise.infrastructure, InfrastructureScenario("x", "", (Step("x", verb, "teams"),)))
        for verb in ("apply", "test")
    }
    assert {verb: "teams/teams.tftest.hcl" in job["files"] for verb, job in laid.items()} == {
        "apply": False,
        "test": True,
    }


def test_the_usual_list_is_that_of_the_workspace() -> None:
    exercise = exercises.load(SLUG)
    assert exercise.infrastructure is not None
    for path, value in exercise.infrastructure.inputs["usual"].items():
        assert yaml.safe_load((exercise.workspace / path).read_text("utf-8")) == value


def test_the_image_has_the_programs_of_the_clusters_node() -> None:
    """Else Kubernetes would be compiled once for each of them."""
    told = yaml.safe_load((paths.KIT / "harness/images/tofu/image.yaml").read_text("utf-8"))["programs"]
    major, minor, _ = versions.KUBERNETES.split(".")
    assert told["bin/etcd"]["version"] == versions.ETCD
    assert list(told["bin/kubernetes"]["variables"].items()) == [
        (f"{binaries.VERSION_PACKAGE}.gitVersion", f"v{versions.KUBERNETES}"),
        (f"{binaries.VERSION_PACKAGE}.gitMajor", major),
        (f"{binaries.VERSION_PACKAGE}.gitMinor", minor),
        (f"{binaries.VERSION_PACKAGE}.gitTreeState", "clean"),
    ]


def thing(name: str, uid: str, **meta: Any) -> dict[str, Any]:
    return {"plural": "namespaces", "kind": "Namespace", "metadata": {"name": name, "uid": uid, **meta}}


def test_an_object_is_lost_where_it_is_gone_made_again_or_on_its_way_out() -> None:
    before = things([thing("a", "1"), thing("b", "2"), thing("c", "3"), thing("d", "4")])
    after = things([thing("a", "1"), thing("b", "9"), thing("c", "3", deletionTimestamp="now")])
    told = lost(before, after, before)
    assert told == ["Namespace/b was made again", "Namespace/c is being deleted", "Namespace/d is gone"]


def seen(**more: Any) -> Provisioned:
    step = {"name": "build", "verb": "apply", "layer": "teams", "failed": "", "empty": False, "changes": [], "leaks": [],
            "tail": ["Error: no"], "objects": []}  # fmt: skip
    data = {"evidence": None, "before": [], "overrun": "", "steps": [{**step, **more}]}
    return Provisioned("empty", data, FACTS, public=bool(more.get("public")))


def test_a_failed_step_shows_what_was_printed_in_public_scenarios_alone() -> None:
    for public, output in ((True, "Error: no"), (False, "")):
        with pytest.raises(CheckFailureError) as failure:
            seen(failed="`tofu apply` ended with exit code 1", public=public).step("build").finished()
        assert failure.value.reason.output == output


def test_a_step_that_never_began_is_a_failure_and_a_broken_machine_is_none() -> None:
    with pytest.raises(CheckFailureError):
        seen().step("destroy")
    with pytest.raises(EvidenceError):
        Provisioned("empty", {"evidence": "no engine"}, FACTS).decided()
