"""Where the live stage happens, and how workflows and analyses are played there."""
