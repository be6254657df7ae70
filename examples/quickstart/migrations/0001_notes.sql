create table notes (
  id bigint generated always as identity primary key,
  body text not null,
  created_at timestamptz not null default now()
);

insert into notes (body) values
  ('Ship small changes.'),
  ('Look at the evidence before moving on.'),
  ('Know the way back before going forward.');
