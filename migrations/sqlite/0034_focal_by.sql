-- Who says what must stay visible of an image: nobody, an editor, or the search for faces, which may be waited for or have
-- found nothing.
ALTER TABLE image ADD COLUMN focal_by TEXT NOT NULL DEFAULT 'nobody'
    CHECK (focal_by IN ('nobody', 'editor', 'waiting', 'faces', 'nothing'));
UPDATE image SET focal_by = 'editor' WHERE focal_x IS NOT NULL;
