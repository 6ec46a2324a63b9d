"""A run of a submission on a cluster, a grade's or a candidate's own."""
