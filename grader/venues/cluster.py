"""Files of Kubernetes, played in namespaces of their own on a real cluster."""

import threading
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from grader.plays.place import Place, Tell, Terms
from harness.core import paths, versions
from harness.exercises import gpus, needs
from harness.exercises.exercise import Exercise
from harness.intake.submission import Submission


class Cluster:
    """A real cluster: the kit's own, with nodes and GPUs as the exercise asks for them."""

    name = "cluster"
    standard = paths.KIT / "grader" / "checks" / "test_standard.py"
    engine = ("Kubernetes", versions.KUBERNETES)
    loop = (
        "breakfix apply workspace       # brings the cluster up the first time; then after each change",
        'eval "$(breakfix env)"         # for kubectl, which you may use or not',
        "breakfix status workspace",
        "breakfix check workspace       # in fresh namespaces, exactly as a grade runs them",
    )
    on_cluster = True

    def facts(self, exercise: Exercise, files: Mapping[str, bytes]) -> Mapping[str, Any]:  # noqa: ARG002 - as in Venue
        """Return what stands and runs on the cluster, and what the files may ask of it."""
        return {
            "workload": asdict(exercise.workload), "namespaces": exercise.namespaces, "images": exercise.images,
            "max_requests": exercise.max_requests, "namespace_labels": exercise.namespace_labels,
            "traffic": asdict(exercise.traffic) if exercise.traffic else None,
            "jobs": [asdict(job) for job in exercise.jobs], "priority_classes": exercise.priority_classes,
            "rights": [asdict(right) for right in exercise.rights], "hands_over": exercise.hands_over,
            "gpu_nodes": [{"labels": gpus.labels(pool), "taint": pool.taint} for pool in exercise.gpus],
        }  # fmt: skip

    def scenarios(self, exercise: Exercise) -> tuple[str, ...]:
        """Return the names of the scenarios."""
        return tuple(scenario.name for scenario in exercise.scenarios)

    def inputs(self, exercise: Exercise) -> tuple[str, ...]:
        """Return digests of the version of Kubernetes, the steps of its scenarios, its images and its components."""
        from grader.live import steps  # noqa: PLC0415 - the client takes longer to load than the policy stage
        from harness.containers import imagebuild  # noqa: PLC0415 - the engine's client

        caller = [exercise.traffic.caller] if exercise.traffic and exercise.traffic.caller else []
        images = map(imagebuild.inputs, (*exercise.images, *caller))
        components = (part.digest for part in needs.of(exercise).parts)
        return (versions.KUBERNETES, *steps.texts(exercise), *images, *components)

    def shares(self, exercise: Exercise) -> Hashable:
        """Return what it needs of a cluster: exercises with other needs have another."""
        return needs.of(exercise)

    def observed(self, scenario: str, found: Mapping[str, Any], facts: Mapping[str, Any], *, public: bool) -> Any:  # noqa: ARG002, ANN401 - as in Venue
        """Return the observation, from which checks may tell something even where the machine did not hold."""
        from grader.checks.observed import Observed  # noqa: PLC0415 - for the checking process alone

        return Observed(scenario, found, facts["workload"])

    @contextmanager
    def open(self, chosen: Sequence[Exercise], terms: Terms) -> Iterator[Place]:
        """Give a cluster with the exercises' images and GPUs."""
        from harness.runs.session import open_session  # noqa: PLC0415

        first, *others = chosen
        with open_session(first, terms.tell, force=terms.force, consent=terms.consent, others=others) as session:
            place = Place(session.admin, session.digests)
            try:
                yield place
            finally:
                terms.tell("removing what was made for the grade")
                place.close()

    def play(self, submission: Submission, scenario: str, place: Place, stop: threading.Event, tell: Tell) -> Any:  # noqa: ANN401 - as in Venue
        """Play a scenario in namespaces of its own, which are removed in the background."""
        from grader.live.play import play  # noqa: PLC0415 - the client takes longer to load than the policy stage

        wanted = next(one for one in submission.exercise.scenarios if one.name == scenario)
        played = play(submission, wanted, place.admin, stop, tell)
        place.remove(played.remove)
        return played.observation

    def unsteady(self, exercise: Exercise, place: Place, stop: threading.Event) -> str:
        """Return what a control says, in which nothing is applied."""
        from grader.live import control  # noqa: PLC0415 - the client again

        return control.unsteady(exercise, place.admin, stop)
