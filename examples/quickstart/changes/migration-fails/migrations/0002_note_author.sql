alter table notes add column author text;

-- Fails: there is no column "writer". Nothing of this file may remain.
update notes set author = writer;
