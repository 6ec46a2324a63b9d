"""What was handed in, as hostile input: archives, folders, and the submission that they hold."""
