"""A feature store in small: features of any applicant, for clients that it knows."""
