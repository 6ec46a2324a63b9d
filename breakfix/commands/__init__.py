"""What the commands do, a module for each that belongs together; their options stand in the modules above."""
