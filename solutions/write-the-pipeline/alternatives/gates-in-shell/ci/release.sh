# Compares, registers and deploys out/model.json; where callers get no score, what served before serves again.
set -euo pipefail
modelctl() { python3 platform/modelctl.py "$@"; }

if modelctl versions | jq -e --arg sha "$GITHUB_SHA" 'map(select(.commit == $sha)) | length > 0'; then
  echo "this commit was released before"
  exit 0
fi

serving=$(modelctl production | jq -r .version)
if [ "$serving" != null ]; then
  modelctl fetch --version "$serving" --model serving.json
  python3 -m training.evaluate serving.json data/holdout.csv serving-metrics.json
  new=$(jq .auc out/metrics.json) old=$(jq .auc serving-metrics.json)
  if [ "$(echo "$new < $old" | bc -l)" = 1 ]; then
    echo "::error::$new, and what serves has $old"
    exit 1
  fi
fi

version=$(modelctl register --name churn-weekly --model out/model.json --metrics out/metrics.json \
  --commit "$GITHUB_SHA" --data "$(jq -r .data out/model.json)")
modelctl deploy --version "$version"
if modelctl predict --customers platform/callers.csv > answers &&
  jq -se 'all(.[]; has("score")) and length > 0' answers; then
  exit 0
fi
echo "::error::version $version does not answer everybody"
if [ "$serving" != null ]; then
  modelctl deploy --version "$serving"
fi
exit 1
