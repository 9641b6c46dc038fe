-- version 3
CREATE TABLE artifacts (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  directory INTEGER,
  size INTEGER,
  media_type TEXT,
  axes TEXT,
  shape TEXT,
  dtype TEXT,
  pixel_size TEXT,
  info TEXT
);

CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  token TEXT NOT NULL UNIQUE,
  run INTEGER NOT NULL REFERENCES runs (id),
  task TEXT NOT NULL,
  key INTEGER REFERENCES keys (id),
  attempt INTEGER NOT NULL,
  directory TEXT NOT NULL,
  resources TEXT NOT NULL,
  timeout_seconds REAL,
  intended_at TEXT NOT NULL,
  external TEXT,
  started_at TEXT,
  ended_at TEXT,
  outcome TEXT,
  exit_code INTEGER,
  signal TEXT,
  message TEXT,
  usage TEXT,
  isolation TEXT,
  stderr_tail TEXT
, runner TEXT NOT NULL DEFAULT 'local');

CREATE TABLE calls (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (id),
  call TEXT NOT NULL,
  process TEXT NOT NULL,
  file TEXT NOT NULL,
  line INTEGER NOT NULL,
  script_file TEXT NOT NULL,
  script_line INTEGER NOT NULL,
  args TEXT NOT NULL,
  command TEXT NOT NULL,
  runner TEXT NOT NULL,
  environment INTEGER NOT NULL REFERENCES environments (id),
  UNIQUE (run, call)
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

CREATE TABLE claims (
  key BLOB PRIMARY KEY,
  engine TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE datasets (
  id INTEGER PRIMARY KEY,
  experiment INTEGER NOT NULL REFERENCES experiments (id),
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  description TEXT,
  UNIQUE (experiment, name)
);

CREATE TABLE environments (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (id),
  seq INTEGER NOT NULL,
  chunk INTEGER NOT NULL,
  at TEXT NOT NULL,
  type TEXT NOT NULL,
  body TEXT NOT NULL
);

CREATE TABLE experiment_runs (
  experiment TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES runs (id),
  PRIMARY KEY (experiment, run)
) WITHOUT ROWID;

CREATE TABLE experiments (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  record TEXT NOT NULL
);

CREATE TABLE fetched (
  uri TEXT NOT NULL,
  version TEXT NOT NULL,
  digest BLOB NOT NULL,
  directory INTEGER NOT NULL,
  size INTEGER NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (uri, version)
) WITHOUT ROWID;

CREATE TABLE file_digests (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL UNIQUE,
  digest TEXT NOT NULL
);

CREATE TABLE inputs (
  key INTEGER NOT NULL REFERENCES keys (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  artifact INTEGER NOT NULL REFERENCES artifacts (id),
  PRIMARY KEY (key, position)
) WITHOUT ROWID;

CREATE TABLE item_tags (
  item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  value,
  PRIMARY KEY (item, name)
) WITHOUT ROWID;

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

CREATE TABLE keys (
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE,
  parts TEXT NOT NULL,
  latest INTEGER
);

CREATE TABLE locations (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  artifact INTEGER NOT NULL REFERENCES artifacts (id),
  kind TEXT NOT NULL,
  run INTEGER NOT NULL REFERENCES runs (id),
  at TEXT NOT NULL,
  relative TEXT,
  name TEXT NOT NULL,
  task TEXT,
  tags TEXT NOT NULL,
  fingerprint TEXT,
  mtime_ms REAL,
  current INTEGER NOT NULL,
  UNIQUE (path, artifact, kind)
);

CREATE TABLE outputs (
  result INTEGER NOT NULL REFERENCES results (id),
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  artifact INTEGER NOT NULL REFERENCES artifacts (id),
  tags TEXT,
  PRIMARY KEY (result, position)
) WITHOUT ROWID;

CREATE TABLE placed (
  path TEXT PRIMARY KEY,
  digest BLOB NOT NULL,
  directory INTEGER NOT NULL,
  stat TEXT,
  at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE replaced (
  change INTEGER NOT NULL REFERENCES changes (id),
  item INTEGER NOT NULL,
  name TEXT NOT NULL,
  type TEXT,
  value,
  PRIMARY KEY (change, item, name)
) WITHOUT ROWID;

CREATE TABLE results (
  id INTEGER PRIMARY KEY,
  key INTEGER NOT NULL REFERENCES keys (id),
  run INTEGER NOT NULL REFERENCES runs (id),
  task TEXT NOT NULL,
  token TEXT NOT NULL,
  at TEXT NOT NULL,
  outputs TEXT NOT NULL
);

CREATE TABLE retractions (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL,
  change INTEGER NOT NULL REFERENCES changes (id),
  current INTEGER NOT NULL,
  UNIQUE (kind, subject)
);

CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL UNIQUE,
  pipeline TEXT NOT NULL,
  program BLOB NOT NULL,
  identity BLOB NOT NULL,
  params TEXT NOT NULL,
  outdir TEXT NOT NULL,
  name TEXT,
  tags TEXT NOT NULL,
  argv TEXT NOT NULL,
  engine TEXT NOT NULL,
  version TEXT NOT NULL,
  host TEXT NOT NULL,
  user TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT,
  status TEXT,
  seconds REAL,
  counts TEXT
, origin TEXT);

CREATE TABLE tags (
  location INTEGER NOT NULL REFERENCES locations (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  value,
  PRIMARY KEY (location, name)
) WITHOUT ROWID;

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (id),
  task TEXT NOT NULL,
  call INTEGER REFERENCES calls (id),
  tags TEXT NOT NULL,
  key INTEGER REFERENCES keys (id),
  state TEXT NOT NULL,
  result INTEGER,
  note TEXT
);

CREATE TABLE texts (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  text TEXT NOT NULL
);

CREATE INDEX attempts_by_task ON attempts (run, task);

CREATE INDEX attempts_unfinished ON attempts (run) WHERE ended_at IS NULL;

CREATE INDEX changes_by_experiment ON changes (experiment, id);

CREATE INDEX claims_by_engine ON claims (engine);

CREATE UNIQUE INDEX events_in_order ON events (run, seq, chunk);

CREATE INDEX experiment_runs_by_run ON experiment_runs (run);

CREATE INDEX inputs_by_artifact ON inputs (artifact, key);

CREATE INDEX item_tags_by_value ON item_tags (name, type, value, item);

CREATE INDEX items_by_artifact ON items (artifact);

CREATE INDEX items_by_change ON items (change);

CREATE INDEX items_by_dataset ON items (dataset, visible, name);

CREATE INDEX items_by_path ON items (path);

CREATE INDEX items_retracted ON items (retracted) WHERE retracted IS NOT NULL;

CREATE INDEX locations_by_artifact ON locations (artifact);

CREATE INDEX locations_by_name ON locations (name, current);

CREATE INDEX locations_by_run ON locations (run, kind);

CREATE INDEX outputs_by_artifact ON outputs (artifact, result);

CREATE INDEX results_by_key ON results (key);

CREATE INDEX runs_by_pipeline ON runs (pipeline, id);

CREATE INDEX tags_by_value ON tags (name, type, value, location);

CREATE INDEX tasks_by_key ON tasks (key);

CREATE UNIQUE INDEX tasks_by_name ON tasks (task, run);

CREATE INDEX tasks_by_run ON tasks (run, state);
