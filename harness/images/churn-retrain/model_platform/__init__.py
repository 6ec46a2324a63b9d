"""The platform of the retraining: days that it is told to have, a registry of models, alerts, and a ledger of all calls."""
