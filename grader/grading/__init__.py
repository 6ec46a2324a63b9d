"""The flow of a grade: both stages, again what was undecided, many at once, one more fault."""
