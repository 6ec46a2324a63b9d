"""The pods of a submission that serve behind a Service, of whatever workload they are: what holds for one, holds for each."""

from collections.abc import Iterator

from grader.checks.pods import all_containers, all_pods, labels_of, later_labels, selects, uses, words
from grader.checks.rights import account_of
from grader.checks.submission import Submission
from grader.checks.view import View


def servers(submission: Submission) -> list[View]:
    """Return the workload's pods, and all others that run their image's own program where a Service may lead to."""
    main = submission.pod()
    others = [
        pod
        for pod in all_pods(submission)
        if (pod.manifest, pod.path) != (main.manifest, main.path)
        and any(serves(container) for container in all_containers(pod))
        and any(services_of(submission, pod))
    ]
    return [main, *others]


def alike(submission: Submission, files: str, label: tuple[str, str], secret: str) -> list[View]:
    """Return the workload's pods, and all others below the folder `files` that pass for one of them.

    They have its label, or its identity, use its Secret, or are where one of the Services may lead that lead to it.
    """
    main, home = submission.pod(), submission.exercise["workload"]["namespace"]
    leading = [service.manifest for service in services_of(submission, main)]
    return [
        main,
        *(
            pod
            for pod in all_pods(submission)
            if pod.manifest.file.startswith(files)
            and (pod.manifest.namespace or home) == home
            and (pod.manifest, pod.path) != (main.manifest, main.path)
            and (
                labels_of(pod).get(label[0]) == label[1]
                or account_of(pod) == account_of(main)
                or any(uses(pod, container, "Secret", secret) for container in all_containers(pod))
                or any(service.manifest in leading for service in services_of(submission, pod))
            )
        ),
    ]


def services_of(submission: Submission, pod: View) -> Iterator[View]:
    """Yield the Services that may lead to a pod."""
    home = submission.exercise["workload"]["namespace"]
    for service in submission.all("Service"):
        together = (service.manifest.namespace or home) == (pod.manifest.namespace or home)
        if together and selects(service, labels_of(pod), later_labels(pod)):
            yield service


def serves(container: View) -> bool:
    """Whether a container runs its image's own program, which is called as the image is."""
    image = container.at("image").text().rpartition("/")[2].partition(":")[0]
    return not container.at("command").present or any(image.replace("-", "_") in word for word in words(container))
