"""What a module says, wherever the kit's other modules stand."""

from pathlib import Path

import pytest

from grader.checking import sources

TEXT = "import json\n\nfrom grader.checks import check\nfrom harness.files.quantity import quantity\n\nLIMIT = quantity('1')\n"


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (TEXT.replace("harness.files.quantity", "harness.files.quantity"), True),
        (
            TEXT.replace(
                "from harness.files.quantity import quantity",
                "from harness.files.quantity import (\n    quantity,\n)\n",
            ),
            True,
        ),
        (TEXT.replace("import quantity\n", "import rounded as quantity\n"), False),
        (TEXT.replace("'1'", "'2'"), False),
        (TEXT.replace("import json", "import math"), False),
    ],
)
def test_where_a_module_of_the_kit_stands_is_no_part_of_it(text: str, same: bool, tmp_path: Path) -> None:  # noqa: FBT001
    for name, content in (("one.py", TEXT), ("other.py", text)):
        (tmp_path / name).write_text(content, "utf-8")
    assert (sources.told(tmp_path / "one.py") == sources.told(tmp_path / "other.py")) is same
