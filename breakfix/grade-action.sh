#!/bin/sh
# The body of action.yml: grade $SUBMISSION, leave its reports in $REPORTS, and say on the job's page how it went.
set -eu
breakfix="$GITHUB_ACTION_PATH/.venv/bin/breakfix"

if [ -n "$ROUND" ]; then
  set -- --round "$ROUND"
  [ -z "$CANDIDATE" ] || set -- "$@" --candidate "$CANDIDATE"
elif [ -n "$EXERCISE" ]; then
  set -- --exercise "$EXERCISE"
else
  echo "::error::say which exercise it is, by round or by exercise"
  exit 2
fi

mkdir -p "$REPORTS"
code=0
"$breakfix" --plain grade "$SUBMISSION" "$@" --stage "$STAGE" --yes --confirm \
  --format json --output "$REPORTS/report.json" --format junit --output "$REPORTS/report.xml" \
  --format sarif --output "$REPORTS/report.sarif" --format html --output "$REPORTS/report.html" \
  --format markdown --output "$REPORTS/summary.md" || code=$?
if [ -f "$REPORTS/summary.md" ]; then
  cat "$REPORTS/summary.md" >> "$GITHUB_STEP_SUMMARY"
  "$GITHUB_ACTION_PATH/.venv/bin/python" -I -c '
import json, sys
report = json.load(open(sys.argv[1], encoding="utf-8"))
reports = [one["report"] for one in report.get("parts", [{"report": report}])]
if any(all(one["check"]["visibility"] == "public" for one in part["results"]) for part in reports):
    print("::error::only the public checks were run: the solutions are not here", file=sys.stderr)
    sys.exit(3)
score = "" if report["score"] is None else report["score"]
print("outcome=" + report["outcome"], f"score={score}", sep="\n")
' "$REPORTS/report.json" >> "$GITHUB_OUTPUT"
fi
[ "$code" -ne 1 ] || [ "$FAIL_ON_VERDICT" != false ] || exit 0
exit "$code"
