-- The page whose very title or slug an editor types, below a place of the tree.
CREATE INDEX page_title_exact ON page (LOWER(draft_title), path);
CREATE INDEX page_slug_exact ON page (slug, path);
