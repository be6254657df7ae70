create table queue_jobs (
  id bigint generated always as identity primary key,
  org_id bigint not null,
  status text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table queue_job_attempts (
  id bigint generated always as identity primary key,
  job_id bigint not null references queue_jobs (id),
  status text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

insert into queue_jobs (org_id, status) values (1, 'done'), (1, 'done'), (1, 'waiting'), (2, 'waiting');
