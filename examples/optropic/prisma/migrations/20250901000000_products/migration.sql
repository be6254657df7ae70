-- CreateTable
CREATE TABLE "Product" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "tenant" INTEGER NOT NULL,
    CONSTRAINT "Product_pkey" PRIMARY KEY ("id")
);

INSERT INTO "Product" ("name", "tenant") VALUES ('Loupe', 1), ('Prism', 1), ('Mirror', 2);

-- Prisma does not know row level security: without these lines Supabase's API would serve every row to everybody.
ALTER TABLE "Product" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "products_of_own_tenant" ON "Product"
    USING ("tenant" = nullif(current_setting('app.tenant', true), '')::INTEGER);
ALTER TABLE IF EXISTS "_prisma_migrations" ENABLE ROW LEVEL SECURITY;
