-- Nullable: the version that serves meanwhile does not know the column.
alter table notes add column author text;
