-- Where events are sent to, and what became of each: at least once, and those of one object in their order.
CREATE TABLE webhook (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    -- Sealed; the old one signs too, until then.
    secret TEXT NOT NULL,
    old_secret TEXT NOT NULL DEFAULT '',
    old_secret_until BIGINT,
    -- All events, also those of kinds that a later version knows; else those of webhook_choice.
    every_event BOOLEAN NOT NULL,
    -- Paused by somebody; disabled by the server, which says why.
    state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
    why TEXT NOT NULL DEFAULT '',
    -- Since when nothing was taken; empty: the last one was.
    failing_since BIGINT,
    -- Whoever is told when it is disabled.
    account_id BIGINT REFERENCES account (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE webhook_choice (
    webhook_id BIGINT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    action TEXT NOT NULL,
    PRIMARY KEY (webhook_id, kind, action)
);

CREATE TABLE webhook_delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    webhook_id BIGINT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    event_id BIGINT NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    -- What it happened to: an event waits for the earlier ones of the same.
    object TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'delivered', 'dead')),
    attempts BIGINT NOT NULL DEFAULT 0,
    -- When it may be tried; of one that is being tried, when somebody else may take over.
    next_at BIGINT NOT NULL,
    lease BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    -- Of the last attempt: when, how long, what was answered, and why it failed.
    tried_at BIGINT,
    took_us BIGINT NOT NULL DEFAULT 0,
    status BIGINT NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    excerpt TEXT NOT NULL DEFAULT '',
    UNIQUE (webhook_id, event_id)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_at) WHERE state = 'open';
CREATE INDEX webhook_delivery_order ON webhook_delivery (webhook_id, event_id) WHERE state = 'open';
CREATE INDEX webhook_delivery_object ON webhook_delivery (webhook_id, object, event_id) WHERE state = 'open';
CREATE INDEX webhook_delivery_dead ON webhook_delivery (webhook_id) WHERE state = 'dead';
CREATE INDEX webhook_delivery_list ON webhook_delivery (webhook_id, id DESC);
CREATE INDEX webhook_delivery_event ON webhook_delivery (event_id);

-- With the event, for whoever is listening then. A test is for one alone, and makes its delivery itself.
CREATE TRIGGER event_is_sent AFTER INSERT ON event WHEN NEW.kind <> 'webhook'
BEGIN
    INSERT INTO webhook_delivery (webhook_id, event_id, object, state, next_at, created_at)
    SELECT w.id, NEW.id, NEW.kind || ':' || NEW.object_id || CASE NEW.kind WHEN 'setting' THEN ':' || NEW.type ELSE '' END,
           'open', NEW.at, NEW.at
    FROM webhook w
    WHERE w.state = 'active'
      AND (w.every_event OR EXISTS (SELECT 1 FROM webhook_choice c
                                    WHERE c.webhook_id = w.id AND c.kind = NEW.kind AND c.action = NEW.action));
END;
