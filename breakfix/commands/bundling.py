"""A bundle: the git repository that one candidate of a round gets, without anything that tells the faults."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

from breakfix.console import Terminal
from breakfix.options import Options
from grader.grading.public import judged_later
from grader.venues import venue_of
from harness import toys
from harness.core import listing, paths, process
from harness.core.errors import InputError
from harness.core.words import length
from harness.exercises import faults, marker, variants, worlds
from harness.exercises.exercise import Exercise
from harness.hiring import kitwheel, rounds, takehomes
from harness.hiring.ledger import Entry
from harness.hiring.rounds import Round
from harness.hiring.tasks import WHOLE, Task
from harness.runs import practice

HANDOUT = Path(__file__).parents[1] / "handout"
WORKSPACE = WHOLE
STORY = "STORY.md"
MINUTES = 45  # of the workflow, for each part
LOCK = "requirements.lock"
AI = {
    "forbidden": "Please use none, neither for the files nor for NOTES.md.",
    "disclosed": "Allowed. Say in NOTES.md which ones you used, and for what; you will be asked about all that you hand in.",
    "allowed": "Allowed, as at work. You will be asked about all that you hand in.",
}
CLEANUP = """
## Clean up

```sh
breakfix stop --keep-cluster   # removes what runs in the exercise's namespaces; the next apply is quick
breakfix stop                  # deletes the cluster; your files stay
```
"""
ATTRIBUTES = "* text=auto eol=lf\n*.whl binary\n"
UNTRACKED = ".venv/\n__pycache__/\n*.tar.gz\n.breakfix-report.json\n"
IDENTITY = {"NAME": "breakfix", "EMAIL": "breakfix@localhost"}
GIT_SECONDS = 60


def bundle(options: Options, path: Path, candidate: str, output: Path | None, extra: int | None = None) -> None:
    """Make the repository of one candidate, enter them in the ledger, and say what to know about it."""
    terminal = Terminal(options)
    one = rounds.load(path)
    solutions = [faults.solution_of(one.shipped(task)) for task in one.tasks]
    entry = one.ledger.add(candidate, extra)
    folder = output or Path(f"{one.round}-{entry.id}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} exists; remove it, or name another place with --output")
    terminal.tell("counting what is hidden")
    for name, data in files(one, entry).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    for task in one.tasks:
        fill_workspace(one, entry, task, folder / task.folder)
    if one.several:
        marker.write_parts(folder, [task.folder for task in one.tasks], one.title)
    _write_wheel(one, folder / "kit")
    _commit(folder, entry)
    terminal.out.print(f"{folder}: the bundle of candidate {entry.id}", markup=False, soft_wrap=True)
    if entry.extra_minutes:
        terminal.out.print(f"their time: {one.time}, and {length(entry.extra_minutes)} more", markup=False)
    terminal.out.print(f"entered in {one.ledger.path}, which never goes to a candidate", markup=False, soft_wrap=True)
    known = [solution.name for solution in solutions if solution.is_relative_to(paths.KIT)]
    if known:
        terminal.err.print(
            f"[yellow]warning[/] the solution of {' and '.join(known)} comes with the kit, so anybody can read it. Another seed changes "
            "names and faults, not that. For a round that counts, keep an exercise of your own in a pack (--pack; see "
            "`breakfix new`), and talk about the submission."
        )


def pin(options: Options, name: str, folder: Path) -> None:
    """Write the round.yaml of a take-home for a team to make its own, and say what comes next."""
    takehomes.write(name, folder)
    out, path = Terminal(options).out, folder / takehomes.ROUND
    out.print(
        f"{path}: kit and versions are pinned, and the seeds are your own: keep them to yourselves",
        markup=False,
        soft_wrap=True,
    )
    out.print(
        f"Fill in `contact`, look at pass_mark, ai_policy and {folder / STORY.lower()}; then, for each candidate:",
        markup=False,
        soft_wrap=True,
    )
    out.print(f'  breakfix bundle --round {path} --candidate "ATS 1042"', markup=False, soft_wrap=True)


def rehearsed(options: Options, path: Path, code: str) -> int:
    """Print whose bundle the code of a rehearsal is of, and return the exit code: 1 where it is nobody's."""
    terminal, one = Terminal(options), rounds.load(path)
    for entry in one.ledger.entries():
        for task in one.tasks:
            if toys.code(entry.id, one.shipped(task)) == code.strip().lower():
                part = f", part {task.folder}" if one.several else ""
                terminal.out.print(f"{code}: {entry.id}, {entry.candidate}{part}", markup=False, soft_wrap=True)
                return 0
    terminal.out.print(f"{code} is of no bundle of round {one.round}", markup=False, soft_wrap=True)
    return 1


