create table tasks (
  id bigint generated always as identity primary key,
  workspace_id bigint not null,
  title text not null,
  created_at timestamptz not null default now()
);

insert into tasks (workspace_id, title) values
  (1, 'Write the runbook'),
  (1, 'Rehearse it'),
  (2, 'Ship small changes');

-- The admin panel's beta users: how many of a hundred people have a feature.
create table flags (
  name text primary key,
  percent integer not null check (percent between 0 and 100)
);
