"""Positions: where buses report themselves to be, as a cohort."""
