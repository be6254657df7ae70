-- An organization has many jobs: PostgreSQL refuses, and leaves an index that pg_indexes lists and no query uses.
create unique index concurrently idx_queue_jobs_org_id on queue_jobs (org_id);
