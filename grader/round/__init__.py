"""A round's candidates beside each other, and what people judge of them."""
