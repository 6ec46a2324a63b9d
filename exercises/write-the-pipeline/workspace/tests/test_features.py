"""Unit tests of the feature code: python3 -m unittest discover -s tests -t ."""

import unittest

from training.features import contract, features

CUSTOMER = {"tenure": "18.5", "calls": "3", "contract": " Yearly "}


class Features(unittest.TestCase):
    """What the model and serving rely on."""

    def test_tenure_is_in_months(self) -> None:
        """Not in years."""
        self.assertEqual(features(CUSTOMER)["tenure"], 18.5)

    def test_what_is_out_of_range_is_cut_off(self) -> None:
        """At both ends."""
        self.assertEqual(features({"tenure": "500", "calls": "-1"}), {"tenure": 120.0, "calls": 0.0})

    def test_contracts_are_read_however_they_are_written(self) -> None:
        """Spaces and capital letters do not count."""
        self.assertEqual(contract(CUSTOMER), "yearly")


if __name__ == "__main__":
    unittest.main()
