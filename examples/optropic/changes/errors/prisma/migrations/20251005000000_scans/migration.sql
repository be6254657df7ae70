-- AlterTable: nullable, because the version that serves meanwhile does not know the column.
ALTER TABLE "Product" ADD COLUMN "serial" TEXT;

-- CreateTable
CREATE TABLE "Scan" (
    "id" SERIAL NOT NULL,
    "productId" INTEGER NOT NULL,
    "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "Scan_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "Scan_productId_idx" ON "Scan" ("productId");

ALTER TABLE "Scan" ENABLE ROW LEVEL SECURITY;
CREATE POLICY "scans_of_own_products" ON "Scan"
    USING ("productId" IN (SELECT "id" FROM "Product"));
