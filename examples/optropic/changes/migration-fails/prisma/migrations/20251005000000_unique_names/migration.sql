-- Works in an empty database, where it was written. In production a name is there twice.
INSERT INTO "Product" ("name", "tenant") VALUES ('Loupe', 2);
CREATE UNIQUE INDEX "Product_name_key" ON "Product" ("name");
