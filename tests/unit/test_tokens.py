"""A run's own names, whole-token, there and back."""

import base64

from harness.files.tokens import Renaming, fresh

RENAMING = Renaming({"fraud-serving": "fraud-serving-x7k2q9", "fraud-data": "fraud-data-x7k2q9"})


def test_only_whole_tokens_change() -> None:
    """FQDNs and paths change; longer words that contain the name do not."""
    assert (
        RENAMING.text("http://a.fraud-serving.svc:80/fraud-serving")
        == "http://a.fraud-serving-x7k2q9.svc:80/fraud-serving-x7k2q9"
    )
    assert (
        RENAMING.text("my-fraud-serving fraud-serving-2 fraud_serving fraud-servings")
        == "my-fraud-serving fraud-serving-2 fraud_serving fraud-servings"
    )


def test_everything_in_an_object_changes() -> None:
    """Keys, values, list items, RoleBinding subjects and what a Secret holds encoded."""
    encoded = base64.b64encode(b"postgres://db.fraud-data.svc").decode()
    value = {
        "kind": "Secret",
        "metadata": {"namespace": "fraud-serving", "labels": {"fraud-serving": "yes"}},
        "data": {"url": encoded, "bad": "%%%"},
        "subjects": [{"kind": "ServiceAccount", "namespace": "fraud-data"}],
        "n": 3,
    }
    there = RENAMING.value(value)
    assert there["metadata"] == {
        "namespace": "fraud-serving-x7k2q9",
        "labels": {"fraud-serving-x7k2q9": "yes"},
    }
    assert base64.b64decode(there["data"]["url"]) == b"postgres://db.fraud-data-x7k2q9.svc"
    assert there["data"]["bad"] == "%%%"
    assert there["subjects"][0]["namespace"] == "fraud-data-x7k2q9"
    assert there["n"] == 3


def test_reports_speak_the_candidates_names() -> None:
    text = 'pods "a" is forbidden in namespace fraud-serving'
    assert RENAMING.restore(RENAMING.text(text)) == text


def test_tokens_differ() -> None:
    assert len({fresh() for _ in range(200)}) == 200


def test_kept_phrases_stay() -> None:
    """A name may mean something else in a phrase; elsewhere, and beside it, it is changed."""
    renaming = Renaming({"scorer": "judge"}, ["models/scorer/scorer", "models/scorer"])
    assert renaming.text("scorer models/scorer/scorer models/scorer/1 a-scorer") == (
        "judge models/scorer/scorer models/scorer/1 a-scorer"
    )
