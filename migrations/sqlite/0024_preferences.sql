-- How the editor looks to somebody, and whether it listens to keys: JSON, see accounts/preferences.rs.
ALTER TABLE account ADD COLUMN preferences TEXT NOT NULL DEFAULT '{}';
