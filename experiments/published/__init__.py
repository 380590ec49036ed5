"""What the studies of the published protocols share: jobs, results, tables and figures."""
