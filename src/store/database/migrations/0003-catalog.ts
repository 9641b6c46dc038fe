/**
 * Experiments, datasets and items: data as people imported and annotated them. Every write belongs to a change (who, when, what), and what a change replaced is kept, so that it can be
 * undone. An item has a row of its own beside `locations`: one file may be an item of several experiments, with other tags in each.
 *
 * `items.visible` is 0 until its import has ended: half an import is seen by nobody. It is -1 once the import was undone, and -2 once another row took the item's place.
 */
export const catalog = `
CREATE TABLE experiments (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  record TEXT NOT NULL
);

CREATE TABLE datasets (
  id INTEGER PRIMARY KEY,
  experiment INTEGER NOT NULL REFERENCES experiments (id),
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  description TEXT,
  UNIQUE (experiment, name)
);

CREATE TABLE changes (
  id INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  user TEXT NOT NULL,
  host TEXT NOT NULL,
  version TEXT NOT NULL,
  kind TEXT NOT NULL,
  experiment TEXT NOT NULL,
  dataset TEXT,
  about TEXT NOT NULL,
  state TEXT NOT NULL,
  parts INTEGER NOT NULL,
  engine TEXT,
  ended_at TEXT,
  undone_by INTEGER
);
CREATE INDEX changes_by_experiment ON changes (experiment, id);

CREATE TABLE items (
  id INTEGER PRIMARY KEY,
  dataset INTEGER NOT NULL REFERENCES datasets (id),
  change INTEGER NOT NULL REFERENCES changes (id),
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  artifact INTEGER NOT NULL REFERENCES artifacts (id),
  mode TEXT NOT NULL,
  mtime_ms REAL,
  version TEXT,
  tags TEXT NOT NULL,
  companions TEXT NOT NULL,
  about TEXT,
  visible INTEGER NOT NULL,
  superseded INTEGER REFERENCES changes (id),
  retracted TEXT
);
CREATE INDEX items_by_dataset ON items (dataset, visible, name);
CREATE INDEX items_by_path ON items (path);
CREATE INDEX items_by_artifact ON items (artifact);
CREATE INDEX items_by_change ON items (change);
CREATE INDEX items_retracted ON items (retracted) WHERE retracted IS NOT NULL;

CREATE TABLE item_tags (
  item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  value,
  PRIMARY KEY (item, name)
) WITHOUT ROWID;
CREATE INDEX item_tags_by_value ON item_tags (name, type, value, item);

CREATE TABLE replaced (
  change INTEGER NOT NULL REFERENCES changes (id),
  item INTEGER NOT NULL,
  name TEXT NOT NULL,
  type TEXT,
  value,
  PRIMARY KEY (change, item, name)
) WITHOUT ROWID;

CREATE TABLE experiment_runs (
  experiment TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES runs (id),
  PRIMARY KEY (experiment, run)
) WITHOUT ROWID;
CREATE INDEX experiment_runs_by_run ON experiment_runs (run);

CREATE TABLE fetched (
  uri TEXT NOT NULL,
  version TEXT NOT NULL,
  digest BLOB NOT NULL,
  directory INTEGER NOT NULL,
  size INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (uri, version)
) WITHOUT ROWID;

CREATE TABLE retractions (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL,
  change INTEGER NOT NULL REFERENCES changes (id),
  current INTEGER NOT NULL,
  UNIQUE (kind, subject)
);

DROP INDEX tags_by_value;
CREATE INDEX tags_by_value ON tags (name, type, value, location);

ALTER TABLE runs ADD COLUMN origin TEXT
`;
