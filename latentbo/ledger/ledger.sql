-- An empty ledger. The triggers are part of the file, so its rules hold for whoever writes to it.
-- INSERT OR REPLACE deletes rows behind the back of delete triggers: every key is guarded at its
-- insert as well.
BEGIN;

CREATE TABLE schema (format TEXT NOT NULL, version INTEGER NOT NULL);
CREATE TABLE steps (batch INTEGER PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE proposals (
    call INTEGER PRIMARY KEY,
    batch INTEGER NOT NULL REFERENCES steps,
    smiles TEXT NOT NULL,
    origin TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE TABLE starts (attempt INTEGER PRIMARY KEY, call INTEGER NOT NULL REFERENCES proposals);
CREATE TABLE results (
    call INTEGER PRIMARY KEY REFERENCES proposals,
    value REAL CHECK (abs(value) <= 1.7976931348623157e308),
    message TEXT NOT NULL,
    seconds REAL,
    terms TEXT NOT NULL
);
CREATE INDEX proposals_by_molecule ON proposals (smiles);
CREATE INDEX starts_by_call ON starts (call);

INSERT INTO schema VALUES ('latentbo ledger', 2);

CREATE TRIGGER schema_is_written_once BEFORE INSERT ON schema
BEGIN SELECT RAISE(ABORT, 'the version is written once'); END;

CREATE TRIGGER steps_are_consecutive BEFORE INSERT ON steps
WHEN NEW.batch IS NOT (SELECT COALESCE(MAX(batch), -1) + 1 FROM steps)
BEGIN SELECT RAISE(ABORT, 'batches are numbered consecutively from 0'); END;

CREATE TRIGGER proposals_are_consecutive BEFORE INSERT ON proposals
WHEN NEW.call IS NOT (SELECT COALESCE(MAX(call), 0) + 1 FROM proposals)
BEGIN SELECT RAISE(ABORT, 'calls are numbered consecutively from 1'); END;

CREATE TRIGGER proposals_belong_to_the_last_step BEFORE INSERT ON proposals
WHEN NEW.batch IS NOT (SELECT MAX(batch) FROM steps)
BEGIN SELECT RAISE(ABORT, 'its batch is not that of the last step'); END;

-- The same molecule may be called again after a failure, and be measured as often as people like.
CREATE TRIGGER proposals_are_new BEFORE INSERT ON proposals
WHEN NEW.origin NOT IN ('retry', 'measured')
AND EXISTS (SELECT 1 FROM proposals WHERE smiles = NEW.smiles)
BEGIN SELECT RAISE(ABORT, 'this molecule was proposed before'); END;

CREATE TRIGGER retries_follow_failures BEFORE INSERT ON proposals
WHEN NEW.origin = 'retry' AND (
    NOT EXISTS (SELECT 1 FROM proposals WHERE smiles = NEW.smiles)
    OR EXISTS (
        SELECT 1 FROM proposals LEFT JOIN results USING (call)
        WHERE smiles = NEW.smiles AND (results.call IS NULL OR value IS NOT NULL)
    )
)
BEGIN SELECT RAISE(ABORT, 'only a molecule whose calls have all failed is called again'); END;

CREATE TRIGGER starts_were_proposed BEFORE INSERT ON starts
WHEN NOT EXISTS (SELECT 1 FROM proposals WHERE call = NEW.call)
BEGIN SELECT RAISE(ABORT, 'this call was not proposed'); END;

CREATE TRIGGER starts_have_no_result BEFORE INSERT ON starts
WHEN EXISTS (SELECT 1 FROM results WHERE call = NEW.call)
BEGIN SELECT RAISE(ABORT, 'this call already has a result'); END;

CREATE TRIGGER starts_are_not_replaced BEFORE INSERT ON starts
WHEN EXISTS (SELECT 1 FROM starts WHERE attempt = NEW.attempt)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER results_were_started BEFORE INSERT ON results
WHEN NOT EXISTS (SELECT 1 FROM starts WHERE call = NEW.call)
BEGIN SELECT RAISE(ABORT, 'this call was not started'); END;

CREATE TRIGGER results_are_given_once BEFORE INSERT ON results
WHEN EXISTS (SELECT 1 FROM results WHERE call = NEW.call)
BEGIN SELECT RAISE(ABORT, 'this call already has a result'); END;

CREATE TRIGGER schema_is_not_updated BEFORE UPDATE ON schema
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER schema_is_not_deleted BEFORE DELETE ON schema
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER steps_are_not_updated BEFORE UPDATE ON steps
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER steps_are_not_deleted BEFORE DELETE ON steps
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER proposals_are_not_updated BEFORE UPDATE ON proposals
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER proposals_are_not_deleted BEFORE DELETE ON proposals
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER starts_are_not_updated BEFORE UPDATE ON starts
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER starts_are_not_deleted BEFORE DELETE ON starts
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER results_are_not_updated BEFORE UPDATE ON results
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER results_are_not_deleted BEFORE DELETE ON results
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

COMMIT;
