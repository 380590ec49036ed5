"""The frame of all studies: a study declares settings, jobs, rows, tables and figures.

- `options`: the options that studies share, and settings with the given options.
- `jobs`: jobs that are subprocesses: done, resumed, failed; some at a time.
- `running`: the end of a command, and the jobs of a folder under its lock.
- `table`: tables by heading and column, lines by group of rows, cells as means over seeds.
- `pages`: the folder's settings, rows, page of tables, CSV files and figures.
- `figures`: colours, frames, points with bars of errors.

A study in short:

    TABLE = {"loss": mean("loss"), "share, %": mean("share", factor=100.0)}

    def tables(rows):
        return [Table.of("losses", "Losses", TABLE, grouped(rows, "method"))]

    def main():
        options = study_parser(__doc__).parse_args()
        out = options.out
        write = lambda: write_results(out, rows_of(out), tables(rows_of(out)))
        return run_study(lambda: run_jobs(out, 1, lambda commit: jobs(), write))
"""
