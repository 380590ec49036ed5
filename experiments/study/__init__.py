"""The frame of all studies: options, jobs, rows, tables, figures and pages."""
