"""What everything stands on: errors, places, programs, waiting, things made once."""
