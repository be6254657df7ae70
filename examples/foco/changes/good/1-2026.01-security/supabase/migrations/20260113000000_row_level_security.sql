-- Nobody but the owner reads tasks without a policy; the application connects as the owner, so nothing breaks.
alter table tasks enable row level security;

create policy tasks_of_own_workspace on tasks
  using (workspace_id = nullif(current_setting('app.workspace_id', true), '')::bigint);

alter table flags enable row level security;

create policy flags_for_reading on flags for select
  using (nullif(current_setting('app.workspace_id', true), '') is not null);
