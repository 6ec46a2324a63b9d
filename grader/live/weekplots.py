"""Pictures of a week that was played: how full each pool was, who waited, and what it cost, hour by hour."""

from collections.abc import Callable, Mapping
from typing import Any

from grader.checks.plan import Plan
from grader.live.week import DAYS, END, Week, in_office

Line = dict[str, Any]


def plots(plan: Plan, played: Week) -> list[dict[str, Any]]:
    """Return them as the report draws them: titles, the hours' names, lines with a value for each hour, marks."""
    looks = {look["hour"]: look for look in played.usage}
    marks = [{"day": _called(away["from"]), "text": f"{away['why']}: {away['node']}"} for away in played.away if away["why"] == "failure"]  # fmt: skip
    crowds: dict[int, int] = {}
    for away in played.away:
        if away["why"] == "reclaim":
            crowds[away["from"]] = crowds.get(away["from"], 0) + 1
    marks += [
        {"day": _called(hour), "text": f"{count} reclaimed"} for hour, count in sorted(crowds.items()) if count > 1
    ]
    with_gpus = [pool.name for pool in plan.pools if pool.machine.gpus]
    teams = dict.fromkeys(course.work.team for course in played.courses.values())
    return [
        _plot("GPUs in use, percent of each pool", [_line(name, looks, _share(name, "gpus")) for name in with_gpus], marks),
        _plot("CPU in use by what came and went, percent of each pool",
              [_line(pool.name, looks, _share(pool.name, "cpu")) for pool in plan.pools], marks),
        _plot("Waiting for a node, by team", [_line(team, looks, _waiting(team)) for team in teams], marks),
        _plot(f"Cost in euros, {plan.cost:,.0f} in all", [_spent(pool.name, pool.cost, pool.hours) for pool in plan.pools], []),
    ]  # fmt: skip


def _called(hour: int) -> str:
    return f"{DAYS[hour // 24]} {hour % 24}:00"


def _plot(title: str, lines: list[Line], marks: list[dict[str, str]]) -> dict[str, Any]:
    return {"title": title, "days": [_called(hour) for hour in range(END)], "every": 24, "lines": lines, "marks": marks}


def _line(
    name: str, looks: Mapping[int, Mapping[str, Any]], value: Callable[[Mapping[str, Any]], float | None]
) -> Line:
    """Return a line whose value is, between two looks, what it was at the first of them."""
    values: list[float | None] = []
    for hour in range(END):
        values.append(value(looks[hour]) if hour in looks else (values[-1] if values else None))
    return {"name": name, "values": values}


def _share(pool: str, what: str) -> Callable[[Mapping[str, Any]], float | None]:
    def share(look: Mapping[str, Any]) -> float | None:
        there = look["pools"][pool]
        return round(100 * there[what] / there[f"all_{what}"], 1) if there[f"all_{what}"] else None

    return share


def _waiting(team: str) -> Callable[[Mapping[str, Any]], float | None]:
    return lambda look: float(look["waiting"].get(team, 0))


def _spent(name: str, cost: float, hours: str) -> Line:
    """Return how a pool's cost adds up to the week's."""
    counted = [hours == "always" or in_office(hour) for hour in range(END)]
    each, spent, values = cost / sum(counted), 0.0, []
    for is_there in counted:
        spent += each if is_there else 0.0
        values.append(round(spent, 2))
    return {"name": name, "values": values}
