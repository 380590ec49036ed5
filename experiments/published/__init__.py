"""Studies of the published protocols: common jobs, results, tables and figures."""
