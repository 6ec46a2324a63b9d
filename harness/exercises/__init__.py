"""An exercise as its folder declares it, its faults and variants, and what it needs."""
