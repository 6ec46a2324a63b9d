"""The proof that an exercise carries: every case of it graded, and what its grader got wrong, as one matrix."""