def files(one: Round, entry: Entry) -> dict[str, bytes]:
    """Return the repository's files around the workspaces and the wheel: bytes by path."""
    exercises = {task.folder: one.exercise_of(entry, task) for task in one.tasks}
    lock = _lock()
    install = f"--require-hashes -r kit/{LOCK}" if lock else "kit/*.whl"
    clusters = any(venue_of(exercise).on_cluster for exercise in exercises.values())
    words = {
        "title": one.title, "candidate": entry.id, "contact": one.contact, "pass_mark": str(one.pass_mark),
        "extra": _extra(entry.extra_minutes), "ai": AI[one.ai_policy], "hidden": str(_hidden(one)), "lock": install,
        "wheel": kitwheel.name(), "engine": ", 4 GiB of memory and 16 GiB of free disk" if clusters else "",
        "cleanup": CLEANUP if clusters else "", "images": ", once all that the exercise needs is made" if clusters else "",
        **(_of_parts(one, exercises) if one.several else _of_one(exercises[WORKSPACE])),
    }  # fmt: skip
    found = {name: Template(_read(name)).substitute(words) for name in ("README.md", "RULES.md")}
    check = "check ." if one.several else "check workspace"
    minutes = str(MINUTES * len(one.tasks))
    found |= {
        ".github/workflows/self-check.yml": _read("self-check.yml").replace("LOCK", install)
        .replace("check workspace", check).replace(f"minutes: {MINUTES}", f"minutes: {minutes}"),
        ".devcontainer/devcontainer.json": _read("devcontainer.json").replace("LOCK", install),
        ".gitattributes": ATTRIBUTES,
        ".gitignore": UNTRACKED,
    }  # fmt: skip
    found |= {STORY: one.story_of(entry)} if one.several else {}
    for folder, exercise in exercises.items():
        below = f"checks/{folder}" if one.several else "checks"
        public = listing.texts(listing.files(exercise.folder, "checks"))
        found |= {f"{below}/{name}": text for name, text in public.items()}
    found |= {f"kit/{LOCK}": lock} if lock else {}
    return {name: text.encode() for name, text in found.items()}


def _of_one(exercise: Exercise) -> dict[str, str]:
    """Return what a candidate is told of a round's one exercise."""
    return {
        "tickets": f"2. [{WORKSPACE}/README.md]({WORKSPACE}/README.md): the ticket. Your files are in `{WORKSPACE}/`, and nowhere else.",
        "time": _time(exercise), "where": f"Files below `{WORKSPACE}/`", "rule": "",
        "editable": "\n".join(f"- `{pattern}`" for pattern in exercise.editable),
        "loop": "\n".join(venue_of(exercise).loop),
        "folder": WORKSPACE, "notes": f"`{WORKSPACE}/NOTES.md`", "submit": WORKSPACE,
        "toy": "a toy is", "toys": "The toy takes", "passes": "it passes, a code is printed: please send it",
        "not": "it does", "times": f"`{WORKSPACE}/.breakfix-times.json`, which goes",
    }  # fmt: skip


def _of_parts(one: Round, exercises: Mapping[str, Exercise]) -> dict[str, str]:
    """Return what a candidate is told of a round's parts."""
    tickets = [
        f"   - [{folder}/README.md]({folder}/README.md): {exercise.title} ({_time(exercise)})"
        for folder, exercise in exercises.items()
    ]
    loops = [
        "\n".join([f"# {folder}", *(line.replace(WORKSPACE, f"{folder:<{len(WORKSPACE)}}").rstrip() for line in venue_of(one).loop)])
        for folder, one in exercises.items()
    ]  # fmt: skip
    shares = ", ".join(f"{task.folder} {task.weight}" for task in one.tasks)
    return {
        "tickets": "\n".join([
            f"2. [{STORY}]({STORY}): where you are, and what this is about.",
            "3. The tickets, one for each part. A part's files are in its folder, and nowhere else; do them in any order.",
            *tickets,
        ]),
        "time": f"{one.time} for all parts together", "where": "Files",
        "rule": (
            f" A part's score is of its own points, and the whole score is of the parts' by weight ({shares}); you pass where no part "
            "fails by a check that must hold, and the whole score reaches the pass mark."
        ),
        "editable": "\n".join(f"- `{folder}/{pattern}`" for folder, one in exercises.items() for pattern in one.editable),
        "loop": "\n\n".join([*loops, f"{'breakfix check':<31}# all parts"]),
        "folder": "FOLDER", "notes": "the `NOTES.md` of each part", "submit": f"{'.':<{len(WORKSPACE)}}",
        "toy": "toys are", "toys": "There is a toy for each part: each takes",
        "passes": "they pass, a code for each part is printed: please send them", "not": "one does",
        "times": "`.breakfix-times.json` in the part's folder, which goes",
    }  # fmt: skip


