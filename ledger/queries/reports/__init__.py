"""Reports: money in, out, and what was held, by period, account and tag."""
