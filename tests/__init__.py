"""unit mirrors the modules; acceptance drives the command line; cluster needs kind."""