def _hidden(one: Round) -> int:
    """Return how many of a hundred points hang on hidden checks."""
    known = [(task.weight, judged_later(one.shipped(task)) or 0) for task in one.tasks]
    return round(sum(weight * points for weight, points in known) / sum(weight for weight, _ in known))


def _time(exercise: Exercise) -> str:
    return f"{exercise.time}, whatever the ticket says" if exercise.short else exercise.time


def _extra(minutes: int) -> str:
    """Return the sentence on the candidate's own minutes; none where they have the round's time alone."""
    return f" {length(minutes)} more are yours, as agreed; where the ticket names less, this counts." if minutes else ""


def fill_workspace(one: Round, entry: Entry, task: Task, folder: Path) -> None:
    """Write a task's workspace as this candidate gets it."""
    exercise = one.exercise_of(entry, task)
    practice.fill(exercise, folder)
    marker.write(exercise, folder, entry.id)


def _read(name: str) -> str:
    return (HANDOUT / name).read_text("utf-8")


def _lock() -> str:
    """Return the pinned dependencies: beside the packages in a checkout, inside where the kit is installed."""
    places = (paths.KIT / LOCK, paths.KIT / "harness" / LOCK)
    return next((place.read_text("utf-8") for place in places if place.is_file()), "")


def _write_wheel(one: Round, folder: Path) -> None:
    """Write the kit with the exercises' public side in it: never a shipped workspace, which has faults of other sets."""
    extra: dict[str, bytes] = {}
    for task in one.tasks:
        extra |= dict(_public_side(one.shipped(task)))
    if lock := _lock():
        extra[f"harness/{LOCK}"] = lock.encode()
    folder.mkdir(exist_ok=True)
    kitwheel.write(folder / kitwheel.name(), extra)


def _public_side(exercise: Exercise) -> Iterator[tuple[str, bytes]]:
    shipped = {
        name: path.read_bytes() if name != "exercise.yaml" else _declared(exercise)
        for name, path in listing.files(exercise.folder).items()
        if not name.startswith(f"{WORKSPACE}/")
    }
    handed_out = variants.workspace_files(exercise)
    found = shipped | {f"{WORKSPACE}/{name}": data for name, data in handed_out.items()}
    found |= {f"{WORKSPACE}/{name}": data for name, data in worlds.data_of(exercise).items()}
    found[listing.LIST] = listing.written([*found]).encode()
    yield from ((f"exercises/{exercise.slug}/{name}", data) for name, data in found.items())


def _declared(exercise: Exercise) -> bytes:
    """Return exercise.yaml with the round's pass mark and AI policy, and with how much hidden checks judge."""
    text = (exercise.folder / "exercise.yaml").read_text("utf-8")
    mark = {"pass_mark": exercise.pass_mark} if exercise.pass_mark else {}
    for key, value in {**mark, "ai_policy": exercise.ai_policy}.items():
        text = re.sub(rf"^{key}:.*$", f"{key}: {value}", text, flags=re.MULTILINE)
    return f"{text.rstrip()}\njudged_later: {judged_later(exercise)}\n".encode()


def _commit(folder: Path, entry: Entry) -> None:
    """Make the folder a repository of one commit, by nobody's own name and settings."""
    env = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for role in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{role}_{key}": value for key, value in IDENTITY.items()} | {f"GIT_{role}_DATE": entry.made}
    git = ["git", f"--git-dir={folder / '.git'}", f"--work-tree={folder}"]
    for command in (
        ["init", "--quiet", "--template=", "--initial-branch=main"],
        ["add", "--all", "--force"],
        ["commit", "--quiet", "--message=The exercise as handed out"],
    ):
        process.run([*git, *command], timeout=GIT_SECONDS, env=env)
